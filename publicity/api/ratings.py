"""Ratings (信用评价): each with its issuer, scale and validity. They stand side by side; nothing combines them."""

from typing import Annotated, TypedDict

from django.utils import timezone

from publicity.api.labels import Addresses, titles
from publicity.api.record_shapes import GradeShape, RecordShape, grade_shape, record_shape
from publicity.api.shapes import Bilingual, Uri, words
from records.dataset import RatingScheme
from records.models import Record

Issuer = Annotated[Bilingual, "Who gives the grade. 评价机构。", words("税务机关", "Tax authorities")]


class Scheme(TypedDict):
    """How one issuer rates. 评价方法。"""

    issuer: Issuer
    method: Annotated[Bilingual, "How it rates, in a sentence. 评价方法。",
                      words("按年度评价指标得分分为五级", "Five grades by yearly points")]  # fmt: skip
    method_url: Annotated[Uri | None, "The method itself. 评价办法地址。"]
    cycle: Annotated[Bilingual, "How often. 评价周期。", words("每年一次，次年四月公布", "Yearly, published in April of the next year")]
    scale: Annotated[list[GradeShape], "All grades, best first. 等级体系，由高到低。"]


class RatingShape(RecordShape):
    """A rating: the record, its grade and the scheme it belongs to. 一条信用评价。"""

    grade: Annotated[GradeShape | None, "Null when the grade is not on the scale. 等级。"]
    scheme: Scheme
    in_force: Annotated[bool, "Valid today, as far as the issuer limits it. 今日是否在有效期内。"]


def scheme_shape(scheme: RatingScheme) -> Scheme:
    return {
        "issuer": titles(scheme, "issuer"),
        "method": titles(scheme, "method"),
        "method_url": scheme.method_url or None,
        "cycle": titles(scheme, "cycle"),
        "scale": [grade_shape(step) for step in scheme.scale],
    }


def rating_shape(record: Record, addresses: Addresses) -> RatingShape:
    """A rating; ``record`` is a record of a dataset that declares a scheme."""
    shape, scheme = record_shape(record, addresses), record.declaration.rating
    today = timezone.localdate().isoformat()
    in_force = (shape["valid_from"] or today) <= today <= (shape["valid_until"] or today)
    return shape | {
        "scheme": scheme_shape(scheme),
        "in_force": in_force,
    }

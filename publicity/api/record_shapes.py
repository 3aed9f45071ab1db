"""Credit records (信用信息): their shape, and how one is rendered."""

import functools
from typing import Annotated, Any, NotRequired, TypedDict

from publicity.api.enumerations import coded, labelled
from publicity.api.labels import Addresses, day, label, titles
from publicity.api.shapes import Bilingual, Date, Label, Uri, words
from publicity.api.subjects import company_shape, other_names
from records.dataset import Dataset, Disclosure, Field, Grade
from records.models import Company, Event, Record, Severity

# Types whose value is already the text a reader sees.
PLAIN = frozenset({"text", "long_text", "uscc", "identifier", "person", "url", "year"})

DatasetTitle = Annotated[Bilingual, words("行政处罚信息（税务）", "Administrative penalties (tax)")]
AgencyTitle = Annotated[Bilingual, words("国家税务总局", "State Taxation Administration")]
Objection = Annotated[
    Bilingual, "How to object; whom to call is in `agencies/`. 怎样提出异议；联系方式见 agencies/。",
    words("可以向本网站提出异议申诉，也可以直接向作出该信息的主管税务机关提出",
          "Object to the operator of this site, or directly to the tax authority that issued the information"),
]  # fmt: skip


class ValueShape(TypedDict):
    """One reported value. 数据项的值。"""

    title: Annotated[Bilingual, "Title of the column. 数据项名称。", words("罚款金额（万元）", "Fine (10,000 yuan)")]
    value: Annotated[
        Any,
        "Text, whole number, true or false; decimal numbers are text and exact; dates ISO 8601, `9999-12-31` for no end; "
        "codes as reported. 文本、整数或布尔值；小数为精确文本；日期为 ISO 8601，9999-12-31 表示长期。",
        {"examples": ["0.2"]},
    ]
    unit: Annotated[str | None, "Unit of a number. 计量单位。", {"examples": ["万元"]}]
    text: NotRequired[Annotated[Bilingual, "As the pages show it, where that differs from the value. 页面显示的文字。",
                                words("0.2 万元", "0.2 (10,000 yuan)")]]  # fmt: skip


class DatasetRef(TypedDict):
    """A dataset. 信息类目。"""

    slug: Annotated[str, {"examples": ["tax-penalty"]}]
    title: DatasetTitle
    url: Uri


class Source(TypedDict):
    """The reporting agency. 信源单位。"""

    slug: Annotated[str, "As in `agencies/{agency}/`. 见 agencies/。", {"examples": ["tax"]}]
    title: AgencyTitle


class CompanyRef(TypedDict):
    """A company. 信用主体。"""

    code: Annotated[
        str, "Address of the company: unified code or registration number.", {"examples": ["91330110MF1000015W"]}
    ]
    uscc: Annotated[str | None, "Unified social credit code. 统一社会信用代码。", {"examples": ["91330110MF1000015W"]}]
    name: Annotated[str, {"examples": ["青岚市测试样例贸易有限公司"]}]
    url: Uri
    page: Uri


class Provenance(TypedDict):
    """Where a record comes from and how it was published. 来源与公示情况。"""

    source: Source
    dataset: DatasetRef
    objection: Objection
    published_from: Annotated[Date, "First day of publication. 公示日期。"]
    published_until: Annotated[
        Date | None, "First day on which it is no longer public; null for no end. 公示截止日（不含）。"
    ]
    batch: Annotated[int | None, "Number of the report it came with. 报送批次号。"]
    event: Annotated[int, "Number of the event that published this version. 公示日志序号。", {"examples": [1024]}]
    digest: Annotated[str, "Salted SHA-256 of the content, as in the log. 内容摘要。", {"examples": ["5f2c…"]}]


class GradeShape(TypedDict):
    """One step of a scale. 等级。"""

    grade: Annotated[str, "As the issuer writes it. 等级代码。", {"examples": ["A"]}]
    title: Annotated[Bilingual, words("A级（90分以上）", "A (90 points or more)")]
    tone: Annotated[
        str, "good, fair, neutral, poor or bad. 等级倾向。", coded("tone", "good"), {"enum": ["good", "fair", "neutral", "poor", "bad"]}
    ]


class RecordShape(Provenance):
    """One published record about one company. 一条信用信息。"""

    id: Annotated[str, "The same over all versions. 各版本相同的编号。", {"examples": ["a" * 26]}]
    url: Uri
    page: Uri
    category: Annotated[Label, labelled("category", "penalty")]
    polarity: Annotated[Label, labelled("polarity", "negative")]
    company: Annotated[CompanyRef, "With `expand=company` all that `companies/` gives of it. 信用主体。"]
    document_no: Annotated[str | None, "Number of the document. 文书号。", {"examples": ["青测罚字〔2026〕21号"]}]
    decided_on: Annotated[Date | None, "Decided or listed on. 决定（列入）日期。"]
    valid_from: Annotated[Date | None, "有效期自。"]
    valid_until: Annotated[Date | None, "有效期至。"]
    authority: Annotated[
        str | None, "Authority that decided. 作出决定的机关。", {"examples": ["青岚市测试样例行政机关"]}
    ]
    severity: Annotated[Label | None, "Severity (NDRC Order 36). 失信程度。", labelled("severity", "general")]
    earliest_repair_on: Annotated[Date | None, "First day on which repair may be applied for. 最早可申请修复日期。"]
    values: Annotated[
        dict[str, ValueShape], "Reported values by column name, see `datasets/{slug}/`. 各数据项的值，按数据项标识。"
    ]
    grade: NotRequired[
        Annotated[GradeShape | None, "Only of ratings: its step of the scale; null when it is on none. 仅信用评价：所属等级。"]
    ]


def dataset_ref(dataset: Dataset, addresses: Addresses) -> DatasetRef:
    return {"slug": dataset.slug, "title": titles(dataset), "url": addresses.of("api-dataset", dataset.slug)}


def company_ref(company: Company, addresses: Addresses) -> CompanyRef:
    return {
        "code": company.code,
        "uscc": company.uscc,
        "name": company.name,
        "url": addresses.of("api-company", company.code),
        "page": addresses.of("company", company.code),
    }


def value_of(field: Field, value: Any) -> ValueShape:
    """A value with its title, unit and, where pages show it otherwise, that text. Read it, never change it."""
    if field.type in PLAIN:
        return {"title": titles(field), "value": value, "unit": field.unit or None}
    return _shown(field, value) if isinstance(value, str | int) else _spelt_out(field, value)


def _spelt_out(field: Field, value: Any) -> ValueShape:
    text: Bilingual = {"zh": field.show(value, "zh"), "en": field.show(value, "en")}
    return {"title": titles(field), "value": value, "unit": field.unit or None, "text": text}


# The values of dates, numbers and codes recur.
_shown = functools.lru_cache(maxsize=20_000)(_spelt_out)


@functools.lru_cache(maxsize=1000)
def declared(dataset: Dataset, origin: str) -> dict[str, Any]:
    """What all records of a dataset have in common. Read it, never change it."""
    addresses = Addresses.at(origin)
    return {
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "dataset": dataset_ref(dataset, addresses),
        "objection": titles(dataset.agency, "objection"),
    }


def provenance(record: Record, addresses: Addresses) -> Provenance:
    return {
        **declared(record.declaration, addresses.origin),
        "published_from": day(record.published_from),
        "published_until": day(record.published_until),
        "batch": record.batch_id,
        "event": record.id,
        "digest": record.digest,
    }


def column(record: Record, name: str, disclosed: set[str]) -> Any:
    """A typed column, unless the field it was taken from is not for everybody."""
    field = record.declaration.by_role.get(name)
    return None if field and field.name not in disclosed else getattr(record, name) or None


def grade_shape(step: Grade) -> GradeShape:
    return {"grade": step.grade, "title": titles(step), "tone": step.tone}


def grade_of(record: Record, shown: set[str]) -> GradeShape | None:
    """The step of its scale a rating names, when everybody may see it."""
    step = record.declaration.rating.find(column(record, "grade", shown) or "")
    return grade_shape(step) if step else None


def record_shape(record: Record, addresses: Addresses) -> RecordShape:
    """A record with its company loaded, as everybody may see it."""
    values = record.disclosed(Disclosure.PUBLIC)
    shown = {field.name for field in values}
    dataset = record.declaration
    severity = column(record, "severity", shown)
    return {
        "id": record.key,
        "url": addresses.of("api-record", record.key),
        "page": addresses.of("record", record.key),
        "category": label(dataset.category),
        "polarity": label(dataset.polarity),
        **provenance(record, addresses),
        "company": company_ref(record.company, addresses),
        "document_no": column(record, "document_no", shown),
        "decided_on": day(column(record, "decided_on", shown)),
        "valid_from": day(column(record, "valid_from", shown)),
        "valid_until": day(column(record, "valid_until", shown)),
        "authority": column(record, "authority", shown),
        "severity": label(Severity(severity)) if severity else None,
        "earliest_repair_on": day(record.earliest_repair_on),
        "values": {field.name: value_of(field, value) for field, value in values.items()},
        **({"grade": grade_of(record, shown)} if dataset.rating else {}),
    }


def with_companies(shapes: list[Any], records: list[Record], addresses: Addresses) -> list[Any]:
    """The same with each company in full; of one whose registration is not public only what it is known by."""
    head = Event.objects.head()
    names = other_names([record.company for record in records])
    for shape, record in zip(shapes, records, strict=True):
        if record.company.public_at(head):
            shape["company"] = company_shape(record.company, names, addresses)
    return shapes

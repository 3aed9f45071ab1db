"""A company (信用主体) in brief, as lists, profiles and expanded records show it."""

import functools
from collections import defaultdict
from typing import Annotated, NotRequired, TypedDict

from publicity.api.enumerations import labelled
from publicity.api.labels import Addresses, day, label
from publicity.api.shapes import Date, Label, Uri
from records.models import Company, SearchName
from records.prepared import Prepared

Names = dict[tuple[int, str], list[str]]


class Region(TypedDict):
    """Division of registration, GB/T 2260. 行政区划。"""

    code: Annotated[str, {"examples": ["330110"]}]
    name: Annotated[str | None, {"examples": ["浙江省杭州市余杭区"]}]


class Matched(TypedDict):
    """The name by which a search found the company. 命中的名称。"""

    kind: Annotated[Label, "By which name, code or likeness. 命中方式。", labelled("name", "former")]
    text: Annotated[str, {"examples": ["青岚市旧名样例贸易有限公司"]}]


class CompanyShape(TypedDict):
    """A company in brief. 信用主体概要。"""

    uscc: Annotated[str | None, "Unified social credit code. 统一社会信用代码。", {"examples": ["91330110MF1000015W"]}]
    code: Annotated[str, "The unified code, or the registration number of a company without one. 地址用的代码。",
                    {"examples": ["91330110MF1000015W"]}]  # fmt: skip
    legacy_no: Annotated[str | None, "Registration number. 注册号。", {"examples": ["330110000000019"]}]
    name: Annotated[str, {"examples": ["青岚市测试样例贸易有限公司"]}]
    former_names: Annotated[list[Annotated[str, {"examples": ["青岚市旧名样例贸易有限公司"]}]], "曾用名。"]
    english_name: Annotated[str | None, "英文名称。", {"examples": ["Qinglan Test Sample Trading Co., Ltd."]}]
    status: Annotated[Label, "Registration status. 登记状态。", labelled("status", "active")]
    kind: Annotated[Label, "Kind of entity. 主体类别。", labelled("kind", "company")]
    region: Region | None
    established_on: Annotated[Date | None, "成立日期。"]
    url: Annotated[Uri, "This company in the API. 接口地址。"]
    page: Annotated[Uri, "The page for readers. 网页地址。"]
    matched: NotRequired[Annotated[Matched, "Only in answers to `q`. 仅在检索时给出。"]]


def other_names(companies: list[Company]) -> Names:
    """Former and English names of companies, by company and kind, in one query."""
    found: Names = defaultdict(list)
    if len(companies) == 1:
        names = _names().ask(company=companies[0].id)
    else:
        names = SearchName.objects.filter(company__in=[company.id for company in companies]).order_by("id")
    for name in names:
        found[name.company_id, name.kind].append(name.text)
    return found


@functools.cache
def _names() -> Prepared:
    return Prepared(SearchName.objects.filter(company_id=-1).order_by("id"), company=-1)


def company_shape(company: Company, names: Names, addresses: Addresses) -> CompanyShape:
    """A company in brief, with its ``other_names``."""
    region = {"code": company.region, "name": company.region_name or None} if company.region else None
    return {
        "uscc": company.uscc,
        "code": company.code,
        "legacy_no": company.legacy_no,
        "name": company.name,
        "former_names": names.get((company.id, SearchName.Kind.FORMER), []),
        "english_name": next(iter(names.get((company.id, SearchName.Kind.ENGLISH), [])), None),
        "status": label(Company.Status(company.status)),
        "kind": label(Company.Kind(company.kind)),
        "region": region,
        "established_on": day(company.established_on),
        "url": addresses.of("api-company", company.code),
        "page": addresses.of("company", company.code),
    }

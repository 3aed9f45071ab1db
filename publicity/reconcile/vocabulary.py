"""The types and properties of reconciliation: their ids, which never change, and how a value is compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from publicity.api.labels import label
from publicity.api.shapes import Bilingual
from records import registration, search, uscc
from records.models import Company

# All subjects; the kinds of ``Company.Kind`` are narrower types.
ANY_TYPE = "subject"
ANY = {"id": ANY_TYPE, "name": "信用主体 Registered subject"}
TYPES = {ANY_TYPE: ANY} | {
    str(kind): {"id": str(kind), "name": "{zh} {en}".format(**label(kind)), "broader": [ANY]} for kind in Company.Kind
}


@dataclass(frozen=True)
class Property:
    """A property; ``agrees(company, given)`` tells whether a value fits, where values may be compared."""

    id: str
    title: Bilingual
    agrees: Callable[[Company, str], bool] | None = None

    @property
    def shape(self) -> dict[str, str]:
        return {"id": self.id, "name": "{zh} {en}".format(**self.title)}


def type_of(company: Company) -> list[dict[str, Any]]:
    """The narrow and the wide type of a company."""
    return [{"id": company.kind, "name": TYPES[company.kind]["name"]}, ANY]


def same_code(company: Company, given: str) -> bool:
    return uscc.normalise(given) in (company.code, company.legacy_no)


def in_region(company: Company, given: str) -> bool:
    """The division or one it lies in, by its code of two to six digits or by name (浙江, 杭州市, 余杭区)."""
    digits = given.strip()
    if digits.isascii() and digits.isdigit():
        within = digits[:6].removesuffix("00").removesuffix("00")
        return company.region.startswith(within) if len(digits) in (2, 4, 6) else False
    name = search.fold(given)
    return bool(name) and name in search.fold(company.region_name)


def has_status(company: Company, given: str) -> bool:
    """By code, by the words of this site, or by the words met in official files."""
    if _is_label(Company.Status(company.status), given):
        return True
    return registration.status_of(given) == company.status != Company.Status.OTHER


def is_kind(company: Company, given: str) -> bool:
    return _is_label(Company.Kind(company.kind), given)


def established(company: Company, given: str) -> bool:
    """The date, its year, or its year and month; what follows the date (``T00:00:00Z``) does not count."""
    day = given.strip().replace("/", "-")[:10]
    return len(day) in (4, 7, 10) and company.established_on is not None and company.established_on.isoformat().startswith(day)


def _is_label(member, given: str) -> bool:
    known = label(member)
    return search.fold(given) in {search.fold(known[name]) for name in ("code", "zh", "en")}


def _property(id_: str, zh: str, en: str, agrees: Callable | None = None) -> Property:
    return Property(id_, {"zh": zh, "en": en}, agrees)


PROPERTIES = {
    one.id: one
    for one in (
        _property("code", "统一社会信用代码或注册号", "Unified social credit code or registration number", same_code),
        _property("region", "行政区划代码", "Division code", in_region),
        _property("status", "登记状态", "Registration status", has_status),
        _property("kind", "主体类别", "Kind of subject", is_kind),
        _property("established", "成立日期", "Date of establishment", established),
        _property("region_name", "行政区划", "Division", in_region),
        _property("legacy_no", "注册号", "Registration number", same_code),
        _property("former_names", "曾用名", "Former names"),
        _property("english_name", "英文名称", "English name"),
        _property("company_type", "类型", "Type of company"),
        _property("lists", "当前在列名单", "Lists it is on today"),
        _property("ratings", "信用评价", "Ratings, side by side"),
        _property("page", "网页", "Page"),
    )
}
COMPARED = {one.id: one for one in PROPERTIES.values() if one.agrees}

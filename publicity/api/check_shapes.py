"""What a check is asked and answers: the shapes, and how a company, an entry of a list and a rating are rendered in it."""

from collections.abc import Sequence
from typing import Annotated, NotRequired, TypedDict

from django.utils import timezone

from blacklists import asked, screening
from blacklists.models import Listing
from blacklists.screening import Candidate, Checked
from publicity.api.enumerations import coded, labelled, match_kind
from publicity.api.labels import Addresses, day, label, titles
from publicity.api.lists import Authority, LegalBasis, ListSource
from publicity.api.parameters import LINE
from publicity.api.ratings import Issuer
from publicity.api.record_shapes import GradeShape, column, grade_of
from publicity.api.shapes import Bilingual, Date, Keys, Label, Uri, words
from publicity.api.subjects import Region
from records import periods
from records.models import Company, Record

MEMBERS = ("name", "uscc")
_TEXT = {"maxLength": asked.LONGEST_LINE, "pattern": LINE}
_ITEM = {"minProperties": 1, "propertyNames": {"enum": [*MEMBERS]}}
_CODE = {"examples": ["91330110MF1000015W"]}
_NAME = {"examples": ["青岚市测试样例贸易有限公司"]}
_Event = Annotated[int, "Number of the event that published it. 公示事项的序号。", {"examples": [1025]}]


class NamedItem(TypedDict):
    """A company by name, code or both; both must agree for a match. 名称、代码或两者，两者须一致才算确认。"""

    name: NotRequired[Annotated[str, "名称。", _TEXT | _NAME]]
    uscc: NotRequired[Annotated[str, "统一社会信用代码或注册号。", _TEXT | _CODE]]


class CheckRequest(TypedDict):
    """What to check. Nothing of it is stored. 待核查的名称或代码，均不留存。"""

    items: Annotated[
        list[Annotated[str, Keys(_TEXT)] | Annotated[NamedItem, Keys(_ITEM)]],
        "Names, codes, or both on one line; an empty item is answered in its place, as not found. "
        "名称、代码，或同一行中的名称和代码；空白项原位作答，结果为未找到。",
        {"minItems": 1, "maxItems": asked.MOST_LINES,
         "examples": [["青岚市测试样例贸易有限公司", {"uscc": "91330110MF1000015W"}]]},
    ]  # fmt: skip


class Feature(TypedDict):
    """Something the score was made of. 评分依据。"""

    id: Annotated[
        str,
        "`code`, `name`: whether it agrees; `similarity`: of the names, 0–100; `brand`, `region`: whether these parts of the names "
        "agree; `pinyin`, `parts`. 代码、名称是否相符，名称相似度，字号、地区是否相同。",
        coded("feature", "similarity"),
    ]
    value: Annotated[int | bool, {"examples": [93]}]


class CheckedCompany(TypedDict):
    """A company in brief. 信用主体概要。"""

    code: Annotated[str, "Address of the company: unified code or registration number.", _CODE]
    uscc: Annotated[str | None, _CODE]
    name: Annotated[str, _NAME]
    status: Annotated[Label, "Registration status. 登记状态。", labelled("status", "active")]
    region: Region | None
    established_on: Annotated[Date | None, "成立日期。"]
    url: Uri
    page: Uri


class CandidateShape(TypedDict):
    """A company that the item may mean. 可能的企业。"""

    id: Annotated[str, "Its code. 代码。", _CODE]
    score: Annotated[
        int,
        "0–100: code or current name 100, former name 95, English name 90, anything only alike at most 85, "
        "name and code that contradict each other 60. 代码或现名 100，曾用名 95，英文名 90，相似不超过 85，名称与代码矛盾 60。",
        {"minimum": 0, "maximum": 100, "examples": [100]},
    ]
    matched: Annotated[Label, "How it was found. 命中方式。", labelled("name", "current")]
    text: Annotated[str, "The name or code by which it was found. 命中的名称或代码。", _NAME]
    features: list[Feature]
    company: CheckedCompany


class CheckedListing(TypedDict):
    """That the company is on a list today; the newest of its entries. 当前在列情况，取最近一条。"""

    list: Annotated[str, "Slug of the list. 名单标识。", {"examples": ["samr-abnormal"]}]
    title: Annotated[Bilingual, words("经营异常名录信息", "List of abnormal operations")]
    category: Annotated[Label, labelled("category", "abnormal")]
    polarity: Annotated[Label, "Red lists are positive, black lists negative. 红名单为正面，黑名单为负面。",
                        labelled("polarity", "negative")]  # fmt: skip
    authority: Authority
    source: ListSource
    legal_basis: LegalBasis
    listed_on: Annotated[Date | None, "列入日期。"]
    published_until: Annotated[Date | None, "First day on which it is no longer public. 公示截止日（不含）。"]
    rule: Annotated[Bilingual, "The rule that ends its publication. 公示期限的依据。",
                    words("公示至撤销或更正为止", "public until it is withdrawn")]  # fmt: skip
    entries: Annotated[int, "Entries of this list about the company today. 该名单中的在列记录数。", {"examples": [1]}]
    event: _Event
    record: Uri
    page: Uri
    objection: Annotated[Uri, "How to object. 异议申诉说明。"]


class CheckedRating(TypedDict):
    """The newest rating by one issuer; nothing combines them. 一个评价单位的最近评价，各家并列，不合并。"""

    dataset: Annotated[str, {"examples": ["tax-credit_rating"]}]
    title: Annotated[Bilingual, words("纳税缴费信用评价", "Tax and fee payment credit rating")]
    issuer: Issuer
    grade: GradeShape | None
    rated_on: Annotated[Date | None, "评价日期。"]
    valid_until: Annotated[Date | None, "有效期至。"]
    event: _Event
    in_force: Annotated[bool, "Valid today, as far as the issuer limits it. 今日是否在有效期内。"]
    record: Uri
    page: Uri


class CheckResult(TypedDict):
    """One item, in the order asked. 一行的核查结果，按提交顺序。"""

    item: Annotated[int, "Its place, from 1. 序号，从 1 开始。", {"examples": [1]}]
    given: Annotated[
        str | None,
        "As given; null for an item with a personal number, which is not repeated, and for an empty one. "
        "原文；含个人号码的和空白的为 null。",
        _NAME,
    ]
    outcome: Annotated[Label, "found, unsure, none, unsearched, personal. 核查结果。", labelled("outcome", "found")]
    match: Annotated[bool, "True only if exactly one company scores 95 or more. 仅当恰有一家得分不低于 95 时为 true。"]
    candidates: Annotated[
        list[CandidateShape], f"At most {screening.MOST_CANDIDATES}, best first. 最多 {screening.MOST_CANDIDATES} 家，最相近的在前。"
    ]
    note: Annotated[Bilingual | None, "What is wrong with a code. 代码的问题。", {"examples": [None]}]
    lists: Annotated[list[CheckedListing], "Lists the company of a match is on today. 已确认企业当前在列的名单。"]
    ratings: Annotated[list[CheckedRating], "Its ratings by every issuer, side by side. 各评价单位的评价，并列展示。"]


class CheckAnswer(TypedDict):
    """The result of a check. 核查结果。"""

    as_of: Annotated[Date, "The day of the check. 核查日期。"]
    event: Annotated[int, "The last event it knows of. 截至的公示日志序号。", {"examples": [1024]}]
    results: list[CheckResult]


def check_answer(results: Sequence[Checked], event: int, addresses: Addresses) -> CheckAnswer:
    """What a check found, as of the log up to ``event``."""
    return {
        "as_of": day(timezone.localdate()),
        "event": event,
        "results": [result_shape(place, one, addresses) for place, one in enumerate(results, start=1)],
    }


def result_shape(place: int, one: Checked, addresses: Addresses) -> CheckResult:
    verdict = one.verdict
    return {
        "item": place,
        "given": one.line.given or None,
        "outcome": label(one.outcome),
        "match": one.match is not None,
        "candidates": [candidate_shape(candidate, addresses) for candidate in one.candidates],
        "note": verdict and {"zh": verdict.message("zh"), "en": verdict.message("en")},
        "lists": [entry_shape(entry, addresses) for entry in one.listings],
        "ratings": [rating_shape(record, addresses) for record in one.ratings],
    }


def candidate_shape(candidate: Candidate, addresses: Addresses) -> CandidateShape:
    return {
        "id": candidate.company.code,
        "score": candidate.score,
        "matched": match_kind(candidate.kind),
        "text": candidate.text,
        "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
        "company": checked_company(candidate.company, addresses),
    }


def checked_company(company: Company, addresses: Addresses) -> CheckedCompany:
    region = {"code": company.region, "name": company.region_name or None} if company.region else None
    return {
        "code": company.code,
        "uscc": company.uscc,
        "name": company.name,
        "status": label(Company.Status(company.status)),
        "region": region,
        "established_on": day(company.established_on),
        "url": addresses.of("api-company", company.code),
        "page": addresses.of("company", company.code),
    }


def entry_shape(entry: Listing, addresses: Addresses) -> CheckedListing:
    dataset, shown = entry.declaration, {field.name for field in entry.disclosed()}
    return {
        "list": dataset.slug,
        "title": titles(dataset),
        "category": label(dataset.category),
        "polarity": label(dataset.polarity),
        "authority": titles(dataset.list, "authority"),
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "legal_basis": titles(dataset, "legal_basis"),
        "listed_on": day(column(entry, "decided_on", shown)),
        "published_until": day(entry.published_until),
        "rule": dict(zip(("zh", "en"), periods.rule_source(dataset.period, entry.published_from), strict=True)),
        "entries": entry.entries,
        "event": entry.id,
        "record": addresses.of("api-record", entry.key),
        "page": addresses.of("record", entry.key),
        "objection": f"{addresses.of('help', 'objection')}#{dataset.agency.slug}",
    }


def rating_shape(record: Record, addresses: Addresses) -> CheckedRating:
    dataset, shown = record.declaration, {field.name for field in record.disclosed()}
    since, until = column(record, "valid_from", shown), column(record, "valid_until", shown)
    today = timezone.localdate()
    return {
        "dataset": dataset.slug,
        "title": titles(dataset),
        "issuer": titles(dataset.rating, "issuer"),
        "grade": grade_of(record, shown),
        "rated_on": day(column(record, "decided_on", shown)),
        "valid_until": day(until),
        "event": record.id,
        "in_force": (since or today) <= today <= (until or today),
        "record": addresses.of("api-record", record.key),
        "page": addresses.of("record", record.key),
    }

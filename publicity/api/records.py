"""Credit records (信用信息): their shape, the ``records/`` addresses, and what may be said of one that is gone."""

import functools
from datetime import date, datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.utils import timezone

from publicity.api.base import ListView, PublicView
from publicity.api.labels import Addresses, both, day, label, moment, titles
from publicity.api.pagination import Next, Page, Previous, page_by_id
from publicity.api.parameters import ORDER, RECORD_KEY
from publicity.api.problems import Kind, Problem, ProblemShape, not_found
from publicity.api.selection import SINCE, acted_since, expandable
from publicity.api.shapes import Bilingual, Date, Label, Moment, Uri
from publicity.api.subjects import company_shape, other_names
from publicity.filters import RecordFilter
from publicity.prepared import Prepared
from publicity.standing import standing_of_record
from records.catalog import catalog
from records.dataset import Dataset, Disclosure, Field
from records.models import Company, Event, Record, Severity

# Types whose value is already the text a reader sees.
PLAIN = frozenset({"text", "long_text", "uscc", "identifier", "person", "url", "year"})


class ValueShape(TypedDict):
    """One reported value. 数据项的值。"""

    title: Annotated[Bilingual, "Title of the column. 数据项名称。"]
    value: Annotated[
        Any,
        "Text, whole number, true or false; decimal numbers are text and exact; dates ISO 8601, `9999-12-31` for no end; "
        "codes as reported. 文本、整数或布尔值；小数为精确文本；日期为 ISO 8601，9999-12-31 表示长期。",
        {"examples": ["0.2"]},
    ]
    unit: Annotated[str | None, "Unit of a number. 计量单位。", {"examples": ["万元"]}]
    text: NotRequired[Annotated[Bilingual, "As the pages show it, where that differs from the value. 页面显示的文字。"]]


class DatasetRef(TypedDict):
    """A dataset. 信息类目。"""

    slug: Annotated[str, {"examples": ["tax-penalty"]}]
    title: Bilingual
    url: Uri


class Source(TypedDict):
    """The reporting agency. 信源单位。"""

    slug: Annotated[str, {"examples": ["tax"]}]
    title: Bilingual


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
    published_from: Annotated[Date, "First day of publication. 公示日期。"]
    published_until: Annotated[
        Date | None, "First day on which it is no longer public; null for no end. 公示截止日（不含）。"
    ]
    batch: Annotated[int | None, "Number of the report it came with. 报送批次号。"]
    event: Annotated[int, "Number of the event that published this version. 公示日志序号。", {"examples": [1024]}]
    digest: Annotated[str, "Salted SHA-256 of the content, as in the log. 内容摘要。", {"examples": ["5f2c…"]}]


class RecordShape(Provenance):
    """One published record about one company. 一条信用信息。"""

    id: Annotated[str, "The same over all versions. 各版本相同的编号。", {"examples": ["a" * 26]}]
    url: Uri
    page: Uri
    category: Label
    polarity: Label
    company: Annotated[CompanyRef, "With `expand=company` all that `companies/` gives of it. 信用主体。"]
    document_no: Annotated[str | None, "Number of the document. 文书号。", {"examples": ["青测罚字〔2026〕21号"]}]
    decided_on: Annotated[Date | None, "Decided or listed on. 决定（列入）日期。"]
    valid_from: Annotated[Date | None, "有效期自。"]
    valid_until: Annotated[Date | None, "有效期至。"]
    authority: Annotated[
        str | None, "Authority that decided. 作出决定的机关。", {"examples": ["青岚市测试样例行政机关"]}
    ]
    severity: Annotated[Label | None, "Severity (NDRC Order 36). 失信程度。"]
    earliest_repair_on: Annotated[Date | None, "First day on which repair may be applied for. 最早可申请修复日期。"]
    values: Annotated[
        dict[str, ValueShape], "Reported values by column name, see `datasets/{slug}/`. 各数据项的值，按数据项标识。"
    ]


class RecordPage(TypedDict):
    """A page of records. 一页信用信息。"""

    next: Next
    previous: Previous
    results: list[RecordShape]


class Gone(ProblemShape):
    """Was public and is no longer: what may still be said, no values. 曾经公示、现已不再公示。"""

    dataset: DatasetRef
    act: Annotated[Label, "What ended the publication. 终止公示的事项。"]
    on: Annotated[Date | None, "When. 日期。"]
    event: Annotated[int, "Number of the last event about it. 最后一条公示日志的序号。", {"examples": [2048]}]


class OneRecord(RecordShape):
    """A record with its life. 信用信息及其公示经过。"""

    history: Annotated[list["Act"], "Every act on it, oldest first. 全部公示经过。"]


class Act(TypedDict):
    """One act on a record. 对一条信用信息的一次操作。"""

    event: int
    at: Moment
    kind: Label


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
    shape: ValueShape = {"title": titles(field), "value": value, "unit": field.unit or None}
    if field.type not in PLAIN:
        shape["text"] = {"zh": field.show(value, "zh"), "en": field.show(value, "en")}
    return shape


@functools.lru_cache(maxsize=1000)
def declared(dataset: Dataset, origin: str) -> dict[str, Any]:
    """What all records of a dataset have in common. Read it, never change it."""
    addresses = Addresses.at(origin)
    return {
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "dataset": dataset_ref(dataset, addresses),
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
    }


class RecordPages(ListView):
    """What lists of records share."""

    tag = "records"
    shape = RecordPage
    parameters = (ORDER, *SINCE, expandable("company"))
    filters = RecordFilter
    row_shape = RecordShape

    def rendered(self, record: Record) -> Any:
        return record_shape(record, self.addresses)

    def page_of(self, rows) -> Page:
        newest_first = self.asked.get("order", "newest") == "newest"
        rows = self.filtered(rows).select_related("company")
        if (after := acted_since(self.asked)) is not None:
            # A version has the number of the event that published it.
            rows = rows.filter(id__gt=after)
        return page_by_id(rows, self.cursor, self.limit, newest_first=newest_first)

    def shapes(self, records: list[Record]) -> list[Any]:
        shapes = [self.rendered(record) for record in records]
        return with_companies(shapes, records, self.addresses) if "expand" in self.asked else shapes


def with_companies(shapes: list[Any], records: list[Record], addresses: Addresses) -> list[Any]:
    """The same with each company in full."""
    names = other_names([record.company for record in records])
    for shape, record in zip(shapes, records, strict=True):
        shape["company"] = company_shape(record.company, names, addresses)
    return shapes


class RecordList(RecordPages):
    operation, title, title_zh = "listRecords", "Credit records of all companies", "全部信用信息"
    text = "What is public today, last published first. 现在公示的全部信用信息，最新公示的在前。"

    def answer(self) -> dict[str, Any]:
        page = self.page_of(Record.objects.public())
        return self.paged(page, self.shapes(page.rows))


class RecordDetail(PublicView):
    operation, title, title_zh, tag = "getRecord", "One record with its history", "一条信用信息", "records"
    text = (
        "404: no such record was ever public. 410: it was and is no longer, with what may still be said of it. "
        "404 表示从未公示；410 表示曾经公示、现已不再公示。"
    )
    shape = row_shape = OneRecord
    gone_shape, parameters = Gone, (expandable("company"),)
    path_parameters = (RECORD_KEY,)
    statuses = (404, 410)

    def get(self, request, key: str, **address):
        self.standing = standing_of_record(key)
        return super().get(request, key=key, **address)

    def version(self) -> tuple | None:
        return self.standing and self.standing.version

    def changed_at(self) -> datetime | None:
        return self.standing and self.standing.changed_at

    def answer(self) -> OneRecord:
        key, head = self.kwargs["key"], self.standing.head if self.standing else 0
        found = _record(id(catalog())).ask(key=key, head=head, today=timezone.localdate())
        if not found:
            raise gone(key, self.addresses)
        record, acts = found[0], _acts().ask(key=key, head=head)
        if record.company_id == self.standing.company.id:
            record.company = self.standing.company
        history = [{"event": act.number, "at": moment(act.at), "kind": label(Event.Kind(act.kind))} for act in acts]
        shape = record_shape(record, self.addresses) | {"history": history}
        return with_companies([shape], [record], self.addresses)[0] if "expand" in self.asked else shape


@functools.cache
def _record(catalogue: int) -> Prepared:  # noqa: ARG001 - part of the cache key
    given = {"key": "\0key", "head": -1, "today": date(1, 1, 1)}
    return Prepared(Record.objects.disclosable(on=given["today"], head=given["head"]).filter(key=given["key"]).order_by("-id")[:1], **given)


@functools.cache
def _acts() -> Prepared:
    return Prepared(Event.objects.of_record("\0key").filter(number__lte=-1).order_by("number"), key="\0key", head=-1)


def gone(key: str, addresses: Addresses) -> Problem:
    """404 for what never was public; else 410 with dataset, act, day and event, and not a word on whom it was about."""
    public = {dataset.slug: dataset for dataset in catalog().of()}
    head, today = Event.objects.head(), timezone.localdate()
    last = (
        Record.objects.filter(key=key, dataset__in=public, id__lte=head, published_from__lte=today)
        .order_by("-id")
        .first()
    )
    if last is None:
        return not_found()
    ended = Event.objects.filter(number=last.ended_event).first()
    act = label(Event.Kind(ended.kind)) if ended else label(Event.Kind.EXPIRED)
    on = timezone.localdate(ended.at) if ended else last.published_until
    dataset = public[last.dataset]
    words = both(Event.Kind(act["code"]).label)
    return Problem(
        Kind.GONE,
        f"This record ({titles(dataset)['en']}) is no longer public: {words['en'].lower()} on {on}.",
        f"该条信息（{dataset.title}）已不再公示：{on} {words['zh']}。",
        dataset=dataset_ref(dataset, addresses),
        act=act,
        on=day(on),
        event=ended.number if ended else last.id,
    )

"""The ``records/`` addresses, and what may be said of a record that is gone."""

import functools
from datetime import date, datetime
from typing import Annotated, Any, TypedDict

from django.utils import timezone

from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import labelled
from publicity.api.labels import Addresses, both, day, label, moment, titles
from publicity.api.pagination import Next, Page, Previous, page_by_id
from publicity.api.parameters import ORDER, RECORD_KEY
from publicity.api.problems import Kind, Problem, ProblemShape, not_found
from publicity.api.record_shapes import DatasetRef, RecordShape, dataset_ref, record_shape, with_companies
from publicity.api.selection import SINCE, acted_since, expandable
from publicity.api.shapes import Date, Label, Moment
from publicity.endings import Ending, ending_of_record
from publicity.filters import RecordFilter
from publicity.standing import standing_of_record
from records.catalog import catalog
from records.models import Event, Record
from records.prepared import Prepared


class RecordPage(TypedDict):
    """A page of records. 一页信用信息。"""

    next: Next
    previous: Previous
    results: list[RecordShape]


class Gone(ProblemShape):
    """Was public and is no longer: what may still be said, no values. 曾经公示、现已不再公示。"""

    dataset: DatasetRef
    act: Annotated[Label, "What ended the publication. 终止公示的事项。", labelled("event", "repaired")]
    on: Annotated[Date | None, "When. 日期。"]
    event: Annotated[int, "Number of the last event about it. 最后一条公示日志的序号。", {"examples": [2048]}]


class OneRecord(RecordShape):
    """A record with its life. 信用信息及其公示经过。"""

    history: Annotated[list["Act"], "Every act on it, oldest first. 全部公示经过。"]


class Act(TypedDict):
    """One act on a record. 对一条信用信息的一次操作。"""

    event: Annotated[int, {"examples": [1024]}]
    at: Moment
    kind: Annotated[Label, labelled("event", "published")]


class RecordPages(ListView):
    """What lists of records share."""

    tag = "records"
    shape = RecordPage
    parameters = (ORDER, *SINCE, expandable("company"))
    filters = RecordFilter
    row_shape = RecordShape

    def state(self) -> tuple | None:
        return Event.objects.state()

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
    ending = ending_of_record(key)
    if ending is None:
        return not_found()
    words, name = both(ending.act.label), titles(ending.dataset)
    return ended(
        ending,
        f"This record ({name['en']}) is no longer public: {words['en'].lower()} on {ending.on}.",
        f"该条信息（{name['zh']}）已不再公示：{ending.on} {words['zh']}。",
        addresses,
    )


def ended(ending: Ending, detail: str, detail_zh: str, addresses: Addresses) -> Problem:
    """410, with what may still be said."""
    told = {"dataset": dataset_ref(ending.dataset, addresses), "act": label(ending.act), "on": day(ending.on), "event": ending.event}
    return Problem(Kind.GONE, detail, detail_zh, **told)

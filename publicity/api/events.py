"""The public log (公示日志) as a feed of changes: gap-free, in order, resumable."""

from typing import Annotated, Any, TypedDict

from django.db.models import Value
from django.db.models.functions import Concat
from django.http import HttpResponse

from publicity.api.base import ListView
from publicity.api.enumerations import UNTOLD, labelled
from publicity.api.labels import Addresses, label, moment
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import CODE, LIMIT, MAX_NUMBER, Parameter, of_filters
from publicity.api.problems import Kind, Problem
from publicity.api.record_shapes import DatasetRef, dataset_ref
from publicity.api.shapes import Label, Moment, Uri
from publicity.api.waiting import RETRY_SECONDS, WAITING
from publicity.filters import RecordFilter
from records import search
from records.catalog import Catalog, catalog
from records.models import Company, Event

AFTER = Parameter(
    "after",
    "Events with a greater number; 0 for all of them. To go on later, use `resume_after` of the last answer.",
    "序号大于该值的事项，0 表示全部；继续读取时使用上次回答中的 resume_after。",
    {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER, "default": 0},
    1024,
)
COMPANY = Parameter(
    "company", "Code of a company.", "信用主体代码。", {"type": "string", "pattern": CODE}, "91330110MF1000015W"
)
KIND = Parameter(
    "kind", "Kind of act.", "事项。", {"type": "string", "enum": list(Event.Kind.values)}, str(Event.Kind.REPAIRED)
)

WAIT = Parameter(
    "wait",
    "Seconds to wait when there is nothing new yet. An empty answer with `Retry-After` means that too many wait already.",
    "没有新事项时最多等待的秒数；等待者过多时立即返回空结果和 Retry-After。",
    {"type": "integer", "minimum": 0, "maximum": 30},
)


class EventCompany(TypedDict):
    """The company of an act. 信用主体。"""

    code: Annotated[str, {"examples": ["91330110MF1000015W"]}]
    url: Uri


class EventShape(TypedDict):
    """One act. Of records that are not public only number, time and digest are told. 一次操作；不公开的信息只给出序号、时间和摘要。"""

    number: Annotated[int, "Numbers follow one another without gaps. 连续编号。", {"examples": [1025]}]
    at: Moment
    kind: Annotated[
        Label,
        "published, changed, corrected, withdrawn, repaired, expired, restored or sealed. After withdrawn, repaired and "
        "expired the record is gone: delete your copy. 撤销、修复、到期后请删除副本。",
        labelled("event", "published"),
    ]
    dataset: DatasetRef | None
    record: Annotated[str | None, "Number of the record. 信用信息编号。", {"examples": ["a" * 26]}]
    url: Annotated[Uri | None, "The record; 410 when it is no longer public. 该条信息的地址。"]
    company: EventCompany | None
    batch: Annotated[int | None, "Number of the report. 报送批次号。"]
    digest: Annotated[str, "Salted SHA-256 of the content. 内容摘要。", {"examples": ["5f2c…"]}]


class EventPage(TypedDict):
    """Events in order. 按序号排列的公示日志。"""

    next: Next
    previous: Previous
    head: Annotated[int, "Number of the last event. 最后一个序号。", {"examples": [2048]}]
    resume_after: Annotated[
        int,
        "Ask `after` this next time. It is smaller than what you asked only where this log ends before it: yours is of another site or "
        "of a state that was lost. 下次请求 after 的值；小于所请求的值时，说明您的序号不属于本站现有日志。",
        {"examples": [1025]},
    ]
    results: list[EventShape]


def event_shape(event: Event, code: str | None, known: Catalog, told: set[str], addresses: Addresses, view: str) -> EventShape:
    """An event, told in full when its dataset is among ``told``; ``view`` is the address of a record."""
    shape: EventShape = {
        "number": event.number,
        "at": moment(event.at),
        "kind": UNTOLD,
        "dataset": None,
        "record": None,
        "url": None,
        "company": None,
        "batch": None,
        "digest": event.digest,
    }
    if event.dataset not in told:
        return shape
    return shape | {
        "kind": label(Event.Kind(event.kind)),
        "dataset": dataset_ref(known.datasets[event.dataset], addresses),
        "record": event.record_key,
        "url": addresses.of(view, event.record_key),
        "company": {"code": code, "url": addresses.of("api-company", code)} if code else None,
        "batch": event.batch_id,
    }


class EventPages(ListView):
    """What feeds of events share: the part of the log after a number, narrowed by dataset and company."""

    record_view = "api-record"

    def told(self) -> set[str]:
        """The datasets whose events this reader may be told in full."""
        return {dataset.slug for dataset in catalog().of()}

    def page_after(self, after: int, events) -> dict[str, Any]:
        """The answer for the events after a number."""
        head = Event.objects.head()
        with search.within():
            rows = list(events.filter(number__gt=after, number__lte=head).order_by("number")[: self.limit + 1])
        more, rows = len(rows) > self.limit, rows[: self.limit]
        resume = rows[-1].number if more else head
        following = self.with_parameters(after=resume) if more else None
        answer = {"next": following, "previous": None, "head": head, "resume_after": resume, "results": self.shapes(rows)}
        self.links(answer)
        return answer

    def of_company(self, events):
        """Those about the company asked for."""
        companies = list(Company.objects.by_code(self.asked["company"]))
        if not companies:
            # A code with a slip would wait for events for ever.
            raise Problem(Kind.NOT_FOUND, "No company has this code.", "没有使用该代码的信用主体。", parameter="company")
        return events.filter(company__in=companies)

    def of_told(self, events):
        """Those of the datasets that are told.

        Not of the column itself: an index by dataset would be asked for all of them, and what it has be sorted.
        """
        return events.alias(of=Concat("dataset", Value(""))).filter(of__in=self.told())

    def shapes(self, rows: list[Event]) -> list[EventShape]:
        known, told = catalog(), self.told()
        codes = dict(Company.objects.filter(id__in={row.company_id for row in rows}).values_list("id", "code"))
        return [event_shape(row, codes.get(row.company_id), known, told, self.addresses, self.record_view) for row in rows]


class EventList(EventPages):
    operation, title, title_zh, tag = "listEvents", "Every change in order", "公示日志", "events"
    text = (
        "Publications, corrections, withdrawals, repairs and expiries, oldest first. Without a filter the numbers have no "
        "gaps, so a missing number means a lost answer. 按序号给出全部公示、更正、撤销、修复和到期；不加筛选时不缺号。"
    )
    shape = EventPage
    statuses = (404,)

    @classmethod
    def known_parameters(cls) -> tuple[Parameter, ...]:
        dataset = next(parameter for parameter in of_filters(RecordFilter) if parameter.name == "dataset")
        return AFTER, dataset, COMPANY, KIND, WAIT, LIMIT

    def get(self, request, **address: str) -> HttpResponse:
        response = super().get(request, **address)
        if "wait" in self.asked:
            # A cache on the way would answer the next call at once with this one's nothing, as often as it is asked.
            response["Cache-Control"] = "no-cache"
        return response

    def answer(self) -> dict[str, Any]:
        after = int(self.asked.get("after", 0))
        if "wait" in self.asked and not WAITING.until(lambda: self._news(after), int(self.asked["wait"])):
            self.headers["Retry-After"] = str(RETRY_SECONDS)
        return self.page_after(after, self.chosen())

    def _news(self, after: int) -> bool:
        """An event that was asked for has come; the head alone tells when there cannot be one."""
        head = Event.objects.head()
        with search.within():
            return head > after and self.chosen().filter(number__gt=after, number__lte=head).exists()

    def chosen(self):
        events = Event.objects.all()
        if "dataset" in self.asked:
            events = events.filter(dataset=self.asked["dataset"])
        elif {"company", "kind"} & self.asked.keys():
            events = self.of_told(events)
        if "kind" in self.asked:
            # Of acts the index holds no others.
            reported = self.asked["kind"] in (Event.Kind.PUBLISHED, Event.Kind.CHANGED)
            events = (events if reported else events.of_acts()).filter(kind=self.asked["kind"])
        if "company" in self.asked:
            events = self.of_company(events)
        return events

"""Where a company stands in the log: one question, answered by indexes alone, before anything else is done for it."""

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from records.catalog import catalog
from records.models import Batch, Company, Event, EventCounter
from records.prepared import Prepared

CODE, KEY = "\0code", "\0key"
# Two acts within one second give the same date of last change; after this long nobody adds to that second any more.
SETTLED = timedelta(seconds=5)


@dataclass(frozen=True)
class Standing:
    """A company and the log, at one moment.

    ``clock`` is that of the log: the last event in effect at all (``head``) and the last handed out. Of the events about the
    company that are told, ``last`` is the last in effect and ``written`` the last one written, which is later while a batch is
    being published; ``at`` is when that was. ``settling`` is a batch after which names and search columns are still being
    brought up to date.
    """

    company: Company
    clock: tuple[int, int]
    last: int
    written: int
    at: datetime | None
    settling: int | None

    @property
    def head(self) -> int:
        return self.clock[0]

    @property
    def version(self) -> tuple:
        """What changes when an answer about the company may.

        Both numbers, because a withdrawal takes a record off the site at once, while a batch that is being written becomes
        visible all at one moment; the columns, because they follow the log only when the batch is settled.
        """
        company = self.company
        shown = company.name, company.status, company.kind, company.region, company.established_on, company.legal_representative
        return company.id, self.last, self.written, self.settling, *shown

    @property
    def changed_at(self) -> datetime | None:
        """When an answer about the company last changed; None while a date could not tell two versions apart.

        What is shown changes at midnight too, when periods end.
        """
        return self.changed_after()

    def changed_after(self, *others: datetime) -> datetime | None:
        """When an answer last changed that shows something else as well, last changed at these times."""
        if self.at is None or self.settling or self.last != self.written:
            return None
        last = max(self.at, *others) if others else self.at
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return None if timezone.now() - last < SETTLED else max(last, midnight)

    @property
    def public(self) -> bool:
        """Whether its registration is published."""
        return self.company.public_at(self.head)


def standing_at(code: str) -> Standing | None:
    """The standing of the company whose address this is; None when no public company has exactly this code."""
    found = _one(_by_code(id(catalog())).ask(code=code))
    return found if found and found.public else None


def standing_of_record(key: str) -> Standing | None:
    """The standing of the company a record is about, whether or not it is public; None when there is no such record."""
    return _one(_by_record(id(catalog())).ask(key=key))


def _one(companies: list[Company]) -> Standing | None:
    if not companies:
        return None
    company = companies[0]
    head = company.counted if company.held is None else company.held - 1
    written = company.written or 0
    last = written if written <= head else Event.objects.last_of(company.id)
    return Standing(company, (head, company.counted), last, written, company.written_at, company.settling)


@functools.cache
def _by_code(catalogue: int) -> Prepared:  # noqa: ARG001 - part of the cache key
    return Prepared(_standing(Company.objects.filter(code=CODE)), code=CODE)


@functools.cache
def _by_record(catalogue: int) -> Prepared:  # noqa: ARG001 - part of the cache key
    newest = Company.objects.filter(records__key=KEY).order_by("-records__id")[:1]
    return Prepared(_standing(newest), key=KEY)


def _standing(companies: QuerySet) -> QuerySet:
    last = Event.objects.told().filter(company_id=OuterRef("pk")).order_by("-number")
    held = Batch.objects.filter(state__in=Batch.WRITING, first_event__isnull=False).order_by("first_event")
    settling = Batch.objects.filter(unsettled=True).order_by("id")
    return companies.annotate(
        counted=Subquery(EventCounter.objects.filter(id=1).values("last")),
        held=Subquery(held.values("first_event")[:1]),
        written=Subquery(last.values("number")[:1]),
        written_at=Subquery(last.values("at")[:1]),
        settling=Subquery(settling.values("id")[:1]),
    )

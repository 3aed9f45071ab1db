"""One pass over the versions of a dataset that are in effect: which are public, which are gone, in which delta each belongs.

Days are ISO texts here, which order as the days do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from django.db import connection
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from publicity.bulk.rows import Entry
from records.models import Event, Record
from records.models.record import RecordQuerySet

CHUNK = 1000
_ENDS = (Event.Kind.WITHDRAWN, Event.Kind.REPAIRED, Event.Kind.EXPIRED)
_TAKEN = frozenset(Record.State.off_at_once())


@dataclass(frozen=True)
class Gone:
    """What a deletion says: whose, by which act, on which day; of an end by date alone there is no event yet."""

    entry: Entry
    act: str
    on: str
    event: int | None


class Standing(Enum):
    """How a version in effect stands with the public on a day."""

    PUBLIC = "public"
    EARLY = "early"
    OVER = "over"
    TAKEN = "taken"


def standing(entry: Entry, day: str) -> Standing:
    """``TAKEN``: an act that waits for no head has taken it off."""
    if entry.state in _TAKEN:
        return Standing.TAKEN
    if entry.published_until and entry.published_until <= day:
        return Standing.OVER
    return Standing.EARLY if entry.published_from > day else Standing.PUBLIC


def in_effect(slug: str, head: int) -> Iterator[list[Entry]]:
    """The versions of a dataset in effect after event ``head``, in the order of their publication, chunk by chunk."""
    rows = Record.objects.in_effect(head).filter(dataset=slug).order_by("id")
    after = 0
    while chunk := _entries(rows.filter(id__gt=after)[:CHUNK]):
        yield chunk
        after = chunk[-1].id


def _entries(records: RecordQuerySet) -> list[Entry]:
    """Read past Django's fields, which take longer to convert a row than the database to find it."""
    days = map(_day, ("published_from", "published_until"))
    rows = records.values_list("id", "key", "company__code", *days, "values", "state", "ended_event")
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        # PostgreSQL gives a day as a date.
        return [
            Entry(number, key, company, str(first), until and str(until), values, state, ended)
            for number, key, company, first, until, values, state, ended in cursor.fetchall()
        ]


def _day(column: str) -> Cast | F:
    """On SQLite the text that a day is; its driver would make a date of each."""
    return Cast(column, TextField()) if connection.vendor == "sqlite" else F(column)


def gone_by_event(slug: str, *, after: int, head: int) -> Iterator[Gone]:
    """Records that an event up to ``head`` ended and that have no version in effect since; a record may come twice."""
    events = Event.objects.filter(dataset=slug, kind__in=_ENDS, number__lte=head).order_by("number")
    while chunk := list(events.filter(number__gt=after)[:CHUNK]):
        keys = {event.record_key for event in chunk}
        back = set(Record.objects.in_effect(head).filter(key__in=keys).values_list("key", flat=True))
        ended = {event.record_id: event for event in chunk if event.record_key not in back}
        for entry in _entries(Record.objects.filter(id__in=ended).order_by("ended_event")) if ended else ():
            event = ended[entry.id]
            yield Gone(entry, str(event.kind), timezone.localdate(event.at).isoformat(), event.number)
        after = chunk[-1].number

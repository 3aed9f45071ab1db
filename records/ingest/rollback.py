"""Taking a whole published batch back: events are added, none is removed.

Each record of the batch that is still current ends; where it had replaced an earlier version, that version's content returns as a
new version. As in publishing, the numbers are reserved first and everything changes for readers at one instant.
"""

from django.db import transaction

from records.models import Batch, Event, EventCounter, Record
from records.rows import COLUMNS

CHUNK = 1000


def roll_back(job) -> None:
    """Roll a batch back, or go on with it after the last chunk committed."""
    batch: Batch = job.batch
    if batch.undo_event is None:
        with transaction.atomic():
            events = batch.records.filter(ended_event=None).count()
            first = EventCounter.reserve(events)
            job.update(undo_event=first, first_event=batch.first_event or first, events=events, written=0)
    while batch.written < batch.events:
        with transaction.atomic():
            _undo_chunk(job)
    job.finish(Batch.State.ROLLED_BACK, unsettled=batch.declaration.projected)


def _undo_chunk(job) -> None:
    batch: Batch = job.batch
    records = list(batch.records.filter(ended_event=None, id__gt=batch.cursor).order_by("id")[:CHUNK])
    before = {old.ended_event: old for old in Record.objects.filter(ended_event__in=[record.id for record in records])}
    first = batch.undo_event + batch.written
    job.advance(records[-1].id, written=len(records))
    restored, events = [], []
    for number, record in enumerate(records, first):
        old = before.get(record.id)
        record.state, record.ended_event = Record.State.UNDONE, number
        if old is not None:
            restored.append(_again(old, number))
        kind = Event.Kind.RESTORED if old else Event.Kind.WITHDRAWN
        event = (restored[-1] if old else record).event(kind, number=number, by=batch.reviewed_by, because=batch.because)
        event.batch = batch
        events.append(event)
    Record.objects.bulk_update(records, ["state", "ended_event"])
    Record.objects.bulk_create(restored)
    Event.objects.bulk_create(events)


def _again(old: Record, number: int) -> Record:
    columns = {column: getattr(old, column) for column in (*COLUMNS, "company_id", "batch_id", "published_from")}
    return Record(id=number, **columns)

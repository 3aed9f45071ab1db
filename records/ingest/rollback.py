"""Taking a whole published batch back: events are added, none is removed.

Each record of the batch that is still current ends; where the batch had replaced an earlier version, that version's content
returns as a new version, unless its own batch was rolled back as well. As in publishing, the numbers are reserved first and
everything changes for readers at one instant.
"""

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from records.models import Batch, EventCounter
from records.rows import COLUMNS

CHUNK = 4000

_RETURNING = (*COLUMNS, "company_id", "batch_id", "published_from")
# Records of one chunk, each with the version that the batch took the place of, by whatever number of its own versions. IS TRUE:
# versions are looked for by their key alone, not among all that were ever replaced.
_CHUNK = """
    FROM records_record new LEFT JOIN records_record old ON old.id = (
        SELECT before.id FROM records_record before JOIN records_record by_us ON by_us.id = before.ended_event
        LEFT JOIN records_batch theirs ON theirs.id = before.batch_id
        WHERE before.key = new.key AND (before.state = 'replaced') IS TRUE
        AND COALESCE(before.batch_id, 0) <> new.batch_id AND by_us.batch_id = new.batch_id AND COALESCE(theirs.state, '') <> 'rolled_back'
        ORDER BY before.id DESC LIMIT 1
    )
    WHERE new.batch_id = %(batch)s AND new.id > %(after)s AND new.id <= %(upto)s
"""
_NUMBER = "%(base)s + row_number() OVER (ORDER BY new.id)"
_LOG = f"""
    INSERT INTO records_event (number, at, kind, dataset, record_key, record_id, company_id, batch_id, by_id, because, digest)
    SELECT {_NUMBER}, %(now)s, CASE WHEN old.id IS NULL THEN 'withdrawn' ELSE 'restored' END, new.dataset, new.key,
           CASE WHEN old.id IS NULL THEN new.id ELSE {_NUMBER} END, COALESCE(old.company_id, new.company_id), new.batch_id,
           %(by)s, %(because)s, COALESCE(old.digest, new.digest)
    {_CHUNK} AND new.ended_event IS NULL
"""
_END = f"""
    WITH todo AS (
        SELECT new.id, {_NUMBER} AS number FROM records_record new
        WHERE new.batch_id = %(batch)s AND new.id > %(after)s AND new.id <= %(upto)s AND new.ended_event IS NULL
    )
    UPDATE records_record SET state = 'undone', ended_event = todo.number FROM todo WHERE records_record.id = todo.id
"""
_RESTORE = f"""
    INSERT INTO records_record (id, state, {", ".join(f'"{column}"' for column in _RETURNING)})
    SELECT new.ended_event, 'current', {", ".join(f'old."{column}"' for column in _RETURNING)}
    {_CHUNK} AND old.id IS NOT NULL AND new.ended_event > %(base)s
"""


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
    job.update()
    after = batch.records.filter(id__gt=batch.cursor).aggregate(next=Min("id"))["next"] - 1
    values = {
        "base": batch.undo_event - 1 + batch.written,
        "batch": batch.pk,
        "after": after,
        "upto": after + CHUNK,
        "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        "by": batch.reviewed_by_id,
        "because": batch.because,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOG, values)
        job.advance(after + CHUNK, written=cursor.rowcount)
        cursor.execute(_END, values)
        cursor.execute(_RESTORE, values)

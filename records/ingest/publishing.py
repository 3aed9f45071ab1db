"""Staged rows to records and events, chunk by chunk, visible at one instant.

The batch first reserves the numbers of all its events. While they are being written the head of the log stays below them, so
readers see nothing of the batch; the change of its state to 已公示 lets the head pass all of them at once.
"""

import contextlib
from collections.abc import Iterator
from datetime import date

import orjson
from django.db import connection, transaction
from django.db.models import Max, Min, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from records.ahead import TWO_PROCESSORS, ahead
from records.bulk import fetch_among, insert_rows
from records.ingest.staging import compare
from records.models import Batch, Event, EventCounter, StagedRow
from records.models.company import add_entries
from records.models.quality import delays_of
from records.newcomers import Newcomer, newcomers
from records.rows import COLUMNS, published_until

# The write lock is held for one chunk: some tenths of a second.
CHUNK = 4000
# A company with its names and terms weighs several times what a record does.
COMPANIES = 2000
# A process of its own for the companies to be is worth its start for so many.
MANY = 2 * CHUNK
_Kind = StagedRow.Kind

_COPIED = ", ".join(f'"{column}"' for column in COLUMNS)
# A company made by a registration has the number of its event.
_COMPANY = "COALESCE(company_id, CASE WHEN %(registers)s THEN number END)"
# The rows of one chunk with the event number of each: the numbers follow the rows of the file. With IS TRUE the index of kinds
# is not used, whose rows would have to be sorted.
_TODO = """
    WITH todo AS (
        SELECT *, %(base)s + row_number() OVER (ORDER BY row_no) AS number FROM records_stagedrow
        WHERE batch_id = %(batch)s AND row_no > %(after)s AND row_no <= %(upto)s AND (kind IN ('new', 'changed')) IS TRUE
    )
"""
# The condition on the end is that of the index of current versions.
_END_OLD = f"""
    {_TODO} UPDATE records_record SET state = 'replaced', ended_event = todo.number FROM todo
    WHERE todo.kind = 'changed' AND records_record.key = todo.key AND COALESCE(records_record.ended_event, 0) = 0
"""
_INSERT_NEW = f"""
    INSERT INTO records_record (id, company_id, batch_id, published_from, state, ended_event, {_COPIED})
    {_TODO} SELECT number, {_COMPANY}, batch_id, %(today)s, 'current', NULL, {_COPIED} FROM todo
"""
_LOG = f"""
    INSERT INTO records_event (number, at, kind, dataset, record_key, record_id, company_id, batch_id, by_id, because, digest)
    {_TODO} SELECT number, %(now)s, CASE kind WHEN 'new' THEN 'published' ELSE 'changed' END,
           dataset, key, number, {_COMPANY}, batch_id, %(by)s, '', digest FROM todo
"""
_KNOWN = "SELECT id, code FROM records_company WHERE code {among}"


def publish(job) -> None:
    """Publish a reviewed batch, or go on with it after the last chunk committed."""
    batch: Batch = job.batch
    since = batch.staged_head
    while batch.first_event is None and not _reserve(job, since):
        since = _compare_again(job)
    with contextlib.closing(_todo(batch)) as todo:
        for upto, fresh in todo:
            _publish_chunk(job, upto, fresh)
            # Its memory is for the next chunk.
            del fresh
    if batch.cancelled_by_id:
        # Its first event still holds the head of the log, until the roll-back is written too.
        job.finish(Batch.State.ROLLING_BACK, reviewed_by=batch.cancelled_by, written=0)
        return
    # Rows that wait for a company look for it once more; a company may have arrived since they were staged.
    unsettled = batch.declaration.projected or batch.pending > 0
    now = timezone.now()
    delays = delays_of(batch, timezone.localdate(now))
    job.finish(Batch.State.PUBLISHED, published_at=now, unsettled=unsettled, delays=delays)


def _todo(batch: Batch) -> Iterator[tuple[int, list[Newcomer]]]:
    """The chunks to be published; companies of a large batch are made while the chunk before is written."""
    if batch.declaration.registers and batch.events - batch.written >= MANY and TWO_PROCESSORS:
        return ahead(newcomers, batch.dataset, inputs=_chunks(batch))
    return newcomers(_chunks(batch), batch.dataset)


def _chunks(batch: Batch) -> Iterator[tuple[int, list[tuple]]]:
    """Up to which row number each chunk goes, and what ``newcomers`` needs of its rows.

    A chunk is so many row numbers, however many of them are rows to be published: nobody has to count those first.
    """
    size = COMPANIES if batch.declaration.registers else CHUNK
    ends = batch.staged.aggregate(first=Min("row_no"), last=Max("row_no"))
    after = max(batch.cursor, (ends["first"] or 1) - 1)
    while after < (ends["last"] or 0):
        rows = _to_publish(batch, after, after + size).order_by("row_no")
        after += size
        yield after, list(_with_text(rows, "code", "company_id")) if batch.declaration.registers else []


def _to_publish(batch: Batch, after: int, upto: int):
    """The staged rows of a chunk that become records."""
    return batch.staged.filter(kind__in=(_Kind.NEW, _Kind.CHANGED), row_no__gt=after, row_no__lte=upto)


def _with_text(rows, *columns: str) -> Iterator[tuple]:
    """Id, values as JSON text and these columns of staged rows; model objects would take five times as long."""
    return rows.annotate(text=Cast("values", TextField())).values_list("id", "text", *columns).iterator()


def _reserve(job, since: int) -> bool:
    """Reserve the events of the batch; False when records of its dataset have changed after event ``since``."""
    batch: Batch = job.batch
    kinds = [_Kind.NEW, _Kind.CHANGED, _Kind.UNCHANGED, _Kind.INVALID, _Kind.PENDING]
    counts = {str(kind): batch.staged.filter(kind=kind).count() for kind in kinds}
    events = counts["new"] + counts["changed"]
    with transaction.atomic():
        first = EventCounter.reserve(events)
        if Event.objects.filter(number__gt=since, dataset=batch.dataset).exists():
            transaction.set_rollback(True)
            return False
        job.update(first_event=first, events=events, **counts)
    return True


def _compare_again(job) -> int:
    """Compare the staged rows with what is published now; the event after which that was."""
    batch: Batch = job.batch
    head = Event.objects.head()
    after, columns = 0, ("id", "row_no", "key", "code", "name", "document_no", "fingerprint", "company_id", "kind", "errors")
    kept = batch.staged.exclude(kind=_Kind.EXCLUDED)
    while chunk := list(kept.filter(row_no__gt=after).order_by("row_no").values(*columns)[:CHUNK]):
        before = {row["id"]: (row["kind"], row["company_id"]) for row in chunk}
        compare(batch.declaration, batch, chunk)
        moved = [row for row in chunk if before[row["id"]] != (row["kind"], row["company_id"])]
        rows = [StagedRow(**{name: row[name] for name in ("id", "kind", "company_id", "errors")}) for row in moved]
        with transaction.atomic():
            job.update()
            StagedRow.objects.bulk_update(rows, ["kind", "company_id", "errors"])
        after = chunk[-1]["row_no"]
    return head


def _publish_chunk(job, upto: int, fresh: list[Newcomer]) -> None:
    batch: Batch = job.batch
    base, after = batch.first_event - 1 + batch.written, batch.cursor
    today = timezone.localdate()
    with transaction.atomic():
        # Before anything is written: is the batch still this worker's? It stays so until the commit.
        job.update()
        if timezone.localdate(batch.uploaded_at) != today:
            _count_periods_from(today, batch, _to_publish(batch, after, upto))
        _make_companies(batch, fresh, base + 1)
        values = {
            "base": base,
            "batch": batch.pk,
            "after": after,
            "upto": upto,
            "today": connection.ops.adapt_datefield_value(today),
            "now": connection.ops.adapt_datetimefield_value(timezone.now()),
            "by": batch.reviewed_by_id,
            "registers": batch.declaration.registers,
        }
        with connection.cursor() as cursor:
            for statement in (_END_OLD, _INSERT_NEW, _LOG) if batch.changed else (_INSERT_NEW, _LOG):
                cursor.execute(statement, values)
            job.advance(upto, written=cursor.rowcount)


def _count_periods_from(today: date, batch: Batch, rows) -> None:
    """Some rules count from the day of publication, which staging could not know."""
    moved, dataset = [], batch.declaration
    for id_, text, severity, staged in _with_text(rows, "severity", "published_until"):
        until = published_until(dataset, orjson.loads(text), severity, today)
        if until != (staged and staged.isoformat()):
            moved.append((until, id_))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE records_stagedrow SET published_until = %s WHERE id = %s", moved)


def _make_companies(batch: Batch, wanted: list[Newcomer], first: int) -> None:
    """Companies for registrations of codes not known yet, with their names; they are as invisible as their records."""
    known = {code: id_ for id_, code in fetch_among(_KNOWN, [newcomer.columns["code"] for newcomer in wanted])}
    fresh: list[tuple[int, Newcomer]] = []
    for newcomer in wanted:
        number = first + newcomer.place
        if (company_id := known.setdefault(newcomer.columns["code"], number)) == number:
            fresh.append((number, newcomer))
        else:
            batch.staged.filter(pk=newcomer.row_id).update(company_id=company_id)
    if fresh:
        columns = ("id", *fresh[0][1].columns)
        insert_rows("records_company", columns, ((number, *newcomer.columns.values()) for number, newcomer in fresh))
    add_entries([(number, entry) for number, newcomer in fresh for entry in newcomer.names])

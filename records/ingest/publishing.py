"""Staged rows to records and events, chunk by chunk, visible at one instant.

The batch first reserves the numbers of all its events. While they are being written the head of the log stays below them, so
readers see nothing of the batch; the change of its state to 已公示 lets the head pass all of them at once.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from records import registration
from records.bulk import fetch_among, insert_rows
from records.dataset import Dataset
from records.ingest.staging import compare
from records.models import Batch, Event, EventCounter, StagedRow
from records.models.company import add_names
from records.models.quality import delays_of
from records.rows import COLUMNS, published_until

# The write lock is held for one chunk: some tenths of a second.
CHUNK = 4000
_Kind = StagedRow.Kind
_PUBLISHABLE = (_Kind.NEW, _Kind.CHANGED)

_COPIED = ", ".join(f'"{column}"' for column in COLUMNS)
# The rows of one chunk with the event number of each: the numbers follow the rows of the file.
_TODO = """
    WITH todo AS (
        SELECT *, %(base)s + row_number() OVER (ORDER BY row_no) AS number FROM records_stagedrow
        WHERE batch_id = %(batch)s AND row_no > %(after)s AND row_no <= %(upto)s AND kind IN ('new', 'changed')
    )
"""
_END_OLD = """
    UPDATE records_record SET state = 'replaced', ended_event = todo.number FROM todo
    WHERE todo.kind = 'changed' AND records_record.key = todo.key AND records_record.ended_event IS NULL
"""
_INSERT_NEW = f"""
    INSERT INTO records_record (id, company_id, batch_id, published_from, state, ended_event, {_COPIED})
    SELECT number, company_id, batch_id, %(today)s, 'current', NULL, {_COPIED} FROM todo
"""
_LOG = """
    INSERT INTO records_event (number, at, kind, dataset, record_key, record_id, company_id, batch_id, by_id, because, digest)
    SELECT number, %(now)s, CASE kind WHEN 'new' THEN 'published' ELSE 'changed' END,
           dataset, key, number, company_id, batch_id, %(by)s, '', digest FROM todo
"""


def publish(job) -> None:
    """Publish a reviewed batch, or go on with it after the last chunk committed."""
    batch: Batch = job.batch
    since = batch.staged_head
    while batch.first_event is None and not _reserve(job, since):
        since = _compare_again(job)
    while batch.written < batch.events:
        _publish_chunk(job)
    # Rows that wait for a company look for it once more; a company may have arrived since they were staged.
    unsettled = batch.declaration.projected or batch.pending > 0
    now = timezone.now()
    delays = delays_of(batch, timezone.localdate(now))
    job.finish(Batch.State.PUBLISHED, published_at=now, unsettled=unsettled, delays=delays)


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


def _publish_chunk(job) -> None:
    batch: Batch = job.batch
    ready = batch.staged.filter(kind__in=_PUBLISHABLE, row_no__gt=batch.cursor).order_by("row_no")
    numbers = list(ready.values_list("row_no", flat=True)[:CHUNK])
    base = batch.first_event - 1 + batch.written
    today = timezone.localdate()
    with transaction.atomic():
        after, upto = batch.cursor, numbers[-1]
        job.advance(upto, written=len(numbers))
        rows = batch.staged.filter(kind__in=_PUBLISHABLE, row_no__gt=after, row_no__lte=upto).order_by("row_no")
        if timezone.localdate(batch.uploaded_at) != today:
            _count_periods_from(today, batch, rows)
        if batch.declaration.registers:
            _make_companies(batch, rows, base)
        values = {
            "base": base,
            "batch": batch.pk,
            "after": after,
            "upto": upto,
            "today": connection.ops.adapt_datefield_value(today),
            "now": connection.ops.adapt_datetimefield_value(timezone.now()),
            "by": batch.reviewed_by_id,
        }
        with connection.cursor() as cursor:
            for statement in (_END_OLD, _INSERT_NEW, _LOG) if batch.changed else (_INSERT_NEW, _LOG):
                cursor.execute(_TODO + statement, values)


def _count_periods_from(today: date, batch: Batch, rows) -> None:
    """Some rules count from the day of publication, which staging could not know."""
    moved, dataset = [], batch.declaration
    for id_, values, severity, staged in _with_values(rows, "severity", "published_until"):
        until = published_until(dataset, values, severity, today)
        if until != (staged and staged.isoformat()):
            moved.append((until, id_))
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE records_stagedrow SET published_until = %s WHERE id = %s", moved)


def _with_values(rows, *columns: str) -> Iterator[tuple]:
    """Id, values and these columns of staged rows; model objects would take five times as long."""
    found = rows.annotate(text=Cast("values", TextField())).values_list("id", "text", *columns)
    return ((id_, orjson.loads(text), *others) for id_, text, *others in found)


def _make_companies(batch: Batch, rows, base: int) -> None:
    """Companies for registrations of codes not known yet, with their names; they are as invisible as their records."""
    dataset: Dataset = batch.declaration
    fresh: dict[str, tuple[int, int, dict[str, Any]]] = {}
    for number, (id_, values, code, company_id) in enumerate(_with_values(rows, "code", "company_id"), base + 1):
        if company_id is None:
            fresh[code] = (number, id_, values)
    for company_id, code in fetch_among("SELECT id, code FROM records_company WHERE code {among}", list(fresh)):
        batch.staged.filter(pk=fresh.pop(code)[1]).update(company_id=company_id)
    if not fresh:
        return
    names: list[tuple] = []
    companies: list[list] = []
    for code, (number, _, values) in fresh.items():
        columns = {"id": number} | registration.projection(dataset, values, code)
        columns["facets"] = registration.facets(columns)
        companies.append(list(columns.values()))
        names += [(number, *name) for name in registration.names(dataset, values)]
    insert_rows("records_company", tuple(columns), companies)
    with connection.cursor() as cursor:
        assign = [(number, id_) for number, id_, _ in fresh.values()]
        cursor.executemany("UPDATE records_stagedrow SET company_id = %s WHERE id = %s", assign)
    add_names(names)

"""What follows a batch of registrations: search columns and names of changed companies, rows that waited for a company."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from records import search
from records.catalog import catalog
from records.ingest.staging import known_records
from records.models import Batch, Company, Event, EventCounter, Record, StagedRow
from records.models.company import add_names
from records.rows import COLUMNS, columns_of, published_until

CHUNK = 500


def settle(job) -> None:
    """Bring the search up to the state just published, then publish the rows whose company has now arrived."""
    batch: Batch = job.batch
    touched = batch.records.exclude(company_id=F("id")) if batch.state == Batch.State.PUBLISHED else batch.records.all()
    while chunk := list(touched.filter(id__gt=batch.cursor).order_by("id").values_list("id", "company_id")[:CHUNK]):
        with transaction.atomic():
            job.advance(chunk[-1][0])
            add_names(Company.objects.project(company_id for _, company_id in chunk))
    if batch.state == Batch.State.PUBLISHED:
        while attach_pending():
            job.update()
    job.finish(batch.state, unsettled=False)


def waiting_rows():
    """Pending rows that may be published: of published batches, of datasets that no batch is being written to."""
    busy = Batch.objects.filter(state__in=Batch.WRITING).values("dataset")
    waiting = StagedRow.objects.filter(kind=StagedRow.Kind.PENDING, batch__state=Batch.State.PUBLISHED)
    return waiting.exclude(dataset__in=busy)


def attach_pending() -> int:
    """Publish pending rows of published batches whose company exists by now; how many were done, at most ``CHUNK``."""
    waiting = waiting_rows()
    by_code = waiting.exclude(code="").filter(code__in=Company.objects.values("code")).order_by("id")[:CHUNK]
    companies = {row: row.code for row in by_code}
    ids = dict(Company.objects.filter(code__in=companies.values()).values_list("code", "id"))
    found = [(row, ids[code]) for row, code in companies.items()] or _by_name(waiting.filter(code=""))
    if not found:
        return 0
    with transaction.atomic():
        _attach(found)
    return len(found)


def _by_name(waiting) -> list[tuple[StagedRow, int]]:
    """Pending rows without a code whose name is now that of exactly one company."""
    rows = {row: search.fold(row.name) for row in waiting.order_by("id")[: 20 * CHUNK]}
    ids: dict[str, list[int]] = {}
    for name, id_ in Company.objects.filter(name_key__in=set(rows.values())).values_list("name_key", "id"):
        ids.setdefault(name, []).append(id_)
    return [(row, ids[name][0]) for row, name in rows.items() if len(ids.get(name, ())) == 1][:CHUNK]


def _attach(found: list[tuple[StagedRow, int]]) -> None:
    """Publish rows for their companies; a row that something newer has overtaken is only marked."""
    # The counter's lock keeps two workers from attaching the same rows.
    EventCounter.objects.select_for_update().get(id=1)
    pending = set(waiting_rows().filter(pk__in=[row.pk for row, _ in found]).values_list("pk", flat=True))
    found = [(row, id_) for row, id_ in found if row.pk in pending]
    codes = dict(Company.objects.filter(pk__in={id_ for _, id_ in found}).values_list("id", "code"))
    for row, id_ in found:
        _name_company(row, codes[id_])
    # Whatever was published or taken down under this key came after the row was reported.
    overtaken = known_records({row.key for row, _ in found})
    fresh: dict[str, tuple[StagedRow, int]] = {}
    for row, company_id in found:
        if row.key in overtaken or row.key in fresh:
            StagedRow.objects.filter(pk=row.pk).update(kind=StagedRow.Kind.UNCHANGED)
        else:
            fresh[row.key] = (row, company_id)
    first = EventCounter.reserve(len(fresh)) if fresh else 0
    records = [_record(number, row, id_) for number, (row, id_) in enumerate(fresh.values(), first)]
    Record.objects.bulk_create(records)
    Event.objects.bulk_create(record.event(Event.Kind.PUBLISHED, number=record.id) for record in records)
    add_names(Company.objects.project({record.company_id for record in records if record.declaration.projected}))
    for row, company_id in fresh.values():
        StagedRow.objects.filter(pk=row.pk).update(kind=StagedRow.Kind.ATTACHED, company_id=company_id)
    for row, _ in found:
        Batch.objects.filter(pk=row.batch_id).update(pending=F("pending") - 1)


def _name_company(row: StagedRow, code: str) -> None:
    """The row as one that gives the code of its company: by its key it is the record of others that do."""
    if row.code != code:
        for name, value in columns_of(catalog().datasets[row.dataset], row.values, timezone.localdate(), code).items():
            if name != "values":
                setattr(row, name, value)


def _record(number: int, row: StagedRow, company_id: int) -> Record:
    today = timezone.localdate()
    columns = {column: getattr(row, column) for column in COLUMNS}
    record = Record(id=number, company_id=company_id, batch_id=row.batch_id, published_from=today, **columns)
    record.published_until = published_until(record.declaration, row.values, row.severity, today)
    return record

"""What the public side would look like with one staged row published: done for real, looked at, and taken back."""

import contextlib
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records import registration
from records.models import ActRefused, Batch, Company, Event, EventCounter, Record, StagedRow
from records.rows import COLUMNS, published_until


@contextlib.contextmanager
def published_for_a_look(row: StagedRow) -> Iterator[Company]:
    """The company of a new or changed row as if the row had just been published; nothing of it outlives the block.

    Refused for other rows, and while a batch is being written, whose events what is shown would have to wait for.
    """
    if row.kind not in (StagedRow.Kind.NEW, StagedRow.Kind.CHANGED):
        raise ActRefused(_("只有新增或变更的行可以预览"))
    with transaction.atomic():
        number = EventCounter.reserve(1)
        if Batch.objects.filter(state__in=Batch.WRITING).exists():
            raise ActRefused(_("正在公示另一批次，请稍后再预览"))
        today = timezone.localdate()
        Record.objects.filter(key=row.key, ended_event=None).update(state=Record.State.REPLACED, ended_event=number)
        company_id = row.company_id or _new_company(row, number)
        columns = {column: getattr(row, column) for column in COLUMNS}
        record = Record(id=number, company_id=company_id, batch_id=row.batch_id, published_from=today, **columns)
        record.published_until = published_until(record.declaration, row.values, row.severity, today)
        record.save(force_insert=True)
        kind = Event.Kind.CHANGED if row.kind == StagedRow.Kind.CHANGED else Event.Kind.PUBLISHED
        record.event(kind, number=number).save(force_insert=True)
        if record.declaration.registers:
            Company.objects.project([company_id])
        yield Company.objects.get(pk=company_id)
        transaction.set_rollback(True)


def _new_company(row: StagedRow, number: int) -> int:
    known = Company.objects.filter(code=row.code).values_list("id", flat=True).first()
    if known:
        return known
    columns = registration.projection(row.batch.declaration, row.values, row.code)
    return Company.objects.create(id=number, **columns).pk

"""Decisions on single staged rows: leaving one out, taking it in again, letting a wrong check digit through.

Each needs a reason, which the reviewer sees beside the row, and is in the audit trail. Everything else that is wrong with a row
can only be put right in the file.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records import uscc
from records.dataset import Field
from records.ingest.staging import compare
from records.models import ActRefused, Batch, RowDecision, StagedRow, TrailEntry
from records.models.record import told
from records.rows import columns_of, row_errors

MOST = 1000
# A file refused because no row of it was right may become worth submitting by a decision on one of them.
OPEN = (Batch.State.STAGED, Batch.State.NOTHING_NEW, Batch.State.REFUSED)
_Kind = StagedRow.Kind
_COMPARED = ("id", "row_no", "key", "code", "name", "document_no", "fingerprint", "company_id", "kind", "errors", "values")
_CHECK_DIGITS = {"org_check", "check", "legacy_check"}


def exclude(batch: Batch, numbers: Iterable[int], *, by, because: str) -> int:
    """Keep rows of a batch from publication; they stay in it and are counted. How many; ``ActRefused`` when one is not there."""
    with _deciding(batch, by=by, because=because) as held:
        rows = _rows(held, numbers).exclude(kind__in=[_Kind.EXCLUDED, _Kind.ATTACHED])
        found = list(rows.values_list("pk", "row_no", "key", "kind"))
        StagedRow.objects.filter(pk__in=[pk for pk, *_ in found]).update(kind=_Kind.EXCLUDED)
        RowDecision.objects.bulk_create(
            RowDecision(row_id=pk, kind=RowDecision.Kind.EXCLUDE, by=by, because=because) for pk, *_ in found
        )
        _count(held, [(kind, _Kind.EXCLUDED) for *_, kind in found])
        _compare_again(held, {key for _, _, key, _ in found})
        after = {"rows": [number for _, number, *_ in found]}
        TrailEntry.note(TrailEntry.Kind.EXCLUDE, by=by, on=held, after=after, because=because)
    return len(found)


def include(batch: Batch, numbers: Iterable[int], *, by, because: str) -> int:
    """Take excluded rows in again, each as what publishing it would do now. How many."""
    with _deciding(batch, by=by, because=because) as held:
        found = list(_rows(held, numbers).filter(kind=_Kind.EXCLUDED))
        RowDecision.objects.filter(row__in=found, kind=RowDecision.Kind.EXCLUDE).delete()
        # Wrong until compared: a row with errors stays so.
        StagedRow.objects.filter(pk__in=[row.pk for row in found]).update(kind=_Kind.INVALID)
        _count(held, [(_Kind.EXCLUDED, _Kind.INVALID)] * len(found))
        _compare_again(held, {row.key for row in found})
        after = {"rows": [row.row_no for row in found]}
        TrailEntry.note(TrailEntry.Kind.INCLUDE, by=by, on=held, after=after, because=because)
    return len(found)


def let_through(row: StagedRow, *, by, because: str) -> None:
    """Take a code whose only fault is its check digit as it stands: some registers did issue such codes.

    Before submission only, so that a second person sees it. ``ActRefused`` when anything else is wrong with the row.
    """
    with _deciding(row.batch, by=by, because=because, reviewer=False) as held:
        row = held.staged.select_for_update().get(pk=row.pk)
        fault = wrong_check_digit(row)
        if fault is None:
            raise ActRefused(_("只有唯一错误是代码校验码的行可以放行"))
        column, code = fault
        values = row.values | {column.name: code}
        wrong = row_errors(held.declaration, values, timezone.localdate())
        if wrong:
            raise ActRefused(told(held.declaration, wrong))
        columns = columns_of(held.declaration, values, timezone.localdate()) | {"values": values, "errors": []}
        StagedRow.objects.filter(pk=row.pk).update(**columns)
        RowDecision.objects.create(row=row, kind=RowDecision.Kind.OVERRIDE, by=by, because=because)
        _compare_again(held, {columns["key"]})
        after = {"row": row.row_no, "field": column.name}
        TrailEntry.note(TrailEntry.Kind.OVERRIDE, by=by, on=held, after=after, because=because)


def wrong_check_digit(row: StagedRow) -> tuple[Field, str] | None:
    """The column and code of an invalid row whose one fault is a check digit; None for any other row."""
    if row.kind != _Kind.INVALID or len(row.errors) != 1:
        return None
    name, text, *_ = row.errors[0]
    column = row.batch.declaration.by_name.get(name)
    if column is None or column.type != "uscc":
        return None
    verdict = uscc.explain(text)
    faults = {problem.code for problem in verdict.problems}
    return (column, verdict.code) if faults and faults <= _CHECK_DIGITS else None


@contextlib.contextmanager
def _deciding(batch: Batch, *, by, because: str, reviewer: bool = True) -> Iterator[Batch]:
    """The batch, locked while it is decided upon: by anybody before submission, then by a reviewer alone."""
    if not because.strip():
        raise ActRefused(_("须填写理由"))
    with transaction.atomic():
        held = Batch.objects.select_for_update().get(pk=batch.pk)
        open_ = held.state in OPEN
        reviewing = reviewer and held.state == Batch.State.SUBMITTED and held.uploaded_by_id != by.pk
        if not (open_ or reviewing):
            raise ActRefused(_("批次状态已变化，请刷新页面"))
        yield held
        useful = held.new or held.changed or held.pending
        columns: dict = {"conflicts": held.count_conflicts()}
        if open_ and useful:
            columns |= {"state": Batch.State.STAGED, "problem": []}
        elif held.state == Batch.State.STAGED:
            columns["state"] = Batch.State.NOTHING_NEW
        Batch.objects.filter(pk=held.pk).update(**columns)
    batch.refresh_from_db()


def _rows(batch: Batch, numbers: Iterable[int]):
    wanted = set(numbers)
    if len(wanted) > MOST:
        raise ActRefused(_("一次最多处理 %(most)s 行") % {"most": MOST})
    rows = batch.staged.filter(row_no__in=wanted)
    missing = wanted - set(rows.values_list("row_no", flat=True))
    if missing:
        raise ActRefused(_("批次中没有第 %(row)s 行") % {"row": min(missing)})
    return rows


def _compare_again(batch: Batch, keys: set[str]) -> None:
    """Rows of one file that share a key depend on each other: the second is unchanged, or contradicts the first."""
    rows = list(batch.staged.filter(key__in=keys).exclude(kind=_Kind.EXCLUDED).order_by("row_no").values(*_COMPARED))
    before = {row["id"]: row["kind"] for row in rows}
    for row in rows:
        # An error without a column comes from the comparison, unless the row could not be read at all.
        if row["values"] and not any(name for name, *_ in row["errors"]):
            row["errors"] = []
    if rows:
        compare(batch.declaration, batch, rows)
    for row in rows:
        changed = {name: row[name] for name in ("kind", "company_id", "errors")}
        StagedRow.objects.filter(pk=row["id"]).update(**changed)
    _count(batch, [(before[row["id"]], row["kind"]) for row in rows])


def _count(batch: Batch, moves: list[tuple[str, str]]) -> None:
    """Keep the batch's counts of its rows: each move is from one kind to another."""
    change = Counter(str(to) for _, to in moves)
    change.subtract(str(was) for was, _ in moves)
    for kind, more in change.items():
        setattr(batch, kind, getattr(batch, kind) + more)
    batch.save(update_fields=list(change))

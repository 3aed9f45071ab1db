"""The rows of a batch as its page shows them: what publishing would do with each, with differences and errors."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from records.admin.tables import language
from records.dataset import Dataset, Disclosure, Field
from records.ingest.deciding import wrong_check_digit
from records.models import Batch, Event, Record, RowDecision, StagedRow

PAGE = 50
SAMPLE = 20
# A tab of conflicts goes no further than this; the rest shows once these are settled.
CONFLICTS = 1000
CONFLICT = "conflict"


@dataclass
class ShownRow:
    """One row: ``values`` are (title, text), ``changes`` (title, old, new), ``errors`` (title, value, reason).

    ``conflicts`` say in which way what is published is newer, or that it was withdrawn; ``old`` is the version the row replaces.
    """

    row: StagedRow
    old: Record | None = None
    conflicts: list[str] = field(default_factory=list)
    decisions: list[RowDecision] = field(default_factory=list)
    summary: list[tuple[str, str]] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str, str]] = field(default_factory=list)
    may_pass: bool = False


@dataclass
class RowPage:
    """Up to ``PAGE`` rows of one ``kind`` from row ``start`` on; ``previous`` and ``following`` begin the pages beside it.

    A sample is one page by itself: ``sample`` is which one, 0 for none.
    """

    rows: list[ShownRow]
    kind: str = ""
    start: int = 0
    sample: int = 0
    previous: int | None = None
    following: int | None = None


def chosen_page(batch: Batch, wishes: Mapping[str, str]) -> RowPage:
    """The rows a reader asked for by ``kind`` and ``from`` or by ``sample``; what cannot be understood is left aside."""
    kind, start, sample = wishes.get("kind", ""), _number(wishes.get("from", "")), _number(wishes.get("sample", ""))
    kind = kind if kind in (*StagedRow.Kind.values, CONFLICT) else ""
    if sample:
        return RowPage(shown(batch, sample_of(batch, sample)), sample=sample)
    staged = batch.staged.all()
    if kind == CONFLICT:
        staged = staged.filter(row_no__in=conflicting(batch))
    elif kind:
        staged = staged.filter(kind=kind)
    rows = list(staged.filter(row_no__gte=start).order_by("row_no").select_related("company")[: PAGE + 1])
    before = list(staged.filter(row_no__lt=start).order_by("-row_no").values_list("row_no", flat=True)[:PAGE])
    following = rows[PAGE].row_no if len(rows) > PAGE else None
    return RowPage(shown(batch, rows[:PAGE]), kind, start, 0, before[-1] if before else None, following)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def sample_of(batch: Batch, turn: int) -> list[StagedRow]:
    """Some rows that would be published, from anywhere in the file, in its order; the same ones for the same turn.

    Each is the next such row after a number drawn by lot, so that no more is read than is shown.
    """
    useful = batch.staged.filter(kind__in=[StagedRow.Kind.NEW, StagedRow.Kind.CHANGED, StagedRow.Kind.PENDING])
    last = batch.staged.order_by("-row_no").values_list("row_no", flat=True).first() or 1
    lot = random.Random(f"{batch.pk}:{turn}")  # noqa: S311 - not a secret
    found = {}
    for _draw in range(SAMPLE):
        row = useful.filter(row_no__gte=lot.randint(1, last)).order_by("row_no").select_related("company").first()
        if row:
            found[row.row_no] = row
    return [found[number] for number in sorted(found)]


def conflicting(batch: Batch) -> list[int]:
    """The numbers of rows in conflict with newer data or a withdrawal, at most ``CONFLICTS`` of each sort."""
    if not batch.in_conflict():
        return []
    counted = (batch.staged.older(), batch.misnamed()) if batch.conflicts else ()
    numbers = [
        number
        for rows in (*counted, batch.moved_since_staging())
        for number in rows.order_by("row_no").values_list("row_no", flat=True)[:CONFLICTS]
    ]
    return numbers + (batch.returning()[:CONFLICTS] if batch.conflicts else [])


def shown(batch: Batch, rows: list[StagedRow]) -> list[ShownRow]:
    """These rows with all a page tells of them, in a handful of queries."""
    keys = [row.key for row in rows if row.kind in (StagedRow.Kind.CHANGED, StagedRow.Kind.UNCHANGED)]
    old, withdrawn = published_before(batch, keys), withdrawals([row.key for row in rows if row.kind == StagedRow.Kind.NEW])
    moved: set[str] = set()
    if batch.state in (Batch.State.STAGED, Batch.State.SUBMITTED):
        since = Event.objects.filter(dataset=batch.dataset, number__gt=batch.staged_head)
        moved = set(since.filter(record_key__in=[row.key for row in rows]).values_list("record_key", flat=True))
    decisions: dict[int, list[RowDecision]] = {}
    for decision in RowDecision.objects.filter(row__in=rows).select_related("by").order_by("id"):
        decisions.setdefault(decision.row_id, []).append(decision)
    told = [show(row, batch.declaration, old.get(row.key)) for row in rows]
    for each in told:
        row = each.row
        row.batch = batch
        each.decisions = decisions.get(row.pk, [])
        newer = each.old and each.old.decided_on and row.decided_on and each.old.decided_on > row.decided_on
        if newer and row.kind == StagedRow.Kind.CHANGED:
            days = {"old": each.old.decided_on.isoformat(), "new": row.decided_on.isoformat()}
            each.conflicts.append(_("现公示内容的日期 %(old)s 晚于本行的 %(new)s") % days)
        if row.kind in (StagedRow.Kind.NEW, StagedRow.Kind.CHANGED):
            each.conflicts += [reason for _title, _value, reason in each.errors]
            each.errors = []
        if event := withdrawn.get(row.key):
            told_of = {"on": timezone.localdate(event.at).isoformat(), "because": event.because}
            each.conflicts.append(_("该信息已于 %(on)s 撤销（%(because)s），本行内容不同，公示即恢复公开") % told_of)
        if row.key in moved and row.kind not in (StagedRow.Kind.INVALID, StagedRow.Kind.EXCLUDED):
            each.conflicts.append(_("校验之后，该信息的公示内容又有变化"))
        each.may_pass = wrong_check_digit(row) is not None
    return told


def withdrawals(keys: list[str]) -> dict[str, Event]:
    """By key, the act by which a record was last withdrawn."""
    ended = Record.objects.filter(key__in=keys, state=Record.State.WITHDRAWN, ended_event__isnull=False).values("ended_event")
    return {event.record_key: event for event in Event.objects.filter(number__in=ended).order_by("number")}


def published_before(batch: Batch, keys: list[str]) -> dict[str, Record]:
    """By key, the version a row of this batch replaces or has replaced."""
    before: dict[str, Record] = {}
    replaced: set[str] = set()
    for record in Record.objects.filter(key__in=keys).order_by("id"):
        if record.batch_id == batch.pk:
            replaced.add(record.key)
        elif record.key not in replaced:
            before[record.key] = record
    return before


def show(row: StagedRow, dataset: Dataset, old: Record | None) -> ShownRow:
    shown = ShownRow(row, old, errors=list(errors(row, dataset)))
    shown.values = [(title, text) for _name, title, text in texts(dataset, row.values)]
    named = {name: (title, text) for name, title, text in texts(dataset, row.values)}
    shown.summary = [named[name] for name in dataset.columns or dataset.headline if name in named]
    if old is not None and row.kind == StagedRow.Kind.CHANGED:
        shown.changes = differences(dataset, old, row.values)
    return shown


def texts(dataset: Dataset, values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(name, title, text) of every value reported, in declared order."""
    for column in dataset.fields:
        if not column.withheld and values.get(column.name) is not None:
            yield column.name, column.text("title", language()), column.show(values[column.name], language())


def differences(dataset: Dataset, old: Record, new: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(title, published, reported) of every column that differs."""
    published: dict[Field, Any] = old.disclosed(Disclosure.GOVERNMENT)
    return [
        (
            column.text("title", language()),
            column.show(published.get(column), language()),
            column.show(new.get(column.name), language()),
        )
        for column in dataset.fields
        if not column.withheld and published.get(column) != new.get(column.name)
    ]


def side_by_side(shown: ShownRow) -> list[tuple[str, str, str, bool]]:
    """(title, published, reported, differs) of every column that either of the two has, in declared order."""
    dataset, new = shown.row.batch.declaration, shown.row.values
    published = shown.old.disclosed(Disclosure.GOVERNMENT) if shown.old else {}
    return [
        (
            column.text("title", language()),
            column.show(published.get(column), language()),
            column.show(new.get(column.name), language()),
            published.get(column) != new.get(column.name),
        )
        for column in dataset.fields
        if not column.withheld and (published.get(column) is not None or new.get(column.name) is not None)
    ]


def errors(row: StagedRow, dataset: Dataset) -> Iterator[tuple[str, str, str]]:
    """(column title, value, reason) of every error of a row."""
    for name, value, message, message_en in row.errors:
        column = dataset.by_name.get(name)
        title = column.text("title", language()) if column else name or _("整行")
        yield title, value, message_en if language() == "en" else message


def error_table(batch: Batch) -> Iterator[list[Any]]:
    """Every error of a batch as rows of a CSV, header first, read in bounded memory."""
    yield [_("行号"), _("数据项"), _("值"), _("原因"), _("主体名称"), _("主体代码")]
    for row in batch.staged.filter(kind=StagedRow.Kind.INVALID).order_by("row_no").iterator(chunk_size=2000):
        for error in errors(row, batch.declaration):
            yield [row.row_no, *error, row.name, row.code]


def header_table(batch: Batch) -> list[tuple[str, str, str]]:
    """(heading in the file, title of the column it was taken for, note) of every column recognised."""
    table = []
    for heading, name in batch.header.get("columns", ()):
        column = batch.declaration.by_name.get(name)
        note = _("不予公开，未保存") if column and column.withheld else ""
        table.append((heading, column.text("title", language()) if column else name, note))
    return table


def tabs(batch: Batch, page: RowPage) -> list[tuple[str, str, int, bool]]:
    """(kind, label, rows, chosen) of the tabs of a batch page; the counts are the batch's own, hardly anything is counted."""
    kinds = StagedRow.Kind
    counted = [kinds.NEW, kinds.CHANGED, kinds.UNCHANGED, kinds.INVALID, kinds.PENDING]
    listed = [("", _("全部"), batch.rows), *((kind.value, kind.label, getattr(batch, kind)) for kind in counted)]
    if batch.excluded:
        listed.append((kinds.EXCLUDED.value, kinds.EXCLUDED.label, batch.excluded))
    if batch.in_conflict():
        listed.append((CONFLICT, _("与现有数据冲突"), len(set(conflicting(batch)))))
    return [(kind, label, rows, kind == page.kind and not page.sample) for kind, label, rows in listed]

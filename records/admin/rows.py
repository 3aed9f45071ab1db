"""The rows of a batch as its page shows them: what publishing would do with each, with differences and errors."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from records.admin.tables import language
from records.dataset import Dataset, Disclosure, Field
from records.models import Batch, Record, StagedRow

PAGE = 50


@dataclass
class ShownRow:
    """One row: ``values`` are (title, text), ``changes`` (title, old, new), ``errors`` (title, value, reason)."""

    row: StagedRow
    summary: list[tuple[str, str]] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class RowPage:
    """Up to ``PAGE`` rows; ``previous`` and ``following`` are the row numbers at which the pages beside it start."""

    rows: list[ShownRow]
    previous: int | None
    following: int | None


def page_of_rows(batch: Batch, kind: str, start: int) -> RowPage:
    """The rows of one kind ("" for all) from row number ``start`` on, sought by number: a late page costs no more."""
    staged = batch.staged.filter(kind=kind) if kind else batch.staged.all()
    rows = list(staged.filter(row_no__gte=start).order_by("row_no").select_related("company")[: PAGE + 1])
    before = list(staged.filter(row_no__lt=start).order_by("-row_no").values_list("row_no", flat=True)[:PAGE])
    old = published_before(batch, [row.key for row in rows if row.kind == StagedRow.Kind.CHANGED])
    shown = [show(row, batch.declaration, old.get(row.key)) for row in rows[:PAGE]]
    return RowPage(shown, before[-1] if before else None, rows[PAGE].row_no if len(rows) > PAGE else None)


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
    shown = ShownRow(row, errors=list(errors(row, dataset)))
    shown.values = [(title, text) for _name, title, text in texts(dataset, row.values)]
    named = {name: (title, text) for name, title, text in texts(dataset, row.values)}
    shown.summary = [named[name] for name in dataset.columns or dataset.headline if name in named]
    if old is not None:
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

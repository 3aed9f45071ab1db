"""File to checked rows: the header found, every row parsed, the columns it would have as a record. No database is asked."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from records.catalog import catalog
from records.dataset import Dataset
from records.fieldtypes.values import quoted
from records.files.header import Header, NoHeader, bounded, find_header, known_headings
from records.files.notes import no_data
from records.files.reading import HEADER_ROWS, Refused, Row, open_rows
from records.rows import columns_of, parse_rows, readers, row_errors
from records.workbook import MERGED

# So many rows are staged in one transaction: the more, the fewer pages of an index are written twice.
CHUNK = 4000
# Rows are parsed in smaller parts, which stay in the processor's cache.
_PART = 500
# The sign by which some old systems end a text file.
_END_OF_FILE = ["\x1a"]


def parsed_file(path: Path, slug: str, after: int, today: date, trying: Callable[[int], None] | None = None) -> Iterator[Any]:
    """First the header as a batch keeps it, then lists of up to ``CHUNK`` rows, those below row ``after``.

    A row is the columns of ``records.rows.columns_of`` with ``row_no`` and ``errors``. Whatever is wrong with the file as a
    whole is ``Refused``, also half way through. Given ``trying``, it is told the number of each of the first ``CHUNK`` rows,
    which come one by one.
    """
    dataset = catalog().datasets[slug]
    with open_rows(path, functools.partial(known_headings, dataset)) as rows:
        header, rows = _header_and_rows(dataset, rows)
        yield header.described()
        rows = itertools.dropwhile(lambda row: row[0] <= after, data_rows(rows, header))
        for row in itertools.islice(rows, CHUNK if trying else 0):
            trying(row[0])
            yield list(_parsed(dataset, header, [row], today))
        parts = iter(lambda: list(itertools.islice(rows, min(_PART, CHUNK))), [])
        while chunk := [row for part in itertools.islice(parts, max(1, CHUNK // _PART)) for row in _parsed(dataset, header, part, today)]:
            yield chunk
            del chunk


def _header_and_rows(dataset: Dataset, rows: Iterable[Row]) -> tuple[Header, Iterator[Row]]:
    """The header on the first sheet that has one, and all rows from the top of that sheet: templates often begin with a sheet of notes."""
    last = sheet_no = 0

    def sheet_of(row: Row) -> int:
        nonlocal last, sheet_no
        sheet_no += row[0] <= last
        last = row[0]
        return sheet_no

    refusal = None
    sheets = (sheet for _, sheet in itertools.groupby(rows, sheet_of))
    for sheet in sheets:
        head = list(itertools.islice(sheet, HEADER_ROWS))
        try:
            return find_header(dataset, head), itertools.chain(head, sheet, itertools.chain.from_iterable(sheets))
        except NoHeader as none:
            refusal = refusal or none
    if refusal is None:
        find_header(dataset, [])
    raise refusal


def data_rows(rows: Iterable[Row], header: Header) -> Iterator[Row]:
    """The rows below the header that are not blank, to the end of its sheet; another sheet with the header is refused."""
    below, last = False, 0
    for number, cells in rows:
        if below and number <= last:
            _refuse_second_table(itertools.chain([(number, cells)], rows), header)
            return
        if number == MERGED:
            _refuse_merged(cells, header if below else None)
        elif below and any(map(str.strip, cells)) and cells != _END_OF_FILE:
            yield number, cells
        below = below or (number == header.row_no and header.stands_in(cells))
        last = number


def _refuse_merged(told: list[str], header: Header | None) -> None:
    """Cells merged over rows of data: all rows but the first would go without what is shown for them."""
    merged = [text.split() for text in told]
    problems = [
        (
            f"第 {first}–{last} 行 {columns} 列是合并单元格，请取消合并并逐行填写",
            f"rows {first}–{last}, column {columns}, are merged cells: unmerge them and fill in every row",
        )
        for first, last, columns, filled in merged
        if header and int(filled) > header.row_no
    ]
    if problems:
        raise Refused(*bounded(problems))


def _refuse_second_table(rows: Iterable[Row], header: Header) -> None:
    below, last = False, 0
    for number, cells in rows:
        below = below and number > last
        if below and number != MERGED and any(map(str.strip, cells)):
            raise Refused(("有多个工作表含数据，请每个文件只留一个", "several sheets hold data; leave one per file"))
        below = below or header.stands_in(cells)
        last = number


def _parsed(dataset: Dataset, header: Header, rows: list[Row], today: date) -> Iterator[dict[str, Any]]:
    """The columns of each row with its number and errors."""
    columns = readers(((at, field) for at, field in enumerate(header.fields) if field is not None), header.units)
    nameless = [at for at, heading in enumerate(header.headings) if not heading]
    shapes = [_shape_errors(cells, len(header.headings), nameless) for _, cells in rows]
    parsed = iter(parse_rows(columns, [cells for (_, cells), wrong in zip(rows, shapes, strict=True) if not wrong]))
    for (number, cells), wrong in zip(rows, shapes, strict=True):
        values, errors = ({}, wrong) if wrong else next(parsed)
        errors = errors or row_errors(dataset, values, today)
        if errors and (why := no_data(dataset, cells)):
            values, errors = {}, [["", "", *why]]
        row = columns_of(dataset, values, today)
        row["row_no"], row["errors"] = number, errors
        yield row


def _shape_errors(cells: list[str], width: int, nameless: list[int]) -> list[list[str]]:
    """A row of another width than the header has shifted cells: none of its values can be trusted. What stands under no heading
    would be lost.
    """
    for at in nameless:
        if at < len(cells) and cells[at].strip():
            return [["", quoted(cells[at]), f"第 {at + 1} 列没有表头，却有内容", f"column {at + 1} has no heading, but something in it"]]
    if len(cells) == width or (len(cells) > width and not "".join(cells[width:]).strip()):
        return []
    return [["", "", f"本行有 {len(cells)} 列，表头有 {width} 列", f"this row has {len(cells)} columns, the header {width}"]]

"""File to staged rows: every row is parsed, checked and compared with what is published; nothing public moves."""

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils import timezone

from records import search
from records.bulk import fetch_among, insert_rows
from records.dataset import Dataset
from records.ingest.header import Header, find_header, known_headings
from records.ingest.reading import Refused, Row, first_rows, open_rows
from records.ingest.receiving import path_of
from records.models import Batch, Event, Record, StagedRow
from records.rows import COLUMNS, canonical, columns_of, parse_rows, readers, subject_errors

# A chunk is one transaction: the larger it is, the fewer pages of an index are written twice. Rows are parsed in smaller
# parts, which stay in the processor's cache.
CHUNK = 4000
PARSED = 500
STAGED_COLUMNS = (*COLUMNS, "batch_id", "row_no", "kind", "company_id", "errors")
_Kind = StagedRow.Kind
_VALID = (_Kind.NEW, _Kind.CHANGED, _Kind.UNCHANGED, _Kind.PENDING)


def stage(job) -> None:
    """Stage the whole file of a batch; goes on after the last chunk committed. A file refused leaves no staged row."""
    batch: Batch = job.batch
    if not batch.cursor:
        job.update(staged_head=Event.objects.head())
    try:
        with open_rows(path_of(batch), functools.partial(known_headings, batch.declaration)) as rows:
            head, rows = first_rows(rows)
            header = find_header(batch.declaration, head)
            job.update(header=header.described())
            for chunk in _chunks(data_rows(rows, header), batch.cursor):
                _stage_chunk(job, header, chunk)
        if not batch.rows:
            raise Refused(("表头下面没有数据行", "there is no row below the header"))
    except Refused as refusal:
        batch.staged.all().delete()
        job.finish(Batch.State.REFUSED, problem=refusal.problems)
    else:
        _finish(job)


def _finish(job) -> None:
    """A file of which no row can be used is refused as well; its rows stay, with the reason of each."""
    batch: Batch = job.batch
    if batch.invalid == batch.rows:
        rows = batch.rows
        job.finish(Batch.State.REFUSED, problem=[{"zh": f"全部 {rows} 行均无效", "en": f"all {rows} rows are invalid"}])
    else:
        useful = batch.new or batch.changed or batch.pending
        conflicts = batch.staged.older().count() if batch.changed else 0
        job.finish(Batch.State.STAGED if useful else Batch.State.NOTHING_NEW, conflicts=conflicts)


def data_rows(rows: Iterable[Row], header: Header) -> Iterator[Row]:
    """The rows below the header that are not blank, to the end of its sheet; another sheet with the header is refused."""
    below, last = False, 0
    for number, cells in rows:
        if below and number <= last:
            _refuse_second_table(itertools.chain([(number, cells)], rows), header)
            return
        if below and any(map(str.strip, cells)):
            yield number, cells
        below = below or (number == header.row_no and header.stands_in(cells))
        last = number


def _refuse_second_table(rows: Iterable[Row], header: Header) -> None:
    for _, cells in rows:
        if header.stands_in(cells):
            raise Refused(("有多个工作表含数据，请每个文件只留一个", "several sheets hold data; leave one per file"))


def _chunks(rows: Iterator[Row], cursor: int) -> Iterator[list[Row]]:
    rows = itertools.dropwhile(lambda row: row[0] <= cursor, rows)
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield chunk


def _stage_chunk(job, header: Header, chunk: list[Row]) -> None:
    """Parse, compare and store one chunk: rows, counts and cursor in one transaction."""
    dataset: Dataset = job.batch.declaration
    parts = (chunk[at : at + PARSED] for at in range(0, len(chunk), PARSED))
    staged = [row for part in parts for row in _parsed(dataset, header, part)]
    with transaction.atomic():
        compare(dataset, job.batch, staged)
        counts = Counter(row["kind"] for row in staged)
        job.advance(chunk[-1][0], rows=len(staged), **{kind: counts[kind] for kind in _COUNTED})
        insert_rows("records_stagedrow", STAGED_COLUMNS, (_stored(row, job.batch.pk) for row in staged))


def _parsed(dataset: Dataset, header: Header, rows: list[Row]) -> Iterator[dict[str, Any]]:
    """The columns of each row with its number and errors."""
    today = timezone.localdate()
    columns = readers((at, field) for at, field in enumerate(header.fields) if field is not None)
    shapes = [_shape_errors(cells, len(header.headings)) for _, cells in rows]
    parsed = iter(parse_rows(columns, [cells for (_, cells), wrong in zip(rows, shapes, strict=True) if not wrong]))
    for (number, _), wrong in zip(rows, shapes, strict=True):
        values, errors = ({}, wrong) if wrong else next(parsed)
        errors = errors or subject_errors(dataset, values)
        yield {**columns_of(dataset, values, today), "row_no": number, "errors": errors}


_COUNTED = (_Kind.NEW, _Kind.CHANGED, _Kind.UNCHANGED, _Kind.INVALID, _Kind.PENDING)


_in_order = itemgetter(*STAGED_COLUMNS)


def _stored(row: dict[str, Any], batch_id: int) -> tuple:
    row["batch_id"], row["kind"] = batch_id, row["kind"].value
    row["errors"] = canonical(row["errors"]) if row["errors"] else "[]"
    return _in_order(row)


def _shape_errors(cells: list[str], width: int) -> list[list[str]]:
    """A row of another width than the header has shifted cells: none of its values can be trusted."""
    if len(cells) == width or (len(cells) > width and not "".join(cells[width:]).strip()):
        return []
    return [["", "", f"本行有 {len(cells)} 列，表头有 {width} 列", f"this row has {len(cells)} columns, the header {width}"]]


def compare(dataset: Dataset, batch: Batch, rows: list[dict[str, Any]]) -> None:
    """Give every row its company and its kind: what publishing it now would do."""
    companies = _companies(rows)
    known = _known_records({row["key"] for row in rows})
    earlier = _earlier_rows(batch, rows)
    for row in rows:
        row["company_id"], doubt = companies.get(row["code"] or search.fold(row["name"]), (None, ""))
        error = _conflict(row, known.get(row["key"]), earlier) if not row["errors"] else None
        if error:
            row["errors"] = [error]
        row["kind"] = _kind(dataset, row, known.get(row["key"]), earlier)
        if row["kind"] == _Kind.PENDING and doubt:
            row["errors"] = [["", row["name"], "有多个同名主体，须填写代码", "several companies have this name; give the code"]]
        if not row["errors"]:
            earlier.setdefault(row["key"], row["fingerprint"])


def _kind(dataset: Dataset, row: dict[str, Any], known: tuple | None, earlier: dict[str, str]) -> str:
    if row["errors"]:
        return _Kind.INVALID
    if row["key"] in earlier or (known and known[1] == Record.State.CURRENT and known[0] == row["fingerprint"]):
        return _Kind.UNCHANGED
    if row["company_id"] is None and not dataset.registers:
        return _Kind.PENDING
    return _Kind.CHANGED if known and known[1] == Record.State.CURRENT else _Kind.NEW


def _conflict(row: dict[str, Any], known: tuple | None, earlier: dict[str, str]) -> list[str] | None:
    """Why a row that is right in itself may not be published: it contradicts its own file, or was lawfully taken down."""
    if earlier.get(row["key"], row["fingerprint"]) != row["fingerprint"]:
        return ["", row["document_no"], "同一信息在本文件中内容不同", "the same record stands in this file with other content"]
    if known and known[1] == Record.State.REPAIRED:
        return ["", row["document_no"], "该信息已信用修复，不得再次公示", "this record was repaired and must not return"]
    if known and known[1] == Record.State.WITHDRAWN and known[0] == row["fingerprint"]:
        return ["", row["document_no"], "该信息已撤销，内容未变不得再次公示", "this record was withdrawn; unchanged, it must not return"]
    return None


def _companies(rows: list[dict[str, Any]]) -> dict[str, tuple[int | None, str]]:
    """Company ids by code and, for rows without one, by folded name; an ambiguous name has no id but a doubt."""
    codes = list({row["code"] for row in rows if row["code"]})
    names = list({search.fold(row["name"]) for row in rows if not row["code"]} - {""})
    found: dict[str, tuple[int | None, str]] = {}
    for id_, name in fetch_among("SELECT id, name_key FROM records_company WHERE name_key {among}", names):
        found[name] = (id_, "") if name not in found else (None, "ambiguous")
    legacy = [code for code in codes if len(code) != 18]
    for column, wanted in (("legacy_no", legacy), ("code", codes)):
        rows_ = fetch_among(f"SELECT id, {column} FROM records_company WHERE {column} {{among}}", wanted)
        found |= {code: (id_, "") for id_, code in rows_}
    return found


def _known_records(keys: set[str]) -> dict[str, tuple[str, str]]:
    """Fingerprint and state of the last version of each key, where it is current or was taken down by an act."""
    versions = fetch_among(
        "SELECT key, fingerprint, state FROM records_record WHERE key {among} "
        "AND (ended_event IS NULL OR state IN ('repaired', 'withdrawn')) ORDER BY id",
        list(keys),
    )
    return {key: (fingerprint, state) for key, fingerprint, state in versions}


def _earlier_rows(batch: Batch, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Fingerprints of the same keys in earlier chunks of the same file."""
    # Conditions on the row or the kind would lead a planner without statistics to read the whole batch for every chunk.
    same = fetch_among(
        "SELECT key, fingerprint, row_no, kind FROM records_stagedrow WHERE key {among} AND batch_id = %s",
        [row["key"] for row in rows],
        batch.pk,
    )
    first = rows[0]["row_no"]
    return {key: fingerprint for key, fingerprint, row_no, kind in same if row_no < first and kind in _VALID}

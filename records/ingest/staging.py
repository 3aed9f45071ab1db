"""Checked rows to staged rows: every row is compared with what is published; nothing public moves."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from records import search
from records.ahead import TWO_PROCESSORS, ahead
from records.bulk import fetch_among, insert_rows
from records.dataset import Dataset
from records.files.parsing import CHUNK, parsed_file
from records.files.reading import Refused, expected_rows
from records.ingest.receiving import path_of
from records.models import Batch, Event, Record, StagedRow
from records.rows import COLUMNS, canonical, columns_of

# A process of its own for parsing is worth its start for a file of so many bytes.
LARGE = 4 << 20
# Characters of a unified code.
UNIFORM = 18
STAGED_COLUMNS = (*COLUMNS, "batch_id", "row_no", "kind", "company_id", "errors")
_Kind = StagedRow.Kind
_VALID = (_Kind.NEW, _Kind.CHANGED, _Kind.UNCHANGED, _Kind.PENDING)


def stage(job) -> None:
    """Stage the whole file of a batch; goes on after the last chunk committed. A file refused leaves no staged row."""
    batch: Batch = job.batch
    if not batch.cursor:
        job.update(staged_head=Event.objects.head(), expected=expected_rows(path_of(batch)))
    try:
        parts, seen = _parsed(job), _Seen(batch)
        job.update(header=next(parts))
        for rows in parts:
            if job.careful and len(rows) > 1:
                job.calm_down()
            _stage_chunk(job, rows, seen)
            # Its memory is for the next chunk.
            del rows
        if not batch.rows:
            raise Refused(("表头下面没有数据行", "there is no row below the header"))
    except Refused as refusal:
        batch.staged.all().delete()
        job.finish(Batch.State.REFUSED, problem=refusal.problems)
    else:
        _finish(job)


def clear(job) -> None:
    """Free the rows of a batch that was cancelled."""
    while doomed := list(job.batch.staged.values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            job.update()
            StagedRow.objects.filter(pk__in=doomed).delete()
    job.finish(Batch.State.CANCELLED, **dict.fromkeys(("rows", *_COUNTED, "excluded", "conflicts"), 0))


def _parsed(job) -> Iterator[Any]:
    """The header, then chunks of rows, of a large file made while the chunk before is written.

    Where a chunk broke off twice its rows come one by one: if one breaks off again the batch knows which.
    """
    batch: Batch = job.batch
    task = (parsed_file, path_of(batch), batch.dataset, batch.cursor, timezone.localdate())
    if job.careful:
        return parsed_file(*task[1:], trying=lambda row_no: job.update(trying=row_no))
    return ahead(*task) if batch.file_size >= LARGE and TWO_PROCESSORS else task[0](*task[1:])


def _finish(job) -> None:
    """A file of which no row can be used is refused as well; its rows stay, with the reason of each."""
    batch: Batch = job.batch
    if batch.invalid == batch.rows:
        rows = batch.rows
        job.finish(Batch.State.REFUSED, problem=[{"zh": f"全部 {rows} 行均无效", "en": f"all {rows} rows are invalid"}])
    else:
        useful = batch.new or batch.changed or batch.pending
        job.finish(Batch.State.STAGED if useful else Batch.State.NOTHING_NEW, conflicts=batch.count_conflicts())


# Fingerprint and number of the first row of each key.
_Earlier = dict[str, tuple[str, int]]


class _Seen:
    """The keys of a file so far, as one bit each of 16 MB: where the bit is not set, the key was not there before."""

    PLACES = 1 << 27

    def __init__(self, batch: Batch):
        self._bits = bytearray(self.PLACES >> 3)
        if batch.cursor:
            self.add(batch.staged.values_list("key", flat=True).iterator())

    def add(self, keys: Iterable[str]) -> list[str]:
        """Take keys in; those among them that may have been there before."""
        bits, again = self._bits, []
        for key in keys:
            place = hash(key) & (self.PLACES - 1)
            at, bit = place >> 3, 1 << (place & 7)
            if bits[at] & bit:
                again.append(key)
            else:
                bits[at] |= bit
        return again


def _stage_chunk(job, rows: list[dict[str, Any]], seen: _Seen) -> None:
    """Compare and store one chunk: rows, counts and cursor in one transaction."""
    with transaction.atomic():
        _name_companies(job.batch.declaration, rows)
        compare(job.batch.declaration, job.batch, rows, seen.add(row["key"] for row in rows))
        counts = Counter(row["kind"] for row in rows)
        job.advance(rows[-1]["row_no"], rows=len(rows), **{kind: counts[kind] for kind in _COUNTED})
        insert_rows("records_stagedrow", STAGED_COLUMNS, (_stored(row, job.batch.pk) for row in rows))


# The column of an error that is none: something about a row that can be published, for people to look at.
NOTE = "*"
_COUNTED = (_Kind.NEW, _Kind.CHANGED, _Kind.UNCHANGED, _Kind.INVALID, _Kind.PENDING)


_in_order = itemgetter(*STAGED_COLUMNS)


def _stored(row: dict[str, Any], batch_id: int) -> tuple:
    row["batch_id"], row["kind"] = batch_id, row["kind"].value
    row["errors"] = canonical(row["errors"]) if row["errors"] else "[]"
    return _in_order(row)


def compare(dataset: Dataset, batch: Batch, rows: list[dict[str, Any]], again: list[str] | None = None) -> None:
    """Give every row its company and its kind: what publishing it now would do.

    ``again`` are keys that may stand in earlier rows of the batch; when it is not given, every one may.
    """
    companies = _companies(rows)
    known = known_records({row["key"] for row in rows}) if _has_records(dataset) else {}
    earlier = _earlier_rows(batch, rows[0]["row_no"], [row["key"] for row in rows] if again is None else again)
    for row in rows:
        row["errors"] = [error for error in row["errors"] if error[0] != NOTE]
        row["company_id"], doubt = companies.get(row["code"] or search.fold(row["name"]), (None, ""))
        error = _conflict(row, known.get(row["key"]), earlier) if not row["errors"] else None
        if error:
            row["errors"] = [error]
        row["kind"] = _kind(dataset, row, known.get(row["key"]), earlier)
        if row["kind"] == _Kind.PENDING and doubt:
            row["errors"] = [["", row["name"], "有多个同名主体，须填写代码", "several companies have this name; give the code"]]
        if not row["errors"]:
            earlier.setdefault(row["key"], (row["fingerprint"], row["row_no"]))
    _note_other_names([row for row in rows if row["kind"] in (_Kind.NEW, _Kind.CHANGED) and row["code"] and not dataset.registers])


def _note_other_names(rows: list[dict[str, Any]]) -> None:
    """Note on a row that the company of its code has another name: the code, or the whole row, may belong to another line of the file."""
    known = dict(fetch_among("SELECT id, name FROM records_company WHERE id {among}", [row["company_id"] for row in rows]))
    doubtful = [row for row in rows if row["name"] and row["name"] != known[row["company_id"]]]
    borne: dict[int, list[str]] = defaultdict(list)
    ids = [row["company_id"] for row in doubtful]
    for id_, folded in fetch_among("SELECT company_id, folded FROM records_searchname WHERE company_id {among}", ids):
        borne[id_].append(folded)
    for row in doubtful:
        name, registered = search.fold(row["name"]), known[row["company_id"]]
        if not any(search.maybe_one(name, other) for other in (search.fold(registered), *borne[row["company_id"]])):
            zh, en = f"该代码登记的名称是“{registered}”", f"the name registered under this code is “{registered}”"
            row["errors"] = [[NOTE, row["name"], zh, en]]


def _name_companies(dataset: Dataset, rows: list[dict[str, Any]]) -> None:
    """Give rows that name a company without its code that code: what was taken down does not return, nor stand twice, without it."""
    unnamed = [row for row in rows if len(row["code"]) != UNIFORM and not row["errors"]]
    if dataset.registers or not unnamed:
        return
    companies, today = _companies(unnamed), timezone.localdate()
    ids = [id_ for id_, _doubt in companies.values() if id_]
    codes = dict(fetch_among("SELECT id, code FROM records_company WHERE id {among}", ids))
    for row in unnamed:
        code = codes.get(companies.get(row["code"] or search.fold(row["name"]), (None, ""))[0], row["code"])
        if code != row["code"]:
            row.update(columns_of(dataset, orjson.loads(row["values"]), today, code))


def _kind(dataset: Dataset, row: dict[str, Any], known: tuple | None, earlier: _Earlier) -> str:
    if row["errors"]:
        return _Kind.INVALID
    if row["key"] in earlier or (known and known[1] == Record.State.CURRENT and known[0] == row["fingerprint"]):
        return _Kind.UNCHANGED
    if row["company_id"] is None and not dataset.registers:
        return _Kind.PENDING
    return _Kind.CHANGED if known and known[1] == Record.State.CURRENT else _Kind.NEW


def _conflict(row: dict[str, Any], known: tuple | None, earlier: _Earlier) -> list[str] | None:
    """Why a row that is right in itself may not be published: it contradicts its own file, or was lawfully taken down."""
    fingerprint, first = earlier.get(row["key"], (row["fingerprint"], 0))
    if fingerprint != row["fingerprint"]:
        zh = f"与第 {first} 行是同一信息而内容不同；如不更正，将按第 {first} 行公示"
        return ["", row["document_no"], zh, f"the same record as row {first}, with other content; uncorrected, row {first} is published"]
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


def _has_records(dataset: Dataset) -> bool:
    return bool(Record.objects.filter(dataset=dataset.slug).order_by("decided_on").values_list("id")[:1])


def known_records(keys: set[str]) -> dict[str, tuple[str, str]]:
    """Fingerprint and state of the last version of each key, where it is current or was taken down by an act."""
    versions = fetch_among(
        "SELECT key, fingerprint, state FROM records_record WHERE key {among} "
        "AND (ended_event IS NULL OR state IN ('repaired', 'withdrawn')) ORDER BY id",
        list(keys),
    )
    return {key: (fingerprint, state) for key, fingerprint, state in versions}


def _earlier_rows(batch: Batch, first: int, keys: list[str]) -> _Earlier:
    """These keys in the valid rows of the same file above row ``first``."""
    # Conditions on the row or the kind would lead a planner without statistics to another index.
    same = fetch_among(
        "SELECT key, fingerprint, row_no, kind FROM records_stagedrow WHERE key {among} AND batch_id = %s",
        keys,
        batch.pk,
    )
    above = sorted((row_no, key, fingerprint) for key, fingerprint, row_no, kind in same if row_no < first and kind in _VALID)
    return {key: (fingerprint, row_no) for row_no, key, fingerprint in reversed(above)}

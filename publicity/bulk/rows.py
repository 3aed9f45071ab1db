"""The rows of a dump: one per public record, as NDJSON (exact) and CSV (safe to open in a spreadsheet)."""

import csv
import hashlib
import io
import json
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from records import registration
from records.catalog import catalog
from records.cells import FORMULA_STARTS, safe_cell
from records.dataset import Dataset, Disclosure, Field
from records.rows import canonical

# Raise it when the form of the rows changes: copies made with another one cannot be carried on by deltas.
FORMAT = 2
COMPANIES, FTM = "companies", "ftm"


class Entry(NamedTuple):
    """What the database tells of one version of a record: days as ISO texts, values as the text of a JSON object."""

    id: int
    key: str
    company: str
    published_from: str
    published_until: str | None
    values: str
    state: str
    ended_event: int | None


@dataclass(frozen=True)
class Column:
    """A column of the CSV, described as Table Schema wants it; ``cell`` makes its text from a row.

    ``bare``: a row holds nothing else under this name than a text, or has no such name.
    """

    name: str
    title: str
    title_en: str
    type: str
    cell: Callable[[dict[str, Any]], str]
    enum: tuple[str, ...] = ()
    required: bool = False
    note: str = ""
    bare: bool = False


def _text(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: safe_cell(row.get(name))


def _figure(name: str) -> Callable[[dict[str, Any]], str]:
    """Figures and dates stand as they are: they were parsed, so none of them is a formula."""
    return lambda row: "" if (value := row.get(name)) is None else str(value)


def _boolean(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: {True: "true", False: "false"}.get(row.get(name), "")


def _several(name: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: safe_cell(";".join(value) if isinstance(value := row.get(name), list) else value)


def _part(name: str, part: str) -> Callable[[dict[str, Any]], str]:
    return lambda row: safe_cell((row.get(name) or {}).get(part))


_PLAIN = {
    "date": ("date", _figure),
    "year": ("year", _figure),
    "decimal": ("number", _figure),
    "integer": ("integer", _figure),
    "boolean": ("boolean", _boolean),
}


def columns_of(field: Field) -> list[Column]:
    """The columns of a declared field: three for an amount of capital, one for everything else."""
    name, title, english = field.name, field.title, field.text("title", "en")
    if field.type == "capital":
        parts = (("text", name, ""), ("amount", f"{name}.amount", " · 金额"), ("currency", f"{name}.currency", " · 币种"))
        return [
            Column(column, f"{title}{more}", f"{english} ({part})", "string", _part(name, part))
            for part, column, more in parts
        ]
    if field.codes:
        enum = () if field.separator else tuple(field.codes)
        return [Column(name, title, english, "string", _several(name), enum, bare=not field.separator)]
    kind, cell = _PLAIN.get(field.type, ("string", _text))
    return [Column(name, title, english, kind, cell(name), note=field.unit, bare=kind in ("string", "date", "number"))]


_META = (
    Column("_id", "信用信息编号", "Record", "string", _text("_id"), required=True, bare=True),
    Column("_company", "信用主体代码", "Company", "string", _text("_company"), required=True, bare=True),
    Column("_event", "公示日志序号", "Event that published this version", "integer", _figure("_event"), required=True),
    Column("_published_from", "公示日期", "Public from", "date", _figure("_published_from"), required=True, bare=True),
    Column("_published_until", "公示截止日（不含）", "First day no longer public", "date", _figure("_published_until")),
)
_COMPANY = (
    Column("code", "信用主体代码", "Code", "string", _text("code"), required=True, bare=True),
    Column("uscc", "统一社会信用代码", "Unified social credit code", "string", _text("uscc")),
    Column("legacy_no", "注册号", "Registration number", "string", _text("legacy_no")),
    Column("name", "名称", "Name", "string", _text("name"), required=True, bare=True),
    Column("former_names", "曾用名", "Former names", "string", _several("former_names")),
    Column("english_name", "英文名称", "English name", "string", _text("english_name")),
    Column("kind", "主体类别", "Kind", "string", _text("kind"), bare=True),
    Column("company_type", "类型", "Type", "string", _text("company_type"), bare=True),
    Column("status", "登记状态", "Registration status", "string", _text("status"), bare=True),
    Column("region", "行政区划代码", "Division, GB/T 2260", "string", _text("region"), bare=True),
    Column("industry", "行业门类", "Section of industry, GB/T 4754", "string", _text("industry"), bare=True),
    Column("established_on", "成立日期", "Established on", "date", _figure("established_on")),
    Column("legal_representative", "法定代表人", "Legal representative", "string", _text("legal_representative"), bare=True),
    Column("_event", "公示日志序号", "Event that published this version", "integer", _figure("_event"), required=True),
)


def shape_of(name: str, datasets: list[Dataset]) -> str:
    """Changes when rows made before and after cannot stand in one copy."""
    shown = [
        [dataset.slug, *((field.name, field.type, field.separator) for field in dataset.shown_to(Disclosure.PUBLIC))]
        for dataset in datasets
    ]
    return hashlib.sha256(canonical([FORMAT, name, *shown]).encode()).hexdigest()[:16]


class Door:
    """What the public may see of the stored values of a dataset, by name: what ``Record.disclosed`` tells, made of their text.

    Going through a model and its declaration for every row costs more than everything else that is done with it.
    """

    def __init__(self, dataset: Dataset):
        self._names = [field.name for field in dataset.shown_to(Disclosure.PUBLIC)]
        self._open = frozenset(self._names)
        self._whole = [field.name for field in dataset.fields if field.type == "integer"]

    def values(self, entry: Entry) -> dict[str, Any]:
        values = orjson.loads(entry.values)
        # A whole number beyond 64 bits is a rounded one to the fast reader.
        if self._whole and any(type(values.get(name)) is float for name in self._whole):
            values = json.loads(entry.values)
        if self._open.issuperset(values) and None not in values.values():
            return values
        return {name: value for name in self._names if (value := values.get(name)) is not None}


class Table:
    """The dump of one dataset."""

    key = "_id"

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        self.name, self.title, self.title_en = dataset.slug, dataset.title, dataset.title_en
        self.columns = (*_META, *(column for field in dataset.shown_to(Disclosure.PUBLIC) for column in columns_of(field)))

    def row(self, entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
        """A public record as an object: what identifies it, then its values by column."""
        return {
            **values,
            "_id": entry.key,
            "_company": entry.company,
            "_event": entry.id,
            "_published_from": entry.published_from,
            "_published_until": entry.published_until,
        }

    def id_of(self, entry: Entry) -> str:
        """What a deletion names."""
        return entry.key


class CompanyTable(Table):
    """Companies, as what is published of their registration says: nothing that waits for a projection to catch up."""

    key = "code"

    def __init__(self, dataset: Dataset):
        super().__init__(dataset)
        self.name, self.title, self.title_en, self.columns = COMPANIES, "信用主体", "Companies", _COMPANY

    def row(self, entry: Entry, values: dict[str, Any]) -> dict[str, Any]:
        row = registration.projection(self.dataset, values, entry.company)
        del row["name_key"]
        names = [*registration.names(self.dataset, values)]
        row["former_names"] = [text for kind, text, _ in names if kind == "former"]
        row["english_name"] = next((text for kind, text, _ in names if kind == "english"), None)
        row["_event"] = entry.id
        return row

    def id_of(self, entry: Entry) -> str:
        return entry.company


def tables_of(dataset: Dataset) -> list[Table]:
    """What is made of one dataset: its own dump, and of the registrations the companies as well."""
    return [Table(dataset), CompanyTable(dataset)] if dataset.registers else [Table(dataset)]


def public_datasets() -> list[Dataset]:
    return catalog().of()


def earliest(days: Iterable[str | None], after: str = "") -> str | None:
    """The first of the days that come after one; None where there is none."""
    return min((day for day in days if day and day > after), default=None)


def line_of(row: dict[str, Any]) -> bytes:
    """A line of NDJSON: the canonical text."""
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return canonical(row).encode() + b"\n"


_LIKE_A_FORMULA = re.compile(f",[{re.escape(''.join(FORMULA_STARTS))}]").search


class CsvLines:
    """Rows as lines of CSV (RFC 4180, UTF-8 without a byte order mark)."""

    def __init__(self, columns: tuple[Column, ...]):
        self.columns = columns
        self._blank = dict.fromkeys((column.name for column in columns), "")
        self._made = [(column.name, column.cell) for column in columns if not column.bare]
        self._texts = operator.itemgetter(*self._blank)

    def header(self) -> bytes:
        return _written(self._blank).encode()

    def lines(self, rows: list[dict[str, Any]]) -> bytes:
        return "".join([*map(self._line, rows)]).encode()

    def _line(self, row: dict[str, Any]) -> str:
        """Most rows need neither quotes nor apostrophes: looking at the whole line tells, and takes a fifth of the time."""
        cells = self._blank | row
        for name, cell in self._made:
            cells[name] = cell(row)
        try:
            line = ",".join(self._texts(cells))
        except TypeError:
            # A value that was stored when its column was declared with another type.
            return self._cell_by_cell(row)
        quiet = '"' not in line and "\n" not in line and "\r" not in line and line.count(",") == len(self.columns) - 1
        if quiet and not _LIKE_A_FORMULA(f",{line}"):
            return f"{line}\r\n"
        return self._cell_by_cell(row)

    def _cell_by_cell(self, row: dict[str, Any]) -> str:
        return _written(column.cell(row) for column in self.columns)


def _written(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()

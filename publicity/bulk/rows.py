"""The rows of a dump: one per public record, as NDJSON (exact) and CSV (safe to open in a spreadsheet)."""

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from records import registration
from records.catalog import catalog
from records.dataset import Dataset, Disclosure, Field
from records.models import Record
from records.resources import FORMULA_STARTS, safe_cell
from records.rows import canonical

# Raise it when the form of the rows changes: copies made with another one cannot be carried on by deltas.
FORMAT = 1
COMPANIES, FTM = "companies", "ftm"


class Entry(NamedTuple):
    """What the database tells of one version of a record."""

    id: int
    key: str
    company: str
    published_from: date
    published_until: date | None
    values: dict[str, Any]
    state: str
    ended_event: int | None


@dataclass(frozen=True)
class Column:
    """A column of the CSV, described as Table Schema wants it; ``cell`` makes its text from a row."""

    name: str
    title: str
    title_en: str
    type: str
    cell: Callable[[dict[str, Any]], str]
    enum: tuple[str, ...] = ()
    required: bool = False
    note: str = ""


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
        return [Column(name, title, english, "string", _several(name), enum)]
    kind, cell = _PLAIN.get(field.type, ("string", _text))
    return [Column(name, title, english, kind, cell(name), note=field.unit)]


_META = (
    Column("_id", "信用信息编号", "Record", "string", _text("_id"), required=True),
    Column("_company", "信用主体代码", "Company", "string", _text("_company"), required=True),
    Column("_event", "公示日志序号", "Event that published this version", "integer", _figure("_event"), required=True),
    Column("_published_from", "公示日期", "Public from", "date", _figure("_published_from"), required=True),
    Column("_published_until", "公示截止日（不含）", "First day no longer public", "date", _figure("_published_until")),
)
_COMPANY = (
    Column("code", "信用主体代码", "Code", "string", _text("code"), required=True),
    Column("uscc", "统一社会信用代码", "Unified social credit code", "string", _text("uscc")),
    Column("legacy_no", "注册号", "Registration number", "string", _text("legacy_no")),
    Column("name", "名称", "Name", "string", _text("name"), required=True),
    Column("former_names", "曾用名", "Former names", "string", _several("former_names")),
    Column("english_name", "英文名称", "English name", "string", _text("english_name")),
    Column("kind", "主体类别", "Kind", "string", _text("kind")),
    Column("company_type", "类型", "Type", "string", _text("company_type")),
    Column("status", "登记状态", "Registration status", "string", _text("status")),
    Column("region", "行政区划代码", "Division, GB/T 2260", "string", _text("region")),
    Column("established_on", "成立日期", "Established on", "date", _figure("established_on")),
    Column("legal_representative", "法定代表人", "Legal representative", "string", _text("legal_representative")),
    Column("_event", "公示日志序号", "Event that published this version", "integer", _figure("_event"), required=True),
)


def shape_of(name: str, datasets: list[Dataset]) -> str:
    """Changes when rows made before and after cannot stand in one copy."""
    shown = [
        [dataset.slug, *((field.name, field.type, field.separator) for field in dataset.shown_to(Disclosure.PUBLIC))]
        for dataset in datasets
    ]
    return hashlib.sha256(canonical([FORMAT, name, *shown]).encode()).hexdigest()[:16]


class Table:
    """The dump of one dataset."""

    key = "_id"

    def __init__(self, dataset: Dataset):
        self.dataset = dataset
        self.name, self.title, self.title_en = dataset.slug, dataset.title, dataset.title_en
        self.columns = (*_META, *(column for field in dataset.shown_to(Disclosure.PUBLIC) for column in columns_of(field)))
        # One instance whose values are exchanged row by row: making a model of every row costs more than all the rest.
        self._door = Record(dataset=dataset.slug)

    def disclosed(self, entry: Entry) -> dict[str, Any]:
        self._door.values = entry.values
        return {field.name: value for field, value in self._door.disclosed(Disclosure.PUBLIC).items()}

    def row(self, entry: Entry) -> dict[str, Any]:
        """A public record as an object: what identifies it, then its values by column."""
        until = entry.published_until
        row = self.disclosed(entry)
        row["_id"] = entry.key
        row["_company"] = entry.company
        row["_event"] = entry.id
        row["_published_from"] = entry.published_from.isoformat()
        row["_published_until"] = until.isoformat() if until else None
        return row

    def id_of(self, entry: Entry) -> str:
        """What a deletion names."""
        return entry.key


class CompanyTable(Table):
    """Companies, as what is published of their registration says: nothing that waits for a projection to catch up."""

    key = "code"

    def __init__(self, dataset: Dataset):
        super().__init__(dataset)
        self.name, self.title, self.title_en, self.columns = COMPANIES, "信用主体", "Companies", _COMPANY

    def row(self, entry: Entry) -> dict[str, Any]:
        values = self.disclosed(entry)
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


_ASKED = frozenset(FORMULA_STARTS)


class CsvLines:
    """Rows as lines of CSV (RFC 4180, UTF-8 without a byte order mark)."""

    def __init__(self, columns: tuple[Column, ...]):
        self.columns = columns
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)
        # Where the value of a column stands in the row; parts of a value stand nowhere by themselves.
        self._cells = [(None if "." in column.name else column.name, column.cell) for column in columns]

    def header(self) -> str:
        return self._line([column.name for column in self.columns])

    def line(self, row: dict[str, Any]) -> str:
        """Most cells are texts that may stand as they are, so these are not asked about one by one."""
        get = row.get
        return self._line([
            value if type(value := get(name)) is str and value[:1] not in _ASKED else "" if value is None and name else cell(row)
            for name, cell in self._cells
        ])  # fmt: skip

    def _line(self, cells: list[str]) -> str:
        self._writer.writerow(cells)
        line = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return line

"""The adapter to django-import-export: the formats it may offer, and exports whose columns come from a declaration.

Every cell that leaves is safe to open in a spreadsheet: text that a spreadsheet would run as a formula gets a leading
apostrophe (OWASP ASVS 5.0, 1.2.10). Values come from ``Record.disclosed`` alone, so a withheld column cannot leave.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.formats.base_formats import Format
from import_export.resources import Resource

from records.cells import safe_cell
from records.dataset import Dataset, Disclosure
from records.dataset import Field as Column
from records.models import Record
from records.rows import OPEN_END

BLOCK = 64 * 1024
FIGURES = ("decimal", "integer", "year")


def csv_chunks(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Rows as a CSV in UTF-8 with a byte order mark (which Excel needs), in blocks of bounded size."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        if buffer.tell() > BLOCK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def xlsx_chunks(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """Rows as an XLSX whose cells are all text, written through a temporary file in bounded memory."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "export.xlsx"
        with xlsxwriter.Workbook(path, options | {"tmpdir": directory}) as book:
            sheet = book.add_worksheet()
            text = book.add_format({"num_format": "@"})
            for row_no, row in enumerate(rows):
                for column_no, value in enumerate(row):
                    sheet.write_string(row_no, column_no, safe_cell(value), text)
        with path.open("rb") as file:
            yield from iter(lambda: file.read(BLOCK), b"")


def cell_text(column: Column, value: Any, language: str) -> Any:
    """A value for a table: figures and dates bare, to be reckoned with; everything else as readers see it."""
    if column.type in FIGURES or (column.type == "date" and value != OPEN_END):
        return value
    return column.show(value, language)


class CSVFormat(Format):
    """CSV as staff upload it and as the admin exports it."""

    chunks = staticmethod(csv_chunks)

    def get_title(self) -> str:
        return "CSV"

    def get_extension(self) -> str:
        return "csv"

    def get_content_type(self) -> str:
        return "text/csv; charset=utf-8"

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True


class XLSXFormat(CSVFormat):
    """XLSX; old XLS, ODS and the rest of what tablib knows are not offered."""

    chunks = staticmethod(xlsx_chunks)

    def get_title(self) -> str:
        return "XLSX"

    def get_extension(self) -> str:
        return "xlsx"

    def get_content_type(self) -> str:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


FORMATS = (CSVFormat, XLSXFormat)


class RecordResource(Resource):
    """Exports the records of one dataset: what identifies a record, then the declared columns in declared order."""

    @staticmethod
    def common_columns() -> dict[str, str]:
        return {
            "key": _("信用信息编号"),
            "state": _("公示状态"),
            "company_code": _("信用主体代码"),
            "company_name": _("信用主体名称"),
            "published_from": _("本站公示日期"),
            "published_until": _("本站公示截止日"),
        }

    def __init__(self, dataset: Dataset, *, to: Disclosure = Disclosure.GOVERNMENT, language: str = "zh") -> None:
        super().__init__()
        self.dataset, self.to, self.language = dataset, to, language
        titles = self.common_columns() | {
            f"values.{column.name}": column.text("title", language) for column in dataset.shown_to(to)
        }
        self.fields = {name: Field(column_name=title, readonly=True) for name, title in titles.items()}

    def export_resource(self, instance: Record, selected_fields=None, **kwargs) -> list[str]:  # noqa: ARG002
        values = instance.disclosed(self.to)
        common = (
            instance.key,
            instance.get_state_display(),
            instance.company.code,
            instance.company.name,
            instance.published_from,
            instance.published_until,
        )
        shown = (cell_text(column, values.get(column), self.language) for column in self.dataset.shown_to(self.to))
        return [safe_cell(value) for value in (*common, *shown)]

    def table(self, records: Iterable[Record]) -> Iterator[list[str]]:
        """The header row, then one row per record, made one at a time."""
        yield self.get_export_headers()
        yield from (self.export_resource(record) for record in records)

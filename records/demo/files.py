"""Writing rows as agencies send them: encodings, shuffled columns, explanations above the header, shapes of dates."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

import xlsxwriter

from records.dataset import Dataset, Field
from records.demo.row import Cell

DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y.%m.%d")


@dataclass(frozen=True)
class Style:
    """How one agency writes its files."""

    suffix: str = "csv"
    encoding: str = "utf-8-sig"
    explained: bool = False
    shuffled: bool = False
    by_code: bool = False
    broken_header: bool = False
    date_format: str = DATE_FORMATS[0]


def style_of(number: int) -> Style:
    """The style of the agency with this number: every sort of file occurs among any dozen of neighbours."""
    encodings = ("gb18030", "xlsx", "utf-8-sig", "gb18030", "utf-16")
    encoding = encodings[number % len(encodings)]
    return Style(
        suffix="xlsx" if encoding == "xlsx" else "csv",
        encoding=encoding,
        explained=number % 3 == 0,
        shuffled=number % 2 == 0,
        by_code=number % 7 == 3,
        date_format=DATE_FORMATS[number % len(DATE_FORMATS)],
    )


def write(path: Path, dataset: Dataset, rows: list[dict[str, Cell]], style: Style, random: Random) -> Path:
    """Write ``rows`` (cells by column name) to ``path`` in this style. Columns no row fills in are left out."""
    columns = [column for column in dataset.fields if any(row.get(column.name) for row in rows) or column.required]
    columns = [column for column in columns if not column.withheld or any(column.name in row for row in rows)]
    if style.shuffled:
        random.shuffle(columns)
    above = _explanation(dataset, len(columns)) if style.explained else []
    header = [_heading(column, style) for column in columns]
    body = [[_text(row.get(column.name, ""), style) for column in columns] for row in rows]
    lines = [*above, header, *body]
    return _write_workbook(path, dataset, lines) if style.suffix == "xlsx" else _write_csv(path, lines, style.encoding)


def _heading(column: Field, style: Style) -> str:
    if style.broken_header:
        # Some headings nobody knows, as in a sheet somebody retitled.
        return column.title.replace("决定", "裁决").replace("机关", "单位部门")
    return column.code if style.by_code and column.code else column.title


def _explanation(dataset: Dataset, width: int) -> list[list[str]]:
    lines = (dataset.title, f"表格说明：{dataset.summary}", "填报单位（盖章）：演示单位　　填表说明：带*为必填项")
    return [[line, *[""] * (width - 1)] for line in lines]


def _text(cell: Cell, style: Style) -> str:
    return cell.strftime(style.date_format) if isinstance(cell, date) else cell


def _write_csv(path: Path, lines: Iterable[list[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)
    return path


def _write_workbook(path: Path, dataset: Dataset, lines: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_urls": False}) as workbook:
        # Text cells: a spreadsheet turns an 18-digit code into a rounded number otherwise.
        text = workbook.add_format({"num_format": "@"})
        sheet = workbook.add_worksheet(dataset.agency.short[:31] or None)
        sheet.set_column(0, len(lines[-1]) - 1, 20, text)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line, text)
    return path

"""Plain functions that make the files agencies deliver: CSV in any encoding, XLSX, with the habits of real files."""

import csv
import io
import random
import zipfile

import xlsxwriter

from records.catalog import catalog
from records.dataset import Dataset


def example_row(dataset: Dataset | str, **changes: str) -> dict[str, str]:
    """Title and example of every column a sheet asks for; ``changes`` are by field name, None leaves a column out."""
    dataset = catalog().datasets[dataset] if isinstance(dataset, str) else dataset
    texts = {field.name: field.example for field in dataset.fields if not field.withheld} | changes
    return {dataset.by_name[name].title: text for name, text in texts.items() if text is not None}


def table(rows: list[dict[str, str]], *, above: int = 0, shuffle: int | None = None) -> list[list[str]]:
    """Rows by title as a table with its header, below ``above`` rows of explanation, columns in any order."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    if shuffle is not None:
        random.Random(shuffle).shuffle(titles)
    explanations = [[f"表格说明{number}：请按要求填写，不得改动表头"] + [""] * (len(titles) - 1) for number in range(above)]
    return [*explanations, titles, *([row.get(title, "") for title in titles] for row in rows)]


def csv_file(lines: list[list[str]], encoding: str = "utf-8") -> io.BytesIO:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return io.BytesIO(text.getvalue().encode(encoding))


def xlsx_file(lines: list[list[str]]) -> io.BytesIO:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(lines):
            for column, cell in enumerate(cells):
                sheet.write_string(row, column, cell)
    file.seek(0)
    return file


def edited(file: io.BytesIO, part: str = "", change=None, *, add: dict[str, bytes] | None = None, drop: str = "") -> bytes:
    """A workbook with one part changed (``change`` is a function of its bytes), parts added, or one left out."""
    made = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != drop:
                new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return made.getvalue()

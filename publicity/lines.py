"""From what a visitor pasted or uploaded to the lines of a check; nothing of it is kept.

Wrong input is ``ValidationError`` that names the line and never repeats its text.
"""

import csv
import functools
import itertools
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from blacklists import asked
from blacklists.asked import Line
from records import uscc
from records.catalog import catalog
from records.fieldtypes import fold
from records.files.reading import MAX_COLUMNS, Limits, Refused, encoding_of, open_rows

# Rows among which a line of headings is looked for; titles may stand above it.
HEAD = 10
# No row of a list is longer, and the parser of quoted cells refuses very long ones.
LONGEST_QUOTED = 10_000
_READING = threading.BoundedSemaphore(1)
# A visitor's workbook is small; what takes more than this is none of ours to read.
LIMITS = Limits(memory=512 << 20, seconds=5, unpacked=50 << 20)
OTHER_NAMES = (
    *("名称", "单位", "单位名称", "公司", "公司名称", "企业", "机构名称", "投标人", "投标人名称", "投标单位", "供应商", "供应商名称"),
    *("name", "company", "company name", "bidder", "supplier"),
)
OTHER_CODES = ("代码", "信用代码", "税号", "纳税人识别号", "注册号", "code", "uscc")


def of_text(text: str) -> list[Line]:
    """The lines pasted, empty ones left out. A table are rows copied from a spreadsheet, which have tabs, and a headed CSV."""
    filled = ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())
    lines = list(itertools.islice(filled, HEAD + asked.MOST_LINES + 1))
    delimiter = _delimiter([line for _number, line in lines])
    if not delimiter:
        return _lines([(number, line) for number, line in lines if not _heads(line)], asked.read_line)
    if wide := next((number for number, line in lines if line.count(delimiter) >= MAX_COLUMNS), None):
        raise ValidationError(_("第 %(number)s 行超过 %(most)s 列。"), code="wide", params={"number": wide, "most": MAX_COLUMNS})
    return _of_table([(number, _tidy(_split(line, delimiter))) for number, line in lines])


def as_pasted(lines: Iterable[Line]) -> str:
    """Lines as a text that ``of_text`` reads as these lines again: where some came as two cells, as a table with a heading."""
    pasted = [line.pasted for line in lines]
    return "\n".join(["企业名称\t统一社会信用代码", *pasted] if any("\t" in line for line in pasted) else pasted)


def _delimiter(lines: list[str]) -> str:
    """What the columns of pasted lines are apart by: tabs, or what the cells of a heading are; "" for lines that are no table."""
    if any("\t" in line for line in lines):
        return "\t"
    heads = [line for line in lines[:HEAD] if len(line) <= asked.LONGEST_LINE]
    return next((mark for line in heads for mark in ",，;；|" if mark in line and any(map(_heads, line.split(mark)))), "")


def _split(line: str, delimiter: str) -> list[str]:
    quoted = delimiter != "\t" and '"' in line and len(line) <= LONGEST_QUOTED
    return next(csv.reader([line], delimiter=delimiter)) if quoted else line.split(delimiter)


def _heads(*cells: str) -> bool:
    """Whether a line or the cells of a row are a heading, at the top or of another sheet, and no company."""
    known = _headings()[0] | _headings()[1]
    return any(fold(cell) in known for cell in cells) and not any(uscc.may_be_part(uscc.normalise(cell)) for cell in cells)


def of_file(path: Path, file_name: str) -> list[Line]:
    """The lines of a text file, or the column of names and the column of codes of a table (CSV, XLSX)."""
    # A workbook may take seconds and a process of its own; a few at once would take all there is.
    if not _READING.acquire(blocking=False):
        raise ValidationError(_("正在读取另一个文件，请稍后再试。"), code="busy")
    try:
        if file_name.lower().endswith(".txt"):
            return of_text(path.read_text(encoding_of(path)))
        with open_rows(path, _recognised, LIMITS) as rows:
            filled = ((number, _tidy(cells)) for number, cells in rows if any(cell.strip() for cell in cells))
            table = list(itertools.islice(filled, HEAD + asked.MOST_LINES + 1))
    except Refused as refused:
        language = "en" if (get_language() or "").startswith("en") else "zh"
        raise ValidationError([problem[language] for problem in refused.problems]) from None
    finally:
        _READING.release()
    return _of_table(table)


def _tidy(cells: list[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in cells]


def _of_table(table: list[tuple[int, list[str]]]) -> list[Line]:
    """The lines of a table, of which each row comes with its number in what was sent."""
    start, name, code = _columns([cells for _number, cells in table])
    pairs = [(number, (_cell(cells, name), _cell(cells, code))) for number, cells in table[start:]]
    return _lines([(number, pair) for number, pair in pairs if any(pair) and not _heads(*pair)], lambda pair: _of_cells(*pair))


def _of_cells(name: str, code: str) -> Line:
    return asked.named_line(name, code) if name and code else asked.read_line(name or code)


def _lines(items: list[tuple[int, Any]], read: Callable) -> list[Line]:
    if not items:
        raise ValidationError(_("没有可核查的内容：请粘贴名称或代码，或选择文件。"), code="empty")
    if len(items) > asked.MOST_LINES:
        raise ValidationError(_("超过 %(most)s 行，请分批核查。"), code="many", params={"most": asked.MOST_LINES})
    language = "en" if (get_language() or "").startswith("en") else "zh"
    for number, item in items:
        for text in filter(None, (item,) if isinstance(item, str) else item):
            if wrong := asked.wrong_text(text):
                params = {"number": number, "wrong": wrong[language]}
                raise ValidationError(_("第 %(number)s 行不能核查：%(wrong)s。"), code="line", params=params)
    return [read(item) for _number, item in items]


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _columns(table: list[list[str]]) -> tuple[int, int | None, int | None]:
    """Where the data begin, and the columns of names and of codes: by a heading, else by what the cells look like."""
    for at, cells in enumerate(table[:HEAD]):
        name = next((column for column, cell in enumerate(cells) if fold(cell) in _headings()[0]), None)
        code = next((column for column, cell in enumerate(cells) if fold(cell) in _headings()[1]), None)
        if name is not None or code is not None:
            return at + 1, name, code
    columns = range(max(map(len, table), default=0))
    codes = [sum(uscc.is_valid(uscc.normalise(_cell(cells, column))) for cells in table) for column in columns]
    texts = [sum(_looks_named(_cell(cells, column)) for cells in table) for column in columns]
    code = codes.index(max(codes)) if any(codes) else None
    name = texts.index(max(texts)) if any(texts) else 0 if code is None else None
    return 0, name, code if code != name else None


def _looks_named(text: str) -> bool:
    """Whether a cell may hold the name of a firm: more letters than the name of a person, more letters than digits."""
    letters = sum(letter.isalpha() for letter in text)
    return letters > 4 and 2 * letters > len(text) and not uscc.may_be_part(uscc.normalise(text))


@functools.cache
def _headings() -> tuple[frozenset[str], frozenset[str]]:
    """Headings of names and of codes: those of the catalogue and those of bidders' lists."""
    known = [item for dataset in catalog().datasets.values() for item in dataset.by_heading.items()]
    names = {heading for heading, column in known if column.role == "name"}
    codes = {heading for heading, column in known if column.role in ("uscc", "legacy_no")}
    return frozenset(names | set(map(fold, OTHER_NAMES))), frozenset(codes | set(map(fold, OTHER_CODES)))


def _recognised(cells: list[str]) -> int:
    """How much of a row is a heading or a code: it decides which separator a file uses."""
    known = _headings()[0] | _headings()[1]
    return sum(fold(cell) in known or uscc.is_valid(uscc.normalise(cell)) for cell in cells)

"""Finding the header of a file and tying its columns to the fields of a dataset: by heading, never by position."""

import difflib
import re
from dataclasses import dataclass

from records.dataset import Dataset, Field
from records.fieldtypes import fold
from records.fieldtypes.values import quoted
from records.files.reading import HEADER_ROWS, Refused, Row

MAX_PROBLEMS = 20
# What templates write around a heading: its number, and whether it must be filled.
_DECORATION = re.compile(r"^\s*\d{1,2}\s*[.．、]|[(（\[【]\s*(?:必填|选填|非必填|可选)项?\s*[)）\]】]")


class NoHeader(Refused):
    """Rows that hold no header of the dataset; another sheet may."""


@dataclass(frozen=True)
class Header:
    """Where the header stands and which field each column holds; None for a column without heading."""

    row_no: int
    headings: tuple[str, ...]
    fields: tuple[Field | None, ...]

    def stands_in(self, cells: list[str]) -> bool:
        """True for the very row of the header, here or on another sheet."""
        return _trimmed(cells) == list(self.headings)

    def described(self) -> dict:
        """What the batch page shows: the row, and the headings with the fields they were taken for."""
        columns = [
            [heading, field.name]
            for heading, field in zip(self.headings, self.fields, strict=True)
            if field is not None
        ]
        return {"row": self.row_no, "columns": columns}


def find_header(dataset: Dataset, rows: list[Row]) -> Header:
    """The header among the first rows of a file: the row that names most fields.

    Refused when no row names two fields, when a required column is missing, when a heading is unknown, when two columns
    mean one field, or when the header is two rows deep; the refusal names each heading and what it would have been close to.
    It is ``NoHeader`` when the row could as well be of a list of explanations, since it names no required column.
    """
    scored = [(known_headings(dataset, cells), -index) for index, (_, cells) in enumerate(rows)]
    best, index = max(scored, default=(0, 0))
    if best < min(2, len(dataset.fields)):
        raise NoHeader(
            (
                f"前 {HEADER_ROWS} 行中没有找到“{dataset.title}”的表头（CSV 以逗号、制表符或分号分隔）",
                f"no header of “{dataset.title_en}” among the first {HEADER_ROWS} rows (a CSV is separated by comma, tab or semicolon)",
            )
        )
    row_no, cells = rows[-index]
    headings = _trimmed(cells)
    _refuse_two_rows(dataset, row_no, headings, rows[-index + 1 : -index + 2])
    return _checked(dataset, row_no, headings)


def _field(dataset: Dataset, heading: str) -> Field | None:
    return dataset.by_heading.get(fold(heading)) or dataset.by_heading.get(fold(_DECORATION.sub("", heading)))


def _refuse_two_rows(dataset: Dataset, row_no: int, headings: list[str], below: list[Row]) -> None:
    """Headings under a merged one: which belongs to which column is for people to say."""
    for number, cells in below:
        under = [cell for at, cell in enumerate(cells) if at >= len(headings) or not _field(dataset, headings[at])]
        if known_headings(dataset, under) > 1:
            raise Refused(
                (
                    f"表头占了第 {row_no}、{number} 两行（合并单元格）：请改为一行，每列写明各自的名称",
                    f"the header takes two rows, {row_no} and {number} (merged cells): make it one row with a heading in every column",
                )
            )


def known_headings(dataset: Dataset, cells: list[str]) -> int:
    """How many fields of the dataset a row names."""
    return len({field.name for cell in cells if (field := _field(dataset, cell)) is not None})


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return [" ".join(cell.split()) for cell in cells]


def _checked(dataset: Dataset, row_no: int, headings: list[str]) -> Header:
    fields = [_field(dataset, heading) for heading in headings]
    problems = []
    seen: dict[str, str] = {}
    for heading, field in zip(headings, fields, strict=True):
        if field is None and heading:
            problems.append(_unknown(dataset, heading))
        elif field is not None and not field.withheld and seen.setdefault(field.name, heading) is not heading:
            first, second = quoted(seen[field.name]), quoted(heading)
            problems.append(
                (f"{first}与{second}是同一数据项“{field.title}”", f"{first} and {second} are one field, “{field.title}”")
            )
    required = [field for field in dataset.fields if field.required and not field.withheld]
    missing = [field for field in required if field.name not in seen]
    problems += [(f"缺少必需的列“{field.title}”", f"the required column “{field.title}” is missing") for field in missing]
    if problems:
        kind = NoHeader if missing and len(missing) == len(required) else Refused
        raise kind(*_bounded(problems))
    return Header(row_no, tuple(headings), tuple(fields))


def _bounded(problems: list[tuple[str, str]]) -> list[tuple[str, str]]:
    more = len(problems) - MAX_PROBLEMS
    return problems if more <= 0 else [*problems[:MAX_PROBLEMS], (f"另有 {more} 处", f"and {more} more")]


def _unknown(dataset: Dataset, heading: str) -> tuple[str, str]:
    titles = {title for field in dataset.fields for title in (field.title, *field.also)}
    shown = quoted(heading)
    close = difflib.get_close_matches(heading[:80], titles, n=2, cutoff=0.5)
    if not close:
        return f"不认识的列{shown}", f"unknown column {shown}"
    zh, en = "”或“".join(close), "” or “".join(close)
    return f"不认识的列{shown}，是否为“{zh}”？", f"unknown column {shown}; did you mean “{en}”?"

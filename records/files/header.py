"""Finding the header of a file and tying its columns to the fields of a dataset: by heading, never by position."""

import difflib
from dataclasses import dataclass

from records.dataset import Dataset, Field
from records.fieldtypes import fold
from records.fieldtypes.values import quoted
from records.files.reading import HEADER_ROWS, Refused, Row

MAX_PROBLEMS = 20


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

    Refused when no row names two fields, when a required column is missing, when a heading is unknown, or when two columns
    mean one field; the refusal names each heading and what it would have been close to.
    """
    scored = [(known_headings(dataset, cells), -index) for index, (_, cells) in enumerate(rows)]
    best, index = max(scored, default=(0, 0))
    if best < min(2, len(dataset.fields)):
        raise Refused(
            (
                f"前 {HEADER_ROWS} 行中没有找到“{dataset.title}”的表头（CSV 以逗号、制表符或分号分隔）",
                f"no header of “{dataset.title_en}” among the first {HEADER_ROWS} rows (a CSV is separated by comma, tab or semicolon)",
            )
        )
    row_no, cells = rows[-index]
    return _checked(dataset, row_no, _trimmed(cells))


def known_headings(dataset: Dataset, cells: list[str]) -> int:
    """How many fields of the dataset a row names."""
    return len({field.name for cell in cells if (field := dataset.by_heading.get(fold(cell))) is not None})


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return [" ".join(cell.split()) for cell in cells]


def _checked(dataset: Dataset, row_no: int, headings: list[str]) -> Header:
    fields = [dataset.by_heading.get(fold(heading)) for heading in headings]
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
    problems += [
        (f"缺少必需的列“{field.title}”", f"the required column “{field.title}” is missing")
        for field in dataset.fields
        if field.required and not field.withheld and field.name not in seen
    ]
    if problems:
        raise Refused(*_bounded(problems))
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

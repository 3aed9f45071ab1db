"""Finding the header of a file and tying its columns to the fields of a dataset: by heading, never by position."""

import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from records.catalog import catalog
from records.dataset import Dataset, Field
from records.fieldtypes import fold
from records.fieldtypes.numbers import money_named, same_currency
from records.fieldtypes.values import quoted
from records.files.reading import HEADER_ROWS, Refused, Row

MAX_PROBLEMS = 20
# So many columns more than of the dataset chosen make a file one of another; so many of those alike are named.
_CLEARLY_MORE = 3
_NAMED = 2
_FIGURES = ("decimal", "integer")
# What templates write around a heading: its number, and whether it must be filled.
_DECORATION = re.compile(r"^\s*\d{1,2}\s*[.．、]|[(（\[【]\s*(?:必填|选填|非必填|可选)项?\s*[)）\]】]")


class NoHeader(Refused):
    """Rows that hold no header of the dataset; another sheet may."""


@dataclass(frozen=True)
class Header:
    """Where the header stands and which field each column holds; None for a column without heading.

    ``units`` are those of money that headings state, by place, where the field is declared in another.
    """

    row_no: int
    headings: tuple[str, ...]
    fields: tuple[Field | None, ...]
    units: Mapping[int, str]

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
    A file that looks like one of another dataset is refused for that alone.
    It is ``NoHeader`` when the row could as well be of a list of explanations, since it names no required column.
    """
    scored = [(known_headings(dataset, cells), -index) for index, (_, cells) in enumerate(rows)]
    best, index = max(scored, default=(0, 0))
    if best < min(2, len(dataset.fields)):
        if other := _of_another(dataset, best, [cells for _, cells in rows]):
            raise NoHeader(other)
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
    return _field_and_unit(dataset, heading)[0]


def _field_and_unit(dataset: Dataset, heading: str) -> tuple[Field | None, str]:
    """What a heading means, and the unit of money it states where the field is declared in another: 罚款金额（元） for 万元."""
    if known := dataset.by_heading.get(fold(heading)):
        return known, ""
    words = fold(_DECORATION.sub("", heading))
    if known := dataset.by_heading.get(words):
        return known, ""
    name, unit = money_named(words)
    amount = _amounts(dataset).get(name) if unit else None
    if amount and amount.type in _FIGURES and same_currency(unit, amount.unit):
        return amount, unit
    return None, ""


@functools.lru_cache(maxsize=256)
def _amounts(dataset: Dataset) -> dict[str, Field]:
    """The columns of money by each of their headings, folded, without its unit; where two share one, the one of figures."""
    columns = sorted(dataset.fields, key=lambda column: column.type in _FIGURES)
    named = [(*money_named(heading), column) for column in columns for heading in column.headings()]
    return {name: column for name, unit, column in named if unit or (column.type in _FIGURES and same_currency("元", column.unit))}


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
    found = [_field_and_unit(dataset, heading) for heading in headings]
    fields = [field for field, _unit in found]
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
        known = len({field.name for field in fields if field})
        if missing and (other := _of_another(dataset, known, [headings])):
            raise kind(other)
        raise kind(*bounded(problems))
    return Header(row_no, tuple(headings), tuple(fields), {at: unit for at, (_field, unit) in enumerate(found) if unit})


def _of_another(dataset: Dataset, known: int, rows: list[list[str]]) -> tuple[str, str] | None:
    """That a row names clearly more columns of another dataset, first of one of the same agency."""
    headings = [{fold(_DECORATION.sub("", cell)) for cell in cells if cell.strip()} for cells in rows]
    others = {other: max(_named(other, words) for words in headings) for other in catalog().datasets.values() if headings}
    most = max(others.values(), default=0)
    if most < known + _CLEARLY_MORE:
        return None
    alike = sorted((other for other in others if others[other] == most), key=lambda other: other.agency is not dataset.agency)
    near = alike[:1] if len(alike) == 1 or alike[0].agency is dataset.agency else alike[:_NAMED]
    more, more_en = ("等", " or one like it") if 1 < len(near) < len(alike) else ("", "")
    zh, en = "”或“".join(other.title for other in near), "” or “".join(other.title_en for other in near)
    return (
        f"该文件像是“{zh}”{more}，而不是“{dataset.title}”，请检查所选信息类目",
        f"this file looks like “{en}”{more_en}, not “{dataset.title_en}”; look at the dataset you chose",
    )


def _named(dataset: Dataset, headings: set[str]) -> int:
    return len({dataset.by_heading[heading].name for heading in headings & dataset.by_heading.keys()})


def bounded(problems: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The first ``MAX_PROBLEMS``, and how many more there are."""
    more = len(problems) - MAX_PROBLEMS
    return problems if more <= 0 else [*problems[:MAX_PROBLEMS], (f"另有 {more} 处", f"and {more} more")]


def _unknown(dataset: Dataset, heading: str) -> tuple[str, str]:
    titles = {title for field in dataset.fields for title in (field.title, *field.also)}
    shown = quoted(heading)
    name, unit = money_named(fold(_DECORATION.sub("", heading)))
    if amount := _amounts(dataset).get(name):
        return _other_unit(heading, unit, amount)
    close = difflib.get_close_matches(heading[:80], titles, n=2, cutoff=0.5)
    if not close:
        return f"不认识的列{shown}", f"unknown column {shown}"
    zh, en = "”或“".join(close), "” or “".join(close)
    return f"不认识的列{shown}，是否为“{zh}”？", f"unknown column {shown}; did you mean “{en}”?"


def _other_unit(heading: str, unit: str, amount: Field) -> tuple[str, str]:
    """A heading that differs from a known one in its unit alone: under the other heading its figures would be other amounts."""
    shown = quoted(heading)
    if unit:
        return (
            f"列{shown}与数据项“{amount.title}”的单位不同：请换算各行数值，再改列名",
            f"column {shown} is in another unit than “{amount.title}”: convert its figures before you change the heading",
        )
    first, second = quoted(f"{heading}（元）"), quoted(f"{heading}（万元）")
    return (
        f"列{shown}没有写明单位：请按表中数值的实际单位写成{first}或{second}",
        f"column {shown} names no unit: by what its figures are in, make it {first} or {second}",
    )

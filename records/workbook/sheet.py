"""The rows of one worksheet, as a spreadsheet program shows them: numbers, days, shared strings as text."""

import array
import bisect
import datetime
import decimal
import functools
import re
import zipfile
from collections.abc import Iterator

from records.workbook import MERGED, Unreadable
from records.workbook.archive import MAX_CELL, Part, unescaped
from records.workbook.formats import Shape
from records.workbook.parts import Strings, Styles

MAX_COLUMNS = 200
MAX_ROW = 1_048_576
# Of merged cells so many are told of, the last of the sheet always.
MAX_MERGED = 100
Row = tuple[int, list[str]]
_DIGITS = "0123456789"
_MERGED = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})").fullmatch
_TRUTH = {"1": "是", "0": "否"}


class Sheet(Part):
    """The rows that hold anything, each padded to the width of the widest before it.

    Empty cells and rows cost nothing, wherever they are said to be; what stands out of order or beyond the bounds refuses
    the workbook. This is the one hot place: some five million calls for 100,000 rows.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str, strings: Strings | None, styles: Styles | None, *, from_1904: bool):
        super().__init__(archive, name)
        self.strings = strings
        self.dated, self.shown = (styles.dated(), styles.shown()) if styles else (frozenset(), {})
        self.around = styles.around_texts() if styles else {}
        self.shift = 1462 if from_1904 else 0
        self.row_no = self.width = self.column = 0
        self.cells: list[str] = []
        self.done: list[Row] = []
        self.filled = array.array("I")
        self.merged: list[tuple[int, int, str, int]] = []
        self.heard: list[str] = []
        self.words: list[str] = []
        self.cell: dict[str, str] = {}
        self.phonetic = self.formula = False

    def place(self):
        return f"工作表第 {self.row_no} 行附近", f"the worksheet near row {self.row_no}"

    def rows(self) -> Iterator[Row]:
        for _ in self.blocks():
            yield from self.done
            self.done.clear()
        if self.merged:
            yield MERGED, [" ".join(map(str, cells)) for cells in self.merged]

    def parser(self):
        parser = super().parser()
        parser.CharacterDataHandler = self.heard.append
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        return parser

    def start(self, tag, attributes):
        if tag == "c":
            if self.formula:
                self._refuse_formula()
            self.cell = attributes
            ref = attributes.get("r")
            self.column = _column(ref.rstrip(_DIGITS)) if ref else self.column + 1
        elif tag in ("v", "t"):
            self.heard.clear()
        elif tag == "f":
            # Without a result behind it, unless that is a text, nobody has calculated it.
            self.formula = self.cell.get("t", "n") == "n"
        elif tag == "row":
            self._open_row(attributes.get("r"))
        elif tag == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif tag == "rPh":
            self.phonetic = True
        elif ":" in tag:
            self.start(tag.rpartition(":")[2], attributes)

    def end(self, tag):
        if tag == "v":
            heard = self.heard
            text = heard[0] if len(heard) == 1 else "".join(heard)
            kind = self.cell.get("t", "n")
            if text:
                self.formula = False
            text = self.strings.text(text) if kind == "s" and self.strings else self._value(kind, text)
            if self.around and kind in ("s", "str") and text:
                text = self._around(text)
            self._put(text)
        elif tag == "t":
            if not self.phonetic:
                self.words += self.heard
        elif tag == "row":
            self._close_row()
        elif tag == "is":
            self._put(self._around("".join(self.words)))
            self.words.clear()
        elif tag == "rPh":
            self.phonetic = False
        elif ":" in tag:
            self.end(tag.rpartition(":")[2])

    def _open_row(self, number: str | None) -> None:
        row_no = self.row_no + 1 if number is None else int(number) if number.isdigit() and len(number) < 12 else 0
        if not self.row_no < row_no <= MAX_ROW:
            raise Unreadable(
                f"第 {self.row_no} 行之后的行号“{number:.20}”重复、倒退或超出工作表",
                f"after row {self.row_no} comes row “{number:.20}”: twice, backwards or beyond a worksheet",
            )
        self.row_no, self.column, self.cells = row_no, 0, []

    def _refuse_formula(self) -> None:
        raise Unreadable(
            f"第 {self.row_no} 行第 {self.column} 列的公式没有计算结果，请在电子表格软件中打开并保存后再报",
            f"the formula in row {self.row_no}, column {self.column} has no result; open and save the file in a spreadsheet program",
        )

    def _close_row(self) -> None:
        if self.formula:
            self._refuse_formula()
        if self.cells:
            self.width = max(self.width, len(self.cells))
            self.filled.append(self.row_no)
            self.done.append((self.row_no, self.cells + [""] * (self.width - len(self.cells))))
            self.cells = []

    def _merge(self, ref: str) -> None:
        """Keep cells merged over several rows, of which one below the first holds something: it lacks what is shown for it there."""
        found = _MERGED(ref)
        first, last = sorted((int(found[2]), int(found[4]))) if found else (0, 0)
        below = bisect.bisect_right(self.filled, last)
        if not below or self.filled[below - 1] <= first:
            return
        columns = found[1] if found[1] == found[3] else f"{found[1]}–{found[3]}"
        merged = (first, last, columns, self.filled[below - 1])
        if len(self.merged) < MAX_MERGED:
            self.merged.append(merged)
        else:
            self.merged[-1] = max(self.merged[-1], merged, key=lambda cells: cells[3])

    def _put(self, text: str) -> None:
        cells, column = self.cells, self.column
        if not text:
            return
        if "_x" in text or len(text) > MAX_CELL:
            text = unescaped(text, f"第 {self.row_no} 行第 {column} 列的单元格", f"the cell in row {self.row_no}, column {column}")
        missing = column - 1 - len(cells)
        if missing < 0 or column > MAX_COLUMNS:
            raise Unreadable(
                f"第 {self.row_no} 行有单元格重复、倒退或在第 {MAX_COLUMNS} 列之后",
                f"row {self.row_no} has a cell twice, backwards or beyond column {MAX_COLUMNS}",
            )
        if missing:
            cells.extend([""] * missing)
        cells.append(text)

    def _value(self, kind: str, text: str) -> str:
        if kind == "n":
            style = self.cell.get("s")
            if style in self.shown:
                return self._shaped(text, self.shown[style])
            return number_text(text, dated=style in self.dated, shift=self.shift)
        if kind == "b":
            return _TRUTH.get(text, text)
        if kind == "s":
            no = self.row_no
            raise Unreadable(f"第 {no} 行引用了共享字符串，而工作簿没有", f"row {no} needs shared strings; there are none")
        return text

    def _around(self, text: str) -> str:
        """A text with what its style shows around it."""
        shape = self.around.get(self.cell.get("s")) if text.strip() else None
        return shape.write(text) if shape else text

    def _shaped(self, text: str, shape: Shape) -> str:
        """A number as its style shows it."""
        if shape.kind == "smaller":
            raise Unreadable(
                f"第 {self.row_no} 行第 {self.column} 列的数字格式只显示千分之几或万分之几，与实际的值不同；请改为常规格式",
                f"the format in row {self.row_no}, column {self.column} shows a number smaller than it is; make it a general one",
            )
        if shape.kind == "doubtful":
            raise Unreadable(
                f"第 {self.row_no} 行第 {self.column} 列的数字格式在数字中间或按数值大小显示文字；请改为常规格式，把显示的文字写进单元格",
                f"the format in row {self.row_no}, column {self.column} shows words amid a number or by its size; make it a general one "
                "and write what is shown into the cell",
            )
        number = number_text(text)
        return shape.write(number) if number else number


@functools.lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """A is 1, Z 26, AA 27; what is no column is out of all bounds."""
    number = 0
    for letter in letters:
        number = min(number * 26 + ord(letter) - 64, 1 << 20) if "A" <= letter <= "Z" else 1 << 20
    return number or 1 << 20


@functools.lru_cache(maxsize=16384)
def number_text(text: str, *, dated: bool = False, shift: int = 0) -> str:
    """A number as text, with the 15 digits a spreadsheet knows: 0.1 + 0.2 is 0.3. Whole numbers lose their ``.0``; those
    beyond 15 digits show that digits are already lost.

    A day becomes ISO 8601 text. What is no number stays as it is, for the type of its column to judge.
    """
    try:
        value = float(text)
    except ValueError:
        return text
    if dated and 0 <= value < 2_958_466 - shift:
        return _moment(value + shift)
    if not abs(value) < 1e15:
        return f"{value:.14E}" if abs(value) < float("inf") else text
    return str(int(value)) if value.is_integer() else format(decimal.Decimal(f"{value:.15g}"), "f")


def _moment(value: float) -> str:
    """Days since 1899-12-30; before March 1900 one less, because spreadsheets believe in 1900-02-29."""
    days, seconds = divmod(round(value * 86400), 86400)
    time = datetime.time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if days == 0:
        return time.isoformat()
    if days == 60:
        return "1900-02-29"
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=days + (days < 60))
    return f"{day} {time}" if seconds else day.isoformat()

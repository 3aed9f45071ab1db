"""What the rows of a workbook need to know beside the worksheets: the sheets, styles, shared strings."""

import array
import functools
import os
import posixpath
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from records.workbook import Unreadable
from records.workbook.archive import Part, unescaped
from records.workbook.formats import PLAIN, Shape, around_text, is_date, shape_of

# Spreadsheet programs allow 255 characters.
MAX_CODE = 1024


class Workbook(Part):
    """The sheets in the order of their tabs, each (title, visible, relation)."""

    def __init__(self, archive, name):
        super().__init__(archive, name)
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    def start(self, tag, attributes):
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((attributes.get("name", "")[:31], visible, relation))
        elif tag == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")


class Relations(Part):
    """Where the worksheets are: name of the part, in lower case, by relation. Other kinds of sheets hold no cells."""

    def __init__(self, archive, name):
        super().__init__(archive, name)
        self.worksheets: dict[str, str] = {}

    def start(self, tag, attributes):
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            self.worksheets[attributes.get("Id", "")] = target.lstrip("/").lower()


class Styles(Part):
    """What styles of cells make of a number: a day or a time, a share, a number with leading zeros, with words around it …"""

    def __init__(self, archive, name):
        super().__init__(archive, name)
        self._codes: dict[str, str] = {}
        self._formats: list[str] = []
        self._of_cells = False

    def start(self, tag, attributes):
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:MAX_CODE]
        elif tag == "cellXfs":
            self._of_cells = True
        elif tag == "xf" and self._of_cells:
            self._formats.append(attributes.get("numFmtId", "0"))

    def end(self, tag):
        if tag == "cellXfs":
            self._of_cells = False

    def dated(self) -> frozenset[str]:
        """The styles, as the attribute ``s`` of a cell names them."""
        return frozenset(style for style, dated in self._judged(is_date) if dated)

    def shown(self) -> dict[str, Shape]:
        """How numbers are shown, by style, where that is not the number alone."""
        dated = self.dated()
        return {style: shape for style, shape in self._judged(shape_of) if shape != PLAIN and style not in dated}

    def around_texts(self) -> dict[str, Shape]:
        """What is shown around texts, by style, where anything is."""
        return {style: shape for style, shape in self._judged(around_text) if shape != PLAIN}

    def _judged(self, judge: Callable[[str, dict[str, str]], Any]) -> Iterator[tuple[str, Any]]:
        """Each style with what its format is; a format of many styles is looked at once."""
        known = {number: judge(number, self._codes) for number in set(self._formats)}
        return ((str(at), known[number]) for at, number in enumerate(self._formats))


class Strings(Part):
    """The shared strings by number, kept in a temporary file: a large table has millions."""

    def __init__(self, archive, name):
        super().__init__(archive, name)
        self._starts = array.array("Q", [0])
        self._file = tempfile.TemporaryFile(buffering=1 << 20)  # noqa: SIM115 - for as long as the process lives
        self._heard: list[str] = []
        self._words: list[str] = []
        self._phonetic = False
        self.text = functools.lru_cache(maxsize=65536)(self._text)

    def read(self):
        super().read()
        self._file.flush()
        return self

    def parser(self):
        parser = super().parser()
        parser.CharacterDataHandler = self._heard.append
        return parser

    def start(self, tag, attributes):  # noqa: ARG002
        self._heard.clear()
        if tag == "rPh":
            self._phonetic = True

    def end(self, tag):
        if tag == "t" and not self._phonetic:
            self._words += self._heard
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            number = len(self._starts)
            text = unescaped("".join(self._words), f"第 {number} 个共享字符串", f"shared string {number}")
            self._words.clear()
            data = text.encode()
            self._file.write(data)
            self._starts.append(self._starts[-1] + len(data))

    def _text(self, number: str) -> str:
        at = int(number) if number.isdigit() and len(number) < 10 else -1
        if not 0 <= at < len(self._starts) - 1:
            raise Unreadable("单元格引用了不存在的共享字符串", "a cell points at a shared string that is not there")
        start, stop = self._starts[at], self._starts[at + 1]
        return os.pread(self._file.fileno(), stop - start, start).decode()

"""What the rows of a workbook need to know beside the worksheets: the sheets, date formats, shared strings."""

import array
import functools
import os
import posixpath
import re
import tempfile

from records.workbook import Unreadable
from records.workbook.archive import Part, unescaped

# Formats of numbers that are days or times (§18.8.30), those of Chinese Excel (27 to 36, 50 to 58) among them.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_SHARE_FORMATS = ("9", "10")
_ALL_ZEROS = re.compile("00+").fullmatch
# A comma behind the last digit divides by a thousand; 0!.0, is how Chinese Excel shows units of ten thousand.
_SMALLER = re.compile(r"[0#?](?:!\.|\\\.)[0#?]|[0#?],+(?:[^0#?,]|$)").search
_DATE_LETTERS = re.compile(r"[ymdhs]", re.IGNORECASE)


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
    """What styles of cells make of a number: a day or a time, a share, a number with leading zeros, or one of other size."""

    def __init__(self, archive, name):
        super().__init__(archive, name)
        self._codes: dict[str, str] = {}
        self._formats: list[str] = []
        self._of_cells = False

    def start(self, tag, attributes):
        if tag == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self._of_cells = True
        elif tag == "xf" and self._of_cells:
            self._formats.append(attributes.get("numFmtId", "0"))

    def end(self, tag):
        if tag == "cellXfs":
            self._of_cells = False

    def dated(self) -> frozenset[str]:
        """The styles, as the attribute ``s`` of a cell names them."""
        return frozenset(str(at) for at, number in enumerate(self._formats) if self._is_date(number))

    def shown(self) -> dict[str, str]:
        """``%``, the zeros of a number that has always so many digits, or ``,`` for one shown smaller than it is, by style."""
        found = {str(at): self._shape(number) for at, number in enumerate(self._formats)}
        return {style: shape for style, shape in found.items() if shape}

    def _code(self, number: str) -> str:
        return _NOT_CODE.sub("", self._codes[number].partition(";")[0])

    def _is_date(self, number: str) -> bool:
        if number in self._codes:
            code = self._code(number)
            return code.lower() != "general" and bool(_DATE_LETTERS.search(code))
        return number.isdigit() and int(number[:4]) in _DATE_FORMATS

    def _shape(self, number: str) -> str:
        if number not in self._codes:
            return "%" if number in _SHARE_FORMATS else ""
        code = self._code(number).strip()
        if "%" in code:
            return "%"
        if _SMALLER(self._codes[number].partition(";")[0]) or _SMALLER(code):
            return ","
        return code if _ALL_ZEROS(code) else ""


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

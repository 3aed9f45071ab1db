"""From an uploaded file to rows of text: encodings, separators, spreadsheets, with every bound that hostile files need.

``open_rows`` yields ``(row number, cells)`` lazily, so a file of any size is read in bounded memory. Whatever is wrong with a
file as a whole is ``Refused``; nothing is repaired silently.
"""

import codecs
import contextlib
import csv
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_COLUMNS = 200
MAX_CELL = 32_767
MAX_LINE_BYTES = 4 << 20
HEADER_ROWS = 31
_BLOCK = 1 << 20
_SITE = Path(__file__).parents[2]
_OTHER_KINDS = (
    *(b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ\x90"),
    *(b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x05\x06", b"PK\x07\x08"),
)
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|\?xml|html|head|meta|body|table|style|script)\b", re.IGNORECASE)

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Limits:
    """What reading a workbook may take: bytes of memory, seconds of a processor, bytes unpacked."""

    memory: int = 384 << 20
    seconds: int = 900
    unpacked: int = 2 << 30


class Refused(Exception):
    """A file that cannot be taken; ``problems`` says why, each as ``{"zh": …, "en": …}``."""

    def __init__(self, *problems: tuple[str, str]):
        super().__init__(*problems)
        self.problems = [{"zh": zh, "en": en} for zh, en in problems]

    def __str__(self) -> str:
        return "; ".join(problem["en"] for problem in self.problems)


def kind_of(path: Path) -> str:
    """``xlsx`` or ``csv`` by the first bytes of the file, never by its name."""
    with path.open("rb") as file:
        start = file.read(512)
    if not start:
        raise Refused(("文件是空的", "the file is empty"))
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            ("这是加密的工作簿或旧版 .xls，请另存为不加密的 .xlsx 或 CSV", "an encrypted or old .xls workbook; save it as .xlsx or CSV")
        )
    if start.startswith(_OTHER_KINDS):
        raise Refused(("文件既不是 CSV 也不是 XLSX", "the file is neither CSV nor XLSX"))
    if _MARKUP.match(start):
        raise Refused(
            (
                "这是网页或 XML 文件（有的系统以 .xls 为名导出），请另存为 .xlsx 或 CSV",
                "a web page or XML, whatever its name; save it as .xlsx or CSV",
            )
        )
    return "csv"


def expected_rows(path: Path) -> int:
    """About how many rows a CSV has, for a progress bar; 0 when only reading it would tell."""
    with path.open("rb") as file:
        start = file.read(4)
        if start.startswith((b"PK", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return 0
        return 1 + sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))


@contextlib.contextmanager
def open_rows(path: Path, known: Callable[[list[str]], int], limits: Limits = Limits()) -> Iterator[Iterator[Row]]:
    """The rows of a CSV or XLSX file; the row number is the one a spreadsheet program shows, from 1.

    ``known(cells)`` says how many headings of the dataset a row holds: it decides which separator a CSV uses.

    Rows of several sheets follow each other, each sheet from row 1 again; row ``records.workbook.MERGED`` may end one.
    """
    if kind_of(path) == "xlsx":
        with _xlsx_rows(path, limits) as rows:
            yield rows
    else:
        encoding = encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            yield _csv_rows(file, _separator(path, encoding, known))


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 with a byte-order mark, or GB18030; the first that reads the whole file without an error."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or b"\0" in start[:2]:
        raise Refused(
            (
                "文件编码是 UTF-32，或 UTF-16 而没有字节序标记，请另存为 UTF-8",
                "UTF-32, or UTF-16 without a byte-order mark; save it as UTF-8",
            )
        )
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(path, "utf-16") or _undecodable()
    return _decodes(path, "utf-8-sig") or _decodes(path, "gb18030") or _undecodable(b"\0" in start)


def _undecodable(nulls: bool = False) -> str:  # noqa: FBT001, FBT002
    hint, hint_en = ("（含空字节：UTF-16 文件须有字节序标记）", " (null bytes: UTF-16 needs a byte-order mark)") if nulls else ("", "")
    raise Refused(
        (
            f"文件编码不是 UTF-8、UTF-16 或 GB18030，或有个别字节损坏{hint}",
            f"the file is not in UTF-8, UTF-16 or GB18030, or has broken bytes{hint_en}",
        )
    )


def _decodes(path: Path, encoding: str) -> str | None:
    """The encoding if the whole file can be read in it. On the way, lines that no memory should hold are refused."""
    decoder = codecs.getincrementaldecoder(encoding)()
    endless = 0
    with path.open("rb") as file:
        try:
            for block in iter(lambda: file.read(_BLOCK), b""):
                text = decoder.decode(block)
                endless = 0 if "\n" in text or "\r" in text else endless + len(block)
                if endless > MAX_LINE_BYTES:
                    place = file.tell() - endless
                    raise Refused((f"第 {place} 字节之后一行过长，没有换行", f"after byte {place} comes a line without an end"))
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return encoding


def _separator(path: Path, encoding: str, known: Callable[[list[str]], int]) -> str:
    """Comma, tab or semicolon: the one with which most headings are recognised in one of the first rows."""

    def recognised(separator: str) -> int:
        most = 0
        with path.open(encoding=encoding, newline="") as file, contextlib.suppress(Refused):
            for _, cells in itertools.islice(_csv_rows(file, separator), HEADER_ROWS):
                most = max(most, known(cells))
        return most

    return max(",\t;", key=recognised)


def _csv_rows(file: Iterable[str], separator: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    lines = iter(file)
    # A file that was joined or saved twice begins with two byte-order marks; a decoder takes off one at most.
    start = next(lines, "").lstrip("\ufeff")
    reader = csv.reader(itertools.chain((start,), lines), delimiter=separator, strict=True)
    line = 0
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise Refused(_broken_csv(line, str(problem))) from problem
        if len(cells) > MAX_COLUMNS:
            raise Refused((f"第 {line} 行超过 {MAX_COLUMNS} 列", f"row {line} has more than {MAX_COLUMNS} columns"))
        yield line, cells


def _broken_csv(line: int, problem: str) -> tuple[str, str]:
    """A quotation mark out of place shifts everything after it: nothing below that row can be trusted."""
    if "expected after" in problem:
        return (
            f"第 {line} 行的引号之后还有文字：单元格内的引号须写成两个",
            f"row {line}: text after a closing quotation mark; inside a cell write it twice",
        )
    if "unexpected end" in problem:
        return f"第 {line} 行的引号未闭合，直到文件末尾", f"row {line}: a quotation mark is not closed to the end of the file"
    return (
        f"第 {line} 行不是有效的 CSV：引号未闭合，或单元格超过 {MAX_CELL} 字",
        f"row {line} is no valid CSV: a quotation mark is not closed, or a cell has more than {MAX_CELL} characters",
    )


@contextlib.contextmanager
def _xlsx_rows(path: Path, limits: Limits) -> Iterator[Iterator[Row]]:
    """Rows of a workbook, read in a child process with limits of its own: the file is a stranger's."""
    command = [sys.executable, "-E", "-s", "-m", "records.workbook", str(path.resolve())]
    command += map(str, (limits.memory, limits.seconds, limits.unpacked))
    with subprocess.Popen(command, cwd=_SITE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            yield _child_rows(child)
        finally:
            child.kill()


def _child_rows(child: subprocess.Popen) -> Iterator[Row]:
    for line in child.stdout:
        answer = json.loads(line)
        if isinstance(answer, dict):
            raise Refused((answer["zh"], answer["en"]))
        yield from answer
    if child.wait() != 0:
        raise Refused(("读取工作簿超出内存或时间限制", "reading the workbook went beyond the limits of memory or time"))

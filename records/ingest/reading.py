"""From an uploaded file to rows of text: encodings, separators, spreadsheets, with every bound that hostile files need.

``open_rows`` yields ``(row number, cells)`` lazily, so a file of any size is read in bounded memory. Whatever is wrong with a
file as a whole is ``Refused``; nothing is repaired silently.
"""

import codecs
import contextlib
import csv
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MAX_COLUMNS = 200
MAX_CELL = 32_767
HEADER_ROWS = 31
XLSX_SECONDS = 300

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Limits:
    """What reading a workbook may take: bytes of memory, seconds of a processor, bytes unpacked."""

    memory: int = 1 << 30
    seconds: int = 240
    unpacked: int = 600 << 20


class Refused(Exception):
    """A file that cannot be taken; ``problems`` says why, each as ``{"zh": …, "en": …}``."""

    def __init__(self, *problems: tuple[str, str]):
        self.problems = [{"zh": zh, "en": en} for zh, en in problems]
        super().__init__("; ".join(problem["en"] for problem in self.problems))


def kind_of(path: Path) -> str:
    """``xlsx`` or ``csv`` by the first bytes of the file, never by its name."""
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Refused(("文件是空的", "the file is empty"))
    if start.startswith(b"PK\x03\x04"):
        return "xlsx"
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused(
            ("这是加密的工作簿或旧版 .xls，请另存为不加密的 .xlsx 或 CSV", "an encrypted or old .xls workbook; save it as .xlsx or CSV")
        )
    if start.startswith((b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        raise Refused(("文件既不是 CSV 也不是 XLSX", "the file is neither CSV nor XLSX"))
    return "csv"


@contextlib.contextmanager
def open_rows(path: Path, known: Callable[[list[str]], int], limits: Limits = Limits()) -> Iterator[Iterator[Row]]:
    """The rows of a CSV or XLSX file; the row number is the one a spreadsheet program shows, from 1.

    ``known(cells)`` says how many headings of the dataset a row holds: it decides which separator a CSV uses.

    Rows of several sheets follow each other, each sheet from row 1 again.
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
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(path, "utf-16") or _undecodable()
    if b"\0" in start:
        raise Refused(("文件含空字节；UTF-16 文件须有字节序标记", "null bytes; a UTF-16 file needs a byte-order mark"))
    return _decodes(path, "utf-8-sig") or _decodes(path, "gb18030") or _undecodable()


def _undecodable() -> str:
    raise Refused(
        ("文件编码不是 UTF-8、UTF-16 或 GB18030，或有个别字节损坏", "the file is not in UTF-8, UTF-16 or GB18030, or has broken bytes")
    )


def _decodes(path: Path, encoding: str) -> str | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            for block in iter(lambda: file.read(1 << 20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return encoding


def _separator(path: Path, encoding: str, known: Callable[[list[str]], int]) -> str:
    """Comma, tab or semicolon: the one with which most headings are recognised in one of the first rows."""

    def recognised(separator: str) -> int:
        with path.open(encoding=encoding, newline="") as file:
            return max((known(cells) for _, cells in itertools.islice(_csv_rows(file, separator), HEADER_ROWS)), default=0)

    return max(",\t;", key=recognised)


def _csv_rows(file: Iterable[str], separator: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(file, delimiter=separator)
    line = 0
    while True:
        line += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise Refused(
                (f"第 {line} 行不是有效的 CSV（引号未闭合，或单元格超过 {MAX_CELL} 字）", f"row {line} is no valid CSV: {problem}")
            ) from problem
        if len(cells) > MAX_COLUMNS:
            raise Refused((f"第 {line} 行超过 {MAX_COLUMNS} 列", f"row {line} has more than {MAX_COLUMNS} columns"))
        yield line, cells


@contextlib.contextmanager
def _xlsx_rows(path: Path, limits: Limits) -> Iterator[Iterator[Row]]:
    """Rows of a workbook, read in a child process with limits: some valid files abort or hang every reader there is."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("xlsx.py")), str(path)]
    command += map(str, (limits.memory, limits.seconds, limits.unpacked))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
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
    if child.wait(timeout=XLSX_SECONDS) != 0:
        raise Refused(
            ("无法读取工作簿：文件损坏，或超出内存、时间限制", "the workbook cannot be read: broken, or beyond the limits")
        )


def first_rows(rows: Iterator[Row]) -> tuple[list[Row], Iterator[Row]]:
    """The rows among which the header is looked for, and all rows again."""
    head = list(itertools.islice(rows, HEADER_ROWS))
    return head, itertools.chain(head, rows)

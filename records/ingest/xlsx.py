"""The child process that reads one workbook: ``python xlsx.py FILE MEMORY SECONDS UNPACKED`` prints its rows as JSON, 500 a line.

It runs with limits of its own because a file of 1.7 KB can make a reader ask for half a terabyte. Before the reader sees the
file, the archive's directory is checked: sizes, ratios, names, parts. A refusal is printed as one JSON object.
"""

import datetime
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

import python_calamine

MAX_PARTS = 2000
MAX_RATIO = 200
MAX_COLUMNS = 200


class Unreadable(Exception):
    """Why the workbook is refused, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.answer = {"zh": zh, "en": en}


def guard(path: str, most_unpacked: int) -> None:
    """Refuse archives that are no plain workbook, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise Unreadable("工作簿文件已损坏或不完整", "the workbook is damaged or cut off") from None
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or len(set(names)) != len(names):
        raise Unreadable("工作簿内部文件过多或重名", "the workbook has too many parts or parts of the same name")
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        raise Unreadable("工作簿内部路径不合法", "the workbook has parts outside itself")
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unreadable("不是 XLSX 工作簿", "not an XLSX workbook")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unreadable("不接受带宏的工作簿，请另存为 .xlsx", "a workbook with macros; save it as .xlsx")
    if any(part.flag_bits & 1 or part.compress_type not in (0, 8) for part in parts):
        raise Unreadable("工作簿已加密或压缩方式不常见", "the workbook is encrypted or oddly compressed")
    total = sum(part.file_size for part in parts)
    swollen = any(part.file_size > (1 << 20) and part.file_size > MAX_RATIO * part.compress_size for part in parts)
    if total > most_unpacked or swollen:
        raise Unreadable("工作簿解压后过大", "the workbook is too large when unpacked")
    _refuse_doctypes(path, names)


def _refuse_doctypes(path: str, names: list[str]) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in names:
            if name.endswith((".xml", ".rels")):
                with archive.open(name) as part:
                    start = part.read(65_536)
                if b"<!DOCTYPE" in start or b"<!ENTITY" in start or b"<\0!\0" in start:
                    raise Unreadable("工作簿含不允许的 XML 声明", "the workbook holds a document type declaration")


def text_of(value: Any) -> str:
    """A cell as text. Whole numbers lose their ``.0``; numbers beyond 15 digits show that digits are already lost."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value) if abs(value) < 1e15 else f"{value:.14E}"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    return str(value)


def rows(path: str) -> Iterator[tuple[int, list[str]]]:
    """Rows of every visible sheet, in the order of the tabs."""
    workbook = python_calamine.CalamineWorkbook.from_path(path)
    for index, sheet in enumerate(workbook.sheets_metadata):
        if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
            continue
        page = workbook.get_sheet_by_index(index)
        if page.width > MAX_COLUMNS:
            raise Unreadable(f"工作表超过 {MAX_COLUMNS} 列", f"a sheet has more than {MAX_COLUMNS} columns")
        first = (page.start or (0, 0))[0] if page.height else 0
        for number, cells in enumerate(page.to_python(skip_empty_area=True), first + 1):
            yield number, [text_of(cell) for cell in cells]


def main(path: str, memory: int, seconds: int, unpacked: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    chunk: list[tuple[int, list[str]]] = []
    try:
        guard(path, unpacked)
        for row in rows(path):
            chunk.append(row)
            if len(chunk) == 500:
                print(json.dumps(chunk), flush=True)
                chunk = []
    except Unreadable as problem:
        print(json.dumps(problem.answer), flush=True)
        return
    except (python_calamine.CalamineError, zipfile.BadZipFile, MemoryError):
        sys.exit(3)
    if chunk:
        print(json.dumps(chunk), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

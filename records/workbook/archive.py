"""The archive of a workbook: what its directory must look like before anything is unpacked, and one part of it parsed."""

import re
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from records.workbook import Unreadable

MAX_PARTS = 2000
MAX_RATIO = 100
MAX_CELL = 32_767
_BLOCK = 1 << 16
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def guard(archive: zipfile.ZipFile, most_unpacked: int) -> dict[str, str]:
    """Refuse archives that are no plain workbook, by their directory alone; the parts by their name in lower case."""
    parts = archive.infolist()
    names = {part.filename.lower(): part.filename for part in parts}
    if len(parts) > MAX_PARTS or len(names) != len(parts):
        raise Unreadable("工作簿内部文件过多或重名", "the workbook has too many parts or parts of the same name")
    if any(name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names):
        raise Unreadable("工作簿内部路径不合法", "the workbook has parts outside itself")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unreadable(
            "不是 XLSX 工作簿（可能是 .docx、.ods、.xlsb 或普通压缩包），请另存为 .xlsx",
            "not an XLSX workbook (perhaps .docx, .ods, .xlsb or a plain archive); save it as .xlsx",
        )
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise Unreadable("不接受带宏的工作簿，请另存为 .xlsx", "a workbook with macros; save it as .xlsx")
    if any(part.flag_bits & 1 or part.compress_type not in (0, 8) for part in parts):
        raise Unreadable("工作簿已加密或压缩方式不常见", "the workbook is encrypted or oddly compressed")
    swollen = any(part.file_size > (1 << 20) and part.file_size > MAX_RATIO * part.compress_size for part in parts)
    if swollen or sum(part.file_size for part in parts) > most_unpacked:
        raise Unreadable("工作簿解压后过大", "the workbook is too large when unpacked")
    return names


class Part:
    """One XML part, parsed while it is unpacked; ``start`` and ``end`` of a subclass say what its elements mean.

    Prefixes of names are dropped: the parts mix no vocabularies.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str):
        self.archive, self.name = archive, name

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError

    def end(self, tag: str) -> None:
        """Nothing to do at the end of an element."""

    def read(self):
        for _ in self.blocks():
            pass
        return self

    def blocks(self) -> Iterator[None]:
        """Parse block by block; whoever iterates takes what each block has brought."""
        parser = self.parser()
        try:
            with self.archive.open(self.name) as part:
                while block := part.read(_BLOCK):
                    parser.Parse(block)
                    yield
            parser.Parse(b"", 1)
            yield
        except (expat.ExpatError, ValueError, LookupError) as problem:
            zh, en = self.place()
            raise Unreadable(f"{zh}不是有效的 XML（{problem}）", f"{en} is no valid XML ({problem})") from problem

    def place(self) -> tuple[str, str]:
        """Where the reading is, for a refusal."""
        return f"工作簿内部文件 {self.name} ", f"part {self.name}"

    def parser(self):
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, attributes: self.start(name.rpartition(":")[2], attributes)
        parser.EndElementHandler = lambda name: self.end(name.rpartition(":")[2])
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        return parser

    def _refuse_doctype(self, *_) -> None:
        raise Unreadable("工作簿含不允许的 XML 声明", "the workbook holds a document type declaration")


def unescaped(text: str, place: str, place_en: str) -> str:
    """The text of a cell with the characters that XML cannot hold (``_x000D_``, §22.9.2.19); half a character is U+FFFD."""
    if len(text) > MAX_CELL:
        raise Unreadable(f"{place}超过 {MAX_CELL} 字", f"{place_en} holds more than {MAX_CELL} characters")
    if "_x" not in text:
        return text
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

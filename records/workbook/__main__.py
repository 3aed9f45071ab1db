"""The process that reads one workbook, with limits on memory and time: the file is a stranger's."""

import contextlib
import json
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator

from records.workbook import Unreadable
from records.workbook.archive import Part, guard
from records.workbook.parts import Relations, Strings, Styles, Workbook
from records.workbook.sheet import Row, Sheet

CHUNK = 500


def rows(path: str, most_unpacked: int) -> Iterator[Row]:
    """Rows of every visible worksheet, in the order of the tabs."""
    with zipfile.ZipFile(path) as archive:
        names = guard(archive, most_unpacked)

        def part(kind: type[Part], name: str):
            return kind(archive, names[name]).read() if name in names else None

        book = part(Workbook, "xl/workbook.xml")
        relations = part(Relations, "xl/_rels/workbook.xml.rels")
        strings, styles = part(Strings, "xl/sharedstrings.xml"), part(Styles, "xl/styles.xml")
        for title, visible, relation in book.sheets:
            name = relations.worksheets.get(relation) if relations else ""
            if not visible or name is None:
                continue
            if name not in names:
                raise Unreadable(f"工作簿缺少工作表“{title}”的内容", f"the workbook lacks the contents of sheet “{title}”")
            yield from Sheet(archive, names[name], strings, styles, from_1904=book.from_1904).rows()


def answers(path: str, most_unpacked: int) -> Iterator[list[Row] | dict[str, str]]:
    """Chunks of rows, and at the end, if it comes to that, why the workbook is refused."""
    chunk: list[Row] = []
    try:
        for row in rows(path, most_unpacked):
            chunk.append(row)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    except Unreadable as problem:
        yield problem.answer
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        yield {"zh": "工作簿文件已损坏或不完整", "en": "the workbook is damaged or cut off"}
    except MemoryError:
        yield {"zh": "读取工作簿所需内存超出限制", "en": "reading the workbook would take more memory than is allowed"}
    else:
        yield chunk


def main(path: str, memory: int, seconds: int, unpacked: int) -> None:
    for limit, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        # Where the process that calls has a lower limit of its own, that one holds: nobody may go beyond it.
        hard = resource.getrlimit(limit)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (least, least))
    with contextlib.suppress(BrokenPipeError):
        for answer in answers(path, unpacked):
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

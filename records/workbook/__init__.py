"""Reading XLSX workbooks of strangers: streamed, in bounded memory, in a process of its own (ECMA-376 part 1, §18).

``python -m records.workbook FILE MEMORY SECONDS UNPACKED`` prints the rows of all visible worksheets as JSON, ``CHUNK`` a line, each row as
``[row number, [text, …]]``; row ``MERGED`` after the others of a sheet tells of cells merged over several rows. A refusal is
printed as one JSON object. Nothing but the standard library is used.
"""

# Beyond every row a file can have. Each of its texts is "first row, last row, columns, last row that holds anything".
MERGED = 1 << 40


class Unreadable(Exception):
    """Why a workbook is refused, in Chinese and English."""

    def __init__(self, zh: str, en: str):
        super().__init__(en)
        self.answer = {"zh": zh, "en": en}

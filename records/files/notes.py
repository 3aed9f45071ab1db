"""Rows below the header that are no data: totals, notes, who filled the sheet in, the header once more."""

import re

from records.dataset import Dataset
from records.fieldtypes import fold
from records.files.header import known_headings

_HEADINGS = 3
_NOTE = re.compile(
    r"\s*[(（*※]*(?:(?:合|总|小|共|累)\s*计|备\s*注|附?\s*注|(?:填表|填写|表格)?\s*说\s*明"
    r"|(?:填\s*[表报]|制\s*表|审\s*核|经\s*办|联\s*系|报\s*送)\s*(?:人|单位|部门|电话|日期|时间)|单位负责人)\s*(?:[:：\d一二三四五(（]|$)"
).match
_MARKS = frozenset(["必填", "必填项", "选填", "选填项", "非必填", "非必填项", "可选"])


def no_data(dataset: Dataset, cells: list[str]) -> tuple[str, str] | None:
    """Why a row that cannot be accepted was never meant to be, in Chinese and English; None when it may have been.

    One reason in plain words instead of one for each of its cells; to be asked of invalid rows only.
    """
    filled = [cell for cell in cells if cell.strip()]
    if known_headings(dataset, filled) >= _HEADINGS or _MARKS.issuperset(map(fold, filled)):
        return (
            "本行是表头的一部分（重复的表头、字段代码或“必填”说明），不是数据，请删去",
            "this row belongs to the header (repeated, codes of columns, or what must be filled); it is no data, delete it",
        )
    if filled and _NOTE(filled[0]):
        return (
            "本行是合计、备注或填表信息，不是数据，请删去",
            "this row is a total, a note or tells who filled the sheet in; it is no data, delete it",
        )
    return None

"""Rows below the header that are no data: totals, notes, who filled the sheet in and sealed it, the header once more."""

import re
import unicodedata

from records.dataset import Dataset
from records.fieldtypes import fold
from records.files.header import known_headings

_HEADINGS = 3
_NOTE = re.compile(
    r"\s*[(（*※]*(?:(?:合|总|小|共|累)\s*计|备\s*注|附?\s*注|(?:填表|填写|表格)?\s*说\s*明"
    r"|(?:填\s*[表报]|制\s*表|审\s*核|经\s*办|联\s*系|报\s*送)\s*(?:人|单位|部门|电话|日期|时间)|单位负责人)\s*(?:[:：\d一二三四五(（]|$)"
    r"|\s*(?:以\s*上.{0,6})?共\s*\d+\s*[家户条件项个人宗起笔行]|\s*以下\s*(?:空白|无正文)"
    r"|(?:.{0,30}[(（]|\s*[(（]?(?:单位)?)\s*(?:盖|公|签)\s*章\s*处?\s*[)）]?\s*[:：]?\s*$"
).match
# 甲 乙 丙 and then 1 2 3, as statistical tables number their columns.
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_COLUMN_NUMBERS = 3
_UNIT = re.compile(
    r"(?:(?:计量)?单位:)?(?:[百千万亿十]*(?:元|美元|人民币)|年[/.\-、]?月[/.\-、]?日|年[/.\-]?月|yyyy[/.\-年]?mm?[/.\-月]?dd?日?|[年月日天个人家户件次项%‰]|平方米|公斤|吨)"
).fullmatch
_MARKS = frozenset(["必填", "必填项", "选填", "选填项", "非必填", "非必填项", "可选"])


def no_data(dataset: Dataset, cells: list[str]) -> tuple[str, str] | None:
    """Why a row that cannot be accepted was never meant to be, in Chinese and English; None when it may have been.

    One reason in plain words instead of one for each of its cells; to be asked of invalid rows only.
    """
    filled = [cell for cell in cells if cell.strip()]
    if known_headings(dataset, filled) >= _HEADINGS or _MARKS.issuperset(map(fold, filled)) or _numbers_columns(filled) or _units(filled):
        return (
            "本行是表头的一部分（重复的表头、字段代码、栏号、单位或“必填”说明），不是数据，请删去",
            "this row belongs to the header (repeated, codes, numbers or units of columns, what must be filled); it is no data, delete it",
        )
    if filled and _NOTE(filled[0]):
        return (
            "本行是合计、备注、盖章或填表信息，不是数据，请删去",
            "this row is a total, a note, or tells who filled the sheet in or sealed it; it is no data, delete it",
        )
    return None


def _numbers_columns(filled: list[str]) -> bool:
    """1 2 3 …, 甲 乙 丙 …, or 甲 乙 1 2 3 …: the numbers of the columns."""
    marks = [unicodedata.normalize("NFKC", cell).strip(" ()（）") for cell in filled]
    stems = next((at for at, mark in enumerate(marks) if mark != _STEMS[at : at + 1]), len(marks))
    figures = marks[stems:]
    if len(marks) < _COLUMN_NUMBERS or not all(mark.isdecimal() and len(mark) < 4 for mark in figures):
        return False
    numbers = [int(mark) for mark in figures]
    return not numbers or (numbers[0] <= 1 + stems and numbers == list(range(numbers[0], numbers[0] + len(numbers))))


def _units(filled: list[str]) -> bool:
    """Nothing but units: （单位：万元）, 年/月/日."""
    return bool(filled) and all(len(cell) < 20 and _UNIT(_plain_unit(cell)) for cell in filled)


def _plain_unit(cell: str) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).casefold().split()).strip("()")

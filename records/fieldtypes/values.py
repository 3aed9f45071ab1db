"""What every column type needs: the problem it raises, what counts as nothing, and the folding of titles and labels."""

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Protocol

from records.personal import find_personal_numbers

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_WORDS_FOR_NOTHING = (
    *("/", "//", "\\", "\\N", ".", "。", "''", '""', "N/A", "NA", "N.A.", "NULL", "(NULL)", "<NULL>", "NONE", "NIL"),
    *(
        "无",
        "空",
        "(无)",
        "(空)",
        "无数据",
        "暂无",
        "暂无数据",
        "暂无信息",
        "没有",
        "未填写",
        "未填报",
        "不适用",
        "UNDEFINED",
    ),
)
_NOTHING = frozenset(
    form
    for word in _WORDS_FOR_NOTHING
    for cased in (word, word.lower(), word.capitalize())
    for form in (cased, cased.translate(_FULL_WIDTH))
)
_LONGEST_NOTHING = max(map(len, _NOTHING))
_BLANK = " \t\r\n\u3000\u00a0\u00ad\u200b\u200e\u200f\u2060\ufeff-‐‑‒–—―−─━－"
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufeff]+")
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_NOTE_OR_POWER = re.compile("[²³¹⁰-₎①-⒛⓪-⓿❶-➓㉑-㉟㊱-㊿]").search
_NOT_COMPARED = re.compile(r"[\s_\-‐‑‒–—―:*()\[\]{}<>〈〉《》「」『』【】〔〕\u00ad\u200b-\u200f\u2060\ufeff]+")


class ValueProblem(ValueError):
    """A cell that cannot be accepted; ``message`` (Chinese) and ``message_en`` tell the reporting staff why."""

    def __init__(self, message: str, message_en: str) -> None:
        super().__init__(message)
        self.message = message
        self.message_en = message_en

    def __reduce__(self) -> tuple:
        return type(self), (self.message, self.message_en)


class Column(Protocol):
    """What a type asks of a declared column; ``records.catalog.Field`` is one."""

    title: str
    role: str
    unit: str
    codes: Mapping[str, Mapping[str, str]]
    separator: str
    mask: bool
    max_length: int
    whole_day: bool


def plain(text: str) -> str:
    """NFKC, without surrounding spaces and invisible characters."""
    return text.strip() if text.isascii() else INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def figures(text: str) -> str:
    """``plain`` for numbers and dates; ``ValueProblem`` where a footnote or a power would become one of their digits."""
    if not text.isascii() and (mark := _NOTE_OR_POWER(text)):
        raise ValueProblem(f"{quoted(text.strip())}含有注释号或上下标“{mark[0]}”", f"{quoted(text.strip())} has a note or power, {mark[0]}")
    return plain(text)


def is_nothing(text: str) -> bool:
    """True for what people write when there is nothing to report: 空, 无, /, —, N/A, null, 暂无 …"""
    text = text.strip()
    return (len(text) <= _LONGEST_NOTHING and text in _NOTHING) or not text.strip(_BLANK)


@functools.lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """The one form in which titles and labels are compared: NFKC, lower case, no spaces, brackets, ``_ - : *``.

    >>> fold("行政相对人代码＿1 （统一社会信用代码）：")
    '行政相对人代码1统一社会信用代码'
    """
    return _NOT_COMPARED.sub("", unicodedata.normalize("NFKC", text).casefold())


def visible(text: str) -> str:
    """A text that terminals, JSON and databases can hold and people can see: what is none of that becomes U+FFFD."""
    return text if text.isprintable() else _UNSHOWABLE.sub("\ufffd", text)


def quoted(text: str) -> str:
    """A cell as a message shows it: 40 characters at most, in quotation marks, no digits if it holds a personal number.

    A row whose cells have slipped by one column must not carry an identity number into the list of errors.
    """
    if find_personal_numbers(text):
        text = re.sub(r"\d", "*", text)
    text = visible(text)
    return f"“{text}”" if len(text) <= 40 else f"“{text[:40]}…”"

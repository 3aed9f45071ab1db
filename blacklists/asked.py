"""The lines of a batch check, as typed: a name, a code or both.

A line that holds a citizen's identity or mobile number is dropped here, before anything else sees it.
"""

import re
from dataclasses import dataclass, field

from records import uscc
from records.personal import find_personal_numbers, is_citizen_number

MOST_LINES = 500
LONGEST_LINE = 300
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Stands for a line that held a personal number, wherever lines are shown in order to be asked again.
REMOVED = "（含个人号码，已删去 personal number removed）"
# What documents write before a name: its number in a list, and that it is one.
_BEFORE_NAME = re.compile(
    r"\s*(?:[(（]\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[)）]|\d{1,3}\s*(?:[、)）]|[.．](?!\d)|[.．](?=[0-9A-Z]{15}))"
    r"|[一二三四五六七八九十]{1,3}、|[①-⒛㈠-㈩㉑-㉟㊀-㊉㊱-㊿])?\s*(?:(?:企业|公司|单位|机构)名称\s*[:：])?\s*"
)


@dataclass(frozen=True)
class Line:
    """What was asked: the text as given, the name and the code read out of it, each "" for none; the two cells it came as, if two.

    Of a line with a personal number only that is kept.
    """

    given: str
    name: str = ""
    code: str = ""
    personal: bool = field(default=False, repr=False)
    cells: tuple[str, ...] = field(default=(), repr=False)

    @property
    def pasted(self) -> str:
        """The line to be asked again: read as it was the first time."""
        return REMOVED if self.personal else "\t".join(self.cells) or self.given


PERSONAL = Line("", personal=True)


def wrong_text(text: str) -> dict[str, str] | None:
    """Why a text cannot be a line, in ``zh`` and ``en``; never the text itself."""
    if len(text) > LONGEST_LINE:
        return {"zh": f"超过 {LONGEST_LINE} 个字符", "en": f"it has more than {LONGEST_LINE} characters"}
    if _CONTROL.search(text):
        return {"zh": "含有控制字符", "en": "it holds control characters"}
    return None


def read_line(text: str) -> Line:
    """A text: a name, a code however spaced, or both, perhaps numbered; one with a personal number keeps nothing.

    >>> read_line("1. 青岚光学有限公司，91330110MF1000015W")
    Line(given='1. 青岚光学有限公司，91330110MF1000015W', name='青岚光学有限公司', code='91330110MF1000015W')
    """
    given = text.strip()
    name, code = uscc.name_and_code(_bare(given))
    if given == REMOVED or any(map(_personal, (given, _unnumbered(given), code))):
        return PERSONAL
    return Line(given, _bare(name), code)


def named_line(name: str, code: str) -> Line:
    """A line whose name and code came apart."""
    cells = tuple(part for part in (name.strip(), code.strip()) if part)
    if any(read_line(cell).personal for cell in cells):
        return PERSONAL
    return Line(" ".join(cells), _bare(name), uscc.normalise(code), cells=cells if len(cells) > 1 else ())


def _bare(name: str) -> str:
    """The text without what documents write before a name; a number alone stays what it is."""
    rest = _unnumbered(name)
    return rest if any(letter.isalpha() for letter in rest) else name.strip()


def _unnumbered(text: str) -> str:
    return text[_BEFORE_NAME.match(text).end() :].strip()


def _personal(text: str) -> bool:
    code = uscc.normalise(text)
    return is_citizen_number(code) or is_citizen_number(code[:18]) or bool(find_personal_numbers(text))

"""The unified social credit code (统一社会信用代码, GB 32100-2015) and the older numbers it replaced.

A code has 18 characters: registration department (1), category (2), division of the registering authority (3–8),
organisation code of GB 11714 (9–17, the last its own check digit), check character (18, weights 3^i mod 31).
Older numbers are told apart, never mistaken for a code: registration number of 15 digits (GS 15-2006, check digit by
ISO 7064 MOD 11,10) or 13 (no check digit), organisation code of 9, tax number of 15 or 20.
Nothing here changes a code silently: a likely slip of the pen is offered as ``Verdict.candidate`` and no more.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum.iso7064 import mod_11_10

from records.personal import is_citizen_number
from records.regions import region_name

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
DEPARTMENTS = {  # first character -> name, English name, second characters it may have
    "1": ("机构编制", "public institution establishment", "1239"),
    "2": ("外交", "foreign affairs", "19"),
    "3": ("司法行政", "justice", "123459"),
    "4": ("文化", "culture", "19"),
    "5": ("民政", "civil affairs", "12349"),
    "6": ("旅游", "tourism", "129"),
    "7": ("宗教", "religious affairs", "129"),
    "8": ("工会", "trade unions", "19"),
    "9": ("市场监管", "market regulation", "123"),
    "A": ("中央军委改革和编制办公室", "military establishment", "19"),
    "N": ("农业", "agriculture", "1239"),
    "Y": ("其他", "other", "1"),
}
_ILLEGAL_LETTERS = "IOSVZ"
# Python's own digits for the values 0…30; what the alphabet leaves out becomes no digit at all.
_DIGITS = str.maketrans(f"{ALPHABET}{_ILLEGAL_LETTERS}", f"0123456789ABCDEFGHIJKLMNOPQRSTU{'!' * 5}")
_FIRST_TWO = "|".join(f"{first}[{seconds}]" for first, (_, _, seconds) in DEPARTMENTS.items())
_FORM = re.compile(rf"(?:{_FIRST_TWO})[0-9]{{6}}[{ALPHABET}]{{8}}[0-9X][{ALPHABET}]").fullmatch
_CLEAN = re.compile(r"[1-9A-Z][0-9A-Z]{8,19}").fullmatch
_DROPPED = re.compile(r"[\s\-‐‑‒–—―−\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_PLACEHOLDERS = frozenset(("", "无", "空", "暂无", "没有", "不详", "/", "\\", "N/A", "NA", "NULL", "NONE", "(无)", "."))
_ORG_FORM = re.compile(r"[0-9A-Z]{8}[0-9X]").fullmatch
_CUT_OFF = re.compile(r"[0-9]{15}000").fullmatch
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}").fullmatch
# Farmers' co-operatives registered before 2015; the X stands for "no check digit".
_COOPERATIVE = re.compile(r"[0-9]{6}N[A-Z][0-9]{6}X").fullmatch
# What a letter or digit may have been misread from; the first five can stand nowhere in a code.
_LOOKALIKES = {"O": "0QD", "I": "1L", "S": "58", "Z": "27", "V": "UY", "D": "0", "Q": "0", "L": "1", "B": "8", "G": "6"}
_LOOKALIKES |= {"0": "DQ", "1": "L", "8": "B", "6": "G"}
_MESSAGES = {  # code of a problem -> Chinese, English
    "citizen_number": ("这是公民身份号码，不得报送", "this is a citizen's identity number and must not be reported"),
    "scientific": (
        "号码被电子表格改成科学计数法，末几位已丢失，请从原始数据按文本格式重新导出",
        "a spreadsheet turned the number into scientific notation and lost its last digits; export it again as text",
    ),
    "truncated": ("末三位 000，疑似被电子表格截断", "ends in 000: probably cut off by a spreadsheet"),
    "length": ("应为 18 位，实为 {0} 位", "should have 18 characters, has {0}"),
    "letter": (
        "第 {at} 位不应为字母 {0}（代码不使用 I、O、S、V、Z）",
        "character {at} cannot be {0} (the letters I, O, S, V and Z are not used)",
    ),
    "character": ("第 {at} 位“{0}”不是数字或大写字母", "character {at} ({0!r}) is neither digit nor capital letter"),
    "department": (
        "第 {at} 位 {0} 不是登记管理部门代码（1–9、A、N、Y）",
        "character {at} ({0}) is no registration department (1–9, A, N, Y)",
    ),
    "category": (
        "第 {at} 位 {0} 不是登记管理部门“{1[0]}”的机构类别代码（只有 {1[2]}）",
        "character {at} ({0}) is no category of the department {1[1]} (which has {1[2]})",
    ),
    "division": (
        "第 {at} 位 {0} 应为数字（第 3–8 位是登记管理机关行政区划码）",
        "character {at} ({0}) must be a digit (3–8 are the division of the registering authority)",
    ),
    "org_form": (
        "第 {at} 位 {0} 应为数字或 X（组织机构代码校验码）",
        "character {at} ({0}) must be a digit or X (check digit of the organisation code)",
    ),
    "org_check": (
        "第 {at} 位（组织机构代码校验码）应为 {1}，实为 {0}",
        "character {at} (check digit of the organisation code) should be {1}, is {0}",
    ),
    "check": ("第 {at} 位校验码应为 {1}，实为 {0}", "character {at} (check character) should be {1}, is {0}"),
    "legacy_check": (
        "第 {at} 位（注册号校验位）应为 {1}，实为 {0}",
        "character {at} (check digit of a registration number) should be {1}, is {0}",
    ),
    "unchecked": ("该注册号没有校验位，无法核对", "this registration number has no check digit to test"),
    "region": (
        "行政区划码 {0} 不在已知行政区划表中（可能是开发区）",
        "division {0} is in no table we have (it may be a development zone)",
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong (or odd) with a number; ``position`` counts from 1, None when it is no single character."""

    code: str
    message_zh: str
    message_en: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is: ``kind`` is uscc, legacy, org_code, tax_no, empty or invalid.

    ``problems`` is empty for every kind but invalid. ``code`` is the normalised text, or "" when the text holds a
    citizen's identity number, so that nobody stores or shows it by way of a verdict.
    """

    kind: str
    code: str
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    candidate: str | None = None

    def message(self, lang: str = "zh") -> str:
        """The first three problems in one line, with the candidate when there is one."""
        english = lang.startswith("en")
        parts = [problem.message_en if english else problem.message_zh for problem in self.problems[:3]]
        if self.candidate:
            parts.append(f"did you mean {self.candidate}?" if english else f"是否应为 {self.candidate}")
        return ("; " if english else "；").join(parts)


def normalise(text: str) -> str:
    """The text as a code is written: NFKC, upper case, no spaces, hyphens, leading apostrophe or invisible characters.

    A placeholder (无, /, N/A, eighteen zeros …) becomes "".
    """
    if _CLEAN(text):
        return text
    text = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).lstrip("'‘’`").upper()
    return "" if text in _PLACEHOLDERS or not text.removesuffix("X").strip("0") else text


def check_character(first17: str) -> str:
    """The 18th character for the first 17 (GB 32100); ValueError for a character outside the alphabet."""
    # The weights are the powers of 3 modulo 31, and 34 is 3: read backwards in base 34, the number is the weighted sum.
    return ALPHABET[-int(first17[16::-1].translate(_DIGITS), 34) % 31]


def org_check_character(first8: str) -> str:
    """The 9th character of an organisation code for the first 8 (GB 11714); ValueError for one that is not 0-9 A-Z."""
    # The weights 3 7 9 10 5 8 4 2 are 2^8 … 2^1 modulo 11, and 35 is 2; Z is 35 and so counts as 2.
    return "0123456789X"[-2 * int(first8[:8].replace("Z", "2"), 35) % 11]


def legacy_check_digit(first14: str) -> str:
    """The 15th digit of a registration number for the first 14 (ISO 7064 MOD 11,10)."""
    return mod_11_10.calc_check_digit(first14)


_PART = re.compile(r"(?=(?:.*[0-9]){4})[0-9A-Z]{5,20}").fullmatch


def may_be_part(text: str) -> bool:
    """Whether a normalised text may be part of a code, rather than of a name: five characters or more, four of them digits."""
    return bool(_PART(text))


def is_valid(code: str) -> bool:
    """True for a normalised 18-character code of legal form whose two check digits agree; any division will do."""
    return bool(_FORM(code)) and code[16] == org_check_character(code[8:16]) and code[17] == check_character(code)


def region_of(code: str) -> str:
    """The division (six digits) inside a unified code or a registration number; "" when there is none."""
    digits = code[2:8] if len(code) == 18 else code[:6] if len(code) in (13, 15) else ""
    return digits if digits.isascii() and digits.isdigit() else ""


def registration_department(code: str) -> str:
    """The kind of authority that gave the unified code, such as 市场监管; "" for another number."""
    return DEPARTMENTS[code[0]][0] if len(code) == 18 and code[0] in DEPARTMENTS else ""


def explain(text: str) -> Verdict:
    """What the text is and, if it is no number we know, everything wrong with it, in Chinese and English."""
    code = normalise(text).removesuffix("号")
    if not code:
        return Verdict("empty", "")
    if is_valid(code):
        return Verdict("uscc", code, warnings=_odd_region(code[2:8], 3))
    if is_citizen_number(code):
        return Verdict("invalid", "", (_problem("citizen_number"),))
    if len(code) == 20 and is_citizen_number(code[:18]) and code[18:].isdecimal():
        return Verdict("tax_no", "")
    if _SCIENTIFIC(code):
        return Verdict("invalid", code, (_problem("scientific"),))
    judge = {18: _explain_18, 15: _explain_15, 13: _explain_13, 9: _explain_9}.get(len(code), _wrong_length)
    return judge(code)


def _problem(code: str, *values: object, at: int | None = None) -> Problem:
    zh, en = _MESSAGES[code]
    return Problem(code, zh.format(*values, at=at), en.format(*values, at=at), at)


def _odd_region(code6: str, position: int) -> tuple[Problem, ...]:
    return () if region_name(code6) else (_problem("region", code6, at=position),)


def _wrong_length(code: str) -> Verdict:
    return Verdict("invalid", code, (_problem("length", len(code)), *_illegal(code)))


def _explain_9(code: str) -> Verdict:
    if not _ORG_FORM(code):
        return _wrong_length(code)
    right = org_check_character(code)
    if code[8] == right:
        return Verdict("org_code", code)
    return Verdict("invalid", code, (_problem("org_check", code[8], right, at=9),))


def _explain_13(code: str) -> Verdict:
    if not re.fullmatch(r"[0-9]+", code):
        return _wrong_length(code)
    return Verdict("legacy", code, warnings=(_problem("unchecked"), *_odd_region(code[:6], 1)))


def _explain_15(code: str) -> Verdict:
    if _COOPERATIVE(code):
        return Verdict("legacy", code, warnings=(_problem("unchecked"), *_odd_region(code[:6], 1)))
    digits = re.fullmatch(r"[0-9]+", code)
    if digits and mod_11_10.is_valid(code):
        return Verdict("legacy", code, warnings=_odd_region(code[:6], 1))
    if re.fullmatch(r"[0-9]{6}", code[:6]) and _ORG_FORM(code[6:]) and org_check_character(code[6:]) == code[14]:
        return Verdict("tax_no", code)
    if not digits:
        return _wrong_length(code)
    return Verdict("invalid", code, (_problem("legacy_check", code[14], legacy_check_digit(code[:14]), at=15),))


def _explain_18(code: str) -> Verdict:
    problems = [*_illegal(code), *_misplaced(code)] or _check_digits(code)
    problems.sort(key=lambda problem: problem.position or 0)
    warnings = _odd_region(code[2:8], 3) if re.fullmatch(r"[0-9]{6}", code[2:8]) else ()
    return Verdict("invalid", code, tuple(problems), warnings, _candidate(code))


def _illegal(code: str) -> list[Problem]:
    """Characters no code can have."""
    strange = [(at, character) for at, character in enumerate(code, start=1) if character not in ALPHABET]
    return [_problem("letter" if letter in _ILLEGAL_LETTERS else "character", letter, at=at) for at, letter in strange]


def _misplaced(code: str) -> list[Problem]:
    """Legal characters that cannot stand where they do."""
    found = []
    department = DEPARTMENTS.get(code[0])
    if code[0] in ALPHABET and not department:
        found.append(_problem("department", code[0], at=1))
    if department and code[1] in ALPHABET and code[1] not in department[2]:
        found.append(_problem("category", code[1], department, at=2))
    for at, character in enumerate(code[2:8], start=3):
        if character in ALPHABET and character not in "0123456789":
            found.append(_problem("division", character, at=at))
    if code[16] in ALPHABET and code[16] not in "0123456789X":
        found.append(_problem("org_form", code[16], at=17))
    return found


def _check_digits(code: str) -> list[Problem]:
    found = []
    inner, outer = org_check_character(code[8:16]), check_character(code)
    if code[16] != inner:
        found.append(_problem("org_check", code[16], inner, at=17))
    if code[17] != outer:
        found.append(_problem("check", code[17], outer, at=18))
    if found and _CUT_OFF(code):
        found.append(_problem("truncated"))
    return found


def _candidate(code: str) -> str | None:
    """The one valid code that look-alikes (O for 0, I for 1, S for 5, Z for 2 …) could have hidden, if only one.

    Characters that cannot stand where they do are all replaced; if that explains nothing, one more may be.
    """
    places = [problem.position - 1 for problem in (*_illegal(code), *_misplaced(code))]
    if _CUT_OFF(code) or len(places) > 5 or any(code[place] not in _LOOKALIKES for place in places):
        return None
    bases = [_replaced(code, places, swap) for swap in itertools.product(*(_LOOKALIKES[code[i]] for i in places))]
    found = {base for base in bases if is_valid(base)}
    if not found and len(bases) <= 9:
        near = (
            _replaced(base, [place], character)
            for base in bases
            for place in range(18)
            for character in _LOOKALIKES.get(base[place], "")
        )
        found = {other for other in near if is_valid(other)}
    return found.pop() if len(found) == 1 else None


def _replaced(code: str, places: list[int], characters: Iterable[str]) -> str:
    letters = list(code)
    for place, character in zip(places, characters, strict=True):
        letters[place] = character
    return "".join(letters)

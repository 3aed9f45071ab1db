"""What a text is that was given for a code, and everything wrong with it."""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum.iso7064 import mod_11_10

from records.personal import is_citizen_number
from records.regions import region_name
from records.uscc.numbers import (
    ALPHABET,
    DEPARTMENTS,
    ILLEGAL_LETTERS,
    check_character,
    is_valid,
    legacy_check_digit,
    normalise,
    org_check_character,
)

_ORG_FORM = re.compile(r"[0-9A-Z]{8}[0-9X]").fullmatch
_CUT_OFF = re.compile(r"[0-9]{15}000").fullmatch
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}").fullmatch
# Farmers' co-operatives registered before 2015; the X stands for "no check digit".
_COOPERATIVE = re.compile(r"[0-9]{6}N[A-Z][0-9]{6}X").fullmatch
_BETWEEN_CODES = re.compile(r"[、，,；;/／|｜&＆和及与\s]+")
_ALPHANUMERIC = re.compile(r"[0-9A-Z]*[0-9]{4}[0-9A-Z]*").fullmatch
# A unified code beside a registration number may be one company's.
_LENGTHS = ({18}, {15}, {13})
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
    "several": ("一格内有多个主体，请每个主体一行", "one cell holds several subjects; give each its own row"),
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
    if _several(text):
        return Verdict("invalid", "", (_problem("several"),))
    judge = {18: _explain_18, 15: _explain_15, 13: _explain_13, 9: _explain_9}.get(len(code), _wrong_length)
    return judge(code)


def _problem(code: str, *values: object, at: int | None = None) -> Problem:
    zh, en = _MESSAGES[code]
    return Problem(code, zh.format(*values, at=at), en.format(*values, at=at), at)


def _odd_region(code6: str, position: int) -> tuple[Problem, ...]:
    return () if region_name(code6) else (_problem("region", code6, at=position),)


def _several(text: str) -> bool:
    """Whether the text holds several codes of one length, with a mark or a blank between them."""
    parts = [part for part in map(normalise, _BETWEEN_CODES.split(text.strip())) if part]
    return len(parts) > 1 and {len(part) for part in parts} in _LENGTHS and all(map(_ALPHANUMERIC, parts))


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
    return [_problem("letter" if letter in ILLEGAL_LETTERS else "character", letter, at=at) for at, letter in strange]


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

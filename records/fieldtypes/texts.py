"""Columns of words: text, codes of enumerations, identifiers, names of persons, web addresses, yes and no."""

import functools
import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from records import uscc
from records.fieldtypes.values import INVISIBLE, Column, ValueProblem, fold, is_nothing, plain, quoted
from records.personal import find_personal_numbers, is_citizen_number, mask_person

Codes = Mapping[str, Mapping[str, str]]

# The second line is not seen at all: two names that look alike would be two.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
    "\u180e\u200c\u200d\u2061-\u2064\U000e0000-\U000e007f]"
).search
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ACROSS_LINES = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
_FORMULA_ERROR = re.compile(r"#(?:REF!|VALUE!|NAME\?|DIV/0!|N/A|NULL!|NUM!)").fullmatch
# Also as programs write it that are no spreadsheets: 4.40301103097413E14.
_SCIENTIFIC = re.compile(r"[0-9]+(?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]{1,2}").fullmatch
_POINT_NOUGHT = re.compile(r"([0-9]{8,})\.0").fullmatch
# Seen as nothing or a space, but letters by their class: two names that look alike would be two.
_LIKE_NOTHING = re.compile("[\u034f\u115f\u1160\u2800\u3164]").search
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_][\w-]+(?::[0-9]{1,5})?(?:[/?#].*)?").fullmatch
_BOOLEANS = {
    **dict.fromkeys(("是", "有", "Y", "YES", "1", "TRUE", "T", "√", "✓"), True),
    **dict.fromkeys(("否", "无", "没有", "N", "NO", "0", "FALSE", "F", "×", "✗"), False),
}
_SPACE = re.compile(r"\s").search
# That of the column companies are known by.
LONGEST_CODE = 20
_LONGEST_LIST = 12
_KIND_WORDS = {
    "org_code": ("这是组织机构代码，不是统一社会信用代码", "this is an organisation code, not a unified code"),
    "tax_no": ("这是税务登记号，不是统一社会信用代码", "this is a tax registration number, not a unified code"),
}


def parse_text(text: str, field: Column) -> str | None:
    """One line: stripped, a line break or tab inside becomes a space; control characters are refused.

    Characters that cannot be seen and mean nothing (zero-width space, byte order mark) are dropped; everything else,
    full-width brackets included, stays as given. Identity and mobile numbers are refused, without repeating them.
    """
    numbered = field.role == "document_no"
    value = _line(text, field, numbered=numbered)
    return _kept(value) if numbered and value else value


def _line(text: str, field: Column, *, numbered: bool) -> str | None:
    text = text.strip()
    if not text:
        return None
    if not text.isprintable() or (not text.isascii() and _LIKE_NOTHING(text)):
        text = _ACROSS_LINES.sub(" ", _clean(text)).strip()
    return _impersonal(_checked(text, field.max_length), numbered=numbered)


def parse_long_text(text: str, field: Column) -> str | None:
    """Free text with its lines. Identity and mobile numbers in it are refused, without repeating them."""
    text = text.strip()
    if not text:
        return None
    if not text.isprintable() and not text.replace("\n", "").replace("\u3000", "").isprintable():
        text = _LINE_ENDS.sub("\n", _clean(text)).replace("\t", " ").strip()
    return _impersonal(_checked(text, field.max_length), numbered=False)


def _impersonal(value: str | None, *, numbered: bool) -> str | None:
    kinds = find_personal_numbers(value, numbered=numbered) if value else ()
    if "id_card" in kinds:
        raise ValueProblem(
            "含有公民身份号码，不得公示，请删去后重报", "contains an identity number, which must not be published"
        )
    if kinds:
        raise ValueProblem(
            "含有手机号码，不得公示，请删去后重报", "contains a mobile number, which must not be published"
        )
    return value


def _clean(text: str) -> str:
    """Without soft hyphens, zero-width spaces and marks; refuses what controls a terminal, turns the reading direction or hides."""
    text = INVISIBLE.sub("", text)
    if bad := _FORBIDDEN(text) or _LIKE_NOTHING(text):
        code = f"U+{ord(bad[0]):04X}"
        place = bad.start() + 1
        raise ValueProblem(
            f"第 {place} 个字符是不允许的控制或隐形字符 {code}", f"character {place} is the control or invisible character {code}"
        )
    return text


def _checked(text: str, max_length: int) -> str | None:
    if is_nothing(text):
        return None
    if 0 < max_length < len(text):
        raise ValueProblem(
            f"共 {len(text)} 个字符，超过上限 {max_length}",
            f"has {len(text)} characters, at most {max_length} are allowed",
        )
    if "\ufffd" in text:
        raise ValueProblem("含有乱码字符 U+FFFD，文件编码可能有误", "contains U+FFFD: the file was decoded wrongly")
    if text[0] == "#" and _FORMULA_ERROR(text):
        raise ValueProblem(f"{quoted(text)}是电子表格的公式错误", f"{quoted(text)} is a formula error of a spreadsheet")
    return text


def show_text(value: Any, field: Column, lang: str = "zh") -> str:  # noqa: ARG001
    """The value as it is."""
    return str(value)


def parse_uscc(text: str, field: Column) -> str | None:  # noqa: ARG001
    """A unified code or an old registration number, normalised; the problem says which character is wrong."""
    return text if uscc.is_valid(text) else _code(text)


@functools.lru_cache(maxsize=16384)
def _code(text: str) -> str | None:
    verdict = uscc.explain(text)
    if verdict.kind in ("uscc", "legacy"):
        return verdict.code
    if verdict.kind == "empty" or is_nothing(text):
        return None
    raise ValueProblem(*_KIND_WORDS.get(verdict.kind, (verdict.message("zh"), verdict.message("en"))))


def parse_identifier(text: str, field: Column) -> str | None:
    """A number kept as text, as given. Identity numbers and numbers that a spreadsheet has spoilt are refused."""
    text = text.strip().lstrip("'")
    if len(text) in (18, 20) and is_citizen_number(text[:18]):
        raise ValueProblem("这是公民身份号码，不得报送", "this is a citizen's identity number and must not be reported")
    value = _line(text, field, numbered=True)
    if value and field.role == "legacy_no":
        value = _registration_number(value)
    return _kept(value) if value else value


def _registration_number(value: str) -> str:
    """As ``parse_uscc`` has it, since it may be all that a row gives as the code of its company; of another shape as given."""
    verdict = uscc.explain(value)
    if verdict.kind == "legacy":
        return verdict.code
    if len(value) > LONGEST_CODE:
        raise ValueProblem(
            f"{quoted(value)}有 {len(value)} 个字符，注册号最多 {LONGEST_CODE} 个",
            f"{quoted(value)} has {len(value)} characters, a registration number at most {LONGEST_CODE}",
        )
    return value


def _kept(value: str) -> str:
    """A number as it was given, unless a spreadsheet or another program has lost digits of it."""
    if _SCIENTIFIC(value):
        raise ValueProblem(
            f"{quoted(value)}被电子表格改成科学计数法，末几位已丢失",
            f"a spreadsheet turned {quoted(value)} into scientific notation and lost its last digits",
        )
    found = _POINT_NOUGHT(value)
    return found[1] if found else value


def parse_person(text: str, field: Column) -> str | None:
    """A name; masked (张*) when the column says so, so that the whole name is never stored."""
    value = parse_text(text, field)
    return mask_person(value) if value and field.mask else value


def parse_url(text: str, field: Column) -> str | None:
    """An http or https address; a bare host name (www.…) gets http://. Other schemes and passwords are refused."""
    value = _line(text, field, numbered=True)
    if value is None:
        return None
    if _HOST(value):
        value = f"http://{value}"
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.username is None and not _SPACE(value)
    except ValueError:
        good = False
    if not good:
        raise ValueProblem(
            f"{quoted(value)}不是以 http:// 或 https:// 开头的网址",
            f"{quoted(value)} is no web address starting with http:// or https://",
        )
    return value


def parse_boolean(text: str, field: Column) -> bool | None:  # noqa: ARG001
    """Yes or no. 无 means no here, not that nothing was reported."""
    value = _BOOLEANS.get(text)
    if value is None:
        value = _BOOLEANS.get(plain(text).upper())
    if value is None and not is_nothing(text):
        raise ValueProblem(f"{quoted(text)}应为“是”或“否”", f"{quoted(text)} should be 是 (yes) or 否 (no)")
    return value


def show_boolean(value: bool, field: Column, lang: str = "zh") -> str:  # noqa: ARG001, FBT001
    if lang.startswith("en"):
        return "yes" if value else "no"
    return "是" if value else "否"


def parse_code(text: str, field: Column) -> str | list[str] | None:
    """The key of an enumeration, found by key or label; several, split by the column's separator, as a list."""
    if text in field.codes:
        return text
    key = _key(text, field.codes)
    if key is not None or is_nothing(text):
        return key
    if not field.separator:
        raise _not_in(text, field.codes)
    mark = unicodedata.normalize("NFKC", field.separator)
    parts = [part for part in plain(text).split(mark) if not is_nothing(part)]
    keys = [_key(part, field.codes) for part in parts]
    if not keys or None in keys:
        raise _not_in(next((part for part, key in zip(parts, keys, strict=True) if key is None), text), field.codes)
    keys = list(dict.fromkeys(keys))
    return keys if len(keys) > 1 else keys[0]


def show_code(value: str | list[str], field: Column, lang: str = "zh") -> str:
    """The label; a key that is no longer declared as it is."""
    english = lang.startswith("en")
    keys = value if isinstance(value, list) else [value]
    words = []
    for key in keys:
        labels = field.codes.get(key, {})
        words.append(labels.get("en" if english else "zh") or labels.get("zh") or key)
    return ("; " if english else "；").join(words)


_tables: dict[int, tuple[Codes, dict[str, str]]] = {}


def _key(text: str, codes: Codes) -> str | None:
    known = _tables.get(id(codes))
    if known is None or known[0] is not codes:
        known = _tables[id(codes)] = (codes, _table(codes))
    return known[1].get(fold(text))


def _table(codes: Codes) -> dict[str, str]:
    """Folded keys and labels; a label that two keys share stands for neither, and a key wins over a label."""
    table: dict[str, str] = {}
    doubtful = set()
    for key, labels in codes.items():
        for label in {fold(label) for label in labels.values()}:
            if table.setdefault(label, key) != key:
                doubtful.add(label)
    for label in doubtful:
        del table[label]
    return table | {fold(key): key for key in codes}


def _not_in(text: str, codes: Codes) -> ValueProblem:
    allowed = [labels.get("zh", key) for key, labels in codes.items()]
    listed = "、".join(allowed[:_LONGEST_LIST]) + ("…" if len(allowed) > _LONGEST_LIST else "")
    shown = quoted(text.strip())
    return ValueProblem(f"{shown}不在允许的取值中：{listed}", f"{shown} is none of the allowed values: {listed}")

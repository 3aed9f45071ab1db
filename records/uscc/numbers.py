"""The numbers themselves: their characters, check digits and parts."""

import re
import unicodedata

from stdnum.iso7064 import mod_11_10

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
ILLEGAL_LETTERS = "IOSVZ"
# Python's own digits for the values 0…30; what the alphabet leaves out becomes no digit at all.
_DIGITS = str.maketrans(f"{ALPHABET}{ILLEGAL_LETTERS}", f"0123456789ABCDEFGHIJKLMNOPQRSTU{'!' * 5}")
_FIRST_TWO = "|".join(f"{first}[{seconds}]" for first, (_, _, seconds) in DEPARTMENTS.items())
_FORM = re.compile(rf"(?:{_FIRST_TWO})[0-9]{{6}}[{ALPHABET}]{{8}}[0-9X][{ALPHABET}]").fullmatch
_CLEAN = re.compile(r"[1-9A-Z][0-9A-Z]{8,19}").fullmatch
# What people set the parts of a code apart with.
GAP = r"[\s\-‐‑‒–—―−\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+"
_DROPPED = re.compile(GAP)
_PLACEHOLDERS = frozenset(("", "无", "空", "暂无", "没有", "不详", "/", "\\", "N/A", "NA", "NULL", "NONE", "(无)", "."))
_PART = re.compile(rf"(?=(?:.*[0-9]){{4}})[0-9A-Z]{{5,20}}|(?=.*[0-9])[{ALPHABET}]{{5,20}}").fullmatch


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


def may_be_part(text: str) -> bool:
    """Whether a normalised text may be part of a code, rather than of a name.

    It has five characters or more, four of them digits; or one of them, and otherwise only letters that codes are made of.
    """
    return bool(_PART(text))


def one_slip_away(text: str) -> set[str]:
    """Every text of 18 characters that one character wrong, missing, too many or two swapped turns into this one of 17 to 19.

    >>> "91980101MF0000013C" in one_slip_away("91980101MF000013C")
    True
    """
    pieces = [(text[:at], text[at:]) for at in range(len(text) + 1)]
    if len(text) == 18:
        replaced = {before + character + after[1:] for before, after in pieces[:-1] for character in ALPHABET}
        return replaced | {before + after[1] + after[0] + after[2:] for before, after in pieces[:-2]}
    if len(text) == 17:
        return {before + character + after for before, after in pieces for character in ALPHABET}
    return {before + after[1:] for before, after in pieces[:-1]} if len(text) == 19 else set()


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

"""Personal data that must not be published: finding identity and mobile numbers in text, masking names of persons."""

import functools
import re
import unicodedata

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

from records.regions import division_names, provinces

# Enough digits in a row once what people put between them is gone; all other text is done with at first sight.
_SUSPECT = re.compile(rb"[0-9]{11}").search
_SUSPECT_OLD_CITIZEN = re.compile(rb"[0-9]{15}").search
_SUSPECT_MOBILE = re.compile(rb"1[3-9][0-9]{9}").search
_SUSPECT_CITIZEN = re.compile(rb"[0-9]{17}[0-9Xx]").search
_BETWEEN = b" \t\r\n-._/,()"
_INVISIBLE = re.compile("[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufe00-\ufe0f\ufeff]")
# ① is no digit of the number behind it.
_ENCLOSED = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")
_WIDE_DIGIT = re.compile("[０-９]").search
# What people write for the X at the end of an identity number.
_LIKE_X = dict.fromkeys(map(ord, "×✕ΧχХх"), "X")
_GAP = r"[\s\-‐‑‒–—―._·/]"
# Not inside a longer number, not an amount with decimals; also 138-0013-8000 and 1 3 8 0 0 …
_MOBILE = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:(?:00)?86[ -]?\(?)?"
    rf"1(?:[3-9]\d(?:\)?\d{{8}}|(?:{_GAP}{{1,3}}|\){_GAP}{{0,2}})(?:\d{{4}}{_GAP}{{1,3}}\d{{4}}|\d{{5}}{_GAP}\d{{3}}|\d{{3}}{_GAP}\d{{5}}))|(?<!\d{_GAP}1){_GAP}[3-9](?:{_GAP}\d){{9}}(?!{_GAP}\d))(?!\.?\d)"
).search
# Two digits may follow: an individual's tax number is the identity number with two digits added.
_CITIZEN = re.compile(r"(?<!\d)(\d{17}[\dXx])(?:\d\d)?(?!\d)").findall
_OLD_CITIZEN = re.compile(r"(?<!\d)\d{15}(?!\d)").findall
# The same in groups of any length. It may begin at every group, since a date may stand before it.
_CITIZEN_GAP = r"[\s\-‐‑‒–—―._·/,()]{0,3}"
_GROUPED_CITIZEN = re.compile(rf"(?<!\d)(?=(\d(?:{_CITIZEN_GAP}\d){{16}}{_CITIZEN_GAP}[\dXx])(?!\d))").findall
_NOT_OF_CITIZEN = re.compile(r"[^\dXx]")
_TAIWAN = "83"
_LONG_SURNAMES = re.compile(
    r"欧阳|上官|司马|司徒|司空|诸葛|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|夏侯|轩辕|东方|南宫|西门|独孤|端木|百里|呼延|闻人|申屠|太史|公冶|公羊|澹台|濮阳|淳于|"
    r"单于|钟离|第五|仲孙|赫连|万俟|东郭|拓跋|完颜|纳兰|歐陽|司馬|諸葛"
).match
# The hundred most frequent (Ministry of Public Security, 2020): five of six people have one of them.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦"
    "邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_BETWEEN_NAMES = re.compile(r"([、,;:/|])")
# Between a person and a firm; the words only where a firm begins or ends, since names hold them too.
_BESIDE = re.compile(
    r"([\s+＋]+|(?<=公司)[和及与]|(?<=^[\u4e00-\u9fff]{2})[和及与]|(?<=^[\u4e00-\u9fff]{3})[和及与]|(?<=公司)[(（]|(?<=[\u4e00-\u9fff])[)）]$)"
)
# What stands in the brackets of firms themselves: their kind, or a place.
_IN_BRACKETS = re.compile(r"\((?!(?:集团|股份|控股|[^()]*合伙)\))[^()]*\)")
_BETWEEN_SUBJECTS = re.compile("[、;；\n]")
_SHOPS = "厂店部院校社站所局处馆坊行会"
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U000323af·]+").fullmatch
_LAST_LATIN = "\u024f"


def is_citizen_number(number: str) -> bool:
    """True for an identity number (GB 11643): province, date of birth and, of 18 characters, the check digit.

    So are numbered citizens, residents from Hong Kong (81), Macao (82) and Taiwan (83) and, after a 9, foreigners with the card
    of 2023. The county is not asked: many were renamed between birth and issue. The old form of 15 digits has no check digit, so
    a number that passes as a registration number (GS 15-2006) is taken for one.
    """
    foreign = number[:1] == "9" and number[1:3] in provinces()
    if number[:2] not in provinces() and number[:2] != _TAIWAN and not foreign:
        return False
    if re.fullmatch(r"[0-9]{15}", number):
        return not foreign and _birth_year(f"{number[:6]}19{number[6:]}0") > 0 and not mod_11_10.is_valid(number)
    if not re.fullmatch(r"[0-9]{17}[0-9Xx]", number) or (foreign and uscc.is_valid(number)):
        return False
    return 1880 <= _birth_year(number) < 2100 and ric.calc_check_digit(number) == number[17].upper()


def _birth_year(number: str) -> int:
    try:
        return ric.get_birth_date(number).year
    except ValidationError:
        return 0


def find_personal_numbers(text: str, *, numbered: bool = False) -> list[str]:
    """The kinds of personal number in a text, ``id_card`` and ``mobile``; never the numbers themselves.

    An identity number counts when its date and check digit are right, however its digits are grouped; a mobile number when
    it stands alone. ``numbered`` says that the text is the number of something else: then identity numbers without a check
    digit and mobile numbers do not count, since other numbers look like them.
    """
    # Without what is not ASCII the text is short and its digits stand closer: a sound first look, ten times faster.
    if _WIDE_DIGIT(text):
        text = unicodedata.normalize("NFKC", _ENCLOSED.sub(" ", text))
    squeezed = _squeezed(text)
    if not _SUSPECT(squeezed):
        return []
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _ENCLOSED.sub(" ", text))).translate(_LIKE_X)
        squeezed = _squeezed(text)
    kinds = []
    candidates = [*_CITIZEN(text), *map(_digits, _GROUPED_CITIZEN(text))] if _SUSPECT_CITIZEN(squeezed) else []
    if not numbered and _SUSPECT_OLD_CITIZEN(squeezed):
        candidates += _OLD_CITIZEN(text)
    if any(map(is_citizen_number, candidates)):
        kinds.append("id_card")
    if not numbered and _SUSPECT_MOBILE(squeezed) and _MOBILE(text):
        kinds.append("mobile")
    return kinds


def _squeezed(text: str) -> bytes:
    return text.encode("ascii", "ignore").translate(None, _BETWEEN)


def _digits(grouped: str) -> str:
    return _NOT_OF_CITIZEN.sub("", grouped)


_ORGANISATION = re.compile(
    r"公司|集团|企业|合伙|合作社|银行|基金|信托|协会|学会|商会|委员会|研究院|研究所|事务所|政府|管理局|^[^\s·]{4,}(?:厂|店|中心|局|部|处|所|院|校|社|会)$|"
    r"(?i:\b(?:ltd|limited|inc|llc|co|corp|corporation|company|gmbh|holdings?|bank|fund)\b)"
)


def looks_like_a_person(name: str) -> bool:
    """True for two or three Chinese characters, four after a surname of two, that no word of an organisation is among."""
    name = "".join(name.split())
    longest = 4 if _LONG_SURNAMES(name) else 3
    return 2 <= len(name) <= longest and bool(_HAN(name)) and name[-1] not in _SHOPS and not _ORGANISATION.search(name)


def names_several(text: str) -> bool:
    """True for the names of several organisations, with a mark between them."""
    parts = [part for part in _BETWEEN_SUBJECTS.split(text) if part.strip()]
    return len(parts) > 1 and all(map(_is_organisation, parts))


def mask_person(name: str) -> str:
    """The name with everything after the surname masked: 张*, 欧阳*, 李**; each of several names in turn.

    A column of shareholders or pledgees mixes persons and firms; the name of an organisation stays as it is, and what a person
    is of an organisation (in brackets) makes no organisation of the person, nor does one that stands beside.

    Of a name in Latin letters only the first letter stays, and its length does not show.
    """
    plain = unicodedata.normalize("NFKC", name).strip()
    # The commas of Latin names stand within them: Co., Ltd.
    if not _BETWEEN_NAMES.search(plain) or (plain.isascii() and _ORGANISATION.search(plain)):
        return _mask_beside(name.strip()) if _is_organisation(plain) else _mask_one(plain)
    parts = enumerate(_BETWEEN_NAMES.split(plain))
    return "".join(part if at % 2 else _mask_beside(part) if _is_organisation(part) else _mask_one(part) for at, part in parts)


def _is_organisation(name: str) -> bool:
    return bool(_ORGANISATION.search(_IN_BRACKETS.sub("", name.strip())))


def _mask_beside(organisation: str) -> str:
    """A text with the name of an organisation; a person who stands there too, apart by a blank, a sign or a word (及), is masked."""
    words = _BESIDE.split(organisation)
    if not any(len(word) > 4 and _is_organisation(word) for word in words):
        return organisation
    return "".join(_mask_one(word) if _is_surely_a_person(word) else word for word in words)


def _is_surely_a_person(word: str) -> bool:
    return word[:1] in _SURNAMES and looks_like_a_person(word) and word not in _places()


@functools.cache
def _places() -> frozenset[str]:
    """How divisions are called in names: 武汉, 马鞍山."""
    return frozenset(name[:length] for name in division_names() for length in (2, 3, 4))


def _mask_one(name: str) -> str:
    name = "".join(name.split())
    if len(name) < 2:
        return "*" * len(name)
    if name[0] <= _LAST_LATIN:
        return f"{name[0]}***"
    surname = 2 if len(name) > 2 and _LONG_SURNAMES(name) else 1
    return name[:surname] + "*" * (len(name) - surname)

"""Pinyin of names and of what readers type: syllables without tones, ü written v."""

import functools
import re
import unicodedata

from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT

_TYPED = re.compile(r"[a-z]+(?:[1-5 '’·-]+[a-z]+)*[1-5]?").fullmatch
# Words met in one name of a hundred; the dictionary of phrases, which is slow, is asked about the other ones.
_WORDS = {
    "银行": ("yin", "hang"),
    "支行": ("zhi", "hang"),
    "分行": ("fen", "hang"),
    "商行": ("shang", "hang"),
    "重庆": ("chong", "qing"),
    "乐清": ("yue", "qing"),
}
_FREQUENT = re.compile("|".join(_WORDS)).finditer
_PERHAPS = frozenset("行重乐朝藏番六模会")
_AMBIGUOUS = re.compile(r"(?<![银支分商旅])行|重(?!庆)|(?<!娱)乐(?![清山])|[朝藏番]|六安|模具|会计").search
# The table begins with another reading than the one met in names.
_IN_NAMES = {
    "长": "chang",
    "都": "du",
    "厦": "xia",
    "佛": "fo",
    "调": "tiao",
    "畜": "xu",
    "蚌": "beng",
    "什": "shi",
    "勒": "le",
}
_WAYS = 4


@functools.cache
def _readings() -> dict[str, str]:
    """The usual reading of every character, without tone."""
    usual = {chr(point): plain(text.split(",")[0]) for point, text in PINYIN_DICT.items() if point < 0xA000}
    return usual | _IN_NAMES


@functools.cache
def known() -> frozenset[str]:
    """Every syllable, without tone."""
    return frozenset(
        syllable for syllable in _readings().values() if syllable not in ("m", "n", "ng", "hm", "hng", "ê")
    )


def plain(text: str) -> str:
    """Pinyin without tone marks, ü as v.

    >>> plain("lǜ")
    'lv'
    """
    apart = unicodedata.normalize("NFD", text.replace("ü", "v").lower())
    apart = apart.replace("u\u0308", "v")
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def syllables(folded: str) -> list[str]:
    """The reading of every character of a folded name; a Latin letter or digit stands for itself.

    >>> syllables("青岚a银行")
    ['qing', 'lan', 'a', 'yin', 'hang']
    """
    rare = not _PERHAPS.isdisjoint(folded)
    if rare and _AMBIGUOUS(folded):
        return list(_by_phrases(folded))
    readings = _readings()
    read = [readings.get(letter, letter) for letter in folded]
    for word in _FREQUENT(folded) if rare else ():
        read[word.start() : word.end()] = _WORDS[word.group()]
    return read


@functools.lru_cache(maxsize=8192)
def _by_phrases(folded: str) -> tuple[str, ...]:
    """Slow, and asked again for the same few names."""
    return tuple(lazy_pinyin(folded, errors=list, v_to_u=False))


@functools.cache
def _initials() -> dict[int, str]:
    return {ord(letter): reading[0] for letter, reading in _readings().items()}


@functools.lru_cache(maxsize=32768)
def initials(folded: str) -> str:
    """The first letter of every syllable, as ``syllables`` reads them.

    >>> initials("青岚a银行")
    'qlayh'
    """
    if not _PERHAPS.isdisjoint(folded):
        return "".join([syllable[0] for syllable in syllables(folded)])
    return folded.translate(_initials())


def typed(query: str) -> str:
    """The letters of a query that may be pinyin, without spaces and tones; "" for any other query.

    >>> typed("Qīng lán"), typed("qing1 lan2"), typed("青岚")
    ('qinglan', 'qinglan', '')
    """
    text = plain(unicodedata.normalize("NFKC", query).strip())
    return re.sub(r"[^a-z]", "", text) if _TYPED(re.sub(r"\s+", " ", text)) else ""


def ways(letters: str) -> list[list[str]]:
    """How letters may be cut into syllables, longest first, at most four ways; empty when they are no pinyin.

    >>> ways("xian")
    [['xian'], ['xi', 'an']]
    """
    valid, found = known(), []

    def cut(at: int, before: list[str]) -> None:
        if at == len(letters):
            found.append(before)
        for end in range(min(at + 6, len(letters)), at, -1):
            if len(found) < _WAYS and letters[at:end] in valid and dead[end] is False:
                cut(end, [*before, letters[at:end]])

    dead = _dead_ends(letters, valid)
    if not dead[0]:
        cut(0, [])
    return found


def _dead_ends(letters: str, valid: frozenset[str]) -> list[bool]:
    """For every place whether the letters after it cannot be cut, so that no cut tries them twice."""
    dead = [True] * len(letters) + [False]
    for at in range(len(letters) - 1, -1, -1):
        ends = range(at + 1, min(at + 6, len(letters)) + 1)
        dead[at] = all(dead[end] or letters[at:end] not in valid for end in ends)
    return dead

"""A name and a code that stand in one text, however they are set off from each other."""

import itertools
import re
import unicodedata
from collections.abc import Iterator

from records.uscc.numbers import GAP, is_valid, may_be_part, normalise

SHORTEST, LONGEST, PIECES = 8, 20, 6
# What is shorter stands for a code only where it is set off on both sides: names hold numbers too.
LONG = 13
_WORDS = re.compile("[0-9A-Z]+").finditer
_GAP = re.compile(GAP).fullmatch
_TRUE_LENGTHS = {18: 2, 15: 1}
_LIKE_CODE = re.compile(r"(?=(?:.*[0-9]){6})[0-9A-Z]?[0-9][0-9A-Z]{6,19}").fullmatch
# Zeros, a day, two years, or a telephone with its area.
_NO_CODE = re.compile(r"0+X?|(?:19|20)[0-9]{2}(?:(?:0[1-9]|1[0-2])[0-3][0-9]|(?:19|20)[0-9]{2})|0[1-9][0-9]{8,10}").fullmatch
_SEPARATORS = " \t\u3000,;:/|，；：。、／｜"
_LABEL = re.compile(r"(?:(?:统一)?(?:社会)?信用代码|代码|纳税人识别号|税号|(?:工商)?注册号)(?:为|是)?[\s:：]*[(（\[【]?\s*$")


def name_and_code(text: str) -> tuple[str, str]:
    """The name and the code that a text holds, each "" for none; the code normalised, and perhaps mistyped.

    A code of right check digits is found wherever it stands. Else the text as a whole may be (part of) a code, or something in
    it that looks like one: as long as a code, or the longest. Words such as 税号 before a code belong to no name.

    >>> name_and_code("青岚市鲲溯电子商务有限公司（统一社会信用代码：91980101MF2000O41M）")
    ('青岚市鲲溯电子商务有限公司', '91980101MF2000O41M')
    >>> name_and_code("青岚市360科技有限公司")
    ('青岚市360科技有限公司', '')
    """
    plain = _plain(text)
    found = next(_valid(plain), None)
    if not found:
        if may_be_part(whole := normalise(text)):
            return "", whole
        found = max(_like(plain), key=lambda span: _fitness(_joined(plain, span)), default=None)
    if not found:
        return text.strip(), ""
    return _without(text, found), _joined(plain, found)


def _plain(text: str) -> str:
    """The text in capitals of usual width, every character in its place; NFKC may make several of one, and a digit of ①."""
    if text.isascii():
        return text.upper()
    return "".join(
        letter if unicodedata.category(letter) == "No" else unicodedata.normalize("NFKC", letter).upper()[:1] or letter
        for letter in text
    )


def _joined(plain: str, span: tuple[int, int]) -> str:
    return "".join(found[0] for found in _WORDS(plain, *span))


def _runs(plain: str) -> Iterator[tuple[int, int]]:
    """Words of 8 digits and letters or more, and up to six neighbours of 8 to 20 that only a blank or hyphen parts."""
    words = [found.span() for found in _WORDS(plain)]
    for first, (start, end) in enumerate(words):
        length = end - start
        if length >= SHORTEST:
            yield start, end
        for (_, before), (begin, end) in itertools.pairwise(words[first : first + PIECES]):
            length += end - begin
            if length > LONGEST or not _GAP(plain[before:begin]):
                break
            if length >= SHORTEST:
                yield start, end


def _valid(plain: str) -> Iterator[tuple[int, int]]:
    """Codes of right check digits; letters of a name may touch them."""
    for start, end in _runs(plain):
        code = _joined(plain, (start, end))
        if is_valid(code):
            yield start, end
        elif len(code) == end - start >= LONGEST:
            if is_valid(code[-18:]) and code[:-18].isalpha():
                yield end - 18, end
            elif is_valid(code[:18]) and code[18:].isalpha():
                yield start, start + 18


def _like(plain: str) -> Iterator[tuple[int, int]]:
    """What looks like a code, right or wrong, and is no word or number of a name."""
    for start, end in _runs(plain):
        words = [found[0] for found in _WORDS(plain, start, end)]
        code = "".join(words)
        if not _LIKE_CODE(code) or _NO_CODE(code) or not all(len(word) == 1 or re.search("[0-9]", word) for word in words):
            continue
        before = plain[start - 1 : start] if start else " "
        left = not _of_word(before) or bool(_LABEL.search(plain, 0, start))
        right = not _of_word(plain[end : end + 1])
        # The end of a telephone is none either.
        if before != "-" and ((left and right) or (len(code) >= LONG and (left or right))):
            yield start, end


def _of_word(letter: str) -> bool:
    return letter.isalpha() or letter.isdecimal()


def _fitness(code: str) -> tuple[int, int]:
    return _TRUE_LENGTHS.get(len(code), 0), len(code)


def _without(text: str, span: tuple[int, int]) -> str:
    """What a text says beside a code, "" when that is no name but a number or a mark."""
    before, after = text[: span[0]], text[span[1] :]
    before = _LABEL.sub("", before).strip(_SEPARATORS).rstrip(_SEPARATORS + "(（[【")
    after = after.strip(_SEPARATORS).lstrip(_SEPARATORS + ")）]】")
    rest = f"{before} {after}".strip()
    return rest if any(letter.isalpha() for letter in rest) else ""

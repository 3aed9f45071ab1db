"""How a text is folded before it is indexed or asked for, and the pieces the index is made of."""

import functools
import itertools
import re
import unicodedata

import opencc

# English names of a hundred characters are met.
MAX_QUERY = 120
_DROPPED = re.compile(r"[^\w]+|_")


@functools.cache
def _simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@functools.lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """A name as the index knows it: NFKC, lower case, simplified, without spaces, brackets and punctuation.

    >>> fold("ＡＢＣ（中國） 有限公司")
    'abc中国有限公司'
    """
    text = unicodedata.normalize("NFKC", text).lower()
    if not text.isascii():
        text = _simplified().convert(text)
    return _DROPPED.sub("", text)


def pairs(folded: str) -> list[str]:
    """The distinct pairs of neighbouring characters.

    >>> pairs("青岚光学")
    ['青岚', '岚光', '光学']
    """
    return list(dict.fromkeys([folded[at : at + 2] for at in range(len(folded) - 1)]))


def closed(pieces: list[str]) -> list[str]:
    """The pieces with single characters side by side as one: who sets letters apart means a word.

    >>> closed(["云", "汀", "科技"])
    ['云汀', '科技']
    """
    runs = itertools.groupby(pieces, key=lambda piece: len(piece) == 1)
    return [piece for single, run in runs for piece in (["".join(run)] if single else run)]


def fragments(query: str) -> list[str]:
    """What a reader typed, as folded fragments that must all occur in a name, in the order typed."""
    return [piece for piece in (fold(part) for part in query[:MAX_QUERY].split()) if piece]

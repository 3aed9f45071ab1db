"""How frequent pairs and characters are, by a sample of the register."""

import functools
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from records.search import pinyin
from records.search.folding import pairs
from records.search.terms import EVERYWHERE

# Names read at so many places of the register, so many at each: neighbours are read together.
_PLACES, _NEIGHBOURS = 300, 20
# So many of the 6,000 names sampled make a word rare, common, or too frequent to tell names apart.
_RARE, COMMON, _FREQUENT = 30, 15, 120


def frequencies(size: int) -> Counter[str]:
    """How many of the sampled names hold a pair or a character; taken anew each time the register (``size``) has doubled."""
    return _counted(connection.settings_dict["NAME"], size.bit_length())


def rarest(terms: Iterable[str], count: int, often: Counter[str]) -> list[str]:
    """The ``count`` terms that the fewest names hold; none of those that nearly every name has."""
    return sorted(set(terms) - EVERYWHERE, key=lambda term: (often[term], term))[:count]


def selective(terms: Iterable[str], often: Counter[str], most: int = 4) -> list[str]:
    """The few rarest terms that are worth asking for together: once one of them is rare, a frequent one leaves out too little."""
    chosen = rarest(terms, most, often)
    return [term for place, term in enumerate(chosen) if place < 2 or often[chosen[0]] > _RARE or often[term] <= _FREQUENT]


def words_sounding(letters: str, size: int) -> list[str]:
    """The common words of two characters that are spelled so."""
    return _spelled(connection.settings_dict["NAME"], size.bit_length()).get(letters, [])


@functools.lru_cache(maxsize=8)
def _spelled(database: str, magnitude: int) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for pair, count in _counted(database, magnitude).items():
        if count >= COMMON and len(pair) == 2:
            words.setdefault("".join(pinyin.syllables(pair)), []).append(pair)
    return words


@functools.lru_cache(maxsize=8)
def _counted(database: str, magnitude: int) -> Counter[str]:  # noqa: ARG001 - the key of the cache
    counted: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM records_searchname")
        step = max(_NEIGHBOURS, (cursor.fetchone()[0] or 0) // _PLACES)
        ids = ",".join(str(place * step + at) for place in range(_PLACES) for at in range(1, _NEIGHBOURS + 1))
        cursor.execute(f"SELECT folded FROM records_searchname WHERE id IN ({ids})")
        for (folded,) in cursor.fetchall():
            counted.update({*pairs(folded), *folded})
    return counted

"""How frequent pairs and characters are, by a sample of the register."""

import functools
from collections import Counter
from collections.abc import Iterable

from django.db import connection

from records.search.folding import pairs
from records.search.terms import EVERYWHERE

_SAMPLE = 6000


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


# Of 6,000 names.
_RARE, _FREQUENT = 30, 120


@functools.lru_cache(maxsize=8)
def _counted(database: str, magnitude: int) -> Counter[str]:  # noqa: ARG001 - the key of the cache
    counted: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM records_searchname")
        step = max(1, (cursor.fetchone()[0] or 0) // _SAMPLE)
        ids = ",".join(str(1 + number * step) for number in range(_SAMPLE))
        cursor.execute(f"SELECT folded FROM records_searchname WHERE id IN ({ids})")
        for (folded,) in cursor.fetchall():
            counted.update({*pairs(folded), *folded})
    return counted

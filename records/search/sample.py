"""How frequent terms are, alone and together, by a sample of the register."""

import functools
import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from records.search import pinyin
from records.search.folding import pairs
from records.search.terms import EVERYWHERE, document

# Names read at so many places of the register, so many at each: neighbours are read together.
_PLACES, _NEIGHBOURS = 300, 20
# So many of the 6,000 names sampled make a word rare, common, or too frequent to tell names apart.
_RARE, COMMON, _FREQUENT = 30, 15, 120
# Names with terms of so many of those sampled are met soon enough by just reading names; reading begins at the first.
_OFTEN = 300
_FIRST_TENTH = (1 << _PLACES * _NEIGHBOURS // 10) - 1


def frequencies(size: int) -> Counter[str]:
    """How many of the sampled names hold a pair or a character; taken anew each time the register (``size``) has doubled."""
    return _sampled(connection.settings_dict["NAME"], size.bit_length())[0]


def met_often(terms: Sequence[str], size: int) -> bool:
    """Whether one of twenty names has all these terms, by the sample and by its first tenth: a region may be all at the end."""
    bearing = _sampled(connection.settings_dict["NAME"], size.bit_length())[1]
    together = functools.reduce(operator.and_, (bearing.get(term, 0) for term in terms), -1)
    return bool(terms) and min(together.bit_count(), (together & _FIRST_TENTH).bit_count() * 10) > _OFTEN


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
    for pair, count in _sampled(database, magnitude)[0].items():
        if count >= COMMON and len(pair) == 2:
            words.setdefault("".join(pinyin.syllables(pair)), []).append(pair)
    return words


@functools.lru_cache(maxsize=8)
def _sampled(database: str, magnitude: int) -> tuple[Counter[str], dict[str, int]]:  # noqa: ARG001 - the key of the cache
    """How many of the sampled names hold each pair and character, and for frequent terms which ones have them, as bits."""
    counted: Counter[str] = Counter()
    bearing: dict[str, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM records_searchname")
        step = max(_NEIGHBOURS, (cursor.fetchone()[0] or 0) // _PLACES)
        ids = ",".join(str(place * step + at) for place in range(_PLACES) for at in range(1, _NEIGHBOURS + 1))
        named = "records_searchname n JOIN records_company c ON c.id = n.company_id"
        cursor.execute(f"SELECT n.folded, c.code, c.facets FROM {named} WHERE n.id IN ({ids}) ORDER BY n.id")
        sample = cursor.fetchall()
    for folded, _, _ in sample:
        counted.update({*pairs(folded), *folded})
    for place, name in enumerate(sample):
        for term in document(*name):
            bearing[term] |= 1 << place
    return counted, {term: names for term, names in bearing.items() if names.bit_count() > _OFTEN}

"""How frequent terms are, alone and together, by a sample of the register."""

import functools
import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from records.search import pinyin
from records.search.folding import pairs
from records.search.index import EIGHTH, Way
from records.search.terms import EVERYWHERE, document

# Names read at so many places of the register, so many at each: neighbours are read together.
_PLACES, _NEIGHBOURS = 300, 20
# So many of the 6,000 names sampled make a word rare, common, or too frequent to tell names apart.
_RARE, COMMON, _FREQUENT = 30, 15, 120
# Of fewer names sampled with a pair, nothing is told of what else they have; all there are can be read as fast.
_TOLD = 2
_NAMES = _PLACES * _NEIGHBOURS
_FIRST_TENTH = (1 << _NAMES // 10) - 1
# No more names are read in the hope to meet some; fewer in the sample prove nothing.
_READ, _PROOF = 40_000, 30


class _Sample(NamedTuple):
    """How many of the sampled names hold each pair and character, which of them have each frequent term, as bits, and the names."""

    often: Counter[str]
    bearing: dict[str, int]
    names: list[str]


def frequencies(size: int) -> Counter[str]:
    """How many of the sampled names hold a pair or a character; taken anew each time the register (``size``) has doubled."""
    return _sampled(connection.settings_dict["NAME"], size.bit_length()).often


def quickest(terms: Sequence[str], texts: Sequence[str], limit: int, size: int) -> Way:
    """The way on which ``limit`` names with all these terms and texts are likely met first.

    An index collects all names with the terms before it hands over one. What is met by the way is told by the sample, and for reading
    by its first tenth, where that begins: a region may be all at the end of a register.
    """
    sample = _sampled(connection.settings_dict["NAME"], size.bit_length())
    having = [sample.bearing.get(term, 0) for term in terms] or [0]
    bearing = functools.reduce(operator.and_, having)
    if texts and bearing:
        bearing = sum(1 << place for place in _places(bearing) if all(text in sample.names[place] for text in texts))
    met = bearing.bit_count()
    costs = {Way.WHOLE: min(places.bit_count() for places in having) * size / _NAMES}
    # Wrong in this costs an eighth more.
    if met * size >= 2 * limit * EIGHTH * _NAMES:
        costs[Way.EIGHTH] = costs[Way.WHOLE] / EIGHTH
    needed = max(_PROOF, limit * _NAMES // _READ)
    if met >= needed and (bearing & _FIRST_TENTH).bit_count() * 20 >= needed:
        # Reading a name takes about twice as long as an entry of the shortest list.
        costs[Way.READING] = 2 * limit * _NAMES / met
    return min(costs, key=costs.__getitem__)


def _places(bits: int) -> Iterable[int]:
    return (place for place, bit in enumerate(reversed(f"{bits:b}")) if bit == "1")


def rarest(terms: Iterable[str], count: int, often: Counter[str]) -> list[str]:
    """The ``count`` terms that the fewest names hold; none of those that nearly every name has."""
    return sorted(set(terms) - EVERYWHERE, key=lambda term: (often[term], term))[:count]


def selective(terms: Iterable[str], often: Counter[str], most: int = 4) -> list[str]:
    """The few rarest terms that are worth asking for together: once one of them is rare, a frequent one leaves out too little."""
    chosen = rarest(terms, most, often)
    return [term for place, term in enumerate(chosen) if place < 2 or often[chosen[0]] > _RARE or often[term] <= _FREQUENT]


def telling(pairs: Iterable[str], size: int) -> list[str]:
    """The few rarest of these pairs, without a frequent one that goes without saying: after 宏科 comes 技.

    What has them may still lack one that was left out, if seldom: its name is to be looked at.
    """
    sample = _sampled(connection.settings_dict["NAME"], size.bit_length())
    chosen = selective(pairs, sample.often)

    def goes_without_saying(pair: str) -> bool:
        alone = sample.often[chosen[0]]
        if sample.often[pair] <= _FREQUENT or alone < _TOLD:
            return sample.often[pair] > _FREQUENT
        return 2 * sum(chosen[0] in sample.names[place] for place in _places(sample.bearing[pair])) >= alone

    return [pair for place, pair in enumerate(chosen) if place == 0 or not goes_without_saying(pair)]


def syllables_often(size: int) -> Counter[str]:
    """How often each syllable is spoken in the sampled names."""
    return _spoken(connection.settings_dict["NAME"], size.bit_length())


@functools.lru_cache(maxsize=8)
def _spoken(database: str, magnitude: int) -> Counter[str]:
    spoken: Counter[str] = Counter()
    for text, count in _sampled(database, magnitude).often.items():
        if len(text) == 1:
            spoken.update(dict.fromkeys(pinyin.syllables(text), count))
    return spoken


def words_sounding(letters: str, size: int) -> list[str]:
    """The common words of two characters that are spelled so."""
    return _spelled(connection.settings_dict["NAME"], size.bit_length()).get(letters, [])


@functools.lru_cache(maxsize=8)
def _spelled(database: str, magnitude: int) -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for pair, count in _sampled(database, magnitude).often.items():
        if count >= COMMON and len(pair) == 2:
            words.setdefault("".join(pinyin.syllables(pair)), []).append(pair)
    return words


@functools.lru_cache(maxsize=8)
def _sampled(database: str, magnitude: int) -> _Sample:  # noqa: ARG001 - the key of the cache
    often: Counter[str] = Counter()
    bearing: dict[str, int] = defaultdict(int)
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(id) FROM records_searchname")
        step = max(_NEIGHBOURS, (cursor.fetchone()[0] or 0) // _PLACES)
        ids = ",".join(str(place * step + at) for place in range(_PLACES) for at in range(1, _NEIGHBOURS + 1))
        named = "records_searchname n JOIN records_company c ON c.id = n.company_id"
        cursor.execute(f"SELECT n.folded, c.code, c.facets FROM {named} WHERE n.id IN ({ids}) ORDER BY n.id")
        names = cursor.fetchall()
    for place, (folded, code, facets) in enumerate(names):
        often.update({*pairs(folded), *folded})
        for term in document(folded, code, facets):
            bearing[term] |= 1 << place
    proven = {term: places for term, places in bearing.items() if places.bit_count() >= _PROOF}
    return _Sample(often, proven, [folded for folded, _, _ in names])

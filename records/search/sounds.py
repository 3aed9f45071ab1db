"""Names by pinyin: whole syllables or initials, from the start of a name or of its brand word, else in order."""

import functools
from collections.abc import Iterable

from records.search import names, pinyin, ranking
from records.search.index import Name, ask
from records.search.ranking import Hit
from records.search.register import LONGEST_SHORT, Register
from records.search.terms import SPELLED, sound_pairs

ENOUGH = 100
# More than are ever suggested.
SOME = 20


def sounding(letters: str, register: Register, *, few: bool = False) -> Iterable[Hit]:
    """Names by pinyin, from the start of the name or of its brand word, and in order; ``few``: in order only if need be.

    Initials always may be those of a short name: many companies have a brand word with the same ones.
    """
    if len(letters) < 2:
        return
    ways = pinyin.ways(letters)
    spelled = 0
    asked_by = (lambda: _spelled(letters, ways, register), False), (lambda: _initials(letters, register), True)
    for asked, initials in asked_by:
        # Initials rank below whole syllables.
        for name in set(asked()) if spelled < ENOUGH else ():
            if hit := ranking.sounding(name, letters, initials=initials):
                spelled += 1
                yield hit._replace(rank=(3, initials and bool(ways), *hit.rank[1:]))
    if few and ways and spelled >= SOME:
        return
    short = [list(letters)] if len(letters) <= LONGEST_SHORT else []
    asked = [(way, [f"§s{unit}" for unit in register.rarest_sounds(way)]) for way in ways] or [
        (way, [f"§l{unit}" for unit in way]) for way in short
    ]
    for way, terms in asked:
        # Reading a name whole takes ten times as long as reading its initials.
        may_be = ranking.standing_in_order(unit[0] for unit in way)
        for name in ask(register.of(terms)):
            if may_be(pinyin.initials(name.folded)):
                spoken = names.spoken(name.folded)
                units = pinyin.syllables(spoken) if ways else pinyin.initials(spoken)
                if hit := ranking.in_order(name, way, units, "pinyin", 3):
                    yield hit._replace(rank=(3, bool(hit.rank[1]), 0, *hit.rank[1:]))


def _spelled(letters: str, ways: list[list[str]], register: Register) -> list[Name]:
    """Names by whole syllables of the brand word, also behind a region, of companies limited by shares first.

    Where two syllables are those of a word that many names hold (上海, 科技), the names that begin with the word are asked for.
    """
    asked: list[list[str]] = []
    for way in ways:
        for skipped in (0, *(count for count in (2, 3) if tuple(way[:count]) in region_sounds())):
            if terms := sound_pairs(way[skipped : skipped + SPELLED]):
                asked.append(terms)
    found = register.shares_first(asked)
    if ways and len(ways[0]) == 2:
        found += ask(*(register.of([f"§h{word}"]) for word in register.words_sounding(letters)))
    return found


def _initials(letters: str, register: Register) -> list[Name]:
    """Names by initials; two are asked of companies limited by shares only."""
    if len(letters) == 2:
        return ask(register.of([f"§j{letters}"]))
    return register.shares_first([[f"§i{letters[:SPELLED]}"]]) if len(letters) <= LONGEST_SHORT else []


@functools.cache
def region_sounds() -> frozenset[tuple[str, ...]]:
    """The regions of two or three characters a name may begin with, as syllables."""
    return frozenset(tuple(pinyin.syllables(name)) for name in names.regions() if len(name) < 4)

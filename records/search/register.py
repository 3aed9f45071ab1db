"""Where a search looks, and how many names it looks at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from records.search.index import Ask, Name, Way, ask
from records.search.sample import frequencies, quickest, rarest, syllables_often, words_sounding

FEW = 200
LONGEST_SHORT = 8
SOUNDS = 5


@dataclass(frozen=True)
class Register:
    """Names whose company has all terms of ``narrowing``, in a register of about ``size`` companies."""

    narrowing: tuple[str, ...]
    size: int
    _answered: dict[Ask, list[Name]] = field(default_factory=dict, compare=False)

    @property
    def often(self) -> Counter[str]:
        """How many of the sampled names hold a pair or a character."""
        return frequencies(self.size)

    def rarest_sounds(self, syllables: Iterable[str]) -> list[str]:
        """The few rarest of these syllables: what has them all is worth reading."""
        return rarest(syllables, SOUNDS, syllables_often(self.size))

    def words_sounding(self, letters: str) -> list[str]:
        """The common words of two characters that are spelled so."""
        return words_sounding(letters, self.size)

    def of(self, terms: Iterable[str], limit: int = FEW, containing: Sequence[str] = (), either: Sequence[str] = ()) -> Ask:
        """A question to the index about names of this register."""
        terms = tuple(dict.fromkeys((*terms, *self.narrowing)))
        way = Way.WHOLE if either else quickest(terms, containing, limit, self.size)
        return Ask(terms, limit, tuple(containing), tuple(either), way)

    def shares_first(self, asked: Iterable[Sequence[str]], containing: Sequence[str] = (), either: Sequence[str] = ()) -> list[Name]:
        """The few names with all terms of any of these questions; of many, those of companies limited by shares are among them."""
        asked = list(asked)
        found = self._once(self.of(terms, FEW, containing, either) for terms in asked)
        # Fewer than that, and no question was cut short.
        if len(found) >= FEW:
            found += self._once(self.of(["§g", *terms], FEW, containing, either) for terms in asked)
        return found

    def _once(self, asked: Iterable[Ask]) -> list[Name]:
        """The names of these questions, perhaps more of those it was asked before: long pinyin and its beginning ask the same."""
        asked = tuple(asked)
        if any(one not in self._answered for one in asked):
            self._answered.update(dict.fromkeys(asked, ask(*asked)))
        return list(dict.fromkeys(name for one in asked for name in self._answered[one]))

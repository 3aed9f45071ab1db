"""Where a search looks, and how many names it looks at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from records.search.index import Ask, Name, Way, ask_each
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
        asked = {self.of(terms, FEW, containing, either): terms for terms in asked}
        found = self._once(asked)
        cut = [terms for one, terms in asked.items() if len(self._answered.get(one, ())) >= FEW]
        return found + self._once([self.of(["§g", *terms], FEW, containing, either) for terms in cut])

    def _once(self, asked: Iterable[Ask]) -> list[Name]:
        """The names of these questions, asked once: long pinyin and its beginning ask the same."""
        self._answered.update(ask_each(*(one for one in asked if one not in self._answered)))
        return list(dict.fromkeys(name for one in asked for name in self._answered.get(one, ())))

"""Where a search looks, and how many names it looks at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from records.search.index import Ask, Name, ask
from records.search.sample import frequencies, met_soon, rarest, syllables_often, words_sounding

FEW = 200
LONGEST_SHORT = 8
SOUNDS = 5


@dataclass(frozen=True)
class Register:
    """Names whose company has all terms of ``narrowing``, in a register of about ``size`` companies."""

    narrowing: tuple[str, ...]
    size: int

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
        return Ask(terms, limit, tuple(containing), tuple(either), not either and met_soon(terms, containing, limit, self.size))

    def shares_first(self, asked: Iterable[Sequence[str]], containing: Sequence[str] = (), either: Sequence[str] = ()) -> list[Name]:
        """The few names with all terms of any of these questions; of many, those of companies limited by shares are among them."""
        asked = list(asked)
        found = ask(*(self.of(terms, FEW, containing, either) for terms in asked))
        # Fewer than that, and no question was cut short.
        if len(found) >= FEW:
            found += ask(*(self.of(["§g", *terms], FEW, containing, either) for terms in asked))
        return found

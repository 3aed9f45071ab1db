"""Where a search looks, and how many names it looks at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from records.search.index import Ask
from records.search.sample import frequencies, words_sounding

FEW = 200
LONGEST_SHORT = 8
# A term of so many of the 6,000 names sampled is met often enough by just reading names.
FREQUENT = 300


@dataclass(frozen=True)
class Register:
    """Names whose company has all terms of ``narrowing``, in a register of about ``size`` companies."""

    narrowing: tuple[str, ...]
    size: int

    @property
    def often(self) -> Counter[str]:
        """How many of the sampled names hold a pair or a character."""
        return frequencies(self.size)

    def words_sounding(self, letters: str) -> list[str]:
        """The common words of two characters that are spelled so."""
        return words_sounding(letters, self.size)

    def of(self, terms: Iterable[str], limit: int = FEW, containing: Sequence[str] = (), either: Sequence[str] = ()) -> Ask:
        """A question to the index about names of this register."""
        terms = (*terms, *self.narrowing)
        frequent = len(terms) == 1 and self.often[terms[0]] > FREQUENT
        return Ask(terms, limit, tuple(containing), tuple(either), frequent)

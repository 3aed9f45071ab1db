"""Where a search looks, and how many names it looks at."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from records.search.index import Ask
from records.search.sample import frequencies

FEW = 300
LONGEST_SHORT = 8
# So many of the sampled names make a word common.
COMMON = 15


@dataclass(frozen=True)
class Register:
    """Names whose company has all terms of ``narrowing``, in a register of about ``size`` companies."""

    narrowing: tuple[str, ...]
    size: int

    @property
    def often(self) -> Counter[str]:
        """How many of the sampled names hold a pair or a character."""
        return frequencies(self.size)

    def of(self, terms: Iterable[str], limit: int = FEW, containing: Sequence[str] = (), either: Sequence[str] = ()) -> Ask:
        return Ask((*terms, *self.narrowing), limit, tuple(containing), tuple(either))

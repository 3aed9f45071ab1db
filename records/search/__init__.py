"""Finding companies by name or code: folding, the index of names, ranking, and the one way to ask.

``find`` and ``begun`` are what ``CompanyQuerySet.search`` and ``suggest`` stand on; ``add_names`` and ``remove_names`` keep the index.
"""

from records.search.finding import code_parts, find
from records.search.folding import MAX_QUERY, fold, fragments
from records.search.index import (
    INDEX,
    Entry,
    absorb_new_names,
    add_names,
    create_index,
    drop_index,
    entry,
    remove_names,
)
from records.search.limit import QueryTooLong, within
from records.search.names import maybe_one
from records.search.ranking import Hit, one_slip
from records.search.sample import frequencies
from records.search.sounds import region_sounds
from records.search.suggesting import begun
from records.search.terms import counted, document, facets, listed, placed, region_terms

__all__ = [
    "INDEX", "MAX_QUERY", "Entry", "Hit", "QueryTooLong", "absorb_new_names", "add_names", "begun", "code_parts", "counted",
    "create_index", "document", "drop_index", "entry", "facets", "find", "fold", "fragments", "listed", "maybe_one", "one_slip", "placed",
    "prepare", "region_terms", "remove_names", "within",
]  # fmt: skip


def prepare(size: int) -> None:
    """Have at hand what the first search of a process, and of a register that has doubled, needs to read."""
    fold("繁")
    region_sounds()
    frequencies(size)

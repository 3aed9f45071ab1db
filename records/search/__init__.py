"""Finding companies by name or code: folding, the index of names, ranking, and the one way to ask.

``find`` is what ``CompanyQuerySet.search`` stands on; ``add_names`` and ``remove_names`` keep the index.
"""

from records.search.finding import code_parts, find
from records.search.folding import MAX_QUERY, fold, fragments
from records.search.index import INDEX, add_names, create_index, document, drop_index, remove_names
from records.search.ranking import one_slip

__all__ = [
    "INDEX", "MAX_QUERY", "add_names", "code_parts", "create_index", "document", "drop_index", "find", "fold", "fragments",
    "one_slip", "remove_names",
]  # fmt: skip

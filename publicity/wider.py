"""What to try when a search found nothing: the same without its filters, and parts of the text that do find somebody."""

import contextlib
from collections.abc import Iterator

from publicity.figures import Count
from publicity.forms import BARE_WORDS
from records import search
from records.models import Company
from records.search import names

MOST = 4


def wider(query: str, *, filtered: bool) -> list[tuple[str, Count]]:
    """At most four texts that find something, with how many, most like the query first. All together have the time of one search."""
    found: list[tuple[str, Count]] = []
    with contextlib.suppress(search.QueryTooLong), search.within():
        for text in dict.fromkeys([*([query] if filtered else []), *_parts(query)]):
            if len(found) < MOST and (matches := Company.objects.public().search(text)).matches:
                found.append((text, Count(len(matches.matches), matches.more)))
    return found


def _parts(query: str) -> Iterator[str]:
    """Each piece by itself; of a whole name the brand word with its trade, the brand word, and how that begins."""
    pieces = query.split()
    if len(pieces) == 1:
        name = names.parts(search.fold(query))
        begun = () if name.brand.isascii() else (4, 3, 2)
        pieces = [name.brand + name.trade, name.brand, *(name.brand[:length] for length in begun)]
    return (piece for piece in pieces if len(piece) > 1 and piece != query and search.fold(piece) not in BARE_WORDS)

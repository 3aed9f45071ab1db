"""Companies that registrations make, before they have an id: made without the database, so that another process can."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from records import registration, search
from records.catalog import catalog
from records.dataset import Dataset


class Newcomer(NamedTuple):
    """A company that a row makes: the place of the row in its chunk, its id, columns but the id, and names for the index."""

    place: int
    row_id: int
    columns: dict[str, Any]
    names: list[search.Entry]


def newcomers(rows_of_chunks: Iterable[tuple[int, list[tuple]]], slug: str) -> Iterator[tuple[int, list[Newcomer]]]:
    """Of each chunk the number of its last row and the companies its rows make. The database is not asked."""
    dataset = catalog().datasets[slug]
    for last, rows in rows_of_chunks:
        made = (_newcomer(dataset, place, *row[:3]) for place, row in enumerate(rows) if row[3] is None)
        yield last, list(made)


def _newcomer(dataset: Dataset, place: int, row_id: int, text: str, code: str) -> Newcomer:
    values = orjson.loads(text)
    columns = registration.projection(dataset, values, code)
    columns["facets"] = registration.facets(columns)
    names = [search.entry(*name, code, columns["facets"]) for name in registration.names(dataset, values)]
    return Newcomer(place, row_id, columns, names)

"""What publishing a batch needs to know before it writes: which rows, and the companies that its registrations make."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from records import registration, search
from records.catalog import catalog
from records.dataset import Dataset
from records.models import Batch, StagedRow

# The write lock is held for one chunk: some tenths of a second.
CHUNK = 4000


class Newcomer(NamedTuple):
    """A company that a row makes: the place of the row in its chunk, its id, columns but the id, and names for the index."""

    place: int
    row_id: int
    columns: dict[str, Any]
    names: list[search.Entry]


def chunks(batch: Batch) -> Iterator[tuple[list[int], list[tuple]]]:
    """The rows to be published that have not been yet, ``CHUNK`` at a time: their numbers, and what ``newcomers`` needs of them."""
    after, ready = batch.cursor, to_publish(batch).order_by("row_no")
    while numbers := list(ready.filter(row_no__gt=after).values_list("row_no", flat=True)[:CHUNK]):
        rows = ready.filter(row_no__gte=numbers[0], row_no__lte=numbers[-1])
        yield numbers, list(with_text(rows, "code", "company_id")) if batch.declaration.registers else []
        after = numbers[-1]


def newcomers(rows_of_chunks: Iterable[tuple[list[int], list[tuple]]], slug: str) -> Iterator[tuple[list[int], list[Newcomer]]]:
    """Of each chunk the numbers of its rows and the companies they make. The database is not asked."""
    dataset = catalog().datasets[slug]
    for numbers, rows in rows_of_chunks:
        made = (_newcomer(dataset, place, *row[:3]) for place, row in enumerate(rows) if row[3] is None)
        yield numbers, list(made)


def to_publish(batch: Batch):
    """The staged rows that become records."""
    return batch.staged.filter(kind__in=(StagedRow.Kind.NEW, StagedRow.Kind.CHANGED))


def with_text(rows, *columns: str) -> Iterator[tuple]:
    """Id, values as JSON text and these columns of staged rows; model objects would take five times as long."""
    return rows.annotate(text=Cast("values", TextField())).values_list("id", "text", *columns).iterator()


def _newcomer(dataset: Dataset, place: int, row_id: int, text: str, code: str) -> Newcomer:
    values = orjson.loads(text)
    columns = registration.projection(dataset, values, code)
    columns["facets"] = registration.facets(columns)
    names = [search.entry(*name, code, columns["facets"]) for name in registration.names(dataset, values)]
    return Newcomer(place, row_id, columns, names)

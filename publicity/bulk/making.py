"""What the files say of rows of one dataset: made without the database, so that other processes can."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from publicity.bulk.ftm import EntityTexts, Pages, Sanctions, companies
from publicity.bulk.packing import Piece, packed
from publicity.bulk.rows import CsvLines, Door, Entry, Table, earliest, line_of, tables_of
from records.catalog import catalog


class Given(NamedTuple):
    """Public versions of one dataset, the fields of ``Entry`` in a list each, and the topics of companies among them that have any."""

    columns: list[tuple]
    topics: dict[str, list[str]]


class TableTexts(NamedTuple):
    """What the dump of a table says of some rows, in two formats, and its deltas by segment."""

    ndjson: Piece
    csv: Piece
    deltas: dict[int, Piece]


class Made(NamedTuple):
    """What the files say of some rows, by table; the first day on which one of the rows is no longer public."""

    tables: dict[str, TableTexts]
    entities: EntityTexts | None
    until: str | None


@dataclass(frozen=True)
class Segments:
    """The stretches between the states of an export's deltas: the first state is their origin, each later one ends a delta."""

    heads: list[int]
    days: list[str]

    def of(self, event: int, day: str = "") -> int:
        """The delta that tells of a change; 0 when it is older than them all. Never one after the last."""
        return min(max(bisect_left(self.heads, event), bisect_left(self.days, day)), len(self.heads) - 1)


def making(chunks: Iterable[Given], slug: str, day: str, segments: dict[str, Segments], pages: Pages | None) -> Iterator[Made]:
    """What the tables that have ``segments`` say of each chunk, and, where ``pages`` for them to name are given, FollowTheMoney."""
    dataset = catalog().datasets[slug]
    door, tables = Door(dataset), tables_of(dataset)
    writers = [_Writer(table, segments[table.name]) for table in tables if table.name in segments]
    sanctions = Sanctions(dataset, day, pages) if pages else None
    for columns, topics in chunks:
        entries = [Entry(*row) for row in zip(*columns, strict=True)]
        values = [door.values(entry) for entry in entries]
        rows = {table.name: [*map(table.row, entries, values)] for table in tables}
        told = None
        if pages and dataset.registers:
            told = companies(entries, rows[tables[-1].name], topics, pages)
        elif pages:
            told = sanctions.texts(entries, values)
        texts = {writer.name: writer.texts(entries, rows[writer.name]) for writer in writers}
        yield Made(texts, told, earliest({entry.published_until for entry in entries}))


class _Writer:
    """Makes the lines of one table."""

    def __init__(self, table: Table, segments: Segments):
        self.name, self._segments, self._csv = table.name, segments, CsvLines(table.columns)

    def texts(self, entries: list[Entry], rows: list[dict[str, Any]]) -> TableTexts:
        lines = [*map(line_of, rows)]
        deltas: dict[int, list[bytes]] = defaultdict(list)
        for entry, line in zip(entries, lines, strict=True):
            if segment := self._segments.of(entry.id, entry.published_from):
                deltas[segment].append(b'{"put":%b}\n' % line.removesuffix(b"\n"))
        return TableTexts(
            packed(b"".join(lines), len(lines)),
            packed(self._csv.lines(rows), len(rows)),
            {segment: packed(b"".join(puts), len(puts)) for segment, puts in deltas.items()},
        )

"""The tree over the event log (公示日志), by which anybody can see that no event was altered or removed (RFC 6962).

Event ``n`` is leaf ``n - 1``. The tree is kept as tiles of up to 256 hashes, as in c2sp.org/tlog-tiles: tile ``index`` of level ``L`` holds
the hashes above ``256 ** L`` events each. Nothing is written into it while events are: it follows the log in steps, up to its head.
"""

from collections.abc import Iterable

from django.db import models, transaction

from records import merkle
from records.catalog import catalog
from records.models.event import SEALED, Event, EventCounter, entry

_BITS = 8
WIDTH = 1 << _BITS
HASH = 32
# So many events are sealed in one transaction, some tenths of a second.
STEP = 64 * WIDTH


class LogBroken(Exception):
    """An event is missing from the log, which has no gaps."""


class LogTile(models.Model):
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_tile_of_a_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class LogTree:
    """The tree over the first ``size`` events, for any ``size`` up to what is sealed."""

    def __init__(self, size: int):
        self.size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        return merkle.root(self._node, self.size)

    def inclusion(self, number: int) -> list[bytes]:
        """The proof that event ``number`` is in the tree; ``ValueError`` when it is not."""
        return merkle.inclusion(self._node, number - 1, self.size)

    def hold(self, numbers: Iterable[int]) -> None:
        """Read what the proofs of many events need at once."""
        level, places = 0, {(number - 1) >> _BITS for number in numbers}
        while places and self.size >> _BITS * level:
            for index, hashes in LogTile.objects.filter(level=level, index__in=places).values_list("index", "hashes"):
                self._tiles[level, index] = bytes(hashes)
            level, places = level + 1, {place >> _BITS for place in places}

    def entry(self, event: Event) -> bytes:
        """The leaf of an event as the tree holds it: since it was sealed its dataset may have been opened or closed."""
        told, sealed = (entry(event.number, int(event.at.timestamp()), kind, event.digest) for kind in (event.kind, SEALED))
        return told if merkle.leaf_hash(told) == self._node(0, event.number - 1) else sealed

    def consistency(self, first: int) -> list[bytes]:
        """The proof that the tree begins with that of the first ``first`` events; ``ValueError`` when it cannot."""
        return merkle.consistency(self._node, first, self.size)

    def _node(self, level: int, index: int) -> bytes:
        tile, above = divmod(level, _BITS)
        begin = (index << above) % WIDTH
        hashes = self._tile(tile, index << above >> _BITS)
        return merkle.complete([hashes[HASH * at : HASH * (at + 1)] for at in range(begin, begin + (1 << above))])

    def _tile(self, level: int, index: int) -> bytes:
        if (level, index) not in self._tiles:
            self._tiles[level, index] = _hashes(level, index)
        return self._tiles[level, index]


def seal(most: int | None = None) -> int:
    """Bring the tree up to the head of the log, or by ``most`` events; how many events it holds then.

    Killed at any moment, or run by several at once, it leaves a tree that goes on. ``LogBroken`` when an event is missing.
    """
    sealed, head = EventCounter.objects.values_list("sealed", flat=True).get(id=1), Event.objects.head()
    upto = head if most is None else min(head, sealed + most)
    while sealed < upto:
        sealed = _step(sealed, min(upto, sealed - sealed % STEP + STEP))
    return sealed


def _step(sealed: int, upto: int) -> int:
    """Seal the events after ``sealed`` up to ``upto``; how many are sealed then, by whoever it was."""
    public = {dataset.slug for dataset in catalog().of()}
    events = Event.objects.filter(number__gt=sealed, number__lte=upto).order_by("number")
    leaves = [
        merkle.leaf_hash(entry(number, int(at.timestamp()), kind if dataset in public else SEALED, digest))
        for number, at, kind, dataset, digest in events.values_list("number", "at", "kind", "dataset", "digest")
    ]
    if len(leaves) != upto - sealed:
        raise LogBroken(f"{upto - sealed - len(leaves)} of the events {sealed + 1} to {upto} are missing")
    with transaction.atomic():
        # Two that seal the same events write the same tiles; the one that comes second writes none.
        if EventCounter.objects.filter(id=1, sealed=sealed).update(sealed=upto):
            _add(0, sealed, leaves)
            return upto
    return EventCounter.objects.values_list("sealed", flat=True).get(id=1)


def _add(level: int, count: int, hashes: Iterable[bytes]) -> None:
    """Add hashes to a level that holds ``count``, and to the levels above those of the tiles that become full."""
    index, begun = divmod(count, WIDTH)
    content = (_hashes(level, index) if begun else b"") + b"".join(hashes)
    size = WIDTH * HASH
    tiles = [LogTile(level=level, index=index + at, hashes=content[at * size : (at + 1) * size]) for at in range(-(-len(content) // size))]
    LogTile.objects.bulk_create(tiles, update_conflicts=True, unique_fields=["level", "index"], update_fields=["hashes"])
    if full := [tile.hashes for tile in tiles if len(tile.hashes) == size]:
        above = (merkle.complete([tile[at : at + HASH] for at in range(0, size, HASH)]) for tile in full)
        _add(level + 1, index, above)


def _hashes(level: int, index: int) -> bytes:
    return bytes(LogTile.objects.values_list("hashes", flat=True).get(level=level, index=index))

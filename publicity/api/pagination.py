"""Pages by stable keys: the cost of a page does not grow with its distance from the first, and no row is lost or repeated
while others are inserted.

A cursor is ``n`` (after) or ``p`` (before), the key of a row, and for a search its rank: ``n1024``, ``p1024.17``.
Every text of that form is a cursor that works, so none can be out of date.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from django.db.models import QuerySet

from publicity.api.shapes import Uri
from records import search

Next = Annotated[Uri | None, "Address of the next page; null on the last. 下一页地址，末页为 null。"]
Previous = Annotated[Uri | None, "Address of the page before; null on the first. 上一页地址，首页为 null。"]


@dataclass(frozen=True)
class Cursor:
    forward: bool
    key: int
    rank: int = 0

    @classmethod
    def read(cls, text: str | None) -> "Cursor | None":
        """The cursor of a parameter that was checked against its pattern."""
        if not text:
            return None
        key, _, rank = text[1:].partition(".")
        return cls(text[0] == "n", int(key), int(rank or 0))

    def __str__(self) -> str:
        return f"{'n' if self.forward else 'p'}{self.key}" + (f".{self.rank}" if self.rank else "")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    next: Cursor | None = None
    previous: Cursor | None = None


def page_by_id(rows: QuerySet, cursor: Cursor | None, limit: int, *, newest_first: bool) -> Page:
    """A page of rows ordered by id; ``QueryTooLong`` when a filter leaves so little that finding it takes too long."""
    backwards = cursor is not None and not cursor.forward
    downwards = newest_first is not backwards
    if cursor:
        rows = rows.filter(id__lt=cursor.key) if downwards else rows.filter(id__gt=cursor.key)
    with search.within():
        found = list(rows.order_by("-id" if downwards else "id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    # Where the page was reached from there are rows, or were a moment ago.
    after, before = (True, more) if backwards else (more, cursor is not None)
    return Page(
        found,
        next=Cursor(forward=True, key=found[-1].id) if after else None,
        previous=Cursor(forward=False, key=found[0].id) if before else None,
    )


def page_by_rank(ids: list[int], cursor: Cursor | None, limit: int) -> tuple[range, Page]:
    """A page of ranked matches given by their ids: the positions on the page, and the page of these ids.

    The row a cursor names is looked up, so that a match that came or went in between shifts nothing.
    """
    if cursor is None:
        start, stop = 0, limit
    else:
        there = cursor.key in ids
        place = ids.index(cursor.key) if there else cursor.rank
        start = place + there if cursor.forward else max(0, place - limit)
        stop = start + limit if cursor.forward else place
    found = ids[start:stop]
    if not found:
        return range(0), Page([])
    stop = start + len(found)
    return range(start, stop), Page(
        found,
        next=Cursor(forward=True, key=found[-1], rank=stop - 1) if stop < len(ids) else None,
        previous=Cursor(forward=False, key=found[0], rank=start) if start else None,
    )

"""Pages of a long list by its own order (decision date, id), so that page 10,000 costs what page 1 costs.

Rows without a date stand last, whichever way the list runs. A filter that leaves next to nothing of a million rows is cut like a
search (``records.search.within``).
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from records import search

MAX_DIGITS = 18
UNDATED = "none"


@dataclass(frozen=True)
class Cursor:
    """A place in the list: ``2026-03-05.1204``, or ``none.1204`` among the rows without a date."""

    decided_on: date | None
    id: int

    @classmethod
    def read(cls, text: str) -> "Cursor":
        day, _dot, number = text.partition(".")
        try:
            if len(number) > MAX_DIGITS or not number.isascii() or not number.isdigit():
                raise ValueError(number)
            return cls(None if day == UNDATED else date.fromisoformat(day), int(number))
        except ValueError:
            raise BadRequest(_("翻页参数无效。")) from None

    def __str__(self) -> str:
        return f"{self.decided_on.isoformat() if self.decided_on else UNDATED}.{self.id}"


@dataclass(frozen=True)
class KeysetPage:
    """Rows, and the query strings of the pages around them; "" where there is none."""

    rows: list
    first: str = ""
    previous: str = ""
    next: str = ""


def _stretch(rows: QuerySet, cursor: Cursor | None, size: int, *, descending: bool, dated: bool) -> list:
    """The next rows with a date, or without one. Each stretch is one range of the index."""
    rows = rows.filter(decided_on__isnull=not dated)
    if cursor:
        side = "lt" if descending else "gt"
        beyond = Q(**{f"id__{side}": cursor.id})
        if dated:
            # The range on the date alone comes first: it is what the index can use.
            rows = rows.filter(**{f"decided_on__{side}e": cursor.decided_on})
            beyond |= Q(**{f"decided_on__{side}": cursor.decided_on})
        rows = rows.filter(beyond)
    return list(rows.order_by(*(("-decided_on", "-id") if descending else ("decided_on", "id")))[:size])


def _rows(rows: QuerySet, cursor: Cursor | None, size: int, *, newest_first: bool, backwards: bool) -> list:
    """The rows from a cursor on, in the order in which they are walked through."""
    stretches = [False, True] if backwards else [True, False]
    if cursor:
        stretches = stretches[stretches.index(cursor.decided_on is not None) :]
    found: list = []
    for dated in stretches:
        if len(found) < size:
            descending, start = newest_first != backwards, cursor if dated is stretches[0] else None
            found += _stretch(rows, start, size - len(found), descending=descending, dated=dated)
    return found


def keyset_page(rows: QuerySet, parameters, *, size: int, newest_first: bool = True) -> KeysetPage:
    """The page that ``?after=`` or ``?before=`` asks for, with the query strings of its neighbours and of the first."""
    after, before = parameters.get("after", ""), parameters.get("before", "")
    backwards = bool(before)
    cursor = Cursor.read(before or after) if before or after else None
    with search.within():
        found = _rows(rows, cursor, size + 1, newest_first=newest_first, backwards=backwards)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    kept = {name: value for name, value in parameters.items() if name not in ("after", "before") and value}
    first = f"?{urlencode(kept)}" if cursor else ""
    if not found:
        return KeysetPage([], first)
    ends = [str(Cursor(row.decided_on, row.id)) for row in (found[0], found[-1])]
    has_previous, has_next = (more, True) if backwards else (bool(after), more)
    return KeysetPage(
        found,
        first=first,
        previous=f"?{urlencode(kept | {'before': ends[0]})}" if has_previous else "",
        next=f"?{urlencode(kept | {'after': ends[1]})}" if has_next else "",
    )

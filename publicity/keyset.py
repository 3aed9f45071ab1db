"""Pages of a long list by its own order (decision date, id), so that page 10,000 costs what page 1 costs."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

MAX_DIGITS = 18


@dataclass(frozen=True)
class Cursor:
    """A place in the list: ``2026-03-05.1204``."""

    decided_on: date
    id: int

    @classmethod
    def read(cls, text: str) -> "Cursor":
        day, _dot, number = text.partition(".")
        try:
            if len(number) > MAX_DIGITS or not number.isascii() or not number.isdigit():
                raise ValueError(number)
            return cls(date.fromisoformat(day), int(number))
        except ValueError:
            raise BadRequest(_("翻页参数无效。")) from None

    def __str__(self) -> str:
        return f"{self.decided_on.isoformat()}.{self.id}"


@dataclass(frozen=True)
class KeysetPage:
    rows: list
    previous: str = ""
    next: str = ""


def _beyond(rows: QuerySet, cursor: Cursor, *, descending: bool) -> QuerySet:
    """The rows after a cursor. The range on the date alone comes first: it is what the index can use."""
    side = "lt" if descending else "gt"
    tie = Q(**{f"decided_on__{side}": cursor.decided_on}) | Q(**{f"id__{side}": cursor.id})
    return rows.filter(tie, **{f"decided_on__{side}e": cursor.decided_on})


def keyset_page(rows: QuerySet, parameters, *, size: int, newest_first: bool = True) -> KeysetPage:
    """The page that ``?after=`` or ``?before=`` asks for, with the query strings of its neighbours.

    Rows without a decision date have no place in the order and are not shown.
    """
    after, before = parameters.get("after", ""), parameters.get("before", "")
    backwards = bool(before)
    descending = newest_first != backwards
    rows = rows.filter(decided_on__isnull=False)
    if after or before:
        rows = _beyond(rows, Cursor.read(before or after), descending=descending)
    found = list(rows.order_by(*(("-decided_on", "-id") if descending else ("decided_on", "id")))[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return KeysetPage([])
    kept = {name: value for name, value in parameters.items() if name not in ("after", "before") and value}
    ends = [str(Cursor(row.decided_on, row.id)) for row in (found[0], found[-1])]
    has_previous, has_next = (more, True) if backwards else (bool(after), more)
    return KeysetPage(
        found,
        previous=f"?{urlencode(kept | {'before': ends[0]})}" if has_previous else "",
        next=f"?{urlencode(kept | {'after': ends[1]})}" if has_next else "",
    )

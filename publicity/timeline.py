"""The timeline of a profile: the newest acts on what is public of a company."""

import functools
from dataclasses import dataclass

from publicity.dossier import Group
from publicity.profile import Row
from publicity.standing import Standing
from records.catalog import catalog
from records.models import Event, Record
from records.prepared import Prepared

# Acts on the timeline, and how many are looked at to find them: most are on records that are public still.
TIMELINE, LOOKED_AT = 20, 60


@dataclass(frozen=True)
class Happening:
    event: Event
    row: Row


def timeline_of(standing: Standing, groups: list[Group]) -> list[Happening]:
    """The newest public acts on records that are public still: what was repaired or has expired leaves no trace here."""
    events = _acts(id(catalog())).ask(company=standing.company.id, head=standing.head)
    rows = {record.key: Row(record) for group in groups for record in group.rows}
    unread = any(group.count.number > len(group.rows) for group in groups)
    found: list[Happening] = []
    for start in range(0, len(events), TIMELINE):
        some = events[start : start + TIMELINE]
        if unread and (elsewhere := {event.record_key for event in some} - rows.keys()):
            # By their keys alone: a company that is named as well tempts a planner to read all it has.
            rows |= {record.key: Row(record) for record in Record.objects.disclosable(head=standing.head).filter(key__in=elsewhere)}
        found += [Happening(event, rows[event.record_key]) for event in some if event.record_key in rows]
        if len(found) >= TIMELINE:
            break
    return found[:TIMELINE]


@functools.cache
def _acts(catalogue: int) -> Prepared:  # noqa: ARG001 - part of the cache key
    newest = Event.objects.told().filter(company_id=-1, number__lte=-2).order_by("-number")
    return Prepared(newest[:LOOKED_AT], company=-1, head=-2)

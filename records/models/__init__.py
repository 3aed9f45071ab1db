from records.models.access import AccessToken, AccessUse
from records.models.batch import Batch, Membership
from records.models.company import Company, SearchName
from records.models.event import Event, EventCounter
from records.models.reach import accounts_for, entries_for
from records.models.record import ActRefused, Record, RowColumns, Severity
from records.models.staged import RowDecision, StagedRow
from records.models.trail import TrailEntry, origin
from records.models.tree import LogBroken, LogTile, LogTree, seal

__all__ = [
    "AccessToken",
    "AccessUse",
    "ActRefused",
    "Batch",
    "Company",
    "Event",
    "EventCounter",
    "LogBroken",
    "LogTile",
    "LogTree",
    "Membership",
    "Record",
    "RowColumns",
    "RowDecision",
    "SearchName",
    "Severity",
    "StagedRow",
    "TrailEntry",
    "accounts_for",
    "entries_for",
    "origin",
    "seal",
]

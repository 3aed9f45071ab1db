"""Companies, serious lists and penalties in the model of FollowTheMoney (followthemoney.tech), one entity a line.

A topic is given only where it is true today: ``debarment`` for the list that bars from public procurement, ``reg.action``
where an administrative authority has penalised or listed. What a court has listed bears no topic. No score of any kind.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from publicity.bulk.manifest import File, Part
from publicity.bulk.packing import Packed
from publicity.bulk.rows import Entry, Public, Table, line_of
from publicity.bulk.scanning import Standing
from records.dataset import Category, Dataset
from records.rows import OPEN_END

PATH = "ftm.json.gz"
SANCTIONING = (Category.PENALTY, Category.BLACKLIST)
DEBARRING = frozenset(["finance-procurement_violation"])


@dataclass(slots=True)
class Subject:
    """A company that is sanctioned: how it was reported, and what may be said of it."""

    name: str
    topics: set[str] = field(default_factory=set)


def used(datasets: list[Dataset]) -> list[Dataset]:
    """Those of the public datasets that entities are made of."""
    return [found for found in datasets if found.registers or found.category in SANCTIONING]


class Entities:
    """Writes the file while the datasets are read one after another: those that sanction first, then the companies.

    At the end come the companies whose registration is not public, with what was reported of them.
    """

    def __init__(self, part: Part, packed: Packed, day: str):
        self.part, self.day = part, day
        self._packed = packed
        self._subjects: dict[str, Subject] = {}

    def begin(self, table: Table) -> None:
        """What is taken from now on is of this table: companies, or a dataset that sanctions."""
        self._table, self._sanctions = table, _Sanctions(table.dataset, self.day)

    def take(self, public: Public) -> None:
        self.part.change_on({entry.published_until for entry in public.entries})
        if self._table.dataset.registers:
            self._write(map(self._company, public.entries, public.rows(self._table)))
            return
        ends = [*map(self._sanctions.ends_on, public.values)]
        self.part.change_on(set(ends), after=self.day)
        self._write(map(self._sanction, public.entries, public.values, ends))

    def leave_out(self, entry: Entry, found: Standing) -> None:
        if found is Standing.EARLY:
            self.part.change_on([entry.published_from])
        elif found is Standing.TAKEN:
            self.part.taken.append(entry.ended_event)

    def finish(self) -> None:
        """Everything is written; the part tells of its file."""
        rest = sorted(self._subjects.items())
        self._write(_company(code, {"name": subject.name}, subject.topics) for code, subject in rest)
        self._packed.close()
        self.part.rows = self._packed.lines
        self.part.files = [File(PATH, "full", "ftm", self._packed.lines, self._packed.bytes, self._packed.sha256)]

    def _sanction(self, entry: Entry, values: dict[str, Any], ends_on: str | None) -> dict[str, Any]:
        subject = self._subjects.get(entry.company)
        if subject is None:
            subject = self._subjects[entry.company] = Subject(self._sanctions.name(entry, values))
        subject.topics |= self._sanctions.topics(values, ends_on)
        return self._sanctions.entity(entry, values, ends_on)

    def _company(self, entry: Entry, row: dict[str, Any]) -> dict[str, Any]:
        subject = self._subjects.pop(entry.company, None)
        return _company(entry.company, row, subject.topics if subject else set())

    def _write(self, entities: Iterable[dict[str, Any]]) -> None:
        lines = [*map(line_of, entities)]
        self._packed.write(b"".join(lines), len(lines))


class _Sanctions:
    """What the values of one dataset say of a sanction."""

    def __init__(self, dataset: Dataset, day: str):
        self._day = day
        role = dataset.name_of_role.get
        self._name, self._ended_on, self._valid_until = role("name"), role("ended_on"), role("valid_until")
        self._topics = _topics(dataset)
        self._status = dataset.by_name.get("status")
        # What stands in every entity, whose texts are not made anew for each.
        self._always = {"country": ["cn"], "program": [dataset.title], "programId": [dataset.slug]}
        self._agency = [dataset.agency.title]
        # Each property with its column and the one that stands in for it.
        self._properties = (
            ("authority", role("authority"), None),
            ("listingDate", role("decided_on"), None),
            ("startDate", role("decided_on"), None),
            ("reason", role("listed_reason"), "facts"),
            ("provisions", "basis", None),
            ("summary", "content", None),
            ("recordId", role("document_no"), None),
        )

    def name(self, entry: Entry, values: dict[str, Any]) -> str:
        return str(values.get(self._name) or entry.company)

    def ends_on(self, values: dict[str, Any]) -> str | None:
        """The day it ended or will; None where there is none."""
        day = values.get(self._ended_on) or values.get(self._valid_until)
        return day if day != OPEN_END else None

    def topics(self, values: dict[str, Any], ends_on: str | None) -> frozenset[str]:
        """The topics of its company that are true today because of it."""
        status = values.get("status") if self._status else None
        return self._topics if (not ends_on or ends_on > self._day) and status in (None, "0") else frozenset()

    def entity(self, entry: Entry, values: dict[str, Any], ends_on: str | None) -> dict[str, Any]:
        get = values.get
        properties = {**self._always, "entity": [_company_id(entry.company)], "authority": self._agency}
        for name, column, other in self._properties:
            if value := get(column) or get(other):
                properties[name] = [value] if type(value) is str else _texts(value)
        if ends_on:
            properties["endDate"] = [str(ends_on)]
        if self._status and (status := get("status")):
            properties["status"] = _texts(self._status.show(status))
        return {"id": f"cn-credit-{entry.key}", "schema": "Sanction", "properties": properties}


def _topics(dataset: Dataset) -> frozenset[str]:
    if dataset.slug in DEBARRING:
        return frozenset(["debarment"])
    return frozenset(["reg.action"] if dataset.agency.kind == "government" else [])


def _company(code: str, row: dict[str, Any], topics: set[str]) -> dict[str, Any]:
    unified = len(code) == 18
    told = {
        "name": row["name"],
        "previousName": row.get("former_names"),
        "alias": row.get("english_name"),
        "uscCode": code if unified else None,
        "registrationNumber": row.get("legacy_no") or (None if unified else code),
        "jurisdiction": "cn",
        "status": row.get("status"),
        "legalForm": row.get("company_type"),
        "incorporationDate": row.get("established_on"),
        "topics": sorted(topics),
    }
    properties = {name: _texts(value) for name, value in told.items() if value}
    return {"id": _company_id(code), "schema": "Company", "properties": properties}


def _company_id(code: str) -> str:
    return f"cn-uscc-{code}" if len(code) == 18 else f"cn-reg-{code}"


def _texts(value: Any) -> list[str]:
    """In FollowTheMoney every property is a list of texts."""
    return [*map(str, value)] if isinstance(value, list) else [str(value)]

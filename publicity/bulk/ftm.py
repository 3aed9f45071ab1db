"""Companies, serious lists and penalties in the model of FollowTheMoney (followthemoney.tech), one entity a line.

A topic is given only where it is true today: ``debarment`` for the list that bars from public procurement, ``reg.action``
where an administrative authority has penalised or listed. What a court has listed bears no topic. No score of any kind. Lists of
abnormal operation are left out: who missed a report is not sanctioned, and the model has no other word for it.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from publicity.bulk.packing import Piece, packed
from publicity.bulk.rows import Entry, earliest, line_of
from records.dataset import Category, Dataset
from records.rows import OPEN_END

PATH = "ftm.json.gz"
SANCTIONING = (Category.PENALTY, Category.BLACKLIST)
DEBARRING = frozenset(["finance-procurement_violation"])


class Pages(NamedTuple):
    """The addresses of the pages that entities name as their source, ``{}`` in place of the number of a record or the code of a company."""

    record: str
    company: str


class EntityTexts(NamedTuple):
    """Entities of some rows; the name and the topics of each company they sanction; the first day on which a topic may end."""

    entities: Piece
    subjects: dict[str, tuple[str, frozenset[str]]]
    until: str | None


def used(datasets: list[Dataset]) -> list[Dataset]:
    """Those of the public datasets that entities are made of."""
    return [found for found in datasets if found.registers or found.category in SANCTIONING]


class Sanctions:
    """What the values of one dataset say of a sanction."""

    def __init__(self, dataset: Dataset, day: str, pages: Pages):
        self._day, self._page = day, pages.record
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

    def texts(self, entries: list[Entry], values: list[dict[str, Any]]) -> EntityTexts:
        """The sanctions these rows tell of."""
        subjects: dict[str, tuple[str, frozenset[str]]] = {}
        ends, entities = [*map(self._ends_on, values)], []
        for entry, told, ends_on in zip(entries, values, ends, strict=True):
            name, topics = subjects.get(entry.company) or (str(told.get(self._name) or entry.company), frozenset())
            subjects[entry.company] = name, topics | self._topics_of(told, ends_on)
            entities.append(self._entity(entry, told, ends_on))
        return EntityTexts(_packed(entities), subjects, earliest(ends, after=self._day))

    def _ends_on(self, values: dict[str, Any]) -> str | None:
        """The day it ended or will; None where there is none."""
        day = values.get(self._ended_on) or values.get(self._valid_until)
        return day if day != OPEN_END else None

    def _topics_of(self, values: dict[str, Any], ends_on: str | None) -> frozenset[str]:
        """The topics of its company that are true today because of it."""
        status = values.get("status") if self._status else None
        return self._topics if (not ends_on or ends_on > self._day) and status in (None, "0") else frozenset()

    def _entity(self, entry: Entry, values: dict[str, Any], ends_on: str | None) -> dict[str, Any]:
        get = values.get
        properties = {**self._always, "entity": [_company_id(entry.company)], "authority": self._agency,
                      "sourceUrl": [self._page.format(entry.key)]}  # fmt: skip
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


def companies(entries: list[Entry], rows: list[dict[str, Any]], topics: dict[str, list[str]], pages: Pages) -> EntityTexts:
    """Companies as their registration tells of them, with the topics of those that have any."""
    told = (company(entry.company, row, topics.get(entry.company, []), pages) for entry, row in zip(entries, rows, strict=True))
    return EntityTexts(_packed(told), {}, None)


def _packed(entities: Iterable[dict[str, Any]]) -> Piece:
    lines = [*map(line_of, entities)]
    return packed(b"".join(lines), len(lines))


def company(code: str, row: dict[str, Any], topics: Iterable[str], pages: Pages | None = None) -> dict[str, Any]:
    """The entity of a company; without ``pages`` it names no page, as a company whose registration is not public has none."""
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
        "sourceUrl": pages and pages.company.format(code),
    }
    properties = {name: _texts(value) for name, value in told.items() if value}
    return {"id": _company_id(code), "schema": "Company", "properties": properties}


def _company_id(code: str) -> str:
    return f"cn-uscc-{code}" if len(code) == 18 else f"cn-reg-{code}"


def _texts(value: Any) -> list[str]:
    """In FollowTheMoney every property is a list of texts."""
    return [*map(str, value)] if isinstance(value, list) else [str(value)]

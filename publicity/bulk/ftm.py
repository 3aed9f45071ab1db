"""Companies, serious lists and penalties in the model of FollowTheMoney (followthemoney.tech), one entity a line.

A topic is given only where it is true today: ``debarment`` for the list that bars from public procurement, ``reg.action``
where an administrative authority has penalised or listed. What a court has listed bears no topic. No score of any kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from publicity.bulk.manifest import Part
from publicity.bulk.rows import CompanyTable, Entry, Table
from publicity.bulk.scanning import Standing, in_effect, standing
from records.dataset import Category, Dataset
from records.rows import OPEN_END

PATH = "ftm.json.gz"
SANCTIONING = (Category.PENALTY, Category.BLACKLIST)
ROLES = ("name", "authority", "document_no", "decided_on", "ended_on", "valid_until", "listed_reason")
DEBARRING = frozenset(["finance-procurement_violation"])


@dataclass
class Subject:
    """A company that is sanctioned: how it was reported, and what may be said of it."""

    name: str
    topics: set[str] = field(default_factory=set)


def used(datasets: list[Dataset]) -> list[Dataset]:
    """Those of the public datasets that entities are made of."""
    return [found for found in datasets if found.registers or found.category in SANCTIONING]


def entities(part: Part, datasets: list[Dataset], *, head: int, day: str) -> Iterator[dict[str, Any]]:
    """Sanctions first, then the companies, those whose registration is not public with what was reported of them."""
    subjects: dict[str, Subject] = {}
    for dataset in datasets:
        if not dataset.registers:
            yield from _sanctions(part, dataset, subjects, head=head, day=day)
    for dataset in datasets:
        if dataset.registers:
            table = CompanyTable(dataset)
            for entry in _public(part, dataset, head=head, day=day):
                subject = subjects.pop(entry.company, None)
                yield _company(entry.company, table.row(entry), subject.topics if subject else set())
    for code, subject in sorted(subjects.items()):
        yield _company(code, {"name": subject.name}, subject.topics)


def _public(part: Part, dataset: Dataset, *, head: int, day: str) -> Iterator[Entry]:
    for entry in in_effect(dataset.slug, head):
        found = standing(entry, day)
        if found is Standing.PUBLIC:
            yield entry
            part.change_on(entry.published_until)
        elif found is Standing.EARLY:
            part.change_on(entry.published_from)
        elif found is Standing.TAKEN:
            part.taken.append(entry.ended_event)


def _sanctions(part: Part, dataset: Dataset, subjects: dict[str, Subject], *, head: int, day: str) -> Iterator[dict[str, Any]]:
    table = Table(dataset)
    roles = [(role, dataset.name_of_role[role]) for role in ROLES if role in dataset.name_of_role]
    for entry in _public(part, dataset, head=head, day=day):
        values = table.disclosed(entry)
        told = {role: values.get(name) for role, name in roles}
        ended_on = told.get("ended_on") or told.get("valid_until")
        part.change_on(date.fromisoformat(ended_on) if ended_on and ended_on != OPEN_END else None, after=day)
        status = values.get("status") if "status" in dataset.by_name else None
        subject = subjects.setdefault(entry.company, Subject(str(told.get("name") or entry.company)))
        if (not ended_on or ended_on > day) and status in (None, "0"):
            subject.topics.update(_topics(dataset))
        yield _entity(
            f"cn-credit-{entry.key}",
            "Sanction",
            entity=_company_id(entry.company),
            country="cn",
            authority=told.get("authority") or dataset.agency.title,
            program=dataset.title,
            programId=dataset.slug,
            listingDate=told.get("decided_on"),
            startDate=told.get("decided_on"),
            endDate=ended_on if ended_on != OPEN_END else None,
            reason=told.get("listed_reason") or values.get("facts"),
            provisions=values.get("basis"),
            summary=values.get("content"),
            recordId=told.get("document_no"),
            status=dataset.by_name["status"].show(status) if status else None,
        )


def _topics(dataset: Dataset) -> set[str]:
    if dataset.slug in DEBARRING:
        return {"debarment"}
    return {"reg.action"} if dataset.agency.kind == "government" else set()


def _company(code: str, row: dict[str, Any], topics: set[str]) -> dict[str, Any]:
    return _entity(
        _company_id(code),
        "Company",
        name=row["name"],
        previousName=row.get("former_names"),
        alias=row.get("english_name"),
        uscCode=code if len(code) == 18 else None,
        registrationNumber=row.get("legacy_no") or (code if len(code) != 18 else None),
        jurisdiction="cn",
        status=row.get("status"),
        legalForm=row.get("company_type"),
        incorporationDate=row.get("established_on"),
        topics=sorted(topics),
    )


def _company_id(code: str) -> str:
    return f"cn-uscc-{code}" if len(code) == 18 else f"cn-reg-{code}"


def _entity(id_: str, schema: str, **properties: Any) -> dict[str, Any]:
    """An entity of FollowTheMoney: every property is a list of texts."""
    listed = {
        name: [*map(str, value)] if isinstance(value, list) else [str(value)] for name, value in properties.items() if value
    }
    return {"id": id_, "schema": schema, "properties": listed}

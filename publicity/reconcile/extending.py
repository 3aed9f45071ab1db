"""Data extension: values of companies for the columns of a table."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q

from publicity.api.labels import Addresses, label
from publicity.api.lists import listing_shape
from publicity.api.ratings import rating_shape
from publicity.api.subjects import Names, other_names
from publicity.reconcile.reading import Extension
from publicity.reconcile.vocabulary import PROPERTIES
from records import uscc
from records.catalog import catalog
from records.models import Company, Record, SearchName

Values = list[dict[str, Any]]


class Known(NamedTuple):
    """What the values of some companies are taken from."""

    names: Names
    records: dict[int, list[Record]]
    addresses: Addresses


def extended(asked: Extension, addresses: Addresses) -> dict[str, Any]:
    """The data extension response; an id that is no public company's has no values."""
    by_code = _companies(asked.ids)
    companies = list({company.id: company for company in by_code.values()}.values())
    records = _records(companies) if {"lists", "ratings"} & asked.properties.keys() else {}
    known = Known(other_names(companies), records, addresses)
    rows = {}
    for id_ in asked.ids:
        company = by_code.get(uscc.normalise(id_))
        rows[id_] = {
            name: getattr(Cells(company, language, known), name)() if company else []
            for name, language in asked.properties.items()
        }
    return {"meta": [PROPERTIES[name].shape for name in asked.properties], "rows": rows}


def _companies(ids: list[str]) -> dict[str, Company]:
    """Public companies by the codes given, former registration numbers included."""
    codes = {code for code in map(uscc.normalise, ids) if uscc.may_be_part(code)}
    numbers = {code for code in codes if len(code) != 18}
    found: dict[str, Company] = {}
    for company in Company.objects.public().filter(Q(code__in=codes) | Q(legacy_no__in=numbers) if numbers else Q(code__in=codes)):
        found |= {code: company for code in (company.legacy_no, company.code) if code}
    return found


def _records(companies: list[Company]) -> dict[int, list[Record]]:
    """Public list entries and ratings by company."""
    told = [dataset.slug for dataset in catalog().of() if dataset.list or dataset.rating]
    by_id = {company.id: company for company in companies}
    found: dict[int, list[Record]] = defaultdict(list)
    for record in Record.objects.public().filter(company__in=by_id, dataset__in=told).order_by("-id"):
        record.company = by_id[record.company_id]
        found[record.company_id].append(record)
    return found


def _text(text: str | None) -> Values:
    return [{"str": text}] if text else []


@dataclass(frozen=True)
class Cells:
    """The cells of one company, a method for each property; words in ``language``: zh, en, or code."""

    company: Company
    language: str
    known: Known

    def code(self) -> Values:
        return _text(self.company.code)

    def region(self) -> Values:
        return _text(self.company.region)

    def region_name(self) -> Values:
        return _text(self.company.region_name)

    def legacy_no(self) -> Values:
        return _text(self.company.legacy_no)

    def company_type(self) -> Values:
        return _text(self.company.company_type)

    def page(self) -> Values:
        return _text(self.known.addresses.of("company", self.company.code))

    def status(self) -> Values:
        return _text(label(Company.Status(self.company.status))[self.language])

    def kind(self) -> Values:
        return _text(label(Company.Kind(self.company.kind))[self.language])

    def established(self) -> Values:
        # A day and no moment: in UTC, so that no client in another zone turns it into the day before.
        day = self.company.established_on
        return [{"date": f"{day.isoformat()}T00:00:00Z"}] if day else []

    def former_names(self) -> Values:
        return [{"str": name} for name in self.known.names.get((self.company.id, SearchName.Kind.FORMER), ())]

    def english_name(self) -> Values:
        return [{"str": name} for name in self.known.names.get((self.company.id, SearchName.Kind.ENGLISH), ())][:1]

    def lists(self) -> Values:
        """Entries of today, each with its source, dates, and the page that says its basis and how to object."""
        entries = [record for record in self.records if record.declaration.list and not record.removed]
        return [self.cell(listing_shape(record, self.known.addresses), "list") for record in entries]

    def ratings(self) -> Values:
        """Each with its issuer, side by side."""
        shapes = [rating_shape(record, self.known.addresses) for record in self.records if record.declaration.rating]
        return [self.cell(shape, "grade") for shape in shapes if shape["grade"]]

    @property
    def records(self) -> list[Record]:
        return self.known.records.get(self.company.id, [])

    def cell(self, shape: dict[str, Any], what: str) -> dict[str, str]:
        spoken = "en" if self.language == "en" else "zh"
        name = shape[what].get("title", shape[what])[spoken]
        until = shape["published_until"] and f"→ {shape['published_until']}"
        dataset, source = shape["dataset"]["title"][spoken], shape["source"]["title"][spoken]
        return {"str": " · ".join(filter(None, [name, dataset, source, shape["decided_on"], until, shape["page"]]))}

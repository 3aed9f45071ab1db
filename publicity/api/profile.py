"""The profile of one company, and the list of its records.

Of a company with more than a hundred records the profile gives the newest fifty entries and ratings of each dataset.
"""

from operator import attrgetter
from typing import Any

from publicity.api.companies import CompanyView, CountShape, Profile, Registration
from publicity.api.labels import Addresses, label
from publicity.api.lists import listing_shape
from publicity.api.parameters import PAGE_SIZE
from publicity.api.ratings import rating_shape
from publicity.api.record_shapes import provenance, record_shape, value_of
from publicity.api.records import RecordPage, RecordPages
from publicity.api.selection import expandable
from publicity.api.subjects import company_shape, other_names
from publicity.dossier import Group, dossier_of
from records.dataset import Disclosure
from records.models import Record


def registration_of(records: list[Record], addresses: Addresses) -> Registration | None:
    """The registration block: of several registration authorities, what was published last."""
    record = next((record for record in records if record.declaration.registers), None)
    if record is None:
        return None
    return {
        **provenance(record, addresses),
        "record": addresses.of("api-record", record.key),
        "values": {field.name: value_of(field, value) for field, value in record.disclosed(Disclosure.PUBLIC).items()},
    }


def counts_of(groups: list[Group]) -> list[CountShape]:
    """Public records by category, in the order of the catalogue."""
    counts: dict[str, CountShape] = {}
    for group in groups:
        category = group.dataset.category
        nothing = {"category": label(category), "count": 0, "datasets": {}, "more": False}
        count = counts.setdefault(category, nothing)
        count["count"] += group.count.number
        count["datasets"][group.dataset.slug] = group.count.number
        count["more"] |= group.count.more
    return list(counts.values())


class CompanyDetail(CompanyView):
    operation, title, title_zh = "getCompany", "Profile of a company", "信用主体全貌"
    text = (
        "Registration with its source, counts by category, lists it is on, and ratings side by side. There is no composite "
        "score. 登记信息及其来源、各类信息条数、当前在列名单、各机构评价；不计算综合评分。"
    )
    shape = row_shape = Profile
    parameters = (expandable("records"),)

    def answer(self) -> Profile:
        company, addresses = self.company, self.addresses
        groups = dossier_of(self.standing)
        records = sorted((record for group in groups for record in group.rows), key=attrgetter("id"), reverse=True)
        listed = [record for record in records if record.declaration.list and not record.removed]
        rated = [record for record in records if record.declaration.rating]
        newest = [record_shape(record, addresses) for record in records[:PAGE_SIZE]] if "expand" in self.asked else None
        return company_shape(company, other_names([company]), addresses) | {
            "registration": registration_of(records, addresses),
            "counts": counts_of(groups),
            "lists": [listing_shape(record, addresses) for record in listed],
            "ratings": [rating_shape(record, addresses) for record in rated],
            "records": addresses.of("api-company-records", company.code),
            "events": f"{addresses.of('api-events')}?company={company.code}",
            "last_event": self.standing.last,
            **({} if newest is None else {"newest": newest}),
        }


class CompanyRecords(CompanyView, RecordPages):
    operation, title, title_zh, tag = (
        "listCompanyRecords",
        "Credit records of a company",
        "信用主体的信用信息",
        "companies",
    )
    text = "What is public of it today, last published first. 该主体现在公示的全部信用信息。"
    shape = RecordPage

    def answer(self) -> dict[str, Any]:
        page = self.page_of(Record.objects.disclosable(head=self.standing.head).filter(company=self.company))
        return self.paged(page, self.shapes(page.rows))

"""The reporting agencies (信源单位) of the catalogue, and how to object to what they report."""

from typing import Annotated, Any, TypedDict

from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import AGENCIES, labelled, word
from publicity.api.labels import Addresses, titles
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import SLUG, Parameter
from publicity.api.problems import not_found
from publicity.api.record_shapes import AgencyTitle, DatasetRef, Objection, dataset_ref
from publicity.api.shapes import Bilingual, Label, Uri, words
from records.catalog import catalog
from records.dataset import Agency

AGENCY = Parameter("agency", "Slug of an agency.", "信源单位标识。", {"type": "string", "pattern": SLUG}, "tax", "path")


class AgencyShape(TypedDict):
    """A reporting agency. 信源单位。"""

    slug: Annotated[str, {"examples": ["tax"]}]
    title: AgencyTitle
    short: Annotated[Bilingual, "Short name. 简称。", words("税务", "Tax")]
    kind: Annotated[Label, labelled("agency", "government")]
    contact: Annotated[str | None, "Official hotline for objections. 异议联系方式。", {"examples": ["12366"]}]
    objection: Objection
    datasets: Annotated[list[DatasetRef], "All it reports, also what is not public. 其全部信息类目，包括不向社会公开的。"]
    url: Uri
    page: Annotated[Uri, "Whom to object to, for readers. 异议申诉网页。"]


class AgencyPage(TypedDict):
    """A page of agencies. 一页信源单位。"""

    next: Next
    previous: Previous
    results: list[AgencyShape]


def agency_shape(agency: Agency, addresses: Addresses) -> AgencyShape:
    return {
        "slug": agency.slug,
        "title": titles(agency),
        "short": titles(agency, "short"),
        "kind": word(AGENCIES, agency.kind),
        "contact": agency.contact or None,
        "objection": titles(agency, "objection"),
        "datasets": [dataset_ref(dataset, addresses) for dataset in catalog().datasets.values() if dataset.agency is agency],
        "url": addresses.of("api-agency", agency.slug),
        "page": f"{addresses.of('help', 'objection')}#{agency.slug}",
    }


class AgencyList(ListView):
    operation, title, title_zh, tag = "listAgencies", "The reporting agencies", "全部信源单位", "catalogue"
    text = "Who reports, how to object to it, and what each reports. 信源单位、异议途径及其信息类目。"
    shape = AgencyPage

    def answer(self) -> dict[str, Any]:
        page = self.page_of_declared([*catalog().agencies.values()])
        return self.paged(page, [agency_shape(agency, self.addresses) for agency in page.rows])


class AgencyDetail(PublicView):
    operation, title, title_zh, tag = "getAgency", "One agency", "一个信源单位", "catalogue"
    text = "How to object to what it reports, and its datasets. 异议途径和信息类目。"
    shape = AgencyShape
    path_parameters = (AGENCY,)
    statuses = (404,)

    def answer(self) -> AgencyShape:
        agency = catalog().agencies.get(self.kwargs["agency"])
        if agency is None:
            raise not_found()
        return agency_shape(agency, self.addresses)

"""Companies (信用主体): search, the profile, and its records."""

from datetime import datetime
from typing import Annotated, Any, NotRequired, TypedDict

from django.http import HttpResponsePermanentRedirect
from django.urls import reverse

from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import labelled, match_kind
from publicity.api.labels import Addresses
from publicity.api.lists import ListingShape
from publicity.api.pagination import Next, Page, Previous, page_by_id, page_by_rank
from publicity.api.parameters import COMPANY_CODE, SEARCH, SORT, bad_value
from publicity.api.problems import Problem, not_found
from publicity.api.ratings import RatingShape
from publicity.api.record_shapes import Provenance, RecordShape, ValueShape
from publicity.api.records import Gone, ended
from publicity.api.selection import SINCE, acted_since
from publicity.api.shapes import Label, Uri
from publicity.api.subjects import CompanyShape, company_shape, other_names
from publicity.endings import ending_of_company
from publicity.filters import CompanyFilter
from publicity.standing import standing_at
from records.models import Company, Event


class SearchNote(TypedDict):
    """How far a search went. 检索范围。"""

    ranked: Annotated[int, "Matches that were ranked. 参与排序的结果数。"]
    more: Annotated[bool, "There are others, which nobody counted: say more. 还有更多结果，请补充关键词。"]


class CompanyPage(TypedDict):
    """A page of companies. 一页信用主体。"""

    next: Next
    previous: Previous
    search: NotRequired[Annotated[SearchNote, "Only in answers to `q`. 仅在检索时给出。"]]
    results: list[CompanyShape]


class Registration(Provenance):
    """What the registration authority reported. 登记信息。"""

    record: Annotated[Uri, "The record. 该条信息的地址。"]
    values: dict[str, ValueShape]


class CountShape(TypedDict):
    """How many public records of a category. 各类别信息条数。"""

    category: Annotated[Label, labelled("category", "penalty")]
    count: Annotated[int, {"examples": [3]}]
    datasets: Annotated[dict[str, int], "By dataset. 按信息类目。", {"examples": [{"tax-penalty": 3}]}]
    more: Annotated[bool, "There are more: of one dataset at most 1,000 are counted. 另有更多：每个类目最多计数 1,000 条。"]


class Profile(CompanyShape):
    """All there is on a company, except its records one by one. No score combines any of it. 信用主体全貌，不含综合评分。"""

    registration: Registration | None
    counts: list[CountShape]
    lists: Annotated[list[ListingShape], "Lists it is on today. 当前在列的名单。"]
    ratings: Annotated[list[RatingShape], "Ratings of all issuers, side by side. 各评价机构的评价，并列展示。"]
    records: Annotated[Uri, "All its records. 全部信用信息的地址。"]
    events: Annotated[Uri, "Its part of the log. 公示日志的地址。"]
    last_event: Annotated[int, "Number of the last event about it. 最后一条公示日志的序号。"]
    newest: NotRequired[Annotated[list[RecordShape], "Only with `expand=records`: what was published last. 最新公示的信用信息。"]]


class CompanyList(ListView):
    operation, title, title_zh, tag = "listCompanies", "Find companies", "查询信用主体", "companies"
    text = (
        "With `q` the best match comes first; without it companies come in the order of their publication. "
        "带 q 时最相近的在前，否则按公示先后。"
    )
    shape = CompanyPage
    parameters = (SEARCH, SORT, *SINCE)
    filters = CompanyFilter
    row_shape = CompanyShape

    def state(self) -> tuple | None:
        return Event.objects.state()

    def answer(self) -> dict[str, Any]:
        companies = self.filtered(Company.objects.public())
        if (after := acted_since(self.asked)) is not None:
            acts = Event.objects.public().told().filter(number__gt=after)
            companies = companies.filter(id__in=acts.values("company_id"))
        if "q" in self.asked:
            return self.found(companies)
        if "sort" in self.asked:
            raise bad_value("sort", self.asked["sort"], "It needs `q`.", "须与 q 同时使用。")
        page = page_by_id(companies, self.cursor, self.limit, newest_first=False)
        return self.paged(page, self.shapes(page))

    def found(self, companies) -> dict[str, Any]:
        found = companies.search(self.asked["q"], self.asked.get("sort", "fit"))
        places, page = page_by_rank(found.matches.ids, self.cursor, self.limit)
        matches = found.matches[places.start : places.stop]
        results = self.shapes(Page([match.company for match in matches]))
        for result, match in zip(results, matches, strict=True):
            result["matched"] = {"kind": match_kind(match.kind), "text": match.text}
        return self.paged(page, results, search={"ranked": len(found.matches), "more": found.more})

    def shapes(self, page: Page) -> list[CompanyShape]:
        names = other_names(page.rows)
        return [company_shape(company, names, self.addresses) for company in page.rows]


class CompanyView(PublicView):
    """Finds the company of an address; any other way to write its code leads to the one address it has."""

    tag = "companies"
    gone_shape = Gone
    path_parameters = (COMPANY_CODE,)
    statuses = (308, 404, 410)

    def get(self, request, code: str, **address):
        standing = standing_at(code)
        if standing is None:
            return self.elsewhere(request, code)
        self.standing, self.company = standing, standing.company
        return super().get(request, code=code, **address)

    def elsewhere(self, request, code: str) -> HttpResponsePermanentRedirect:
        """The address of a company that is written in another way; 404 or 410 when there is none."""
        company = Company.objects.public().by_code(code).first()
        if company is None:
            raise company_gone(code, Addresses(request))
        given, query = request.resolver_match, request.META["QUERY_STRING"]
        address = reverse(given.view_name, kwargs=given.kwargs | {"code": company.code}) + (f"?{query}" if query else "")
        return HttpResponsePermanentRedirect(address, preserve_request=True)

    def version(self) -> tuple:
        return self.standing.version

    def changed_at(self) -> datetime | None:
        return self.standing.changed_at


def company_gone(code: str, addresses: Addresses) -> Problem:
    """404 for a company that never was public, 410 for one whose registration was withdrawn."""
    ending = ending_of_company(code)
    if ending is None:
        return not_found()
    told = f"The registration of this company is no longer public since {ending.on}.", f"该主体的登记信息自 {ending.on} 起不再公示。"
    return ended(ending, *told, addresses)

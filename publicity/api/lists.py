"""Lists of companies (名单): what being on one means, and who is on it."""

from typing import Annotated, Any, TypedDict

from blacklists.models import Listing, lists
from publicity.api.base import ListView, PublicView
from publicity.api.enumerations import CURRENT, REMOVED, labelled
from publicity.api.labels import Addresses, label, titles
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import dataset_slug
from publicity.api.problems import not_found
from publicity.api.record_shapes import DatasetRef, RecordShape, Source, dataset_ref, record_shape
from publicity.api.records import RecordPages
from publicity.api.shapes import Bilingual, Date, Label, Uri, words
from publicity.filters import ListingFilter
from records.dataset import Dataset
from records.models import Record

Short = Annotated[Bilingual, "Short name of the list. 名单简称。", words("经营异常", "Abnormal operations")]
Authority = Annotated[Bilingual, "Who decides. 认定机关。", words("市场监督管理部门", "Market regulation authorities")]
ListSource = Annotated[
    Source, {"examples": [{"slug": "samr", "title": {"zh": "国家市场监督管理总局", "en": "State Administration for Market Regulation"}}]}
]
LegalBasis = Annotated[Bilingual, words("《企业信息公示暂行条例》（2024年修订）",
                                        "Interim Regulation on Enterprise Information Disclosure (as revised in 2024)")]  # fmt: skip


class ListShape(TypedDict):
    """A list and what being on it means. 名单及其含义。"""

    slug: Annotated[str, {"examples": ["samr-abnormal"]}]
    title: Annotated[Bilingual, words("经营异常名录信息", "List of abnormal operations")]
    short: Short
    category: Annotated[Label, labelled("category", "abnormal")]
    polarity: Annotated[Label, "Red lists are positive, black lists negative. 红名单为正面，黑名单为负面。",
                        labelled("polarity", "negative")]  # fmt: skip
    source: ListSource
    authority: Authority
    legal_basis: LegalBasis
    measures: Annotated[dict[str, list[str]], "What follows from being listed, in `zh` and `en`. 惩戒或激励措施。",
                        {"examples": [{"zh": ["列为重点监管对象"], "en": ["Priority supervision"]}]}]  # fmt: skip
    term_years: Annotated[int | None, "Years on the list; null for no fixed term. 列入年限。", {"examples": [3]}]
    removed_visible: Annotated[bool, "Removed entries stay visible, marked as removed. 移出后是否仍显示。"]
    repair_months: Annotated[int, "Months before repair may be applied for; 0: any time. 满多少个月可申请修复。"]
    dataset: DatasetRef
    url: Uri
    listings: Annotated[Uri, "Its entries. 名单记录的地址。"]
    page: Uri


class ListPage(TypedDict):
    """All public lists. 全部名单。"""

    next: Next
    previous: Previous
    results: list[ListShape]


class ListingShape(RecordShape):
    """An entry of a list: the record and what is particular to lists. 名单记录。"""

    list: Short
    state: Annotated[Label, "On the list today, or removed. 是否仍在列。", labelled("listing", "current")]
    listed_on: Annotated[Date | None, "列入日期。"]
    removed_on: Annotated[Date | None, "移出日期。"]
    term_years: Annotated[int | None, "Years on the list; null for no fixed term. 列入年限。", {"examples": [3]}]
    reason: Annotated[str | None, "Why it was listed. 列入原因。", {"examples": ["通过登记的住所无法联系（测试样例）"]}]
    removal_reason: Annotated[str | None, "Why it was removed. 移出原因。"]


class ListingPage(TypedDict):
    """A page of entries. 一页名单记录。"""

    next: Next
    previous: Previous
    results: list[ListingShape]


def list_shape(dataset: Dataset, addresses: Addresses) -> ListShape:
    terms = dataset.list
    return {
        "slug": dataset.slug,
        "title": titles(dataset),
        "short": titles(terms, "short"),
        "category": label(dataset.category),
        "polarity": label(dataset.polarity),
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "authority": titles(terms, "authority"),
        "legal_basis": titles(dataset, "legal_basis"),
        "measures": {language: [*terms.text("measures", language)] for language in ("zh", "en")},
        "term_years": terms.term_years or None,
        "removed_visible": terms.removed_visible,
        "repair_months": terms.repair_months,
        "dataset": dataset_ref(dataset, addresses),
        "url": addresses.of("api-list", dataset.slug),
        "listings": addresses.of("api-listings", dataset.slug),
        "page": addresses.of("list", dataset.slug),
    }


def listing_shape(record: Record, addresses: Addresses) -> ListingShape:
    """An entry of a list; ``record`` is a record of a dataset that has list terms."""
    shape, dataset = record_shape(record, addresses), record.declaration
    return shape | {
        "list": titles(dataset.list, "short"),
        "state": REMOVED if record.removed else CURRENT,
        "listed_on": shape["decided_on"],
        "removed_on": _by_role(record, shape, "ended_on"),
        "term_years": dataset.list.term_years or None,
        "reason": _by_role(record, shape, "listed_reason"),
        "removal_reason": _by_role(record, shape, "ended_reason"),
    }


def _by_role(record: Record, shape: RecordShape, role: str) -> Any:
    """The disclosed value of the field with a role."""
    field = record.declaration.by_role.get(role)
    return shape["values"][field.name]["value"] if field and field.name in shape["values"] else None


def list_of(slug: str) -> Dataset:
    """The public list of a slug. Raises ``Problem`` 404."""
    found = next((dataset for dataset in lists() if dataset.slug == slug), None)
    if found is None:
        raise not_found()
    return found


class ListList(ListView):
    operation, title, title_zh, tag = "listLists", "All public lists", "全部名单", "lists"
    text = "Lists of abnormal operation, of serious discredit, and honour lists. 经营异常名录、严重失信主体名单和诚实守信名单。"
    shape = ListPage

    def answer(self) -> dict[str, Any]:
        page = self.page_of_declared(lists())
        return self.paged(page, [list_shape(dataset, self.addresses) for dataset in page.rows])


class ListDetail(PublicView):
    operation, title, title_zh, tag = "getList", "One list", "一个名单", "lists"
    text = "What being on it means, who decides and for how long. 名单的含义、认定机关和期限。"
    shape = ListShape
    path_parameters = (dataset_slug("samr-abnormal"),)
    statuses = (404,)

    def answer(self) -> ListShape:
        return list_shape(list_of(self.kwargs["slug"]), self.addresses)


class ListingList(RecordPages):
    operation, title, title_zh, tag = "listListings", "Entries of a list", "名单记录", "lists"
    text = (
        "Current and removed entries; `state=current` leaves only those on the list today. "
        "包括在列和已移出的记录；state=current 仅给出当前在列的。"
    )
    shape, row_shape = ListingPage, ListingShape
    filters = ListingFilter
    path_parameters = (dataset_slug("samr-abnormal"),)
    statuses = (404,)

    def rendered(self, record: Record) -> ListingShape:
        return listing_shape(record, self.addresses)

    def answer(self) -> dict[str, Any]:
        page = self.page_of(Listing.objects.public().filter(dataset=list_of(self.kwargs["slug"]).slug))
        return self.paged(page, self.shapes(page.rows))

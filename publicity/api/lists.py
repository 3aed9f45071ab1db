"""Lists of companies (名单): what being on one means, and who is on it."""

from typing import Annotated, Any, TypedDict

from blacklists.models import Listing, lists
from publicity.api.base import ListView
from publicity.api.labels import Addresses, label, titles
from publicity.api.pagination import Next, Previous
from publicity.api.parameters import dataset_slug
from publicity.api.problems import not_found
from publicity.api.record_shapes import DatasetRef, RecordShape, Source, dataset_ref, record_shape
from publicity.api.records import RecordPages
from publicity.api.shapes import Bilingual, Date, Label, Uri
from publicity.filters import ListingFilter
from records.dataset import Dataset
from records.models import Record

CURRENT: Label = {"code": "current", "zh": "当前在列", "en": "On the list"}
REMOVED: Label = {"code": "removed", "zh": "已移出", "en": "Removed"}


class ListShape(TypedDict):
    """A list and what being on it means. 名单及其含义。"""

    slug: Annotated[str, {"examples": ["samr-abnormal"]}]
    title: Bilingual
    short: Annotated[Bilingual, "Short name. 简称。"]
    category: Label
    polarity: Annotated[Label, "Red lists are positive, black lists negative. 红名单为正面，黑名单为负面。"]
    source: Source
    authority: Annotated[Bilingual, "Who decides. 认定机关。"]
    legal_basis: Bilingual
    measures: Annotated[dict[str, list[str]], "What follows from being listed, in `zh` and `en`. 惩戒或激励措施。",
                        {"examples": [{"zh": ["列为重点监管对象"], "en": ["Priority supervision"]}]}]  # fmt: skip
    term_years: Annotated[int | None, "Years on the list; null for no fixed term. 列入年限。", {"examples": [3]}]
    removed_visible: Annotated[bool, "Removed entries stay visible, marked as removed. 移出后是否仍显示。"]
    repair_months: Annotated[int, "Months before repair may be applied for; 0: any time. 满多少个月可申请修复。"]
    dataset: DatasetRef
    listings: Annotated[Uri, "Its entries. 名单记录的地址。"]
    page: Uri


class ListPage(TypedDict):
    """All public lists. 全部名单。"""

    next: Next
    previous: Previous
    results: list[ListShape]


class ListingShape(RecordShape):
    """An entry of a list: the record and what is particular to lists. 名单记录。"""

    list: Annotated[Bilingual, "Short name of the list. 名单简称。"]
    state: Annotated[Label, "On the list today, or removed. 是否仍在列。", {"examples": [CURRENT]}]
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


class ListList(ListView):
    operation, title, title_zh, tag = "listLists", "All public lists", "全部名单", "lists"
    text = "Lists of abnormal operation, of serious discredit, and honour lists. 经营异常名录、严重失信主体名单和诚实守信名单。"
    shape = ListPage

    def answer(self) -> dict[str, Any]:
        page = self.page_of_declared(lists())
        return self.paged(page, [list_shape(dataset, self.addresses) for dataset in page.rows])


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
        slug = self.kwargs["slug"]
        if slug not in {dataset.slug for dataset in lists()}:
            raise not_found()
        page = self.page_of(Listing.objects.public().filter(dataset=slug))
        return self.paged(page, self.shapes(page.rows))

"""Lists of companies (名单)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from blacklists.models import Listing, lists
from publicity.figures import list_counts
from publicity.filters import ListingFilter, region_choices
from publicity.keyset import keyset_page
from publicity.profile import Row
from publicity.views.caching import public_page, while_log_stands

PAGE = 25


@public_page(60)
def index(request):
    """Every list, by the authority that keeps it."""
    return while_log_stands(request, lambda _head: all_lists(request))


def all_lists(request) -> HttpResponse:
    counts = list_counts()
    by_agency: dict = {}
    for dataset in lists():
        by_agency.setdefault(dataset.agency, []).append((dataset, counts[dataset.slug]))
    return render(request, "lists.html", {"agencies": list(by_agency.items())})


@public_page(60)
def entries(request, slug):
    """One list: who is on it, or was taken off it, newest first or oldest first."""
    return while_log_stands(request, lambda _head: one_list(request, slug))


def one_list(request, slug: str) -> HttpResponse:
    dataset = next((found for found in lists() if found.slug == slug), None)
    if dataset is None:
        raise Http404
    given = request.GET.copy()
    if not (given.get("state") == "removed" and dataset.list.removed_visible):
        given["state"] = "current"
    public = Listing.objects.public().filter(dataset=slug).select_related("company")
    filters = ListingFilter(given, queryset=public)
    context = {"dataset": dataset, "filters": filters, "state": given["state"], "sort": given.get("sort", "")}
    narrowed = any(given.get(name) for name in ListingFilter.base_filters if name != "state")
    context |= {"regions": region_choices(), "total": list_counts()[slug], "narrowed": narrowed}
    if not filters.is_valid():
        return render(request, "list.html", context, status=400)
    page = keyset_page(filters.qs, given.dict(), size=PAGE, newest_first=given.get("sort") != "oldest")
    return render(request, "list.html", context | {"page": page, "rows": [Row(listing) for listing in page.rows]})

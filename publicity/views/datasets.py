"""The catalogue of public credit information."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from publicity.figures import bounded, freshness
from publicity.filters import CATEGORIES
from publicity.views.caching import public_page, while_log_stands
from records.catalog import catalog
from records.dataset import Dataset, Disclosure
from records.models import Record
from records.sheets import blank_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def find(slug: str) -> Dataset:
    """A dataset whose existence is public, whoever may see its rows; 404 when there is none."""
    dataset = catalog().datasets.get(slug)
    if dataset is None or dataset.disclosure is Disclosure.WITHHELD:
        raise Http404
    return dataset


@public_page(300)
def index(request):
    """Every dataset by category, with its agency, its disclosure level and the day of its last publication."""
    fresh = freshness()
    groups = [
        (
            category,
            title,
            [(found, fresh.get(found.slug)) for found in catalog().of(category, disclosure=Disclosure.GOVERNMENT)],
        )
        for category, title in CATEGORIES.items()
    ]
    context = {"groups": [group for group in groups if group[2]], "held": len(fresh)}
    return render(request, "datasets.html", context | {"total": sum(len(group[2]) for group in groups)})


@public_page(300)
def dataset(request, slug):
    """One dataset: what it is, its columns, how fresh; of those not open to the public only the declaration."""
    return while_log_stands(request, lambda _head: one_dataset(request, slug))


def one_dataset(request, slug: str) -> HttpResponse:
    found = find(slug)
    context = {"dataset": found, "open": found.disclosure is Disclosure.PUBLIC}
    if context["open"]:
        context["total"] = bounded(Record.objects.public().filter(dataset=slug))
        context["as_of"] = freshness().get(slug)
    return render(request, "dataset.html", context)


@public_page(3600)
def sheet(request, slug):  # noqa: ARG001 - a view
    """A blank spreadsheet with the headings of the dataset, for reporting."""
    found = find(slug)
    response = HttpResponse(blank_sheet(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{found.slug}.xlsx"'
    return response

"""Finding companies: results to narrow, sort and take along, and suggestions while typing."""

import re

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _

from publicity import finding
from publicity.figures import Count
from publicity.filters import CompanyFilter
from publicity.forms import SORTS, SearchForm
from publicity.narrowing import Choice, address, chosen, facets, region_options
from publicity.views.caching import public_page, while_log_stands
from publicity.wider import wider
from records import uscc
from records.models import Company
from records.resources import csv_chunks

PAGE = 20
# Nearly as many characters as a number has, most of them digits: somebody means a whole one, right or wrong.
_MEANT_AS_CODE = re.compile(r"(?=(?:.*[0-9]){7})[0-9A-Z]{12,20}").fullmatch


@public_page(60)
def search(request):
    """Companies by name or code; a whole code leads straight to its company, a wrong one is explained."""
    return while_log_stands(request, lambda head: results(request, head))


def results(request, head: int | None) -> HttpResponse:
    context = asked(request, head)
    if "found" not in context:
        response = render(request, "search.html", context, status=400 if context["wrong"] else 200)
        if context.get("personal"):
            response["Cache-Control"] = "no-store"
        return response
    found = context["found"]
    if [match.kind for match in found.matches.ranked] == ["code"]:
        return HttpResponseRedirect(found.matches[0].company.get_absolute_url())
    if not found.matches:
        context["wider"] = wider(context["query"], filtered=bool(context["chosen"]))
        return render(request, "search.html", context | explanation(context["query"]))
    page = Paginator(found.matches, PAGE).get_page(max(1, _number(request.GET.get("page", ""))))
    shown = finding.results_of(page, found, narrowed=bool(context["chosen"]))
    context |= {"page": page, "results": shown, "facets": facets(found, request.GET)}
    sort = context["form"].cleaned_data["sort"]
    context["sorts"] = [(Choice(label, 0, address(request.GET, sort=name)), name == sort) for name, label in SORTS]
    context |= {"total": Count(len(found.matches), found.more), "export": address(request.GET)}
    return render(request, "search.html", context)


@public_page(60)
def export(request):
    """The matches of a search as a CSV, in their order: at most those that were ranked."""
    context = asked(request)
    if "found" not in context:
        return render(request, "search.html", context, status=400)
    rows = finding.table(context["found"], request.build_absolute_uri)
    response = StreamingHttpResponse(csv_chunks(rows), content_type="text/csv; charset=utf-8")
    name = "-".join((_("企业查询"), slugify(context["query"], allow_unicode=True), f"{timezone.localdate():%Y%m%d}"))
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.csv")
    return response


@public_page(60)
def suggest(request):
    """At most eight companies for what was typed so far among those the form asks for, for the script of the search field."""
    form, filters = SearchForm(request.GET), CompanyFilter(request.GET, queryset=Company.objects.public())
    found = filters.qs.suggest(form.cleaned_data["q"]) if form.is_valid() and filters.is_valid() else []
    return JsonResponse({"suggestions": [finding.suggestion(match) for match in found]})


def asked(request, head: int | None = None) -> dict:
    """The form, the filters and, when both can be used, the query and what it found."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    filters = CompanyFilter(request.GET, queryset=Company.objects.public(head))
    context = {"form": form, "filters": filters, "wrong": bool(form.errors or filters.errors)}
    if not filters.is_valid():
        return context
    context |= {"chosen": chosen(filters, request.GET), "other_region": region_options(request.GET)}
    if not form.is_valid():
        # A personal number is not repeated in the field, nor the page kept.
        return context | {"personal": form.has_error("q", "personal")}
    query = form.cleaned_data["q"]
    return context | {"query": query, "found": filters.qs.search(query, form.cleaned_data["sort"])}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def explanation(query: str) -> dict:
    """What is wrong with a query meant as a code, character by character; nothing for any other query."""
    code = uscc.normalise(query)
    if not _MEANT_AS_CODE(code):
        return {}
    verdict = uscc.explain(query)
    wrong = {problem.position for problem in verdict.problems}
    digits = [{"character": character, "wrong": at in wrong} for at, character in enumerate(verdict.code, start=1)]
    return {"verdict": verdict, "digits": digits}

"""Finding companies."""

import re

from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render

from publicity.facts import label_of
from publicity.figures import Count
from publicity.filters import CompanyFilter
from publicity.forms import SearchForm
from publicity.profile import lists_of
from publicity.views.caching import public_page
from records import uscc
from records.models import Company

PAGE = 20
# Nine characters or more of which most are digits: somebody means a code, right or wrong.
_MEANT_AS_CODE = re.compile(r"(?=(?:.*[0-9]){7})[0-9A-Z]{9,20}").fullmatch


@public_page(60)
def search(request):
    """Companies by name or code; a whole code leads straight to its company, a wrong one is explained."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    filters = CompanyFilter(request.GET, queryset=Company.objects.public())
    context = {"form": form, "filters": filters}
    if not form.is_valid() or not filters.is_valid():
        wrong = form.is_bound or not filters.is_valid()
        return render(request, "search.html", context, status=400 if wrong else 200)
    query = form.cleaned_data["q"]
    found = filters.qs.search(query)
    if len(found.matches) == 1 and found.matches[0].kind == "code":
        return HttpResponseRedirect(found.matches[0].company.get_absolute_url())
    if not found.matches:
        return render(request, "search.html", context | {"query": query} | explanation(query))
    page = Paginator(found.matches, PAGE).get_page(request.GET.get("page"))
    context |= {"query": query, "page": page, "results": results_of(page), "found": found}
    context["total"] = Count(len(found.matches), found.more)
    return render(request, "search.html", context)


def results_of(page) -> list[dict]:
    """The matches of a page, each with the lists its company is on."""
    on = lists_of([match.company for match in page])
    return [
        {
            "match": match,
            "company": match.company,
            "lists": on[match.company.id],
            "representative_label": label_of("legal_representative", match.company.kind),
            "established_label": label_of("established_on", match.company.kind),
        }
        for match in page
    ]


def explanation(query: str) -> dict:
    """What is wrong with a query meant as a code, character by character; nothing for any other query."""
    code = uscc.normalise(query)
    if not _MEANT_AS_CODE(code):
        return {}
    verdict = uscc.explain(query)
    wrong = {problem.position for problem in verdict.problems}
    digits = [{"character": character, "wrong": at in wrong} for at, character in enumerate(verdict.code, start=1)]
    return {"verdict": verdict, "digits": digits}

"""The small page about a company that other tools show in a frame. Only it may be framed; it sets no cookie."""

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_exempt

from publicity.api.labels import label
from publicity.endings import ending_of_company
from publicity.reconcile.vocabulary import TYPES
from publicity.views.caching import public_page
from publicity.views.errors import gone
from records.models import Company, SearchName

WIDTH, HEIGHT = 430, 300
POLICY = {"default-src": [NONE], "style-src": [SELF], "img-src": [SELF], "base-uri": [NONE], "form-action": [NONE],
          "frame-ancestors": ["*"]}  # fmt: skip


@xframe_options_exempt
@csp_replace(POLICY)
@public_page(60)
def preview(request, code):
    if not code.isprintable():
        raise Http404
    company = Company.objects.public().by_code(code).first()
    if company is None:
        return gone(request, ending_of_company(code))
    if company.code != code:
        return HttpResponsePermanentRedirect(reverse("reconcile-preview", args=[company.code]))
    former = SearchName.objects.filter(company=company, kind=SearchName.Kind.FORMER).order_by("id")
    context = {
        "company": company,
        "status": label(Company.Status(company.status)),
        "kind": TYPES[company.kind]["name"],
        "former": former.values_list("text", flat=True)[:2],
    }
    return render(request, "reconcile/preview.html", context)

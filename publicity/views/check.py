"""Checking up to 500 companies at once, for people who do not program (批量核查)."""

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from blacklists import asked, screening
from blacklists.screening import Checked
from publicity.api.base import encoded
from publicity.api.labels import Addresses
from publicity.api.throttling import Quota, quota_of
from publicity.certificates import Behind, certificate
from publicity.checking import Results, table
from publicity.forms import CheckForm
from publicity.views.caching import public_page
from records.models import Event
from records.resources import csv_chunks

MOST_BYTES = 4 * 1024 * 1024


# Nothing is changed by the form, and public pages set no cookie, without which there can be no CSRF token.
@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def check(request):
    return result(request) if request.method == "POST" else form_page(request)


@public_page(3600)
def form_page(request):
    return render(request, "check.html", {"form": CheckForm(), "most": asked.MOST_LINES})


@never_cache
def result(request):
    """The table of what was pasted or uploaded, as a page or a CSV; kept by nobody."""
    context = {"most": asked.MOST_LINES}
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        problem = _("提交的内容超过 %(most)s MB。") % {"most": MOST_BYTES >> 20}
        return render(request, "check.html", context | {"form": CheckForm(), "problem": problem}, status=413)
    # Reading what was sent is work too, whether or not it can be used.
    quota = quota_of(request)
    if quota.exceeded:
        return too_often(request, context | {"form": CheckForm()}, quota)
    context["form"] = form = CheckForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "check.html", context, status=400)
    if not quota.take_lines(len(form.cleaned_data["checked"])):
        return too_often(request, context, quota)
    event = Event.objects.head()
    checked = screening.check(form.cleaned_data["checked"])
    if form.cleaned_data["format"] == "certificate":
        return certified(request, checked, event) or busy(request, context)
    results = Results(checked)
    if form.cleaned_data["format"] == "csv":
        return as_csv(results, request.build_absolute_uri)
    return render(request, "check.html", context | {"results": results})


def too_often(request, context: dict, quota: Quota) -> HttpResponse:
    says = _("核查过于频繁，请在 %(wait)s 秒后再试。")
    if quota.lines_left:
        says = _("核查过于频繁，请在 %(wait)s 秒后再试，或现在核查不超过 %(left)s 行。")
    problem = says % {"wait": quota.reset, "left": quota.lines_left}
    response = render(request, "check.html", context | {"problem": problem}, status=429)
    response["Retry-After"] = str(quota.reset)
    return response


def busy(request, context: dict) -> HttpResponse:
    problem = _("公示日志正在封存，请在一分钟后再出具凭证。")
    response = render(request, "check.html", context | {"problem": problem}, status=503)
    response["Retry-After"] = "60"
    return response


def certified(request, checked: list[Checked], event: int) -> HttpResponse | None:
    """The certificate of a check as a file; None while the tree of the log is behind."""
    try:
        made = certificate(checked, event, Addresses(request))
    except Behind:
        return None
    response = HttpResponse(encoded(made), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="certificate-{made["statement"]["number"]}.json"'
    return response


def as_csv(results: Results, address) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_chunks(table(results, address)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="check-{timezone.localdate():%Y%m%d}.csv"'
    return response

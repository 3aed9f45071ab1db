"""Whether a certificate is genuine, and whether anything has happened since: for whoever was handed one."""

from datetime import datetime
from typing import Any

from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from publicity.certificates import Findings, examined, key_of, known_keys, sealed_tree
from publicity.forms import CertificateForm
from publicity.views.caching import public_page
from publicity.views.check import MOST_BYTES
from records.models import Company, Event, LogTree
from records.signed_note import encoded


# Nothing is changed by the form, and public pages set no cookie, without which there can be no CSRF token.
@csrf_exempt
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    return result(request) if request.method == "POST" else form_page(request)


@public_page(3600)
def form_page(request):
    return render(request, "verify.html", {"form": CertificateForm(), "keys": known_keys()})


@never_cache
def result(request):
    """What a certificate says and whether it is genuine; kept by nobody."""
    context: dict[str, Any] = {"keys": known_keys(), "form": CertificateForm()}
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        problem = _("提交的内容超过 %(most)s MB。") % {"most": MOST_BYTES >> 20}
        return render(request, "verify.html", context | {"problem": problem}, status=413)
    form = CertificateForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "verify.html", context | {"form": form}, status=400)
    try:
        document = form.cleaned_data["document"]
        found = examined(document, key_of(document))
    except ValueError:
        return render(request, "verify.html", context | {"problem": _("这不是核查凭证：缺少应有的内容。")}, status=400)
    language = 1 if get_language().startswith("en") else 0
    wrong = [sentence[language] for sentence in found.wrong]
    # What is not signed by us is not repeated as if it were.
    shown = {} if wrong else shown_of(found)
    return render(request, "verify.html", context | {"found": found, "wrong": wrong} | shown)


def shown_of(found: Findings) -> dict[str, Any]:
    issued_at = datetime.fromisoformat(found.statement["issued_at"])
    return {"statement": found.statement, "issued_at": issued_at, "goes_on": goes_on(found.statement["log"]), "since": changed_since(found)}


def goes_on(log: dict[str, Any]) -> bool:
    """Whether the log of today begins with the one that a certificate tells of."""
    size = log["size"]
    return size <= sealed_tree().size and encoded(LogTree(size).root()) == log["root"]


def changed_since(found: Findings) -> set[str]:
    """Codes of the companies that a certificate confirms of which something was told since, or which bear another code now."""
    codes = {result["candidates"][0]["id"] for result in found.statement["results"] if result["match"]}
    companies = dict(Company.objects.filter(code__in=codes).values_list("code", "id"))
    told = Event.objects.public().told().filter(number__gt=found.statement["event"], company_id__in=companies.values())
    changed = set(told.order_by().values_list("company_id", flat=True).distinct())
    return {code for code in codes if companies.get(code) is None or companies[code] in changed}

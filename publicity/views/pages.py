"""The home page, help and the small pages."""

from django.conf import settings
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from blacklists.models import lists
from publicity.context import DISPLAY
from publicity.figures import holdings, list_counts
from publicity.filters import CATEGORIES
from publicity.forms import ways_in
from publicity.views.caching import public_page
from records.catalog import catalog

YEAR = 365 * 24 * 3600
TOPICS = {
    "search": _("如何查询"),
    "repair": _("信用修复"),
    "objection": _("异议申诉"),
    "data": _("数据说明"),
    "about": _("关于本站"),
    "accessibility": _("无障碍"),
    "terms": _("使用条款"),
}


@public_page(60)
def home(request):
    held, counts = holdings(), list_counts()
    agencies: dict = {}
    for dataset in lists():
        agencies.setdefault(dataset.agency, []).append((dataset, counts[dataset.slug]))
    categories = [(category, title, catalog().of(category)) for category, title in CATEGORIES.items()]
    context = {
        "held": held,
        "agencies": list(agencies.items()),
        "categories": [entry for entry in categories if entry[2]],
        "datasets_held": len(held["freshness"]),
        "ways": ways_in(),
    }
    return render(request, "home.html", context)


@public_page(3600)
def help_index(request):
    return render(request, "help/index.html", {"topics": TOPICS})


@public_page(3600)
def help_topic(request, topic):
    if topic not in TOPICS:
        raise Http404
    context = {"topics": TOPICS, "topic": topic, "title": TOPICS[topic], "agencies": catalog().agencies.values()}
    return render(request, f"help/{topic}.html", context)


@public_page(3600)
def robots(request):
    return render(
        request,
        "robots.txt",
        {"sitemap": request.build_absolute_uri(reverse("sitemap-index"))},
        content_type="text/plain; charset=utf-8",
    )


@never_cache
def display(request):
    """Set or clear a display preference (``?size=large``, ``?contrast=high``) and go back to the page."""
    target = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse("home")
    response = HttpResponseRedirect(target)
    for name, value in DISPLAY.items():
        if request.GET.get(name) == value:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.HTTPS, httponly=True)
        elif name in request.GET:
            response.delete_cookie(name, samesite="Lax")
    return response

"""What search engines are told about: the standing pages, lists, datasets and every public company."""

import functools
import re

from django.contrib.sitemaps import Sitemap, views
from django.core.cache import cache
from django.core.paginator import EmptyPage, Page, PageNotAnInteger
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_page

from blacklists.models import lists
from publicity.views.caching import public_page
from records.catalog import catalog
from records.dataset import Disclosure
from records.models import Company, Event

HOUR = 3600
# Addresses of one sitemap (sitemaps.org).
MOST = 50_000


class Pages(Sitemap):
    i18n = alternates = x_default = True

    def items(self) -> list[tuple[str, list[str]]]:
        topics = ("search", "repair", "objection", "data", "about", "accessibility", "terms")
        return [
            *((name, []) for name in ("home", "lists", "datasets", "quality", "api-guide")),
            *(("help", [topic]) for topic in topics),
            *(("list", [found.slug]) for found in lists()),
            *(("dataset", [found.slug]) for found in catalog().of(disclosure=Disclosure.GOVERNMENT)),
        ]

    def location(self, item: tuple[str, list[str]]) -> str:
        return reverse(item[0], args=item[1])


class CompanyPages:
    """Pages of all public companies by id: each begins where the one before ended, so the last costs what the first costs.

    Where they begin is looked up once an hour. New companies have higher ids and stand on the last page.
    """

    size = 10_000

    @functools.cached_property
    def starts(self) -> list[int]:
        return cache.get_or_set("sitemap-companies", self._starts, HOUR)

    def _starts(self) -> list[int]:
        starts, ids = [0], Company.objects.public().order_by("id").values_list("id", flat=True)
        while last := ids.filter(id__gt=starts[-1])[self.size - 1 : self.size].first():
            starts.append(last)
        return starts if len(starts) == 1 or ids.filter(id__gt=starts[-1]).exists() else starts[:-1]

    @property
    def num_pages(self) -> int:
        return len(self.starts)

    def page(self, number) -> Page:
        if not str(number).isdecimal():
            raise PageNotAnInteger
        if not 1 <= int(number) <= self.num_pages:
            raise EmptyPage
        first, *rest = self.starts[int(number) - 1 : int(number) + 1]
        companies = Company.objects.public().filter(id__gt=first).order_by("id").only("id", "code")
        found = companies.filter(id__lte=rest[0]) if rest else companies[:MOST]
        return Page(found, int(number), self)


class Companies(Sitemap):
    @property
    def paginator(self) -> CompanyPages:
        return CompanyPages()


SITEMAPS = {"pages": Pages, "companies": Companies}


_QUERY = re.compile(r"(?:p=[1-9][0-9]{0,5})?").fullmatch


@public_page(60)
def index(request):
    return _kept(views.index, request)


@public_page(60)
def section(request, section):
    return _kept(views.sitemap, request, section=section)


def _kept(view, request, **named):
    """The answer of the last hour, unless something has been taken off the site since; new companies may come an hour late.

    Each page has one address: what is kept is kept by it.
    """
    if not _QUERY(request.META["QUERY_STRING"]):
        raise Http404
    last, head = (
        Event.objects.of_acts().values_list("number", flat=True).order_by("-number").first() or 0,
        Event.objects.head(),
    )
    # An act that a batch being written holds back takes effect when the head of the log has passed it.
    since = f"sitemap:{last}:{last <= head}:{timezone.localdate()}"
    response = cache_page(HOUR, key_prefix=since)(view)(request, sitemaps=SITEMAPS, **named)
    # The hour is for this site alone: nothing recalls what a reader keeps.
    del response["Cache-Control"], response["Expires"]
    return response

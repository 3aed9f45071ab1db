"""What search engines are told about: the standing pages, lists, datasets and every public company."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from blacklists.models import lists
from records.catalog import catalog
from records.dataset import Disclosure
from records.models import Company


class Pages(Sitemap):
    i18n = alternates = x_default = True

    def items(self) -> list[tuple[str, list[str]]]:
        topics = ("search", "repair", "objection", "data", "about", "accessibility", "terms")
        return [
            *((name, []) for name in ("home", "lists", "datasets", "api-guide")),
            *(("help", [topic]) for topic in topics),
            *(("list", [found.slug]) for found in lists()),
            *(("dataset", [found.slug]) for found in catalog().of(disclosure=Disclosure.GOVERNMENT)),
        ]

    def location(self, item: tuple[str, list[str]]) -> str:
        return reverse(item[0], args=item[1])


class Companies(Sitemap):
    limit = 10_000

    def items(self):
        return Company.objects.public().only("id", "code").order_by("id")


SITEMAPS = {"pages": Pages, "companies": Companies}

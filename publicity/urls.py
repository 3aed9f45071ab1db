"""Every public address of the site. Chinese pages have no prefix, English ones stand under ``/en/``."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from publicity import feeds, sitemaps
from publicity.api.status import UnknownAddress
from publicity.bulk import serving as bulk
from publicity.reconcile.endpoint import Endpoint
from publicity.views import (
    check,
    companies,
    datasets,
    errors,
    guide,
    health,
    lists,
    pages,
    quality,
    records,
    search,
    verify,
)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("healthz/worker", health.worker, name="healthz-worker"),
    path("robots.txt", pages.robots, name="robots"),
    path("llms.txt", guide.llms, name="llms"),
    path("display/", pages.display, name="display"),
    path("sitemap.xml", sitemaps.index, name="sitemap-index"),
    path("sitemap-<section>.xml", sitemaps.section, name="django.contrib.sitemaps.views.sitemap"),
    path("api/v1", UnknownAddress.as_view(), {"rest": ""}),
    path("api/v1/", include("publicity.api.urls")),
    path("reconcile/", include("publicity.reconcile.urls")),
    path("reconcile", Endpoint.as_view()),
    path("feeds/corrections.atom", feeds.corrections, name="feed-corrections"),
    path("feeds/company/<slug:code>.atom", feeds.company, name="feed-company"),
    path("feeds/list/<slug:slug>.atom", feeds.entries, name="feed-list"),
    path("bulk/<path:path>", bulk.file, name="bulk-file"),
    *i18n_patterns(
        path("", pages.home, name="home"),
        path("search/", search.search, name="search"),
        path("search/suggest/", search.suggest, name="search-suggest"),
        path("search/companies.csv", search.export, name="search-export"),
        path("check/", check.check, name="check"),
        path("verify/", verify.verify, name="verify"),
        path("company/<slug:code>/", companies.company, name="company"),
        path("company/<slug:code>/<slug:category>/", companies.section, name="company-section"),
        path("record/<slug:key>/", records.record, name="record"),
        path("lists/", lists.index, name="lists"),
        path("lists/<slug:slug>/", lists.entries, name="list"),
        path("datasets/", datasets.index, name="datasets"),
        path("datasets/<slug:slug>/", datasets.dataset, name="dataset"),
        path("datasets/<slug:slug>/sheet.xlsx", datasets.sheet, name="dataset-sheet"),
        path("quality/", quality.index, name="quality"),
        path("quality/table.csv", quality.table, name="quality-table"),
        path("help/", pages.help_index, name="help-index"),
        path("help/<slug:topic>/", pages.help_topic, name="help"),
        path("bulk/", bulk.index, name="bulk"),
        path("api/", guide.api_guide, name="api-guide"),
        path("admin/", admin.site.urls),
        prefix_default_language=False,
    ),
]

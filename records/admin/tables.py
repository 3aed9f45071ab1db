"""What the lists of the admin share: read-only, bounded for millions of rows, limited to the reader's agencies."""

from datetime import date, datetime

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from records.catalog import catalog
from records.dataset import Dataset
from records.models import Membership, TrailEntry, entries_for

HISTORY = 200


def language() -> str:
    """The language of the page as declarations name it: ``zh`` or ``en``."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def dataset_title(slug: str) -> str:
    """The title of a dataset; its slug when the declaration is gone."""
    dataset = catalog().datasets.get(slug)
    return dataset.text("title", language()) if dataset else slug


def grouped(datasets: list[Dataset]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Choices of datasets under the titles of their agencies, as a select shows them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for dataset in datasets:
        title = dataset.agency.text("title", language())
        groups.setdefault(title, []).append((dataset.slug, dataset.text("title", language())))
    return list(groups.items())


def day(when: date | None) -> str:
    """A day as tables show it, 2026-06-15 in either language; "—" for none."""
    return when.isoformat() if when else "—"


def moment(when: datetime | None) -> str:
    """A time as tables show it, in the time zone of the site."""
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M") if when else "—"


def two_lines(first: str, second: str):
    """Two parts of one cell, the second beneath and quieter."""
    return format_html('{}<br><span class="code">{}</span>', first, second)


def chip(value: str, label: str):
    """A state as a small label; its look comes from staff.css and is never the only sign."""
    return format_html('<span class="chip chip-{}">{}</span>', value, label)


class BoundedPaginator(Paginator):
    """Counts at most ``LIMIT`` rows, so that a list over millions answers at once; ``more`` says there are others."""

    LIMIT = 1000

    @cached_property
    def found(self) -> int:
        return self.object_list.order_by()[: self.LIMIT + 1].count()

    @property
    def count(self) -> int:
        return min(self.found, self.LIMIT)

    @property
    def more(self) -> bool:
        return self.found > self.LIMIT


class DatasetFilter(admin.SimpleListFilter):
    """Choose one of the reader's datasets from a select, grouped by agency."""

    title = _("信息类目")
    parameter_name = "dataset"
    template = "admin/dataset_filter.html"

    def lookups(self, request, model_admin):  # noqa: ARG002
        self.groups = grouped(Membership.datasets_of(request.user))
        return [choice for _title, choices in self.groups for choice in choices]

    def queryset(self, request, queryset):  # noqa: ARG002
        return queryset.filter(dataset=self.value()) if self.value() else queryset

    def choices(self, changelist):
        """One entry: the groups and the other parameters of the list, which the form has to keep."""
        kept = changelist.get_filters_params()
        kept.pop(self.parameter_name, None)
        if changelist.query:
            kept["q"] = [changelist.query]
        hidden = [(name, value) for name, values in kept.items() for value in values]
        yield {"groups": self.groups, "value": self.value(), "hidden": hidden, "selected": bool(self.value())}


def history_page(model_admin: admin.ModelAdmin, request, object_id: str) -> TemplateResponse:
    """What was done to one object, when, by whom and why, for whoever may see the object.

    From where and what it changed stands in the entry of the trail, to which a line leads those who may read it.
    """
    found = model_admin.get_object(request, unquote(object_id))
    if not model_admin.has_view_permission(request, found):
        raise PermissionDenied
    if found is None:
        raise Http404
    entries = list(TrailEntry.objects.about(found).select_related("by")[:HISTORY])
    readable = entries_for(request.user) if request.user.has_perm("records.view_trailentry") else TrailEntry.objects.none()
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("操作历史"),
        "entries": entries,
        "readable": {*readable.filter(pk__in=[entry.pk for entry in entries]).values_list("pk", flat=True)},
        "opts": model_admin.opts,
        "original": found,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/records/history.html", context)


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list and pages that only show. Rows with a dataset are limited to the agencies of the reader."""

    actions = None
    empty_value_display = "—"
    paginator = BoundedPaginator
    list_per_page = 50
    show_full_result_count = False
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    by_dataset = True
    list_title = ""

    def has_add_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return False

    def changelist_view(self, request, extra_context=None):
        title = {"title": capfirst(self.list_title or self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_queryset(self, request) -> QuerySet:
        rows = super().get_queryset(request)
        if not self.by_dataset:
            return rows
        allowed = Membership.datasets_of(request.user)
        # An unbound reader sees every row; a list of all datasets in the query would only slow it down.
        if len(allowed) == len(catalog().datasets):
            return rows
        return rows.filter(dataset__in=[dataset.slug for dataset in allowed])

    def history_view(self, request, object_id, extra_context=None):  # noqa: ARG002
        return history_page(self, request, object_id)

    @admin.display(description=_("信息类目"))
    def dataset_title(self, row) -> str:
        return dataset_title(row.dataset)

    @admin.display(description=_("状态"))
    def state_chip(self, row):
        return chip(row.state, row.get_state_display())

"""The audit trail as staff read it: reviewers what was done to the datasets of their agencies, administrators everything.

Administrators bound to agencies see of what concerns no dataset what was done by and to the accounts they may see.
"""

import json
from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from records.admin.tables import DatasetFilter, ReadOnlyAdmin, chip, dataset_title, moment, two_lines
from records.models import Record, TrailEntry, entries_for
from records.resources import csv_chunks


class PeriodFilter(admin.SimpleListFilter):
    title = gettext_lazy("时间")
    parameter_name = "days"

    def lookups(self, request, model_admin):  # noqa: ARG002
        return [("1", _("今天")), ("7", _("近 7 天")), ("31", _("近 31 天"))]

    def queryset(self, request, queryset):  # noqa: ARG002
        if self.value() not in ("1", "7", "31"):
            return queryset
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(at__gte=midnight - timedelta(days=int(self.value()) - 1))


@admin.register(TrailEntry)
class TrailAdmin(ReadOnlyAdmin):
    by_dataset = False
    list_display = ("happened", "kind_chip", "who", "object_link", "title", "because")
    list_filter = (PeriodFilter, "kind", DatasetFilter)
    list_select_related = ("by",)
    search_fields = ("object_id",)
    search_help_text = gettext_lazy("用户名（操作人，或登录、被修改的账号）、来源地址、#批次号、信用信息编号、请求编号或理由中的文字")
    fields = ("happened", "kind_chip", "by", "address", "user_agent", "request", "object_link", "title", "was", "became",
              "because")  # fmt: skip
    readonly_fields = ("happened", "kind_chip", "object_link", "title", "was", "became")

    @admin.display(description=gettext_lazy("时间"))
    def happened(self, entry: TrailEntry) -> str:
        return moment(entry.at)

    @admin.display(description=gettext_lazy("操作"))
    def kind_chip(self, entry: TrailEntry):
        return chip(entry.kind, entry.get_kind_display())

    @admin.display(description=gettext_lazy("操作人"))
    def who(self, entry: TrailEntry):
        return two_lines(entry.by or "—", entry.address)

    @admin.display(description=gettext_lazy("信息类目"))
    def title(self, entry: TrailEntry) -> str:
        return dataset_title(entry.dataset) if entry.dataset else "—"

    @admin.display(description=gettext_lazy("对象"))
    def object_link(self, entry: TrailEntry):
        address, text = object_address(entry), entry.about or entry.object_id
        return format_html('<a href="{}">{}</a>', address, text) if address else text or "—"

    @admin.display(description=gettext_lazy("操作前"))
    def was(self, entry: TrailEntry):
        return as_lines(entry.before)

    @admin.display(description=gettext_lazy("操作后"))
    def became(self, entry: TrailEntry):
        return as_lines(entry.after)

    def get_queryset(self, request):
        return entries_for(request.user)

    def get_search_results(self, request, queryset, search_term):  # noqa: ARG002
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith("#"):
            return queryset.filter(object_kind="batch", object_id=term[1:]), False
        # ``about`` names the account of a failed sign-in, which is by nobody.
        exact = Q(by__username=term) | Q(about=term) | Q(address=term) | Q(object_id=term) | Q(request=term)
        return queryset.filter(exact | Q(because__contains=term)), False

    def get_urls(self):
        export = path("export.csv", self.admin_site.admin_view(self.export_view), name="records_trailentry_export")
        return [export, *super().get_urls()]

    @method_decorator(require_safe)
    def export_view(self, request):
        """The entries within the filters of the list as CSV; that, too, is an act."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        entries = self.get_changelist_instance(request).get_queryset(request)
        TrailEntry.note(TrailEntry.Kind.EXPORT, by=request.user, after={"what": "trail", "filters": dict(request.GET)})
        response = StreamingHttpResponse(csv_chunks(table(entries)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="audit-trail.csv"'
        return response


def table(entries):
    """The header, then one row per entry, read in bounded memory."""
    yield [_("编号"), _("时间"), _("操作"), _("操作人"), _("来源地址"), _("浏览器"), _("请求编号"), _("对象类别"), _("对象编号"),
           _("对象"), _("信息类目"), _("操作前"), _("操作后"), _("理由")]  # fmt: skip
    for entry in entries.select_related("by").iterator(chunk_size=2000):
        changed = [json.dumps(part, ensure_ascii=False) if part else "" for part in (entry.before, entry.after)]
        yield [entry.pk, timezone.localtime(entry.at).isoformat(timespec="seconds"), entry.get_kind_display(), entry.by,
               entry.address, entry.user_agent, entry.request, entry.object_kind, entry.object_id, entry.about,
               entry.dataset, *changed, entry.because]  # fmt: skip


def as_lines(part: dict | None):
    """Before or after as a reader sees it: one line for each thing noted."""
    if not part:
        return "—"
    lines = (f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}" for name, value in part.items())
    return format_html('<pre class="noted">{}</pre>', "\n".join(lines))


def object_address(entry: TrailEntry) -> str:
    """The admin page of what the entry is about; "" when there is none. A record leads to its newest version."""
    number = entry.object_id
    if entry.object_kind == "record":
        number = Record.objects.filter(key=number).order_by("-id").values_list("pk", flat=True).first()
    app = "auth" if entry.object_kind in ("user", "group") else "records"
    try:
        return reverse(f"admin:{app}_{entry.object_kind}_change", args=[number]) if number else ""
    except NoReverseMatch:
        return ""

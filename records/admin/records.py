"""Records: finding one, seeing everything about it, and correcting, withdrawing or repairing it with a reason."""

from datetime import date

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from import_export.admin import ExportMixin

from records.admin.acts import ACT_ON_RECORD, RECORD_ACTS, RecordAct
from records.admin.forms import CorrectionForm, ExportForm, ReasonForm
from records.admin.tables import BoundedPaginator, DatasetFilter, ReadOnlyAdmin, chip, day, grouped, language, two_lines
from records.catalog import catalog
from records.dataset import Disclosure
from records.models import ActRefused, Company, Event, Membership, Record, TrailEntry
from records.resources import FORMATS, RecordResource

VERSIONS, EVENTS, MATCHES = 50, 100, 200
EXPORT_ROWS = 200_000
AUDIENCES = {Disclosure.AUTHORIZED: gettext_lazy("授权查询"), Disclosure.GOVERNMENT: gettext_lazy("政务共享")}


def found_by(records: QuerySet, text: str) -> QuerySet:
    """Records by key, document number, company code or company name; every way stands on an index."""
    text = text.strip()
    if not text:
        return records
    for exact in (records.filter(key=text), records.filter(document_no=text)):
        if exact.exists():
            return exact
    companies = Company.objects.search(text).matches.ids[:MATCHES]
    return records.filter(company__in=companies)


def newest(records: QuerySet, datasets: list[str]) -> QuerySet:
    """As many of the newest records of these datasets as a list shows, sought dataset by dataset on an index.

    Asked for all datasets at once, a database reads either every record there is or all of these to sort them.
    """
    found: list[tuple] = []
    for slug in datasets:
        dated = records.filter(dataset=slug).order_by("-decided_on", "-id").values_list("decided_on", "id")
        found += dated[: BoundedPaginator.LIMIT + 1]
    found.sort(key=lambda pair: (pair[0] or date.min, pair[1]), reverse=True)
    return records.filter(pk__in=[pk for _, pk in found[: BoundedPaginator.LIMIT + 1]])


class StateFilter(admin.SimpleListFilter):
    """By state; the condition on the end lets an index of ended versions answer, which are few."""

    title = gettext_lazy("状态")
    parameter_name = "state"

    def lookups(self, request, model_admin):  # noqa: ARG002
        return Record.State.choices

    def queryset(self, request, queryset):  # noqa: ARG002
        if self.value() is None:
            return queryset
        return queryset.filter(state=self.value(), ended_event__isnull=self.value() == Record.State.CURRENT)


class RecordAdmin(ExportMixin, ReadOnlyAdmin):
    """The admin of records and, by a subclass, of any proxy of them."""

    import_export_change_list_template = "admin/records/record/change_list.html"
    export_template_name = "admin/records/record/export.html"
    export_formats = FORMATS
    list_display = ("title", "subject", "document_no", "decided", "published", "state_chip")
    list_filter = (DatasetFilter, StateFilter)
    list_select_related = ("company",)
    search_fields = ("key",)
    search_help_text = gettext_lazy("主体名称、统一社会信用代码、文书号（完整）或信用信息编号")

    @admin.display(description=gettext_lazy("信息类目"))
    def title(self, record: Record) -> str:
        return self.dataset_title(record)

    @admin.display(description=gettext_lazy("主体"))
    def subject(self, record: Record):
        return two_lines(record.company.name, record.company.code)

    @admin.display(description=gettext_lazy("决定日期"))
    def decided(self, record: Record) -> str:
        return day(record.decided_on)

    @admin.display(description=gettext_lazy("公示期"))
    def published(self, record: Record) -> str:
        until = f" / {day(record.published_until)}" if record.published_until else ""
        return f"{day(record.published_from)}{until}"

    # One permission for records and their proxies.

    def has_view_permission(self, request, obj=None) -> bool:  # noqa: ARG002
        return request.user.has_perm("records.view_record")

    def has_module_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def has_export_permission(self, request) -> bool:
        return self.has_view_permission(request)

    def acts_on(self, record: Record, user) -> list[RecordAct]:
        """The acts this reader may do on records such as this, on their current versions."""
        if not user.has_perm(ACT_ON_RECORD):
            return []
        return [act for act in RECORD_ACTS.values() if record.negative or act.name != "repair"]

    def get_ordering(self, request):
        # Each stands on an index: the list of one dataset by date, the list of all by version.
        by_date = request.GET.get("dataset") or self.datasets_shown(request) is not None
        return ("-decided_on", "-id") if by_date else ("-id",)

    def datasets_shown(self, request) -> list[str] | None:
        """The datasets this list is limited to for the reader; None for all."""
        allowed = Membership.datasets_of(request.user)
        return None if len(allowed) == len(catalog().datasets) else [dataset.slug for dataset in allowed]

    def get_search_results(self, request, queryset, search_term):
        shown = self.datasets_shown(request)
        chosen = {"q", "dataset", "state"} & set(request.GET) or request.resolver_match.func.__name__ == "export_action"
        if shown is not None and not chosen:
            return newest(queryset, shown), False
        return found_by(queryset, search_term), False

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        act = path("<int:pk>/act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=name)
        return [act, *super().get_urls()]

    def address(self, page: str, *args) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):  # noqa: ARG002
        record = self.get_object(request, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        events = Event.objects.of_record(record.key).select_related("by", "batch").order_by("-number")
        context = {
            "title": self.dataset_title(record),
            "subtitle": record.document_no or record.name,
            "original": record,
            "record": record,
            "dataset": record.declaration,
            "state": chip(record.state, record.get_state_display()),
            "public": Record.objects.public().filter(pk=record.pk).exists(),
            "values": shown_values(record),
            "versions": self.get_queryset(request).filter(key=record.key).select_related("batch")[:VERSIONS],
            "events": events[:EVENTS],
            "acts": [(act, self.address("act", record.pk, act.name)) for act in self.acts_on(record, request.user)]
            if record.state == Record.State.CURRENT
            else [],
        }
        return self.page(request, "admin/records/record/page.html", context)

    def act_view(self, request, pk: int, name: str):
        """Ask for the reason (and the corrected values), then do the act.

        Somebody else may have been quicker: then what was typed stays, beside the way to the newest version.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = get_object_or_404(self.get_queryset(request), pk=pk)
        act = RECORD_ACTS.get(name)
        if act is None:
            raise Http404
        if act not in self.acts_on(record, request.user):
            raise PermissionDenied
        newest = Record.objects.filter(key=record.key).latest("id")
        data = request.POST if request.method == "POST" else None
        ended = record.state != Record.State.CURRENT
        if ended and data is None:
            messages.error(request, _("该版本已不是现行版本"))
            return HttpResponseRedirect(self.address("change", newest.pk))
        form = CorrectionForm(record, language(), data) if name == "correct" else ReasonForm(data)
        if ended:
            form.add_error(None, _("该版本已不是现行版本"))
        if data is not None and form.is_valid() and self.do(request, record, act, form):
            current = Record.objects.filter(key=record.key).latest("id")
            return HttpResponseRedirect(self.address("change", current.pk))
        context = {
            "title": act.label,
            "subtitle": self.dataset_title(record),
            "act": act,
            "record": record,
            "form": form,
            "newest": self.address("change", newest.pk) if ended else "",
        }
        return self.page(request, "admin/records/record/act.html", context)

    def do(self, request, record: Record, act: RecordAct, form) -> bool:
        """True when it is done; otherwise the form says why not."""
        values = [form.corrections()] if act.name == "correct" else []
        try:
            getattr(record, act.name)(*values, by=request.user, because=form.cleaned_data["because"])
        except ActRefused as refused:
            form.add_error(None, str(refused))
            return False
        messages.success(request, act.done)
        return True

    def export_action(self, request):
        """Records of one dataset, within the filters of the list, as CSV or XLSX."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = ExportForm(
            request.POST or None,
            initial={"dataset": request.GET.get("dataset")},
            datasets=grouped(Membership.datasets_of(request.user)),
            formats=[kind().get_extension() for kind in self.get_export_formats()],
        )
        if request.method == "POST" and form.is_valid():
            records = self.get_export_queryset(request).filter(dataset=form.cleaned_data["dataset"])
            rows = records.order_by()[: EXPORT_ROWS + 1].count()
            if rows <= EXPORT_ROWS:
                noted = {"format": form.cleaned_data["format"], "rows": rows, "filters": dict(request.GET)}
                dataset = form.cleaned_data["dataset"]
                TrailEntry.note(TrailEntry.Kind.EXPORT, by=request.user, dataset=dataset, after=noted)
                return export(records, form.cleaned_data)
            form.add_error(None, _("超过 %(rows)s 行，请先筛选。") % {"rows": f"{EXPORT_ROWS:,}"})
        context = {"title": _("导出信用信息"), "form": form}
        return self.page(request, self.export_template_name, context)

    def page(self, request, template: str, context: dict) -> TemplateResponse:
        request.current_app = self.admin_site.name
        addresses = {"changelist_address": self.address("changelist"), "opts": self.opts}
        context = {**self.admin_site.each_context(request), **addresses, **context}
        return TemplateResponse(request, template, context)


admin.site.register(Record, RecordAdmin)


def shown_values(record: Record) -> list[tuple[str, str, str]]:
    """(title, text, audience) of every value staff may see, through the one door out; audience is "" for the public."""
    values = record.disclosed(Disclosure.GOVERNMENT)
    return [
        (column.text("title", language()), column.show(value, language()), AUDIENCES.get(column.disclosure, ""))
        for column, value in values.items()
    ]


def export(records: QuerySet, choice: dict) -> StreamingHttpResponse:
    """The records as a file, sent while it is made."""
    kind = next(kind() for kind in FORMATS if kind().get_extension() == choice["format"])
    resource = RecordResource(catalog().datasets[choice["dataset"]], language=language())
    rows = resource.table(records.select_related("company").iterator(chunk_size=2000))
    response = StreamingHttpResponse(kind.chunks(rows), content_type=kind.get_content_type())
    response["Content-Disposition"] = f'attachment; filename="{choice["dataset"]}.{kind.get_extension()}"'
    return response

"""Batches: uploading a file, reviewing what it would change, and the acts of the two people who publish it."""

import logging

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from import_export.admin import ImportMixin

from records import ingest, sheets
from records.admin import entry, review
from records.admin.acts import BATCH_ACTS, REVIEW, BatchAct, acknowledged
from records.admin.forms import ReasonForm, UploadForm
from records.admin.progress import Progress
from records.admin.rows import chosen_page, error_table, header_table, tabs
from records.admin.tables import DatasetFilter, ReadOnlyAdmin, chip, grouped, language, moment, two_lines
from records.catalog import catalog
from records.ingest import work
from records.ingest.receiving import path_of
from records.models import ActRefused, Batch, Membership, StagedRow
from records.resources import FORMATS, csv_chunks

_log = logging.getLogger(__name__)


class TaskFilter(admin.SimpleListFilter):
    title = gettext_lazy("任务")
    parameter_name = "task"

    def lookups(self, request, model_admin):  # noqa: ARG002
        return [("mine", _("我报送的")), ("review", _("待我审核"))]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.filter(uploaded_by=request.user)
        if self.value() == "review":
            return queryset.filter(state=Batch.State.SUBMITTED).exclude(uploaded_by=request.user)
        return queryset


@admin.register(Batch)
class BatchAdmin(ImportMixin, ReadOnlyAdmin):
    import_export_change_list_template = "admin/records/batch/change_list.html"
    import_template_name = "admin/records/batch/import.html"
    import_formats = FORMATS
    list_display = ("number", "state_chip", "dataset_title", "rows", "outcome", "file_name", "uploaded", "reviewed")
    list_filter = (TaskFilter, DatasetFilter, "state")
    list_select_related = ("uploaded_by", "reviewed_by")
    search_fields = ("file_name",)
    search_help_text = gettext_lazy("批次号、文件名开头或文件的 SHA-256")

    @admin.display(description=gettext_lazy("批次"))
    def number(self, batch: Batch) -> str:
        return f"#{batch.pk}"

    @admin.display(description=gettext_lazy("结果"))
    def outcome(self, batch: Batch) -> str:
        kinds = StagedRow.Kind
        counted = (kinds.NEW, kinds.CHANGED, kinds.UNCHANGED, kinds.INVALID, kinds.PENDING, kinds.EXCLUDED)
        return " · ".join(f"{kind.label} {getattr(batch, kind)}" for kind in counted if getattr(batch, kind)) or "—"

    @admin.display(description=gettext_lazy("报送人"))
    def uploaded(self, batch: Batch):
        return two_lines(batch.uploaded_by, moment(batch.uploaded_at))

    @admin.display(description=gettext_lazy("审核人"))
    def reviewed(self, batch: Batch):
        return two_lines(batch.reviewed_by, moment(batch.reviewed_at)) if batch.reviewed_by else "—"

    def get_queryset(self, request):
        return super().get_queryset(request).for_user(request.user)

    def get_search_results(self, request, queryset, search_term):  # noqa: ARG002
        term = search_term.strip().removeprefix("#")
        if term.isascii() and term.isdigit() and len(term) < 19:
            return queryset.filter(pk=int(term)), False
        if len(term) == 64:
            return queryset.filter(file_sha256=term.lower()), False
        return (queryset.filter(file_name__startswith=term) if term else queryset), False

    def get_urls(self):
        def view(function, name):
            return {"view": self.admin_site.admin_view(function), "name": f"records_batch_{name}"}

        return [
            path("sheets/", **view(self.sheets_view, "sheets")),
            path("sheets/<slug:slug>.xlsx", **view(self.sheet_view, "sheet")),
            path("<int:pk>/errors.csv", **view(self.errors_view, "errors")),
            path("<int:pk>/act/<slug:name>/", **view(self.act_view, "act")),
            path("<int:pk>/confirm/<slug:name>/", **view(self.confirm_view, "confirm")),
            *review.urls(self),
            *entry.urls(self),
            *super().get_urls(),
        ]

    # Uploading

    def import_action(self, request, **kwargs):  # noqa: ARG002
        """The import entry of django-import-export with our engine behind it: a file becomes a batch, no more."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = UploadForm(
            request.POST or None,
            request.FILES or None,
            initial={"dataset": request.GET.get("dataset")},
            datasets=grouped(Membership.datasets_of(request.user)),
            formats=[kind().get_extension() for kind in self.get_import_formats()],
        )
        problems = []
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            file, dataset = data["import_file"], catalog().datasets[data["dataset"]]
            wishes = {"dataset": dataset, "file_name": file.name, "skip_invalid": data["skip_invalid"]}
            batch, problems = self.receive(request, file, **wishes)
            if batch:
                return HttpResponseRedirect(reverse("admin:records_batch_change", args=[batch.pk]))
        context = {"title": _("报送文件"), "form": form, "problems": problems, "opts": self.opts}
        return self.page(request, self.import_template_name, context)

    def receive(self, request, file, **wishes) -> tuple[Batch | None, list[str]]:
        """The new batch, or why the file was refused."""
        try:
            batch = ingest.receive(file, by=request.user, **wishes)
        except ingest.Refused as refused:
            return None, [problem[language()] for problem in refused.problems]
        work_now(batch)
        return batch, []

    def process_import(self, request, **kwargs):  # noqa: ARG002
        """The confirm step of django-import-export is unsigned and publishes nothing here: there is no such page."""
        raise Http404

    # The batch page

    @method_decorator(require_safe)
    def change_view(self, request, object_id, form_url="", extra_context=None):  # noqa: ARG002
        batch = self.get_object(request, object_id)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        if batch is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self.batch_page(request, batch)

    def batch_page(self, request, batch: Batch, **changes) -> TemplateResponse:
        """The page of a batch; ``changes`` to its context carry a form that was refused."""
        page = chosen_page(batch, request.GET)
        context = {
            "title": _("报送批次 #%(number)s") % {"number": batch.pk},
            "opts": self.opts,
            "original": batch,
            "batch": batch,
            "dataset": batch.declaration,
            "dataset_title": self.dataset_title(batch),
            "file_kept": path_of(batch).is_file(),
            "state": chip(batch.state, batch.get_state_display()),
            "working": (batch.state in Batch.WORKING or batch.unsettled) and not batch.paused,
            "problems": [problem.get(language(), "") for problem in batch.problem],
            "progress": Progress(batch),
            "header_row": batch.header.get("row"),
            "header": header_table(batch),
            "tabs": tabs(batch, page),
            "page": page,
            **self.acts_context(batch, request.user),
            **changes,
        }
        return self.page(request, "admin/records/batch/page.html", context)

    def acts_context(self, batch: Batch, user) -> dict:
        offered = [act for act in BATCH_ACTS.values() if act.offered(batch, user)]
        own = batch.state == Batch.State.SUBMITTED and batch.uploaded_by_id == user.pk
        refused = batch.state == Batch.State.STAGED and batch.invalid and not batch.skip_invalid
        offered = [act for act in offered if not (refused and act.name == "submit")]
        if batch.in_conflict():
            offered = [acknowledged(act) if act.name == "publish" else act for act in offered]
        return {
            "invalid_block": refused,
            "plain_acts": [act for act in offered if not act.reason],
            "reason_acts": [(act, ReasonForm(published=act.published, auto_id=f"id_{act.name}_%s")) for act in offered if act.reason],
            "may_decide": review.may_decide(batch, user),
            "exclude_form": review.rows_form("exclude"),
            "own_submission": own and user.has_perm(REVIEW),
        }

    @method_decorator(require_safe)
    def confirm_view(self, request, pk: int, name: str):
        """The form of an act on a page of its own: that of a batch at work renews itself under the hands of who fills it in."""
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        act = BATCH_ACTS.get(name)
        if act is None or not act.reason:
            raise Http404
        if not request.user.has_perm(act.permission):
            raise PermissionDenied
        context = {"title": act.label, "opts": self.opts, "original": batch, "batch": batch, "act": act}
        return self.page(request, "admin/records/batch/confirm.html", context | {"form": ReasonForm(published=act.published)})

    @method_decorator(require_POST)
    def act_view(self, request, pk: int, name: str):
        """Do one act. The batch itself refuses what its state or the two-person rule does not allow."""
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        act = BATCH_ACTS.get(name)
        if act is None:
            raise Http404
        if not request.user.has_perm(act.permission):
            raise PermissionDenied
        if name == "publish" and batch.in_conflict():
            act = acknowledged(act)
        form = ReasonForm(request.POST)
        if act.reason and not form.is_valid():
            messages.error(request, _("请填写理由（最多 1000 字）。"))
        else:
            self.do(request, batch, act, {"because": form.cleaned_data["because"]} if act.reason else {})
        return HttpResponseRedirect(reverse("admin:records_batch_change", args=[batch.pk]))

    def do(self, request, batch: Batch, act: BatchAct, reason: dict) -> None:
        try:
            getattr(batch, act.name)(by=request.user, **reason)
        except ActRefused as refused:
            messages.error(request, str(refused))
            return
        messages.success(request, act.done)
        work_now(batch)

    @method_decorator(require_safe)
    def errors_view(self, request, pk: int):
        """Every error of the batch as CSV: row, column, value, reason."""
        batch = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, batch):
            raise PermissionDenied
        response = StreamingHttpResponse(csv_chunks(error_table(batch)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="batch-{batch.pk}-errors.csv"'
        return response

    # Blank sheets

    @method_decorator(require_safe)
    def sheets_view(self, request):
        """Blank sheets of every dataset the reader may report, by agency."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        groups = grouped(Membership.datasets_of(request.user))
        context = {"title": _("空白报送表"), "opts": self.opts, "groups": groups}
        return self.page(request, "admin/records/batch/sheets.html", context)

    @method_decorator(require_safe)
    def sheet_view(self, request, slug: str):
        if not self.has_view_permission(request):
            raise PermissionDenied
        dataset = catalog().datasets.get(slug)
        if dataset is None:
            raise Http404
        response = HttpResponse(sheets.blank_sheet(dataset), content_type=FORMATS[1]().get_content_type())
        response["Content-Disposition"] = f'attachment; filename="{slug}.xlsx"'
        return response

    def page(self, request, template: str, context: dict) -> TemplateResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "has_import_permission": self.has_import_permission(request),
            **context,
        }
        return TemplateResponse(request, template, context)


def work_now(batch: Batch) -> None:
    """Do the work of a small file at once; a larger one, or one that breaks off, is left to the import worker."""
    if batch.file_size > settings.STAGE_IN_REQUEST_BYTES:
        return
    try:
        work.run(batch.pk)
    except Exception:
        _log.exception("batch %s is left to the import worker", batch.pk)

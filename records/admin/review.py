"""Looking at single rows of a batch, deciding on them, and fetching the file as it was uploaded."""

import functools
import re

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from records.admin.acts import CHANGE
from records.admin.forms import MAX_REASON
from records.admin.rows import shown, side_by_side
from records.dataset import Disclosure
from records.ingest import deciding
from records.ingest.receiving import path_of
from records.models import ActRefused, Batch, StagedRow, TrailEntry

_RANGE = re.compile(r"(\d{1,9})(?:[-–—~～](\d{1,9}))?")
DONE = {
    "exclude": gettext_lazy("已排除所选数据行。"),
    "include": gettext_lazy("已恢复所选数据行。"),
    "let_through": gettext_lazy("已放行该行，审核人会看到理由。"),
}


class RowsForm(forms.Form):
    """Which rows, as ``5, 8-12``, and why. ``cleaned_data["rows"]`` is a set of row numbers."""

    rows = forms.CharField(
        label=gettext_lazy("行号"), max_length=2000, help_text=gettext_lazy("文件中的行号，例如 5, 8-12；一次最多 1000 行。")
    )
    because = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("审核人会看到，并写入操作日志。请勿填写个人信息。"),
    )

    def clean_rows(self) -> set[int]:
        numbers: set[int] = set()
        for part in re.split(r"[,，、;；\s]+", self.cleaned_data["rows"].strip(",，、;； ")):
            found = _RANGE.fullmatch(part)
            first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
            if last < first:
                raise forms.ValidationError(_("“%(part)s”不是行号或行号范围。") % {"part": part})
            if last - first >= deciding.MOST:
                raise forms.ValidationError(_("一次最多处理 %(most)s 行") % {"most": deciding.MOST})
            numbers.update(range(first, last + 1))
        return numbers


def urls(batch_admin) -> list:
    """The addresses under that of a batch, for the admin of batches to include."""

    def view(address, function, name, methods=require_safe):
        wrapped = batch_admin.admin_site.admin_view(methods(functools.partial(function, batch_admin)))
        return path(address, wrapped, name=f"records_batch_{name}")

    return [
        view("<int:pk>/rows/<int:row_no>/", row_view, "row"),
        view("<int:pk>/decide/<slug:name>/", decide_view, "decide", require_http_methods(["GET", "HEAD", "POST"])),
        view("<int:pk>/file/", file_view, "file"),
    ]


def _batch(batch_admin, request, pk: int) -> Batch:
    if not batch_admin.has_view_permission(request):
        raise PermissionDenied
    return get_object_or_404(batch_admin.get_queryset(request), pk=pk)


def may_decide(batch: Batch, user, *, submitted: bool = True) -> bool:
    """Whether to offer a decision on rows: before submission to all who change batches, then to a second person."""
    if not user.has_perm(CHANGE):
        return False
    if batch.state in deciding.OPEN:
        return batch.state != Batch.State.REFUSED or batch.staged.exists()
    return submitted and batch.state == Batch.State.SUBMITTED and batch.uploaded_by_id != user.pk


def row_view(batch_admin, request, pk: int, row_no: int):
    """One row beside what is published now, with what may be decided about it."""
    return row_page(batch_admin, request, _batch(batch_admin, request, pk), row_no)


def row_page(batch_admin, request, batch: Batch, row_no: int, **refused: RowsForm):
    """The page of one row; ``refused`` are forms by the name of their decision, as they were filled in."""
    row = get_object_or_404(batch.staged.select_related("company"), row_no=row_no)
    told = shown(batch, [row])[0]
    kind = StagedRow.Kind
    waiting = batch.state in (Batch.State.STAGED, Batch.State.SUBMITTED)
    context = {
        "title": _("批次 #%(batch)s 第 %(row)s 行") % {"batch": batch.pk, "row": row_no},
        "opts": batch_admin.opts,
        "batch": batch,
        "dataset_title": batch_admin.dataset_title(batch),
        "shown": told,
        "compared": side_by_side(told),
        "may_decide": may_decide(batch, request.user),
        "may_pass": told.may_pass and may_decide(batch, request.user, submitted=False),
        "previewed": batch.declaration.disclosure is Disclosure.PUBLIC and row.kind in (kind.NEW, kind.CHANGED) and waiting,
        "forms": {name: rows_form(name) for name in DONE} | refused,
    }
    return batch_admin.page(request, "admin/records/batch/row_page.html", context)


def rows_form(name: str, data=None) -> RowsForm:
    """The form of one of several decisions on a page."""
    return RowsForm(data, auto_id=f"id_{name}_%s")


def decide_view(batch_admin, request, pk: int, name: str):
    """Exclude rows, take them in again, or let a check digit through; then back to where the reader was.

    What is refused is shown there at once, with what was typed. The links of that page lead to this address by GET.
    """
    batch = _batch(batch_admin, request, pk)
    if name not in DONE:
        raise Http404
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    address = reverse("admin:records_batch_change", args=[batch.pk])
    if request.method != "POST":
        return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
    back = request.POST.get("back", "")
    row_no = int(back) if back.isascii() and back.isdigit() else None
    form = rows_form(name, request.POST)
    if decided(request, batch, name, form):
        return HttpResponseRedirect(address if row_no is None else reverse("admin:records_batch_row", args=[batch.pk, row_no]))
    if row_no is None:
        return batch_admin.batch_page(request, batch, exclude_form=form)
    return row_page(batch_admin, request, batch, row_no, **{name: form})


def decided(request, batch: Batch, name: str, form: RowsForm) -> bool:
    """Whether it was done; a message says so, or why not."""
    if not form.is_valid():
        messages.error(request, " ".join(message for problems in form.errors.values() for message in problems))
        return False
    rows, because = form.cleaned_data["rows"], form.cleaned_data["because"]
    try:
        if name == "let_through":
            deciding.let_through(get_object_or_404(batch.staged, row_no=min(rows)), by=request.user, because=because)
        else:
            getattr(deciding, name)(batch, rows, by=request.user, because=because)
    except ActRefused as refused:
        messages.error(request, str(refused))
        return False
    messages.success(request, DONE[name])
    return True


def file_view(batch_admin, request, pk: int):
    """The file as it was uploaded, to be saved and never to be shown by the browser; the trail says who fetched it."""
    batch = _batch(batch_admin, request, pk)
    stored = path_of(batch)
    if not stored.is_file():
        raise Http404
    noted = {"file_name": batch.file_name, "sha256": batch.file_sha256}
    TrailEntry.note(TrailEntry.Kind.DOWNLOAD, by=request.user, on=batch, after=noted)
    return FileResponse(
        stored.open("rb"), as_attachment=True, filename=batch.file_name, content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff"},
    )  # fmt: skip

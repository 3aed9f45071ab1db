"""The board of data quality: for everybody the datasets open to everybody, for staff those of their agencies."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from publicity import board
from publicity.views.caching import public_page
from records.catalog import catalog
from records.models import Membership
from records.resources import csv_chunks


@public_page(board.TEN_MINUTES)
def index(request):
    return render(request, "quality.html", board.context(catalog().of()))


@public_page(board.TEN_MINUTES)
def table(request):  # noqa: ARG001 - a view
    return as_csv(board.table(board.reported(catalog().of())))


@require_safe
def staff_index(request):
    """The same for the datasets of the reader, whoever may see their records, and the rows that wait for a company."""
    context = board.context(datasets_for(request.user)) | admin.site.each_context(request)
    return render(request, "admin/quality.html", context | {"title": _("数据质量"), "staff": True})


@require_safe
def staff_table(request):
    return as_csv(board.table(board.reported(datasets_for(request.user)), pending=True))


def datasets_for(user) -> list:
    """The datasets whose batches this member of staff may see."""
    if not user.has_perm("records.view_batch"):
        raise PermissionDenied
    return Membership.datasets_of(user)


def as_csv(rows) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_chunks(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="data-quality.csv"'
    return response

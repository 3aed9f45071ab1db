"""The staff site: the stock Django admin under this site's name, with a front page for the role of the reader."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from publicity.desk import desk
from publicity.figures import freshness
from publicity.standing import standing_at
from publicity.views import quality
from publicity.views.companies import profile_page
from records.ingest.previewing import published_for_a_look
from records.models import ActRefused, Batch, TrailEntry

# The order of the navigation: what staff do all day comes first.
ORDER = ("Batch", "StagedRow", "Record", "Listing", "Company", "Event", "TrailEntry", "AccessToken", "AccessUse", "User", "Group")
LABELS = {"StagedRow": _("待匹配主体"), "Company": _("主体名录")}


class StaffSite(admin.AdminSite):
    index_title = _("工作台")
    site_url = "/"
    # Its place is taken by a navigation bar, which leaves the width to the tables and needs no script.
    enable_nav_sidebar = False

    @property
    def site_header(self) -> str:
        return settings.SITE_NAME_EN if (get_language() or "").startswith("en") else settings.SITE_NAME

    site_title = site_header

    def each_context(self, request) -> dict:
        context = super().each_context(request)
        return context | {
            "other_language": other_language(request),
            "desk_links": desk_links(context["available_apps"], request.path),
        }

    def index(self, request, extra_context=None):
        return super().index(request, {**(extra_context or {}), "desk": desk(request.user)})

    def get_urls(self) -> list:
        return [
            path("records/batch/<int:pk>/rows/<int:row_no>/preview/", self.admin_view(preview), name="records_batch_preview"),
            path("quality/", self.admin_view(quality.staff_index), name="quality"),
            path("quality/table.csv", self.admin_view(quality.staff_table), name="quality-table"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def password_change(self, request, extra_context=None):
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            TrailEntry.note(TrailEntry.Kind.PASSWORD_CHANGED, by=request.user, on=request.user)
        return response


def locked_out(request, response, credentials):  # noqa: ARG001 - as axes calls it
    """The answer to sign-ins after too many failures, which names neither what was typed nor whether there is such an account."""
    context = admin.site.each_context(request) | {"title": _("暂时不能登录")}
    return render(request, "admin/locked_out.html", context, status=settings.AXES_HTTP_RESPONSE_CODE)


@require_safe
def preview(request, pk: int, row_no: int):
    """The public profile as it would look with one row of a batch published; nobody else sees it."""
    if not request.user.has_perm("records.view_batch"):
        raise PermissionDenied
    batch = get_object_or_404(Batch.objects.for_user(request.user), pk=pk)
    row = get_object_or_404(batch.staged, row_no=row_no)
    request.preview_of = row
    # Asked for before: what is remembered under a number of the log must not come from one that will be taken back.
    fresh = freshness()
    try:
        with published_for_a_look(row) as company:
            return profile_page(request, standing_at(company.code), fresh)
    except ActRefused as refused:
        messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("admin:records_batch_row", args=[pk, row_no]))


def desk_links(apps: list[dict], path: str) -> list[dict]:
    """The lists the reader may see, in the order of work, and which of them the page belongs to."""
    models = [model for app in apps for model in app["models"] if model.get("admin_url")]
    models.sort(key=lambda model: ORDER.index(model["object_name"]) if model["object_name"] in ORDER else len(ORDER))
    return [
        {
            "address": model["admin_url"],
            "label": LABELS.get(model["object_name"], model["name"]),
            "here": path.startswith(model["admin_url"]),
        }
        for model in models
    ]


def other_language(request) -> dict[str, str] | None:
    """The address of this page in the other language; None where it has only one."""
    code = "zh-hans" if (get_language() or "").startswith("en") else "en"
    address = translate_url(request.get_full_path(), code)
    if address == request.get_full_path():
        return None
    return {"address": address, "code": code, "title": dict(settings.LANGUAGES)[code]}

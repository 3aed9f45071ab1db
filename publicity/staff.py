"""The staff site: the stock Django admin under this site's name, with a front page for the role of the reader."""

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.urls import path, translate_url
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from publicity.views import quality
from records.catalog import catalog
from records.models import Batch, Membership, StagedRow, TrailEntry

SHOWN = 10
# The order of the navigation: what staff do all day comes first.
ORDER = ("Batch", "StagedRow", "Record", "Listing", "Company", "Event", "TrailEntry", "User", "Group")
LABELS = {"StagedRow": _("待匹配主体"), "Company": _("主体名录")}
COUNTED = 1000


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


def desk(user) -> dict:
    """What waits for this member of staff; what the role may not do is not there."""
    batches = Batch.objects.for_user(user).select_related("uploaded_by")
    mine = batches.filter(uploaded_by=user)
    waiting = batches.filter(state=Batch.State.SUBMITTED).exclude(uploaded_by=user).order_by("submitted_at")
    own = [dataset.slug for dataset in Membership.datasets_of(user)]
    pending = StagedRow.objects.filter(kind=StagedRow.Kind.PENDING, batch__state=Batch.State.PUBLISHED, dataset__in=own)
    return {
        "may_view": user.has_perm("records.view_batch"),
        "may_upload": user.has_perm("records.add_batch"),
        "may_review": user.has_perm("records.review_batch"),
        "mine": titled(mine),
        "waiting": titled(waiting),
        "waiting_count": bounded(waiting),
        "pending_count": bounded(pending),
    }


def titled(batches) -> list[Batch]:
    """The first batches, each with the title of its dataset in the language of the page."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    found = list(batches[:SHOWN])
    for batch in found:
        batch.shown_title = catalog().datasets[batch.dataset].text("title", language)
    return found


def bounded(rows) -> str:
    """How many rows, counted up to a bound so that millions cost no more."""
    count = rows.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count)

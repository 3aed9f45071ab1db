"""List entries in the admin: records and the questions only lists answer. Acts and rights are those of records."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blacklists.models import Listing, lists
from records.admin.records import RecordAdmin
from records.admin.tables import day
from records.dataset import Disclosure


class OnListFilter(admin.SimpleListFilter):
    """On the list today, or taken off it."""

    title = gettext_lazy("是否在列")
    parameter_name = "listed"

    def lookups(self, request, model_admin):  # noqa: ARG002
        return [("current", _("在列")), ("removed", _("已移出"))]

    def queryset(self, request, queryset):  # noqa: ARG002
        if self.value() == "current":
            return queryset.current()
        return queryset.removed() if self.value() == "removed" else queryset


@admin.register(Listing)
class ListingAdmin(RecordAdmin):
    list_display = ("title", "subject", "decided", "listed", "ended", "authority", "state_chip")
    list_filter = (*RecordAdmin.list_filter, OnListFilter)

    def datasets_shown(self, request) -> list[str]:
        allowed = super().datasets_shown(request)
        listed = [dataset.slug for dataset in lists(disclosure=Disclosure.GOVERNMENT)]
        return listed if allowed is None else [slug for slug in listed if slug in allowed]

    @admin.display(description=gettext_lazy("是否在列"))
    def listed(self, listing: Listing) -> str:
        gone = listing.ended_on is not None and listing.ended_on <= timezone.localdate()
        return _("已移出") if gone else _("在列")

    @admin.display(description=gettext_lazy("移出日期"))
    def ended(self, listing: Listing) -> str:
        return day(listing.ended_on)

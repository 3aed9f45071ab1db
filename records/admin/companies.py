"""Companies: read-only, found as the site's own search finds them."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from records.admin.tables import ReadOnlyAdmin, day
from records.models import Company

MATCHES = 200


@admin.register(Company)
class CompanyAdmin(ReadOnlyAdmin):
    by_dataset = False
    list_display = ("name", "code", "status", "region_name", "established")
    list_filter = ("status",)
    search_fields = ("code",)
    search_help_text = _("名称的一部分、曾用名、统一社会信用代码或注册号")
    fields = ("name", "code", "legacy_no", "kind", "company_type", "status", "region_name", "established",
              "legal_representative", "records_link")  # fmt: skip
    readonly_fields = ("established", "region_name", "records_link")

    @admin.display(description=_("成立日期"))
    def established(self, company: Company) -> str:
        return day(company.established_on)

    @admin.display(description=_("行政区划"))
    def region_name(self, company: Company) -> str:
        return company.region_name

    @admin.display(description=_("信用信息"))
    def records_link(self, company: Company):
        address = reverse("admin:records_record_changelist")
        return format_html('<a href="{}?q={}">{}</a>', address, company.code, _("该主体的全部信用信息"))

    def get_search_results(self, request, queryset, search_term):  # noqa: ARG002
        if not search_term.strip():
            return queryset, False
        found = queryset.order_by().search(search_term).matches.ids[:MATCHES]
        return queryset.filter(pk__in=found), False

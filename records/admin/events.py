"""The event log and the rows that still wait for their company: read-only."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from records.admin.tables import DatasetFilter, ReadOnlyAdmin, chip, day, moment, two_lines
from records.models import Batch, Company, Event, StagedRow

MATCHES = 200


class OfBatchAdmin(ReadOnlyAdmin):
    @admin.display(description=_("批次"))
    def batch_link(self, row):
        return format_html('<a href="{}">#{}</a>', row.batch.get_absolute_url(), row.batch_id) if row.batch else "—"


@admin.register(Event)
class EventAdmin(OfBatchAdmin):
    list_display = ("number", "happened", "kind_chip", "dataset_title", "subject", "by", "batch_link", "because")
    list_filter = (DatasetFilter,)
    list_select_related = ("company", "by", "batch")
    search_fields = ("record_key",)
    search_help_text = _("序号、信用信息编号、主体名称或统一社会信用代码")
    fields = ("number", "happened", "kind_chip", "dataset_title", "record_key", "record_id", "company", "batch_link", "by",
              "because", "digest")  # fmt: skip
    readonly_fields = ("happened", "kind_chip", "dataset_title", "batch_link")

    @admin.display(description=_("时间"))
    def happened(self, event: Event) -> str:
        return moment(event.at)

    @admin.display(description=_("主体"))
    def subject(self, event: Event):
        return two_lines(event.company.name, event.company.code)

    @admin.display(description=_("事项"))
    def kind_chip(self, event: Event):
        return chip(event.kind, event.get_kind_display())

    def get_search_results(self, request, queryset, search_term):  # noqa: ARG002
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.isascii() and term.isdigit() and len(term) < 13:
            return queryset.filter(pk=int(term)), False
        by_key = queryset.of_record(term)
        if by_key.exists():
            return by_key, False
        companies = Company.objects.search(term).matches.ids[:MATCHES]
        return queryset.filter(company__in=companies), False


@admin.register(StagedRow)
class PendingAdmin(OfBatchAdmin):
    """Only rows of published batches whose company is not known yet; the others are on the page of their batch."""

    list_title = _("待匹配主体的数据")
    list_display = ("subject", "dataset_title", "document_no", "decided", "batch_link", "row_no")
    list_filter = (DatasetFilter,)
    list_select_related = ("batch",)
    search_fields = ("code",)
    search_help_text = _("主体代码（完整）")
    fields = ("name", "code", "dataset_title", "document_no", "decided", "batch_link", "row_no")
    readonly_fields = ("dataset_title", "decided", "batch_link")

    @admin.display(description=_("主体"))
    def subject(self, row: StagedRow):
        return two_lines(row.name, row.code)

    @admin.display(description=_("决定日期"))
    def decided(self, row: StagedRow) -> str:
        return day(row.decided_on)

    def get_queryset(self, request):
        rows = super().get_queryset(request).filter(kind=StagedRow.Kind.PENDING)
        return rows.filter(batch__state=Batch.State.PUBLISHED)

    def get_search_results(self, request, queryset, search_term):  # noqa: ARG002
        term = search_term.strip().upper()
        return (queryset.filter(code=term) if term else queryset), False

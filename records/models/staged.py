"""Staged rows (待审数据): the rows of a batch, validated, with what publishing would do, and what people decided about them."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from records.models.batch import Batch
from records.models.company import Company
from records.models.record import Record, RowColumns


class StagedRowQuerySet(models.QuerySet):
    def older(self) -> "StagedRowQuerySet":
        """Rows that would replace a published version with a later decision day than theirs."""
        later = Record.objects.filter(key=OuterRef("key"), ended_event=None, decided_on__gt=OuterRef("decided_on"))
        return self.filter(Exists(later), kind="changed")


class StagedRow(RowColumns):
    """One row of a file, validated, with what publishing it would do."""

    class Kind(models.TextChoices):
        NEW = "new", _("新增")
        CHANGED = "changed", _("变更")
        UNCHANGED = "unchanged", _("无变化")
        INVALID = "invalid", _("无效")
        PENDING = "pending", _("待匹配主体")
        ATTACHED = "attached", _("已匹配主体")
        EXCLUDED = "excluded", _("已排除")

    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="staged", db_constraint=False, db_index=False, verbose_name=_("报送批次")
    )
    row_no = models.BigIntegerField(_("行号"), help_text=_("文件中的行号，从 1 起"))
    kind = models.CharField(_("处理"), max_length=9, choices=Kind)
    company = models.ForeignKey(
        Company, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, verbose_name=_("信用主体")
    )
    errors = models.JSONField(_("错误"), default=list, help_text="[[field, value, zh, en], …]")

    objects = StagedRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("待审数据")
        verbose_name_plural = _("待审数据")
        ordering = ["batch", "row_no"]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="one_staged_row_per_row")]
        indexes = [
            models.Index(fields=["batch", "kind", "row_no"], name="staged_by_kind"),
            models.Index(fields=["batch", "key"], name="staged_key"),
            models.Index(fields=["code"], condition=Q(kind="pending"), name="staged_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no}"


class RowDecision(models.Model):
    """What a person decided about one staged row, and why; the reviewer sees it beside the row."""

    class Kind(models.TextChoices):
        EXCLUDE = "exclude", _("不公示本行")
        OVERRIDE = "override", _("校验码有误，仍予放行")

    row = models.ForeignKey(StagedRow, models.CASCADE, related_name="decisions", verbose_name=_("待审数据"))
    kind = models.CharField(_("决定"), max_length=8, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("经办人"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    because = models.TextField(_("理由"))

    class Meta:
        verbose_name = _("数据行处理决定")
        verbose_name_plural = _("数据行处理决定")
        constraints = [models.UniqueConstraint(fields=["row", "kind"], name="one_decision_of_a_kind")]

    def __str__(self) -> str:
        return f"{self.row} {self.get_kind_display()}"

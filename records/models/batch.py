"""Report batches (报送批次): one uploaded file on its way from staging to publication, and its staged rows (待审数据)."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from records.catalog import catalog
from records.dataset import Dataset
from records.models.company import Company
from records.models.event import Event
from records.models.record import ActRefused, Record, RowColumns
from records.models.trail import TrailEntry

_log = logging.getLogger(__name__)
_Act = TrailEntry.Kind


class Membership(models.Model):
    """Binds a member of staff to an agency; staff without any binding work for all agencies."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("用户"))
    agency = models.CharField(_("信源单位"), max_length=40)

    class Meta:
        verbose_name = _("所属信源单位")
        verbose_name_plural = _("所属信源单位")
        constraints = [models.UniqueConstraint(fields=["user", "agency"], name="one_membership_per_agency")]

    def __str__(self) -> str:
        return f"{self.user} · {self.agency}"

    @staticmethod
    def datasets_of(user) -> list[Dataset]:
        """The datasets a member of staff may work on, in catalogue order."""
        bound = set(Membership.objects.filter(user=user).values_list("agency", flat=True))
        return [dataset for dataset in catalog().datasets.values() if not bound or dataset.agency.slug in bound]


class BatchQuerySet(models.QuerySet):
    def for_user(self, user) -> "BatchQuerySet":
        """Batches of the datasets this member of staff may work on."""
        return self.filter(dataset__in=[dataset.slug for dataset in Membership.datasets_of(user)])

    def last_reports(self) -> dict[str, datetime]:
        """When each dataset was last reported, by slug: a report without a change is one, one that was refused is not."""
        heard = self.filter(state__in=[Batch.State.PUBLISHED, Batch.State.NOTHING_NEW])
        return dict(heard.order_by().values_list("dataset").annotate(Max("uploaded_at")))

    def waiting(self) -> "BatchQuerySet":
        """Batches that need a worker."""
        return self.filter(Q(state__in=Batch.WORKING) | Q(unsettled=True))


class Batch(models.Model):
    class State(models.TextChoices):
        STAGING = "staging", _("正在校验")
        STAGED = "staged", _("待提交")
        NOTHING_NEW = "nothing_new", _("没有可公示的变化")
        SUBMITTED = "submitted", _("待审核")
        PUBLISHING = "publishing", _("正在公示")
        PUBLISHED = "published", _("已公示")
        RETURNED = "returned", _("已退回")
        WITHDRAWN = "withdrawn", _("已撤回")
        ROLLING_BACK = "rolling_back", _("正在回滚")
        ROLLED_BACK = "rolled_back", _("已回滚")
        REFUSED = "refused", _("文件被拒收")
        FAILED = "failed", _("处理失败")

    # States in which a worker has something to do, and those in which reserved events are being written.
    WORKING = (State.STAGING, State.PUBLISHING, State.ROLLING_BACK)
    WRITING = (State.PUBLISHING, State.ROLLING_BACK)

    dataset = models.CharField(_("信息类目"), max_length=80)
    file = models.CharField(_("存储文件"), max_length=200)
    file_name = models.CharField(_("文件名"), max_length=150)
    file_size = models.BigIntegerField(_("字节数"))
    file_sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.STAGING)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="uploaded_batches", verbose_name=_("报送人")
    )
    uploaded_at = models.DateTimeField(_("报送时间"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reviewed_batches", verbose_name=_("审核人")
    )
    reviewed_at = models.DateTimeField(_("审核时间"), null=True)
    published_at = models.DateTimeField(_("公示时间"), null=True)
    because = models.TextField(_("理由"), blank=True)
    skip_invalid = models.BooleanField(_("跳过无效行"), default=False)
    problem = models.JSONField(_("拒收原因"), default=list, help_text=_("文件被拒收或处理失败的原因"))
    header = models.JSONField(_("表头"), default=dict, help_text=_("表头所在行及各列对应的数据项"))

    rows = models.BigIntegerField(_("行数"), default=0)
    new = models.BigIntegerField(_("新增"), default=0)
    changed = models.BigIntegerField(_("变更"), default=0)
    unchanged = models.BigIntegerField(_("无变化"), default=0)
    invalid = models.BigIntegerField(_("无效"), default=0)
    pending = models.BigIntegerField(_("待匹配主体"), default=0)
    excluded = models.BigIntegerField(_("已排除"), default=0)
    conflicts = models.BigIntegerField(_("早于已公示内容"), default=0)
    # {working days from decision to publication: new rows}, kept at publication; null for what was published before this was kept.
    delays = models.JSONField(null=True, editable=False)

    # The batch is the job: who works on it until when, how far it got, and the event numbers reserved for it.
    token = models.CharField(max_length=32, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    cursor = models.BigIntegerField(default=0, editable=False)
    first_event = models.BigIntegerField(null=True, editable=False)
    events = models.BigIntegerField(default=0, editable=False)
    written = models.BigIntegerField(default=0, editable=False)
    # Published, but the search columns of changed companies and rows that waited for a company are still to be done.
    unsettled = models.BooleanField(default=False, editable=False)
    # The last event when staging began: if the log has not moved since, what staging found still holds.
    staged_head = models.BigIntegerField(default=0, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("报送批次")
        verbose_name_plural = _("报送批次")
        ordering = ["-id"]
        permissions = [("review_batch", _("可以审核报送批次"))]
        constraints = [
            models.CheckConstraint(condition=~Q(reviewed_by=F("uploaded_by")), name="four_eyes"),
            models.CheckConstraint(
                condition=~Q(state__in=["publishing", "published", "rolling_back", "rolled_back"])
                | Q(reviewed_by__isnull=False),
                name="published_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(state__in=["publishing", "rolling_back"]),
                name="one_writer_per_dataset",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "lease_until"], name="batch_queue"),
            models.Index(fields=["id"], condition=Q(unsettled=True), name="batch_unsettled"),
            models.Index(fields=["dataset", "uploaded_at"], condition=Q(state__in=["published", "nothing_new"]), name="batch_reports"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.declaration.title} {self.file_name}"

    def get_absolute_url(self) -> str:
        return reverse("admin:records_batch_change", args=[self.pk])

    @property
    def declaration(self) -> Dataset:
        return catalog().datasets[self.dataset]

    def moved_since_staging(self) -> models.QuerySet:
        """Rows whose record has changed after they were compared with it; what was staged may no longer be what happens."""
        since = Event.objects.filter(dataset=self.dataset, number__gt=self.staged_head)
        return self.staged.filter(kind__in=["new", "changed", "unchanged"], key__in=since.values("record_key"))

    def in_conflict(self) -> bool:
        """True while rows of a batch not yet published would replace what is newer, by decision day or by the log."""
        under_review = self.state in (self.State.STAGED, self.State.SUBMITTED)
        return under_review and (self.conflicts > 0 or self.moved_since_staging().exists())

    def counts(self) -> dict[str, int]:
        """Rows by what publishing would do with them, as the command line's JSON gives them."""
        return {name: getattr(self, name) for name in ("rows", "new", "changed", "unchanged", "invalid", "pending")}


    def submit(self, *, by) -> None:
        """Hand a staged batch to a reviewer (提交审核)."""
        if not (self.new or self.changed or self.pending):
            raise ActRefused(_("没有可公示的行"))
        if self.invalid and not self.skip_invalid:
            raise ActRefused(_("有无效行：请更正文件后重新报送，或在报送时选择跳过无效行"))
        self._move([self.State.STAGED], self.State.SUBMITTED, act=_Act.SUBMIT, by=by, submitted_at=timezone.now())

    def publish(self, *, by, because: str = "") -> None:
        """Approve a submitted batch; a worker publishes it. Refused for the person who uploaded it, superusers included.

        Rows in conflict with newer data (see ``in_conflict``) must be acknowledged by a reason.
        """
        reason = because if because.strip() or self.in_conflict() else None
        self._move([self.State.SUBMITTED], self.State.PUBLISHING, act=_Act.PUBLISH, by=by, reviewer=by, because=reason)

    def send_back(self, *, by, because: str) -> None:
        """Return a submitted batch to its uploader (退回)."""
        self._move([self.State.SUBMITTED], self.State.RETURNED, act=_Act.SEND_BACK, by=by, reviewer=by, because=because)

    def withdraw(self, *, by, because: str) -> None:
        """Give up a batch that is not published (撤回)."""
        states = [self.State.STAGING, self.State.STAGED, self.State.SUBMITTED]
        self._move(states, self.State.WITHDRAWN, act=_Act.WITHDRAW_BATCH, by=by, because=because, token="")

    def roll_back(self, *, by, because: str) -> None:
        """Take a published batch back as a whole; a worker does it, and events are added for every record."""
        if self.unsettled:
            raise ActRefused(_("批次的后续处理尚未完成，请稍后再试"))
        fresh = {"cursor": 0, "written": 0, "events": 0, "first_event": None}
        self._move([self.State.PUBLISHED], self.State.ROLLING_BACK, act=_Act.ROLL_BACK, by=by, reviewer=by, because=because, **fresh)

    def _move(self, states: list[str], to: str, *, act: str, by, reviewer=None, because: str | None = None, **columns) -> None:
        """One conditional UPDATE with its entry in the audit trail: of two people acting at once, one is refused."""
        if because is not None and not because.strip():
            raise ActRefused(_("须填写理由"))
        if reviewer is not None:
            if reviewer.pk == self.uploaded_by_id:
                raise ActRefused(_("报送人不能审核自己报送的批次"))
            columns |= {"reviewed_by": reviewer, "reviewed_at": timezone.now()}
        columns |= {"state": to, "because": because or ""}
        try:
            with transaction.atomic():
                before = Batch.objects.select_for_update().values("state").get(pk=self.pk)
                moved = Batch.objects.filter(pk=self.pk, state__in=states).update(**columns)
                if moved:
                    after = {"state": to, **self.counts()}
                    TrailEntry.note(act, by=by, on=self, before=before, after=after, because=because or "")
        except IntegrityError:
            raise ActRefused(_("同一信息类目正在公示另一个批次，请稍后再试")) from None
        if not moved:
            raise ActRefused(_("批次状态已变化，请刷新页面"))
        _log.info("batch %s: %s by %s", self.pk, to, by)
        self.refresh_from_db()


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
        Batch, models.CASCADE, related_name="staged", db_index=False, verbose_name=_("报送批次")
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

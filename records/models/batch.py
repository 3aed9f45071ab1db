"""Report batches (报送批次): one uploaded file on its way from staging to publication, and who may work on it."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from records.bulk import fetch_among
from records.catalog import catalog
from records.dataset import Dataset
from records.models.event import Event
from records.models.record import ActRefused
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
        agency = catalog().agencies.get(self.agency)
        return agency.text("title", get_language() or "") if agency else self.agency

    @staticmethod
    def datasets_of(user) -> list[Dataset]:
        """The datasets a member of staff may work on, in catalogue order."""
        bound = Membership.agencies_of(user)
        return [dataset for dataset in catalog().datasets.values() if not bound or dataset.agency.slug in bound]

    @staticmethod
    def agencies_of(user) -> set[str]:
        """The agencies a member of staff is bound to; none when they work for all."""
        return set(Membership.objects.filter(user=user).values_list("agency", flat=True))


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
        return self.filter(Q(state__in=Batch.WORKING) | Q(unsettled=True), paused=False)


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
        CANCELLING = "cancelling", _("正在取消")
        CANCELLED = "cancelled", _("已取消")
        ROLLING_BACK = "rolling_back", _("正在回滚")
        ROLLED_BACK = "rolled_back", _("已回滚")
        REFUSED = "refused", _("文件被拒收")
        FAILED = "failed", _("处理失败")

    # States in which a worker has something to do, and those in which reserved events are being written.
    WORKING = (State.STAGING, State.CANCELLING, State.PUBLISHING, State.ROLLING_BACK)
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
    # The log's head stays below the first event while the batch writes; a roll-back writes its own events from ``undo_event``.
    first_event = models.BigIntegerField(null=True, editable=False)
    undo_event = models.BigIntegerField(null=True, editable=False)
    events = models.BigIntegerField(default=0, editable=False)
    written = models.BigIntegerField(default=0, editable=False)
    # Published, but the search columns of changed companies and rows that waited for a company are still to be done.
    unsettled = models.BooleanField(default=False, editable=False)
    # For progress: when the last claim began, how far the batch was then, and about how many rows the file has (0: unknown).
    claimed_at = models.DateTimeField(null=True, editable=False)
    claimed_from = models.BigIntegerField(default=0, editable=False)
    expected = models.BigIntegerField(default=0, editable=False)
    # The row being staged alone, after two failures somewhere in its chunk.
    trying = models.BigIntegerField(default=0, editable=False)
    paused = models.BooleanField(_("已暂停"), default=False, editable=False)
    # Who called a publication off that had begun: it is written to its end and taken back before anybody sees it.
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
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
            models.Index(fields=["dataset", "state", "uploaded_at"], name="batch_reports"),
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

    def returning(self) -> list[int]:
        """The numbers of rows that would publish again, with other content, what was withdrawn."""
        withdrawn = self.records.model.objects.filter(dataset=self.dataset, state="withdrawn", ended_event__isnull=False)
        keys = list(withdrawn.order_by().values_list("key", flat=True).distinct()) if self.new else []
        # From the few that were withdrawn to the rows; a planner without statistics would go through all rows.
        rows = fetch_among("SELECT row_no, kind FROM records_stagedrow WHERE key {among} AND batch_id = %s", keys, self.pk)
        return sorted(number for number, kind in rows if kind == "new")

    def misnamed(self) -> models.QuerySet:
        """Rows that name another company than their code (see ``ingest.staging.NOTE``)."""
        return self.staged.filter(kind__in=["new", "changed"]).exclude(errors=[])

    def count_conflicts(self) -> int:
        """How many rows would replace what is newer by decision day, publish again what was withdrawn, or are of two companies."""
        older = self.staged.older().count() if self.changed else 0
        return older + len(self.returning()) + self.misnamed().count()

    def in_conflict(self) -> bool:
        """True while rows of a batch not yet published would replace what is newer, by decision day or by the log, or was withdrawn."""
        under_review = self.state in (self.State.STAGED, self.State.SUBMITTED)
        return under_review and (self.conflicts > 0 or self.moved_since_staging().exists())

    def counts(self) -> dict[str, int]:
        """Rows by what publishing would do with them, as the command line's JSON gives them."""
        return {name: getattr(self, name) for name in ("rows", "new", "changed", "unchanged", "invalid", "pending")}

    def progress(self) -> tuple[int, int]:
        """Rows done in the present step, and of how many; 0 where nobody knows."""
        if self.state == self.State.STAGING:
            return self.rows, self.expected
        return (self.written, self.events) if self.state in self.WRITING else (self.cursor, 0)

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
        """Give up a batch that waits to be submitted or reviewed (撤回); its rows stay to be looked at."""
        self._move([self.State.STAGED, self.State.SUBMITTED], self.State.WITHDRAWN, act=_Act.WITHDRAW_BATCH, by=by, because=because)

    def pause(self, *, by) -> None:
        """Stop staging at the next chunk (暂停). A publication that has begun is not paused: what others publish stands behind it."""
        self._move([self.State.STAGING], self.State.STAGING, act=_Act.PAUSE, by=by, only={"paused": False}, paused=True, token="")

    def resume(self, *, by) -> None:
        """Let a worker go on after the last row staged (继续)."""
        self._move([self.State.STAGING], self.State.STAGING, act=_Act.RESUME, by=by, only={"paused": True}, paused=False)

    def cancel(self, *, by, because: str) -> None:
        """Stop staging and give the batch up (取消); a worker frees the rows staged so far."""
        fresh = {"token": "", "paused": False, "cursor": 0}
        self._move([self.State.STAGING], self.State.CANCELLING, act=_Act.CANCEL, by=by, because=because, **fresh)

    def cancel_publication(self, *, by, because: str) -> None:
        """Call an approved publication off (取消公示): nobody ever sees a row of it.

        Events that are reserved already have to be written, since the log has no gaps; the batch is then rolled back before the
        log's head passes them. Refused for the person who uploaded it.
        """
        if by.pk == self.uploaded_by_id:
            raise ActRefused(_("报送人不能审核自己报送的批次"))
        begun = self.first_event is not None
        to = self.State.PUBLISHING if begun else self.State.CANCELLING
        only = {"first_event__isnull": not begun, "cancelled_by": None}
        called_off = {"cancelled_by": by} if begun else {"cursor": 0}
        self._move([self.State.PUBLISHING], to, act=_Act.CANCEL, by=by, because=because, only=only, token="", **called_off)

    def roll_back(self, *, by, because: str) -> None:
        """Take a published batch back as a whole; a worker does it, and events are added for every record."""
        if self.unsettled:
            raise ActRefused(_("批次的后续处理尚未完成，请稍后再试"))
        fresh = {"cursor": 0, "written": 0, "events": 0, "first_event": None, "undo_event": None}
        self._move([self.State.PUBLISHED], self.State.ROLLING_BACK, act=_Act.ROLL_BACK, by=by, reviewer=by, because=because, **fresh)

    def _move(
        self, states: list[str], to: str, *, act: str, by, reviewer=None, because: str | None = None, only: dict | None = None, **columns
    ) -> None:
        """One conditional UPDATE with its entry in the audit trail: of two people acting at once, one is refused."""
        if because is not None and not because.strip():
            raise ActRefused(_("须填写理由"))
        if reviewer is not None:
            if reviewer.pk == self.uploaded_by_id:
                raise ActRefused(_("报送人不能审核自己报送的批次"))
            columns |= {"reviewed_by": reviewer, "reviewed_at": timezone.now()}
        columns |= {"state": to, "because": because or ""}
        movable = Batch.objects.filter(pk=self.pk, state__in=states, **(only or {}))
        try:
            with transaction.atomic():
                before = Batch.objects.select_for_update().values("state").get(pk=self.pk)
                moved = movable.update(**columns)
                if moved:
                    after = {"state": to, **self.counts()}
                    TrailEntry.note(act, by=by, on=self, before=before, after=after, because=because or "")
        except IntegrityError:
            raise ActRefused(_("同一信息类目正在公示另一个批次，请稍后再试")) from None
        if not moved:
            raise ActRefused(_("批次状态已变化，请刷新页面"))
        _log.info("batch %s: %s by %s", self.pk, to, by)
        self.refresh_from_db()

"""The event log (公示日志): every publication, correction, withdrawal and repair, numbered without gaps, append-only.

The log is also the clock of the public side. What the public sees is "the state after event *head*": a record version is
visible while ``id <= head`` and it was not ended by an event ``<= head``. A batch reserves its numbers before it writes
and the head stays below them until it is done, so a million rows become visible at one instant without a long lock.
"""

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Max, Q
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy as _

from records.catalog import catalog
from records.prepared import rows_of

# The kind that is told of an event about a record that is not public.
SEALED = "sealed"
HEAD = """SELECT last, (SELECT MIN(first_event) FROM records_batch WHERE state IN (%s, %s)),
EXISTS (SELECT 1 FROM records_batch WHERE unsettled) FROM records_eventcounter WHERE id = 1"""


class EventCounter(models.Model):
    """The one row that hands out event numbers; updating it serialises all writers of the log.

    Up to ``sealed`` the events are in the tree of the log (``records.models.tree``).
    """

    id = models.PositiveSmallIntegerField(primary_key=True)
    last = models.BigIntegerField(default=0)
    sealed = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_event_counter")]

    def __str__(self) -> str:
        return str(self.last)

    @classmethod
    def reserve(cls, count: int) -> int:
        """The first of ``count`` consecutive new numbers. Call inside the transaction that uses them."""
        if not connection.in_atomic_block:
            raise TransactionManagementError("event numbers are reserved inside the transaction that uses them")
        cls.objects.filter(id=1).update(last=F("last") + count)
        return cls.objects.values_list("last", flat=True).get(id=1) - count + 1


class EventQuerySet(models.QuerySet):
    def public(self) -> "EventQuerySet":
        """Events that have taken effect; those of a batch still being written are not among them."""
        return self.filter(number__lte=self.head())

    def head(self) -> int:
        """The number of the last event in effect; 0 for an empty log."""
        return self.clock()[0]

    def clock(self) -> tuple[int, int]:
        """The numbers of the last event in effect and of the last one handed out: whatever is public changes with one of them."""
        return self._read()[0]

    def state(self) -> tuple[int, int] | None:
        """The clock, under which what was made of many companies or records may be remembered; None while names are brought up to date.

        Whatever is public changes with the clock, and names when a batch is settled.
        """
        clock, settled = self._read()
        return clock if settled else None

    def _read(self) -> tuple[tuple[int, int], bool]:
        """The clock, and whether the names of every batch are up to date with it."""
        batch = self.model._meta.get_field("batch").related_model
        # Every answer asks this first, so it is one statement and no work for the ORM.
        ((last, held, unsettled),) = rows_of(HEAD, [str(state) for state in batch.WRITING])
        return (last if held is None else held - 1, last), not unsettled

    def told(self) -> "EventQuerySet":
        """Events of public datasets. Of the others nothing may be seen but that a number is taken."""
        return self.filter(dataset__in=[dataset.slug for dataset in catalog().of()])

    def of_acts(self) -> "EventQuerySet":
        """Events that no ordinary report makes: corrections, withdrawals, repairs, expiries, restorations. They have an index."""
        return self.exclude(kind=self.model.Kind.PUBLISHED).exclude(kind=self.model.Kind.CHANGED)

    def of_record(self, key: str) -> "EventQuerySet":
        """Events about a record, whatever its version: each version begins with one event, under its number, and ends with another."""
        versions = self.model._meta.apps.get_model("records", "Record").objects.filter(key=key).order_by()
        ended = versions.filter(ended_event__isnull=False)
        return self.filter(number__in=versions.values("id").union(ended.values("ended_event"), all=True))

    def last_of(self, company_id: int) -> int:
        """The number of the last event about a company that is told, for its ETag; 0 when there is none."""
        return self.public().told().filter(company_id=company_id).aggregate(last=Max("number"))["last"] or 0


class Event(models.Model):
    """One public act on one record. ``digest`` commits to the content without revealing it (see ``Record.digest``)."""

    class Kind(models.TextChoices):
        PUBLISHED = "published", _("公示")
        CHANGED = "changed", _("更新")
        CORRECTED = "corrected", _("更正")
        WITHDRAWN = "withdrawn", _("撤销")
        REPAIRED = "repaired", _("信用修复")
        EXPIRED = "expired", _("到期停止公示")
        RESTORED = "restored", _("恢复")

    number = models.BigIntegerField(_("序号"), primary_key=True)
    at = models.DateTimeField(_("时间"))
    kind = models.CharField(_("事项"), max_length=10, choices=Kind)
    dataset = models.CharField(_("信息类目"), max_length=80)
    record_key = models.CharField(_("信用信息编号"), max_length=26)
    record_id = models.BigIntegerField(_("版本"))
    company = models.ForeignKey(
        "records.Company", models.DO_NOTHING, db_constraint=False, db_index=False, verbose_name=_("信用主体")
    )
    batch = models.ForeignKey("records.Batch", models.PROTECT, null=True, db_constraint=False, db_index=False, verbose_name=_("报送批次"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_constraint=False, db_index=False, verbose_name=_("经办人")
    )
    because = models.TextField(_("理由"), blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示日志")
        verbose_name_plural = _("公示日志")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["company", "number"], name="event_company"),
            models.Index(fields=["dataset", "number"], name="event_dataset"),
            models.Index(fields=["number", "dataset"], condition=~Q(kind="published") & ~Q(kind="changed"), name="event_acts"),
            # Of a log that is nearly all publications, or of one that is nearly all changes.
            models.Index(fields=["number", "dataset"], condition=Q(kind="changed"), name="event_changed"),
            models.Index(fields=["dataset", "number"], condition=Q(kind="changed"), name="event_changed_of"),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.get_kind_display()}"


def entry(number: int, at: int, kind: str, digest: str) -> bytes:
    """An event as a leaf of the tree: JSON with sorted keys and no spaces; ``at`` is in whole seconds since 1970.

    It holds what the feed of events tells: of a record that is not public, ``kind`` is ``SEALED``. The digest is salted, so nothing
    can be guessed from the leaf of what was never public or was erased.
    """
    return b'{"at":%d,"digest":"%b","kind":"%b","number":%d}' % (at, digest.encode(), kind.encode(), number)

"""Credit records (信用信息): published rows of the datasets, one row per version."""

import functools
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from records import periods
from records.addresses import address_of
from records.catalog import catalog
from records.dataset import Category, Dataset, Disclosure, Field, Polarity
from records.models.company import Company, add_names
from records.models.event import Event, EventCounter
from records.models.loaded import Loaded, ObjectField
from records.models.trail import TrailEntry
from records.rows import canonical, columns_of, committed, parse_row, readers, row_errors, subject_code


class ActRefused(Exception):
    """An act that may not be done now; the message says why, in the language of the reader."""


def told(dataset: Dataset, errors: list[list[str]]) -> str:
    """The errors of a row as one text, in the language of the reader."""
    if (get_language() or "").startswith("en"):
        return "; ".join(f"{dataset.by_name[name].text('title', 'en')}: {en}" for name, _, _, en in errors)
    return "；".join(f"{dataset.by_name[name].title}：{zh}" for name, _, zh, _ in errors)


class Severity(models.TextChoices):
    """Classes of NDRC Order 36 (2026-04-01)."""

    MINOR = "minor", _("轻微")
    GENERAL = "general", _("一般")
    SERIOUS = "serious", _("严重")


class RowColumns(Loaded):
    """The typed columns that every row has, staged or published; all other values stand in ``values`` by field name."""

    dataset = models.CharField(_("信息类目"), max_length=80)
    key = models.CharField(_("信用信息编号"), max_length=26, help_text=_("由信息类目和主键得出，各版本相同"))
    name = models.CharField(_("主体名称"), max_length=300, blank=True)
    code = models.CharField(_("主体代码"), max_length=20, blank=True)
    document_no = models.CharField(_("文书号"), max_length=300, blank=True)
    decided_on = models.DateField(_("决定日期"), null=True)
    valid_from = models.DateField(_("有效期自"), null=True)
    valid_until = models.DateField(_("有效期至"), null=True)
    ended_on = models.DateField(_("移出日期"), null=True)
    published_until = models.DateField(_("公示截止日"), null=True, help_text=_("自该日起不再公示"))
    authority = models.CharField(_("机关"), max_length=300, blank=True)
    severity = models.CharField(_("失信程度"), max_length=7, choices=Severity, blank=True)
    grade = models.CharField(_("等级"), max_length=60, blank=True)
    values = ObjectField(_("数据项"), default=dict)
    # blake2b-128 of the canonical values: equal fingerprints mean nothing changed.
    fingerprint = models.CharField(max_length=32)
    # sha256(0x00 ‖ salt ‖ canonical JSON): erasing values and salt leaves the log's digest valid and silent.
    salt = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)

    class Meta:
        abstract = True


class RecordQuerySet(models.QuerySet):
    def in_effect(self, head: int | None = None) -> "RecordQuerySet":
        """The current version of every record as of event ``head`` (now when None), whoever may see it."""
        if head is None:
            return self.in_effect_now(Event.objects.head())
        return self.filter(id__lte=head).filter(Q(ended_event=None) | Q(ended_event__gt=head))

    def in_effect_now(self, head: int) -> "RecordQuerySet":
        """The same for the present ``head`` of the log, for those who have asked for it already."""
        # An act that takes a record off the site shall not wait for a batch that is being written.
        return self.in_effect(head).exclude(state__in=Record.State.off_at_once())

    def disclosable(
        self, to: Disclosure = Disclosure.PUBLIC, on: date | None = None, head: int | None = None
    ) -> "RecordQuerySet":
        """Records this audience may see on a day: in effect, of a dataset open to it, within the publication period.

        ``head`` is the present head of the log, for those who have asked for it already.
        """
        on = on or timezone.localdate()
        return (
            (self.in_effect() if head is None else self.in_effect_now(head))
            .filter(dataset__in=[dataset.slug for dataset in catalog().of(disclosure=to)])
            .within_period(on)
        )

    def within_period(self, on: date) -> "RecordQuerySet":
        """Records whose publication period has begun and has not ended on a day."""
        return self.filter(published_from__lte=on).filter(Q(published_until=None) | Q(published_until__gt=on))

    def public(self) -> "RecordQuerySet":
        return self.disclosable(Disclosure.PUBLIC)

    def overdue(self) -> "RecordQuerySet":
        """Current records whose publication period is over and whose end is not in the log yet, longest over first."""
        return self.filter(ended_event=None, published_until__lte=timezone.localdate()).order_by("published_until")

    def of(self, *categories: Category) -> "RecordQuerySet":
        return self.filter(dataset__in=[dataset.slug for dataset in catalog().of(*categories, disclosure=Disclosure.GOVERNMENT)])


class Record(RowColumns):
    """One version of one published row. Its id is the number of the event that published it."""

    class State(models.TextChoices):
        CURRENT = "current", _("公示中")
        REPLACED = "replaced", _("已被新版本替代")
        WITHDRAWN = "withdrawn", _("已撤销")
        REPAIRED = "repaired", _("已修复")
        EXPIRED = "expired", _("已到期")
        UNDONE = "undone", _("批次已回滚")

        @classmethod
        def off_at_once(cls) -> list[str]:
            return [cls.WITHDRAWN, cls.REPAIRED]

    id = models.BigIntegerField(_("版本"), primary_key=True)
    company = models.ForeignKey(
        Company, models.PROTECT, related_name="records", db_index=False, verbose_name=_("信用主体")
    )
    batch = models.ForeignKey(
        "records.Batch", models.PROTECT, null=True, related_name="records", db_constraint=False, db_index=False, verbose_name=_("报送批次")
    )
    published_from = models.DateField(_("公示日期"))
    state = models.CharField(_("状态"), max_length=9, choices=State, default=State.CURRENT)
    ended_event = models.BigIntegerField(_("终止事件"), null=True)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("信用信息")
        verbose_name_plural = _("信用信息")
        ordering = ["-id"]
        constraints = [
            # Of the versions of a record one is not ended. The index also finds the versions of a key.
            models.UniqueConstraint("key", Coalesce("ended_event", 0), name="one_current_version"),
            models.CheckConstraint(
                condition=Q(state="current", ended_event=None) | ~Q(state="current") & Q(ended_event__gt=F("id")),
                name="ended_when_not_current",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "dataset", "decided_on", "id"], name="record_profile"),
            models.Index(fields=["company", "id"], name="record_company"),
            models.Index(fields=["dataset", "decided_on", "id"], name="record_list"),
            # The few who were taken off a list of many.
            models.Index(fields=["dataset", "decided_on", "id"], condition=Q(ended_on__isnull=False), name="record_removed"),
            models.Index(fields=["dataset", "id"], name="record_feed"),
            models.Index(fields=["batch", "id"], name="record_batch"),
            models.Index(fields=["document_no"], name="record_document"),
            models.Index(fields=["state", "id"], condition=Q(ended_event__isnull=False), name="record_ended"),
            # A worker asks every minute what is over.
            models.Index(
                fields=["published_until"], condition=Q(ended_event=None, published_until__isnull=False), name="record_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.declaration.title} {self.document_no or self.name}"

    def get_absolute_url(self) -> str:
        return address_of("record", self.key)

    @functools.cached_property
    def declaration(self) -> Dataset:
        return catalog().datasets[self.dataset]

    @property
    def negative(self) -> bool:
        return self.declaration.polarity is Polarity.NEGATIVE

    @property
    def removed(self) -> bool:
        """Taken off the list it is an entry of (移出), while the entry itself stays visible as history."""
        return self.ended_on is not None and self.ended_on <= timezone.localdate()

    def disclosed(self, to: Disclosure = Disclosure.PUBLIC) -> dict[Field, Any]:
        """The one door out: the values this audience may see, by column in declared order; {} when it may see none."""
        values = self.values
        return {column: value for column in self.declaration.shown_to(to) if (value := values.get(column.name)) is not None}

    def opened(self) -> dict[str, str] | None:
        """What the digest in the log is made of, for anybody to compare: sha256(0x00 ‖ salt, in hex ‖ content).

        None while the public may not see all of it: with the salt, what is kept from it could be found by trying.
        """
        if len(self.disclosed()) < sum(value is not None for value in self.values.values()):
            return None
        content = committed(self.dataset, self.key, canonical(self.values).encode())
        return {"salt": self.salt, "content": content.decode()}

    def event(self, kind: str, *, number: int, by=None, because: str = "") -> Event:
        """The log entry, not yet saved, of an act on this version."""
        return Event(
            number=number,
            at=timezone.now(),
            kind=kind,
            dataset=self.dataset,
            record_key=self.key,
            record_id=self.id,
            company_id=self.company_id,
            batch_id=self.batch_id,
            by=by,
            because=because,
            digest=self.digest,
        )

    def withdraw(self, *, by, because: str) -> Event:
        """Take the record down because it should not have been published (撤销)."""
        return self._end(self.State.WITHDRAWN, Event.Kind.WITHDRAWN, act=TrailEntry.Kind.WITHDRAW, by=by, because=because)

    def repair(self, *, by, because: str) -> Event:
        """End publication after credit repair (信用修复): the record leaves every public page and may not return."""
        if not self.negative:
            raise ActRefused(_("只有负面信息才能信用修复"))
        return self._end(self.State.REPAIRED, Event.Kind.REPAIRED, act=TrailEntry.Kind.REPAIR, by=by, because=because)

    def expire(self) -> bool:
        """Log that the publication period is over; False when somebody else ended the record meanwhile."""
        try:
            self._end(self.State.EXPIRED, Event.Kind.EXPIRED, by=None, because="-")
        except ActRefused:
            return False
        return True

    @transaction.atomic
    def correct(self, texts: dict[str, str], *, by, because: str) -> "Record":
        """Publish a corrected version (更正) from the texts of its fields, as they would stand in a file.

        Raises ``ActRefused`` for a wrong value, for a change of the primary key (that is another record), or when nothing
        differs. Fields not given keep their value.
        """
        declaration = self.declaration
        columns = readers((at, declaration.by_name[name]) for at, name in enumerate(texts))
        values, errors = parse_row(columns, list(texts.values()))
        values = {name: value for name, value in self.values.items() if name not in texts} | values
        errors = errors or row_errors(declaration, values, timezone.localdate())
        if errors:
            raise ActRefused(told(declaration, errors))
        same_subject = subject_code(declaration, values) == subject_code(declaration, self.values)
        columns = columns_of(declaration, values, self.published_from, self.code if same_subject else "")
        if columns["key"] != self.key:
            raise ActRefused(_("主键不能更正：请撤销本条后重新报送"))
        if columns["fingerprint"] == self.fingerprint:
            raise ActRefused(_("内容没有变化"))
        columns |= {"values": values, "company_id": self.company_id, "batch_id": self.batch_id}
        number = self._close(self.State.REPLACED, because=because)
        version = Record(id=number, published_from=self.published_from, **columns)
        version.save(force_insert=True)
        version.event(Event.Kind.CORRECTED, number=number, by=by, because=because).save(force_insert=True)
        before, after = {"version": self.pk}, {"version": number, "fields": sorted(texts)}
        TrailEntry.note(TrailEntry.Kind.CORRECT, by=by, on=version, before=before, after=after, because=because)
        version.refresh_from_db()
        version._project()
        return version

    @transaction.atomic
    def _end(self, state: str, kind: str, *, by, because: str, act: str = "") -> Event:
        number = self._close(state, because=because)
        event = self.event(kind, number=number, by=by, because=because.removeprefix("-"))
        event.save(force_insert=True)
        if act:
            before, after = {"state": self.State.CURRENT, "version": self.pk}, {"state": state, "event": number}
            TrailEntry.note(act, by=by, on=self, before=before, after=after, because=because)
        self._project()
        return event

    def _close(self, state: str, *, because: str) -> int:
        """End this version under a new event number, which is returned; refused when it is no longer the current one."""
        if not because.strip():
            raise ActRefused(_("须填写理由"))
        number = EventCounter.reserve(1)
        batch = self._meta.get_field("batch").related_model
        if batch.objects.filter(dataset=self.dataset, state__in=batch.WRITING).exists():
            raise ActRefused(_("该信息类目正在公示一个批次，请稍后再试"))
        current = Record.objects.filter(pk=self.pk, ended_event=None)
        if not current.update(state=state, ended_event=number):
            raise ActRefused(_("该版本已不是现行版本"))
        self.state, self.ended_event = state, number
        return number

    def _project(self) -> None:
        if self.declaration.projected:
            add_names(Company.objects.project([self.company_id]))

    @property
    def earliest_repair_on(self) -> date | None:
        """The first day on which credit repair may be applied for, where a rule fixes one."""
        declaration = self.declaration
        if not self.negative or self.decided_on is None:
            return None
        months = declaration.list.repair_months if declaration.list else None
        return periods.earliest_repair(
            declaration.period,
            decided_on=self.decided_on,
            severity=self.severity or None,
            repair_months=months,
            published_on=self.published_from,
        )

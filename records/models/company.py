"""Companies (信用主体) as the search and the lists know them.

A company's general data are a record like any other, of a dataset with ``registers = true``; the columns here are the
projection of its current version that searching, filtering and sorting need.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from records import registration, search, uscc
from records.bulk import fetch_among, insert_rows
from records.catalog import catalog
from records.models.event import Event, EventCounter


@dataclass(frozen=True)
class Match:
    """A company found, and the name by which it was found."""

    company: "Company"
    kind: str
    text: str


class Matches(Sequence):
    """Ranked matches, best first; a slice loads just its own companies."""

    def __init__(self, companies: models.QuerySet, ranked: list[tuple[int, str, str]]):
        self._companies, self._ranked = companies, ranked

    @property
    def ids(self) -> list[int]:
        """The ids of the companies, best first, without loading them."""
        return [id_ for id_, _, _ in self._ranked]

    def __len__(self) -> int:
        return len(self._ranked)

    def __getitem__(self, at):
        if not isinstance(at, slice):
            return self[at : at + 1 or None][0]
        part = self._ranked[at]
        companies = self._companies.in_bulk([id_ for id_, _, _ in part])
        return [Match(companies[id_], kind, text) for id_, kind, text in part if id_ in companies]

    def __iter__(self):
        return iter(self[:])


@dataclass(frozen=True)
class Found:
    """What a search found; ``more`` when there are others beyond the bound, which nobody counts."""

    matches: Matches
    more: bool = False


class CompanyQuerySet(models.QuerySet):
    CANDIDATES = 1000
    WIDER = 8000
    ENOUGH = 20
    _region = ""
    PROJECTED = [
        "code", "uscc", "legacy_no", "name", "name_key", "kind", "company_type", "status", "region",
        "established_on", "legal_representative", "ended_event",
    ]

    def public(self) -> "CompanyQuerySet":
        """Companies whose registration is published."""
        head = Event.objects.head()
        return self.filter(id__lte=head).exclude(ended_event__lte=head)

    def by_code(self, text: str) -> "CompanyQuerySet":
        """Companies whose unified code or registration number is ``text``, however it is spaced or cased."""
        code = uscc.normalise(text)
        if not code.isascii() or not code:
            return self.none()
        # A registration number has 13 or 15 characters. In a register without any, asking for one reads every company.
        maybe_number = 9 <= len(code) != 18 and uscc.may_be_part(code)
        return self.filter(Q(code=code) | Q(legacy_no=code)) if maybe_number else self.filter(code=code)

    def in_region(self, division: str) -> "CompanyQuerySet":
        """Companies of a division of two, four or six digits; a search asks the index for just these."""
        narrowed = self.filter(region__startswith=division)
        narrowed._region = division
        return narrowed

    def _clone(self):
        clone = super()._clone()
        clone._region = self._region
        return clone

    def search(self, query: str) -> Found:
        """Companies of this QuerySet that ``query`` may mean, best first, each with the reason (``Match.kind``).

        Reasons are code, suffix (end of a code), part (of a code), current, former, english (a name that holds what was
        typed), parts (its letters in order), pinyin, near (one slip away, only when there is nothing else).
        """
        by_code = [(id_, "code", code) for id_, code in self.by_code(query).values_list("id", "code")[:2]]
        ranked = by_code or self._by_part_of_code(uscc.normalise(query))
        if ranked:
            return Found(Matches(self, ranked[: self.CANDIDATES]), more=len(ranked) > self.CANDIDATES)
        for bound in (self.CANDIDATES, self.WIDER):
            hits, more = search.find(query, bound, self._region)
            mine = set(self.filter(id__in=[hit.company_id for hit in hits]).values_list("id", flat=True))
            ranked = [(hit.company_id, hit.kind, hit.text) for hit in hits if hit.company_id in mine]
            # The other filters are not in the index: when they leave little, more names are looked at.
            if not more or len(ranked) >= self.ENOUGH:
                break
        return Found(Matches(self, ranked[: self.CANDIDATES]), more=more or len(ranked) > self.CANDIDATES)

    def _by_part_of_code(self, part: str) -> list[tuple[int, str, str]]:
        """Companies whose code begins with, ends in or holds ``part``, else those whose code is one slip away."""
        if not uscc.may_be_part(part):
            return []
        # In every collation a longer text follows its beginning, and letters follow digits.
        begun = self.filter(code__gte=part, code__lte=part + "Z" * 20, code__startswith=part).order_by("code")
        found = {id_: (id_, "part", code) for id_, code in begun.values_list("id", "code")[: self.CANDIDATES + 1]}
        maybe = {name[0] for name in search.code_parts(part, self._region)}
        codes = dict(self.filter(id__in=maybe).values_list("id", "code"))
        for id_, code in codes.items():
            if part in code:
                found[id_] = (id_, "suffix" if code.endswith(part) else "part", code)
        if not found and len(part) > 12:
            return [(id_, "near", code) for id_, code in codes.items() if search.one_slip(code, part)]
        return sorted(found.values(), key=lambda match: (match[1] != "suffix", match[2]))

    def project(self, ids: Iterable[int]) -> list[tuple[int, str, str, str]]:
        """Bring the columns and names of companies up to their current registration.

        A company without one is ended. Names no longer borne are removed; the names to add are returned as
        ``(company id, kind, text, folded)``, since indexing is for the caller to do in one go.
        """
        companies = self.select_for_update().in_bulk(list(ids))
        current = self._current_registrations(companies)
        names, bearing = [], SearchName.objects.filter(company_id__in=companies)
        for id_, company in companies.items():
            record = current.get(id_)
            company.ended_event = None if record else Event.objects.filter(company_id=id_).aggregate(last=Max("number"))["last"]
            if record:
                for column, value in registration.projection(record.declaration, record.values, record.code).items():
                    setattr(company, column, value)
                names += [(id_, *name) for name in registration.names(record.declaration, record.values)]
        self.bulk_update(companies.values(), self.PROJECTED)
        wanted = {(id_, kind, folded) for id_, kind, _, folded in names}
        stale = [name for name in bearing if (name.company_id, name.kind, name.folded) not in wanted]
        search.remove_names([(name.id, name.folded, companies[name.company_id].code) for name in stale])
        SearchName.objects.filter(id__in=[name.id for name in stale]).delete()
        borne = {(name.company_id, name.kind, name.folded) for name in bearing.all()}
        return [name for name in names if (name[0], name[1], name[3]) not in borne]

    @staticmethod
    def _current_registrations(companies: dict) -> dict:
        datasets = [dataset.slug for dataset in catalog().datasets.values() if dataset.registers]
        record = Company._meta.get_field("records").related_model
        found = record.objects.filter(company_id__in=companies, dataset__in=datasets, ended_event=None).order_by("id")
        return {record.company_id: record for record in found}


class Company(models.Model):
    class Status(models.TextChoices):
        """Registration status, GSXT code list; see ``records.registration.STATUS_WORDS`` for the words met in files."""

        ACTIVE = "active", _("存续（在营、开业、在册）")
        SUSPENDED = "suspended", _("歇业")
        REVOKED = "revoked", _("吊销，未注销")
        REVOKED_CANCELLED = "revoked_cancelled", _("吊销，已注销")
        CANCELLED = "cancelled", _("注销")
        ANNULLED = "annulled", _("撤销登记")
        MOVED_OUT = "moved_out", _("迁出")
        LIQUIDATION = "liquidation", _("清算")
        OTHER = "other", _("其他")

    class Kind(models.TextChoices):
        """What decides the labels of a profile (法定代表人, 负责人, 经营者 …)."""

        COMPANY = "company", _("公司")
        ENTERPRISE = "enterprise", _("企业法人")
        BRANCH = "branch", _("分支机构")
        SOLE = "sole", _("个人独资企业")
        PARTNERSHIP = "partnership", _("合伙企业")
        COOPERATIVE = "cooperative", _("农民专业合作社")
        INDIVIDUAL = "individual", _("个体工商户")
        OFFICE = "office", _("常驻代表机构")
        ORGANISATION = "organisation", _("其他组织")

    # The number of the event that first published the company.
    id = models.BigIntegerField(primary_key=True)
    code = models.CharField(_("代码"), max_length=20, unique=True, help_text=_("统一社会信用代码，没有的为注册号"))
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True, null=True)
    legacy_no = models.CharField(_("注册号"), max_length=20, null=True, db_index=True)
    name = models.CharField(_("名称"), max_length=300)
    name_key = models.CharField(max_length=300, db_index=True, editable=False)
    kind = models.CharField(_("主体类别"), max_length=12, choices=Kind)
    company_type = models.CharField(_("类型"), max_length=200, blank=True)
    status = models.CharField(_("登记状态"), max_length=17, choices=Status, default=Status.OTHER)
    region = models.CharField(_("行政区划"), max_length=6, blank=True, db_index=True)
    established_on = models.DateField(_("成立日期"), null=True)
    legal_representative = models.CharField(_("法定代表人"), max_length=300, blank=True)
    ended_event = models.BigIntegerField(null=True, editable=False)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("信用主体")
        verbose_name_plural = _("信用主体")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(uscc=models.F("code")) | Q(uscc=None), name="company_code_is_uscc"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"

    def get_absolute_url(self) -> str:
        return reverse("company", args=[self.code])

    @property
    def region_name(self) -> str:
        return uscc.region_name(self.region)


class SearchName(models.Model):
    """A name under which a company is found: its current one, a former one or its English one.

    The full-text index over ``folded`` is no model: see ``records.search``.
    """

    class Kind(models.TextChoices):
        CURRENT = "current", _("名称")
        FORMER = "former", _("曾用名")
        ENGLISH = "english", _("英文名称")

    company = models.ForeignKey(
        Company, models.DO_NOTHING, related_name="search_names", db_constraint=False, db_index=False
    )
    kind = models.CharField(max_length=7, choices=Kind)
    text = models.CharField(max_length=300)
    folded = models.CharField(max_length=300, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "kind", "folded"], name="one_name_once")]

    def __str__(self) -> str:
        return self.text


def add_names(names: list[tuple[int, str, str, str]]) -> None:
    """Store and index names: ``(company id, kind, text, folded)``."""
    if not names:
        return
    EventCounter.objects.select_for_update().get(id=1)
    last = SearchName.objects.aggregate(last=Max("id"))["last"] or 0
    rows = [(last + offset, *name) for offset, name in enumerate(names, 1)]
    insert_rows("records_searchname", ("id", "company_id", "kind", "text", "folded"), rows)
    codes = dict(fetch_among("SELECT id, code FROM records_company WHERE id {among}", list({name[0] for name in names})))
    search.add_names((row[0], row[4], codes[row[1]]) for row in rows)

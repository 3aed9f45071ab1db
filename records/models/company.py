"""Companies (信用主体) as the search and the lists know them.

A company's general data are a record like any other, of a dataset with ``registers = true``; the columns here are the
projection of its current version that searching, filtering and sorting need.
"""

from collections.abc import Iterable

from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from records import registration, search
from records.addresses import address_of
from records.bulk import fetch_among
from records.catalog import catalog
from records.models.event import Event, EventCounter
from records.models.found import Findable
from records.models.loaded import Loaded
from records.regions import region_name


class CompanyQuerySet(Findable):
    PROJECTED = [
        "code", "uscc", "legacy_no", "name", "name_key", "kind", "company_type", "status", "region",
        "industry", "established_on", "legal_representative", "facets", "ended_event",
    ]

    def public(self, head: int | None = None) -> "CompanyQuerySet":
        """Companies whose registration is published, by the present head of the log; who has asked for that already gives it."""
        head = Event.objects.head() if head is None else head
        # An act that takes a registration off the site shall not wait for a batch that is being written.
        narrowed = self._narrowed(self.filter(id__lte=head, ended_event=None), "")
        narrowed._head = head
        return narrowed

    def project(self, ids: Iterable[int]) -> list[tuple[int, str, str, str]]:
        """Bring the columns, facets and names of companies up to their current registration and list entries.

        A company without a registration is ended. Names no longer borne, or indexed under other facets, are removed; the names
        to add are returned as ``(company id, kind, text, folded)``, since indexing is for the caller to do in one go.
        """
        companies = self.select_for_update().in_bulk(list(ids))
        indexed = {id_: company.facets for id_, company in companies.items()}
        current, lists = self._current_registrations(companies), self.lists_of(companies)
        names, bearing = [], SearchName.objects.filter(company_id__in=companies)
        for id_, company in companies.items():
            record = current.get(id_)
            company.ended_event = None if record else Event.objects.filter(company_id=id_).aggregate(last=Max("number"))["last"]
            if record:
                columns = registration.projection(record.declaration, record.values, record.code)
                for column, value in columns.items():
                    setattr(company, column, value)
                company.facets = registration.facets(columns, lists[id_])
                names += [(id_, *name) for name in registration.names(record.declaration, record.values)]
        self.bulk_update(companies.values(), self.PROJECTED)
        wanted = {(id_, kind, folded) for id_, kind, _, folded in names if indexed[id_] == companies[id_].facets}
        stale = [name for name in bearing if (name.company_id, name.kind, name.folded) not in wanted]
        search.remove_names([name.entered(companies[name.company_id].code, indexed[name.company_id]) for name in stale])
        borne = {(name.company_id, name.kind, name.folded) for name in bearing.all()}
        return [name for name in names if (name[0], name[1], name[3]) not in borne]

    @staticmethod
    def _current_registrations(companies: dict) -> dict:
        datasets = [dataset.slug for dataset in catalog().datasets.values() if dataset.registers]
        record = Company._meta.get_field("records").related_model
        found = record.objects.filter(company_id__in=companies, dataset__in=datasets, ended_event=None).order_by("id")
        return {record.company_id: record for record in found}


class Company(Loaded):
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

    class Industry(models.TextChoices):
        """Sections of GB/T 4754-2017, 国民经济行业分类."""

        A = "A", _("农、林、牧、渔业")
        B = "B", _("采矿业")
        C = "C", _("制造业")
        D = "D", _("电力、热力、燃气及水生产和供应业")
        E = "E", _("建筑业")
        F = "F", _("批发和零售业")
        G = "G", _("交通运输、仓储和邮政业")
        H = "H", _("住宿和餐饮业")
        I = "I", _("信息传输、软件和信息技术服务业")  # noqa: E741 - the letter of the standard
        J = "J", _("金融业")
        K = "K", _("房地产业")
        L = "L", _("租赁和商务服务业")
        M = "M", _("科学研究和技术服务业")
        N = "N", _("水利、环境和公共设施管理业")
        O = "O", _("居民服务、修理和其他服务业")  # noqa: E741 - the letter of the standard
        P = "P", _("教育")
        Q = "Q", _("卫生和社会工作")
        R = "R", _("文化、体育和娱乐业")
        S = "S", _("公共管理、社会保障和社会组织")
        T = "T", _("国际组织")

    # The number of the event that first published the company.
    id = models.BigIntegerField(primary_key=True)
    code = models.CharField(_("代码"), max_length=20, unique=True, help_text=_("统一社会信用代码，没有的为注册号"))
    # Unique because ``code`` is, which it repeats.
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True)
    legacy_no = models.CharField(_("注册号"), max_length=20, null=True, db_index=True)
    name = models.CharField(_("名称"), max_length=300)
    name_key = models.CharField(max_length=300, db_index=True, editable=False)
    kind = models.CharField(_("主体类别"), max_length=12, choices=Kind)
    company_type = models.CharField(_("类型"), max_length=200, blank=True)
    status = models.CharField(_("登记状态"), max_length=17, choices=Status, default=Status.OTHER)
    region = models.CharField(_("行政区划"), max_length=6, blank=True, db_index=True)
    industry = models.CharField(_("行业门类"), max_length=1, blank=True)
    established_on = models.DateField(_("成立日期"), null=True)
    legal_representative = models.CharField(_("法定代表人"), max_length=300, blank=True)
    # The terms its names are indexed under beside their own (``records.search.facets``), exactly.
    facets = models.TextField(blank=True, editable=False)
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
        return address_of("company", self.code)

    def public_at(self, head: int) -> bool:
        """Whether its registration is published, by the present head of the log; what ``public`` asks of the database."""
        return self.id <= head and self.ended_event is None

    @property
    def region_name(self) -> str:
        return region_name(self.region)


class SearchName(models.Model):
    """A name under which a company is found: its current one, a former one or its English one.

    Stored and indexed by ``add_names``; the full-text index over ``folded`` is no model: see ``records.search``.
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
    folded = models.CharField(max_length=300)
    # What ranking needs of the name: ``records.search.names.head`` and ``standing``.
    start = models.PositiveSmallIntegerField()
    standing = models.PositiveSmallIntegerField()
    # What its company is narrowed by (``records.search.placed``): what a search finds is counted without looking companies up.
    facets = models.TextField(editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "kind", "folded"], name="one_name_once")]

    def __str__(self) -> str:
        return self.text

    def entered(self, code: str, facets: str) -> tuple[int, search.Entry]:
        """How the index knows this name, for taking it out."""
        return self.id, search.entry(self.kind, self.text, self.folded, code, facets)


def add_names(names: list[tuple[int, str, str, str]]) -> None:
    """Store and index names of companies there are: ``(company id, kind, text, folded)``."""
    ids = list({name[0] for name in names})
    known = {row[0]: row[1:] for row in fetch_among("SELECT id, code, facets FROM records_company WHERE id {among}", ids)}
    add_entries([(name[0], search.entry(*name[1:], *known[name[0]])) for name in names])


def add_entries(entries: list[tuple[int, search.Entry]]) -> None:
    """Store and index names of these companies, made by ``search.entry``."""
    if not entries:
        return
    EventCounter.objects.select_for_update().get(id=1)
    last = SearchName.objects.aggregate(last=Max("id"))["last"] or 0
    search.add_names([(number, *entered) for number, entered in enumerate(entries, last + 1)])

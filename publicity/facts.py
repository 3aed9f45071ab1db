"""The facts of a company's registration under the labels its kind calls for (营业执照 wording of GSXT)."""

import functools
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from publicity.profile import Row
from records.models import Company

Kind = Company.Kind
# Role of the registration column -> the label every kind has, and the kinds that call it otherwise.
LABELS = {
    "uscc": (_("统一社会信用代码"), {}),
    "legacy_no": (_("注册号"), {}),
    "name": (_("企业名称"), {Kind.INDIVIDUAL: _("名称"), Kind.ORGANISATION: _("名称"), Kind.OFFICE: _("名称")}),
    "legal_representative": (
        _("法定代表人"),
        {
            Kind.BRANCH: _("负责人"),
            Kind.ORGANISATION: _("负责人"),
            Kind.INDIVIDUAL: _("经营者"),
            Kind.SOLE: _("投资人"),
            Kind.PARTNERSHIP: _("执行事务合伙人"),
            Kind.OFFICE: _("首席代表"),
        },
    ),
    "capital": (
        _("注册资本"),
        {
            Kind.ENTERPRISE: _("注册资金"),
            Kind.COOPERATIVE: _("成员出资总额"),
            Kind.SOLE: _("出资额"),
            Kind.PARTNERSHIP: _("出资额"),
        },
    ),
    "established_on": (_("成立日期"), {Kind.INDIVIDUAL: _("注册日期")}),
    "valid_from": (_("营业期限自"), {Kind.PARTNERSHIP: _("合伙期限自"), Kind.INDIVIDUAL: _("经营期限自")}),
    "valid_until": (_("营业期限至"), {Kind.PARTNERSHIP: _("合伙期限至"), Kind.INDIVIDUAL: _("经营期限至")}),
    "address": (
        _("住所"),
        {
            Kind.BRANCH: _("营业场所"),
            Kind.INDIVIDUAL: _("经营场所"),
            Kind.PARTNERSHIP: _("主要经营场所"),
            Kind.OFFICE: _("驻在场所"),
        },
    ),
    "scope": (_("经营范围"), {Kind.COOPERATIVE: _("业务范围"), Kind.ORGANISATION: _("业务范围")}),
    "registered_by": (_("登记机关"), {}),
}
HEAD = ("legal_representative", "registered_by", "established_on", "capital", "revoked_on", "cancelled_on")


@dataclass(frozen=True)
class Fact:
    role: str
    label: str
    shown: str

    @property
    def wide(self) -> bool:
        return self.role in ("scope", "address")


def label_of(role: str, kind: str, fallback: str = "") -> str:
    """The label of a registration column for a kind of company; ``fallback`` where the kind makes no difference."""
    return _label(role, kind, get_language()) if role in LABELS else fallback


@functools.lru_cache(maxsize=2000)
def _label(role: str, kind: str, language: str) -> str:  # noqa: ARG001 - part of the cache key
    general, special = LABELS[role]
    return str(special.get(kind, general))


def facts_of(company: Company, registration: Row | None) -> list[Fact]:
    """Every disclosed registration value, labelled for the kind of company, in declared order."""
    if registration is None:
        return []
    return [
        Fact(cell.column.role, label_of(cell.column.role, company.kind, cell.label), cell.shown)
        for cell in registration.cells
    ]


def head_facts(facts: list[Fact]) -> list[Fact]:
    """The few facts of the header card, in the order of GSXT."""
    by_role = {fact.role: fact for fact in facts if fact.role}
    return [by_role[role] for role in HEAD if role in by_role]

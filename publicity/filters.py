"""What pages and API filter by. An unknown choice or a date that is none is an error, never ignored.

Ask ``filterset.is_valid()`` before ``filterset.qs``; ``filterset.form.errors`` says what is wrong with which parameter.
"""

import copy
import functools

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from blacklists.models import Listing, lists
from records import registration
from records.catalog import catalog
from records.dataset import Category
from records.models import Company, Record
from records.regions import provinces

CATEGORIES = {
    Category.REGISTRATION: gettext_lazy("基础信息"),
    Category.LICENCE: gettext_lazy("行政许可"),
    Category.PENALTY: gettext_lazy("行政处罚"),
    Category.INSPECTION: gettext_lazy("抽查检查"),
    Category.ABNORMAL: gettext_lazy("经营异常"),
    Category.BLACKLIST: gettext_lazy("严重失信主体名单"),
    Category.HONOUR: gettext_lazy("诚实守信"),
    Category.COMMITMENT: gettext_lazy("信用承诺"),
    Category.RATING: gettext_lazy("信用评价"),
    Category.JUDICIAL: gettext_lazy("司法信息"),
    Category.SELF_REPORTED: gettext_lazy("企业自行公示"),
    Category.ANNOUNCEMENT: gettext_lazy("公告"),
    Category.OTHER: gettext_lazy("其他信息"),
}


def region_choices() -> list[tuple[str, str]]:
    """Provinces by their two digits, named in the language of the page."""
    return [(code, _(name)) for code, name in sorted(provinces().items())]


def category_choices() -> list[tuple[str, str]]:
    return [(str(category), title) for category, title in CATEGORIES.items()]


def dataset_choices() -> list[tuple[str, str]]:
    """Datasets anybody may see, by slug."""
    return [(found.slug, found.text("title", get_language() or "zh")) for found in catalog().of()]


def list_choices() -> list[tuple[str, str]]:
    """All abnormal-operation lists, all lists of serious discredit, then every single list by slug."""
    language = get_language() or "zh"
    return [
        (str(Category.ABNORMAL), _("任一经营异常名录")),
        (str(Category.BLACKLIST), _("任一严重失信主体名单")),
        *((found.slug, found.list.text("short", language)) for found in lists()),
    ]


class RegionField(forms.RegexField):
    """Two, four or six digits of GB/T 2260; trailing pairs of zeros mean the whole province or prefecture."""

    def __init__(self, **kwargs):
        kwargs.setdefault("error_messages", {"invalid": gettext_lazy("行政区划代码应为 2、4 或 6 位数字。")})
        super().__init__(regex=r"^\d{2}(\d{2}){0,2}$", **kwargs)

    def clean(self, value):
        code = super().clean(value)
        while code.endswith("00"):
            code = code[:-2]
        return code


class RegionFilter(django_filters.CharFilter):
    field_class = RegionField

    def __init__(self, field_name, **kwargs):
        kwargs.setdefault("widget", forms.Select(choices=lambda: [("", _("不限")), *region_choices()]))
        super().__init__(field_name, lookup_expr="startswith", label=gettext_lazy("地区"), **kwargs)


def founded_choices() -> list[tuple[str, str]]:
    """Five years each, newest first: the choices of ``registration.founded``."""
    *spans, before = registration.spans(timezone.localdate())
    return [*((first, f"{first}–{int(first) + 4}") for first in spans), (before, _("1980年以前"))]


def _date(field_name: str, lookup: str, label) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        field_name, lookup, label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _choice(label, choices, **kwargs) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(choices=choices, label=label, empty_label=gettext_lazy("不限"), **kwargs)


class _Shared(dict):
    """The filters of a class, which every request gets its own of; what they are made of is the same for all."""

    def __deepcopy__(self, memo: dict) -> dict[str, django_filters.Filter]:
        own = {name: copy.copy(item) for name, item in self.items()}
        for item in own.values():
            # Bound to the copy.
            item.method = item.method
        return own


class Filters(django_filters.FilterSet):
    """A FilterSet that makes its form class once: choices and labels are lazy and follow the catalogue and the language."""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return _Shared(super().get_filters())

    def get_form_class(self) -> type[forms.Form]:
        return _form_class(type(self))


class _Fields(dict):
    """The fields of a form, which no request changes: all have the same."""

    def __deepcopy__(self, memo: dict) -> dict[str, forms.Field]:
        return dict(self)


@functools.cache
def _form_class(filters: type[Filters]) -> type[forms.Form]:
    made = type(f"{filters.__name__}Form", (forms.Form,), {name: item.field for name, item in filters.base_filters.items()})
    made.base_fields = _Fields(made.base_fields)
    return made


class CompanyFilter(Filters):
    """``?region= &status= &type= &industry= &established= &established_after= &established_before= &on_list=``."""

    region = RegionFilter("region", method="filter_region")
    status = _choice(gettext_lazy("登记状态"), Company.Status.choices, method="filter_column")
    type = _choice(gettext_lazy("主体类别"), Company.Kind.choices, field_name="kind", method="filter_column")
    industry = _choice(gettext_lazy("行业门类"), Company.Industry.choices, method="filter_column")
    established = _choice(gettext_lazy("成立年份"), founded_choices, field_name="founded", method="filter_column")
    established_after = _date("established_on", "gte", gettext_lazy("成立日期不早于"))
    established_before = _date("established_on", "lte", gettext_lazy("成立日期不晚于"))
    on_list = _choice(gettext_lazy("在列名单"), list_choices, method="filter_on_list")

    class Meta:
        model = Company
        fields: list[str] = []

    def filter_region(self, companies: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        return companies.in_region(value)

    def filter_column(self, companies: QuerySet, name: str, value: str) -> QuerySet:
        return companies.having(**{name: value})

    def filter_on_list(self, companies: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        """Companies on a list today: one list by slug, or any list of a category."""
        return companies.on_list(value)


class RecordFilter(Filters):
    """``?dataset= &category= &decided_after= &decided_before= &authority=``."""

    dataset = django_filters.ChoiceFilter(
        choices=dataset_choices, label=gettext_lazy("信息类目"), empty_label=gettext_lazy("不限")
    )
    category = django_filters.ChoiceFilter(
        method="filter_category", choices=category_choices, label=gettext_lazy("类别"), empty_label=gettext_lazy("不限")
    )
    decided_after = _date("decided_on", "gte", gettext_lazy("决定日期不早于"))
    decided_before = _date("decided_on", "lte", gettext_lazy("决定日期不晚于"))
    authority = django_filters.CharFilter("authority", max_length=300, label=gettext_lazy("机关"))

    class Meta:
        model = Record
        fields: list[str] = []

    def filter_category(self, records: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        return records.of(Category(value))


class ListingFilter(Filters):
    """``?q= &state=current|removed &region= &decided_after= &decided_before= &authority=``; no state means both."""

    STATES = (("current", gettext_lazy("当前在列")), ("removed", gettext_lazy("已移出")))

    q = django_filters.CharFilter(method="filter_name", max_length=60, label=gettext_lazy("名称或代码"))
    state = django_filters.ChoiceFilter(
        method="filter_state", choices=STATES, label=gettext_lazy("状态"), empty_label=gettext_lazy("不限")
    )
    region = RegionFilter("company__region", method="filter_region")
    decided_after = _date("decided_on", "gte", gettext_lazy("列入日期不早于"))
    decided_before = _date("decided_on", "lte", gettext_lazy("列入日期不晚于"))
    authority = django_filters.CharFilter("authority", max_length=300, label=gettext_lazy("作出决定机关"))

    class Meta:
        model = Listing
        fields: list[str] = []

    def filter_region(self, listings: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        return listings.in_region(value)

    def filter_name(self, listings: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        return listings.named(value)

    def filter_state(self, listings: QuerySet, name: str, value: str) -> QuerySet:  # noqa: ARG002 - django-filter's shape
        return listings.removed() if value == "removed" else listings.current()

"""Filters of the templates: texts of declarations, words of the site, dates, numbers."""

import functools
import json
import math
from datetime import date, datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from publicity.figures import Count
from publicity.filters import CATEGORIES
from records import search
from records.models import Company, Event, Severity
from records.models.quality import LONGEST
from records.regions import provinces, region_name

register = template.Library()
FAR = 9999
TONES = {
    Company.Status.ACTIVE: "good",
    Company.Status.SUSPENDED: "fair",
    Company.Status.LIQUIDATION: "fair",
    Company.Status.REVOKED: "bad",
    Company.Status.REVOKED_CANCELLED: "bad",
    Company.Status.ANNULLED: "bad",
}
# Nothing is told by colour alone.
TONE_ICONS = {"good": "check", "fair": "warning", "bad": "ban", "positive": "star", "negative": "warning"}
LINK_PART = {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"}


@register.filter
def text(declared, attribute: str):
    """A text of a declaration (dataset, agency, list, rating, grade) in the language of the page."""
    return declared.text(attribute, get_language() or "zh")


@register.filter
def said(words: dict) -> str:
    """Words of an answer of the API, which come in both languages, in that of the page."""
    return words["en" if (get_language() or "").startswith("en") else "zh"]


@register.filter
def list_label(dataset) -> str:
    """A list in a few words; in English its title, since the short names lean on the Chinese agency before them."""
    return dataset.title_en if (get_language() or "").startswith("en") else dataset.list.short


@register.filter
def category_title(category: str) -> str:
    return CATEGORIES[category]


@register.filter
def tone(company) -> str:
    """good, fair, bad or neutral: the look of a registration status."""
    return TONES.get(company.status, "neutral")


@register.filter
def status_label(company) -> str:
    """The registration status in words."""
    return _label(Company.Status(company.status), get_language())


@register.filter
def kind_label(company) -> str:
    return _label(Company.Kind(company.kind), get_language())


@register.filter
def event_label(event) -> str:
    return _label(Event.Kind(event.kind), get_language())


@register.filter
def severity_label(record) -> str:
    return _label(Severity(record.severity), get_language())


# ``get_status_display()`` translates every choice to find one. Typed: members of two enumerations may be equal as texts.
@functools.lru_cache(maxsize=1000, typed=True)
def _label(member, language: str) -> str:  # noqa: ARG001 - part of the cache key
    return str(member.label)


@register.filter
def number(value: int) -> str:
    return f"{value:,}"


@register.filter
def percent(share: float | None) -> str:
    """A share in per cent, rounded down so that only all is 100%; — for none."""
    return "—" if share is None else f"{math.floor(share * 1000 + 1e-9) / 10:g}%"


@register.filter
def workdays(days: int | None) -> str:
    """Working days as batches keep them: ``12``, ``250+`` where no more were counted, — for none."""
    return "—" if days is None else f"{days}+" if days == LONGEST else str(days)


@register.filter
def count(value: Count, unit: str = "") -> str:
    """A bounded count in words: ``1,204`` or ``超过 10,000``; ``unit`` is a counted noun known here, or empty."""
    figure = gettext("超过 %(number)s") % {"number": f"{value.number:,}"} if value.more else f"{value.number:,}"
    if unit == "company":
        return ngettext("%(figure)s 家", "%(figure)s 家", value.number) % {"figure": figure}
    if unit == "record":
        return ngettext("%(figure)s 条", "%(figure)s 条", value.number) % {"figure": figure}
    return figure


def _local(value: date) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value


@register.filter
def iso(value: date | None) -> str:
    """A date for tables: ``2026-03-05``, 长期 for no end, — for none."""
    if value is None:
        return "—"
    day = _local(value)
    if day.year >= FAR:
        return gettext("长期")
    return format_html('<time datetime="{0}">{0}</time>', day.isoformat())


@register.filter
def day(value: date | None) -> str:
    """A date for sentences: 2026年3月5日."""
    if value is None:
        return "—"
    local = _local(value)
    if local.year >= FAR:
        return gettext("长期")
    shown = formats.date_format(local, "DATE_FORMAT" if (get_language() or "").startswith("zh") else "j F Y")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), shown)


@register.filter
def moment(value: datetime) -> str:
    """A point in time, Beijing time: ``2026-03-05 14:07``."""
    local = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M}")


@register.filter
def region(code: str) -> str:
    """The name of a division; the province is translated, what is below it keeps its Chinese name."""
    return _region(code, get_language())


@functools.lru_cache(maxsize=10_000)
def _region(code: str, language: str) -> str:  # noqa: ARG001 - part of the cache key
    name, province = region_name(code) if code else "", provinces().get(code[:2], "")
    rest = name.removeprefix(province)
    if not province or not name:
        return name
    return province + rest if gettext(province) == province else f"{gettext(province)} {rest}".strip()


@register.filter
def highlight(name: str, query: str) -> SafeString:
    """The name with the pieces of the query marked, whatever their case, width and script."""
    letters = [(at, letter) for at, character in enumerate(name) for letter in search.fold(character)]
    folded = "".join(letter for _, letter in letters)
    spans = sorted((folded.find(piece), len(piece)) for piece in search.fragments(query) if piece in folded)
    parts, position = [], 0
    for at, length in spans:
        start, end = letters[at][0], letters[at + length - 1][0] + 1
        if start >= position:
            parts += [escape(name[position:start]), "<mark>", escape(name[start:end]), "</mark>"]
            position = end
    return mark_safe("".join([*parts, escape(name[position:])]))  # noqa: S308 - every part is escaped above


@register.simple_tag
def json_ld(data: dict) -> SafeString:
    """Linked data for machines; a data block, which a content security policy lets through."""
    body = json.dumps(data, ensure_ascii=False).translate(str.maketrans(LINK_PART))
    return mark_safe(f'<script type="application/ld+json">{body}</script>')  # noqa: S308 - <, > and & are escaped


@register.filter
def frequency(name: str) -> str:
    """How often a dataset is reported, in words."""
    return {
        "daily": gettext("每日"),
        "weekly": gettext("每周"),
        "monthly": gettext("每月"),
        "quarterly": gettext("每季度"),
        "yearly": gettext("每年"),
        "irregular": gettext("不定期"),
    }[name]


@register.filter
def field_type(name: str) -> str:
    """The type of a column in words."""
    words = {
        "text": gettext("文本"),
        "long_text": gettext("长文本"),
        "uscc": gettext("统一社会信用代码"),
        "identifier": gettext("编号"),
        "date": gettext("日期"),
        "year": gettext("年份"),
        "decimal": gettext("小数"),
        "integer": gettext("整数"),
        "boolean": gettext("是或否"),
        "code": gettext("代码表"),
        "person": gettext("自然人姓名"),
        "url": gettext("网址"),
        "capital": gettext("注册资本"),
    }
    return words.get(name, name)

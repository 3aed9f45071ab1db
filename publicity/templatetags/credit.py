"""Filters and tags of the templates: texts of declarations, dates, numbers, icons."""

import functools
import json
import math
from datetime import date, datetime

from django import template
from django.template.loader import get_template
from django.utils import formats, timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from publicity.figures import Count
from publicity.filters import CATEGORIES
from publicity.remembered import Remembered
from records import search, uscc
from records.catalog import catalog
from records.dataset import Polarity
from records.models import Company
from records.models.quality import LONGEST
from records.regions import provinces

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
TONE_ICONS = {"good": "check", "fair": "warning", "bad": "ban", "positive": "star", "negative": "warning"}
SIGNS = {Polarity.NEGATIVE: "warning", Polarity.POSITIVE: "star"}
_CONTROLS = Remembered(room=1 << 20)
_WIDE, _CODE = SafeString(' class="wide"'), SafeString(' class="code"')
LINK_PART = {"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"}


@register.filter
def text(declared, attribute: str):
    """A text of a declaration (dataset, agency, list, rating, grade) in the language of the page."""
    return declared.text(attribute, get_language() or "zh")


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
    """The registration status in words; ``get_status_display()`` translates every choice to find one."""
    return str(Company.Status(company.status).label)


@register.filter
def tone_icon(name: str) -> str:
    return f"icons/{TONE_ICONS.get(name, 'dot')}.svg"


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
    nouns = {
        "company": ngettext("%(figure)s 家", "%(figure)s 家", value.number),
        "record": ngettext("%(figure)s 条", "%(figure)s 条", value.number),
    }
    return nouns[unit] % {"figure": figure} if unit else figure


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
    name, province = uscc.region_name(code) if code else "", provinces().get(code[:2], "")
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


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon, as it stands in ``templates/icons``."""
    return _icon(name)


@functools.cache
def _icon(name: str) -> SafeString:
    return get_template(f"icons/{name}.svg").render()


@register.simple_tag
def terms(items) -> SafeString:
    """The rows of a definition list: labels with what is shown; long texts take the whole width. Written here because a profile
    has forty of them, which a template takes a millisecond for.
    """
    return format_html_join(
        "",
        "<div{}><dt>{}</dt><dd{}>{}</dd></div>",
        ((_WIDE if item.wide else "", item.label, _CODE if item.role == "uscc" else "", item.shown) for item in items),
    )


@register.simple_tag
def control(field) -> SafeString:
    """A field of a form of filters. Its choices are those of the catalogue and of the day, so with one value it is always the same."""
    if field.errors:
        return field.as_widget()
    key = type(field.form).__name__, field.auto_id, field.value(), get_language(), timezone.localdate(), id(catalog())
    return _CONTROLS.get(key, field.as_widget)


@register.simple_tag
def choices(found, *, more: bool) -> SafeString:
    """Choices of a facet as items of a list, each with how many it leaves, at least so many when there are ``more``."""
    sign = "+" if more else ""
    return format_html_join(
        "",
        '<li><a rel="nofollow" href="{}"><span>{}</span><span class="muted num">{}{}</span></a></li>',
        ((choice.address, choice.label, number(choice.number), sign) for choice in found),
    )


@register.simple_tag
def tiles(sections) -> SafeString:
    """How many records each section has, as links to the sections; what a number means is told by word, icon and colour."""
    shown = [section for section in sections if section.category != "registration" or section.count]
    return format_html_join(
        "",
        '<li><a class="{}" href="#{}"><span>{}</span><b>{}{}</b></a></li>',
        ((_look(section), section.category, section.title, _sign(section), count(section.count)) for section in shown),
    )


def _look(section) -> str:
    return section.polarity if section.count else "zero"


def _sign(section) -> str:
    return _icon(SIGNS[section.polarity]) if section.count and section.polarity in SIGNS else ""


@register.simple_tag
def empty_section(section, today: str) -> SafeString:
    """A section without records, which is the same on every profile of a day."""
    return _empty_section(section.category, get_language(), today)


@functools.lru_cache(maxsize=100)
def _empty_section(category: str, language: str, today: str) -> SafeString:  # noqa: ARG001 - part of the cache key
    return get_template("parts/section.html").render({"section": {"category": category, "title": CATEGORIES[category], "count": Count(0)}})

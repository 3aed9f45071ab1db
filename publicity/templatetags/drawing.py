"""Tags for what stands on a page many times or on every page: written in Python, or drawn once and kept.

A template takes a millisecond for forty rows of a list, of which a profile has many.
"""

import functools
import itertools
from collections.abc import Iterable
from html import escape

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from publicity.figures import Count
from publicity.filters import CATEGORIES
from publicity.remembered import Remembered
from publicity.templatetags.credit import count, event_label, iso, number, text
from records.catalog import catalog
from records.dataset import Polarity

register = template.Library()
SIGNS = {Polarity.NEGATIVE: "warning", Polarity.POSITIVE: "star"}
_WIDE, _CODE = ' class="wide"', ' class="code"'
_KEPT, _CONTROLS = Remembered(room=4 << 20), Remembered(room=1 << 20)


class Kept(template.Node):
    """``{% kept name value … %} … {% endkept %}``: drawn once for each language and each set of values it depends on."""

    def __init__(self, nodes: template.NodeList, name: str, values: list[template.base.FilterExpression]):
        self.nodelist, self._name, self._values = nodes, name, values

    def render(self, context: template.Context) -> str:
        key = (self._name, get_language(), id(catalog()), *(value.resolve(context) for value in self._values))
        return _KEPT.get(key, lambda: self.nodelist.render(context))


@register.tag
def kept(parser: template.base.Parser, token: template.base.Token) -> Kept:
    _tag, name, *values = token.split_contents()
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodes, name, [parser.compile_filter(value) for value in values])


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon, as it stands in ``templates/icons``."""
    return _icon(name)


@functools.cache
def _icon(name: str) -> SafeString:
    return get_template(f"icons/{name}.svg").render()


@register.simple_tag
def terms(items: Iterable) -> SafeString:
    """The rows of a definition list: labels with what is shown; long texts take the whole width."""
    return joined(
        f"<div{_WIDE if item.wide else ''}><dt>{escape(item.label)}</dt>"
        f"<dd{_CODE if item.role == 'uscc' else ''}>{escape(item.shown)}</dd></div>"
        for item in items
    )


def joined(parts: Iterable[str]) -> SafeString:
    """Pieces of HTML one after the other."""
    return mark_safe("".join(parts))  # noqa: S308 - whoever calls this has escaped what is not his own


@register.simple_tag
def control(field) -> SafeString:
    """A field of a form of filters with its label.

    Its choices are those of the catalogue and of the day, so with one value it is always the same.
    """
    if field.errors:
        return _labelled(field)
    return _CONTROLS.get(_state(field.form, field.value(), field.auto_id), lambda: _labelled(field))


@register.simple_tag
def controls(form) -> SafeString:
    """All fields of a form of filters with their labels."""
    if form.errors:
        return joined(map(_labelled, form))
    given = (form.data.get(name) for name in form.fields)
    return _CONTROLS.get(_state(form, *given), lambda: joined(map(_labelled, form)))


def _state(form, *values: object) -> tuple:
    return type(form).__name__, *values, get_language(), timezone.localdate(), id(catalog())


def _labelled(field) -> SafeString:
    return format_html('<p><label for="{}">{}</label>{}</p>', field.id_for_label, field.label, field.as_widget())


@register.simple_tag
def choices(found: Iterable, *, more: bool) -> SafeString:
    """Choices of a facet as items of a list, each with how many it leaves, at least so many when there are ``more``."""
    return joined(
        f'<li><a rel="nofollow" href="{escape(choice.address)}"><span>{escape(choice.label)}</span>'
        f'<span class="muted num">{number(choice.number)}{"+" if more else ""}</span></a></li>'
        for choice in found
    )


@register.simple_tag
def tiles(sections: Iterable) -> SafeString:
    """How many records each section has, as links to the sections; what a number means is told by word, icon and colour."""
    language = get_language()
    counted = ((section, section.count) for section in sections)
    return joined(
        _tile(section.category, section.polarity if number else "", number, language)
        for section, number in counted
        if number or section.category != "registration"
    )


@functools.lru_cache(maxsize=1000)
def _tile(category: str, polarity: str, counted: Count, language: str) -> str:  # noqa: ARG001 - part of the cache key
    sign = _icon(SIGNS[polarity]) if polarity in SIGNS else ""
    title, figure = escape(str(CATEGORIES[category])), escape(count(counted))
    return f'<li><a class="{polarity or "zero"}" href="#{category}"><span>{title}</span><b>{sign}{figure}</b></a></li>'


@register.simple_tag
def happenings(timeline: Iterable) -> SafeString:
    """The acts of a timeline, as items of a list."""
    colon, log = gettext("："), gettext("日志第 %(number)s 号")
    return joined(
        f"<li>{iso(one.event.at)} <b>{escape(event_label(one.event))}</b> <a href=\"{escape(one.row.record.get_absolute_url())}\">"
        f"{escape(text(one.row.dataset, 'title'))}{escape(colon)}{escape(one.row.title)}</a> "
        f'<span class="muted small">{escape(log % {"number": one.event.number})}</span></li>'
        for one in timeline
    )


@register.filter
def runs(sections: Iterable) -> list[tuple[bool, list]]:
    """Sections one after the other that have records, and those that have none."""
    return [(filled, list(run)) for filled, run in itertools.groupby(sections, key=lambda section: bool(section.blocks))]


@register.simple_tag
def empty_sections(sections: Iterable, today: str) -> SafeString:
    """Sections without records, which are the same on every profile of a day. What registers is shown elsewhere."""
    language = get_language()
    categories = (section.category for section in sections if section.category != "registration")
    return joined(_empty_section(category, language, today) for category in categories)


@functools.lru_cache(maxsize=100)
def _empty_section(category: str, language: str, today: str) -> SafeString:  # noqa: ARG001 - part of the cache key
    section = {"category": category, "title": CATEGORIES[category], "count": Count(0)}
    return get_template("parts/section.html").render({"section": section, "today": today})

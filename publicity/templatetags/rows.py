"""What a page has many of, written in Python: companies found, records of a profile, and the chips that mark them.

A template takes as long for five of them as this takes for twenty.
"""

import functools
from collections.abc import Iterable
from datetime import date
from html import escape

from django import template
from django.template.defaultfilters import linebreaksbr
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from publicity.profile import Block, Cell, Row
from publicity.templatetags.credit import (
    TONE_ICONS,
    highlight,
    iso,
    list_label,
    region,
    severity_label,
    status_label,
    tone,
)
from publicity.templatetags.drawing import SIGNS, icon, joined, terms
from records.dataset import Dataset, Polarity
from records.models import Company
from records.models.found import Match

register = template.Library()
TONES = {Polarity.NEGATIVE: " bad", Polarity.POSITIVE: " good"}
# By what name or code a company was found, where its name does not tell; the first two with that name, the last three if it is another.
OTHER_NAMES = {"former": _("曾用名"), "english": _("英文名称")}
REASONS = {"suffix": _("代码末段与所查相符"), "part": _("代码中含有所查字符")}
LOOSE = {"parts": _("名称中依次含有所查各字"), "pinyin": _("拼音与所查相符"), "near": _("与所查只差一处，请核对")}


@register.simple_tag
def chip(look: str, label: str) -> SafeString:
    """A word in the look of a tone."""
    return _chip(look, TONE_ICONS.get(look, "dot"), str(label))


@functools.lru_cache(maxsize=1000)
def _chip(look: str, sign: str, label: str) -> SafeString:
    return mark_safe(f'<span class="chip {look}">{icon(sign)}{escape(label)}</span>')  # noqa: S308 - escaped, and an icon of ours


@register.simple_tag
def status_chip(company: Company) -> SafeString:
    return chip(tone(company), status_label(company))


@register.simple_tag
def state_chip(row: Row) -> SafeString:
    label, look = row.state
    return chip(look, label)


@register.simple_tag
def list_chip(dataset: Dataset) -> SafeString:
    """A list in a few words; what being on it means is told by word, icon and colour."""
    return _chip(f"wraps{TONES.get(dataset.polarity, '')}", SIGNS.get(dataset.polarity, "list"), list_label(dataset))


@register.simple_tag
def results(found: Iterable[dict], query: str) -> SafeString:
    """Companies found, as items of a list: why each was found, and what tells it from the others."""
    # What is to be translated must not stand within an f-string, where gettext does not look for it.
    hint, colon, seat = gettext("另有同名企业，请按代码、地区和日期区分"), escape(gettext("：")), escape(gettext("地区"))
    uniform, number = escape(gettext("统一社会信用代码")), escape(gettext("注册号"))
    same_name = f'<p class="muted">{escape(hint)}</p>'
    return joined(
        f'<li><div class="head"><h2><a href="{escape(one["company"].get_absolute_url())}">{highlight(one["company"].name, query)}</a></h2>'
        f"{status_chip(one['company'])}</div>{same_name if one['homonym'] else ''}{_reason(one['match'], query, colon)}"
        f'<dl class="terms">{_told_apart(one, uniform if one["company"].uscc else number, seat)}</dl>{_on_lists(one["lists"])}</li>'
        for one in found
    )


def _reason(match: Match, query: str, colon: str) -> str:
    if match.kind in OTHER_NAMES:
        return f"<p>{escape(OTHER_NAMES[match.kind])}{colon}{highlight(match.text, query)}</p>"
    if match.kind in REASONS:
        return f'<p class="muted">{escape(REASONS[match.kind])}</p>'
    if match.kind in LOOSE:
        other = f"{colon}{escape(match.text)}" if match.text != match.company.name else ""
        return f'<p class="muted">{escape(LOOSE[match.kind])}{other}</p>'
    return ""


def _told_apart(one: dict, code: str, seat: str) -> str:
    company = one["company"]
    told = [f'<div><dt>{code}</dt><dd class="code">{escape(company.code)}</dd></div>']
    if company.legal_representative:
        told.append(f"<div><dt>{escape(one['representative_label'])}</dt><dd>{escape(company.legal_representative)}</dd></div>")
    if place := region(company.region):
        told.append(f"<div><dt>{seat}</dt><dd>{escape(place)}</dd></div>")
    if company.established_on:
        told.append(f"<div><dt>{escape(one['established_label'])}</dt><dd>{iso(company.established_on)}</dd></div>")
    return "".join(told)


def _on_lists(lists: Iterable[Dataset]) -> str:
    return f'<p class="chips">{"".join(map(list_chip, lists))}</p>' if lists else ""


@register.simple_tag
def entries(rows: Iterable[Row]) -> SafeString:
    """Negative records: what was decided, what holds today, when it leaves the site and what its subject can do."""
    return joined(map(_entry, rows))


def _entry(row: Row) -> str:
    record = row.record
    severity = f'<span class="chip">{escape(severity_label(record))}</span> ' if record.severity else ""
    removed = record.ended_on if record.removed else None
    return (
        f'<article class="entry {"removed" if removed else "negative"}"><div class="head">'
        f'<h4><a href="{escape(record.get_absolute_url())}">{escape(row.title)}</a></h4>'
        f'<span class="chips">{severity}{state_chip(row)}</span></div><dl class="facts">{terms(row.reported)}</dl>'
        f"{_ending(removed, record.published_until, row.rule, row.repair_note, row.dataset.agency.slug, get_language())}</article>"
    )


@functools.lru_cache(maxsize=2000)
def _ending(removed: date | None, until: date | None, rule: str, repair: str, agency: str, language: str) -> str:  # noqa: ARG001 - part of the cache key
    shown = {"removed": removed, "until": until, "rule": rule, "repair": repair, "agency": agency}
    return get_template("parts/terms.html").render(shown)


@register.simple_tag
def table_rows(block: Block) -> SafeString:
    """The records of a block as rows of a table, under its columns."""
    label, look = escape(gettext("详情")), escape(gettext("查看"))
    state = escape(gettext("公示状态")) if block.stateful else ""
    return joined(
        f"<tr>{''.join(map(_cell, row.columns))}"
        f"{_state_cell(row, state) if state else ''}"
        f'<td data-label="{label}"><a href="{escape(row.record.get_absolute_url())}">{look}'
        f'<span class="visually-hidden">{escape(row.title)}</span></a></td></tr>'
        for row in block.rows
    )


def _cell(cell: Cell) -> str:
    nowrap = ' class="nowrap"' if cell.column.type == "date" else ""
    return f'<td data-label="{escape(cell.label)}"{nowrap}>{linebreaksbr(cell.shown)}</td>'


def _state_cell(row: Row, label: str) -> str:
    return f'<td data-label="{label}">{state_chip(row)}</td>'

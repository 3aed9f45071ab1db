"""Narrowing a search: facets with counts as links, what is chosen and how to undo it. Every state is an address."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote_plus, urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from publicity.filters import CompanyFilter, region_choices
from publicity.templatetags.credit import region as region_label
from records.catalog import catalog
from records.models.found import Found
from records.regions import region_name

# Choices shown at once; the others stand behind "more".
SHOWN = 6
ORDER = ("region", "on_list", "status", "type", "industry", "established")


@dataclass(frozen=True)
class Choice:
    """One choice of a facet: how many it leaves, and the address that makes it."""

    label: str
    number: int
    address: str


@dataclass(frozen=True)
class Facet:
    title: str
    choices: list[Choice]

    @property
    def first(self) -> list[Choice]:
        return self.choices[:SHOWN]

    @property
    def others(self) -> list[Choice]:
        return self.choices[SHOWN:]


def address(given: QueryDict, **changed: str) -> str:
    """The same search with some parameters changed, from its first page on; empty ones are left out."""
    asked = given.dict() | {"page": ""} | changed
    return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def addresses(given: QueryDict, name: str) -> Callable[[str], str]:
    """``address`` with one parameter changed, for many values of it; some other parameter must be set."""
    others = address(given, **{name: ""})
    return lambda value: f"{others}&{name}={quote_plus(value)}"


def facets(found: Found, given: QueryDict) -> list[Facet]:
    """What the matches can be narrowed by: only choices that leave some and not all of them."""
    counted, total = found.facets(), len(found.matches)
    made = []
    for name in ORDER:
        words = {} if name == "region" else _known(name)
        leading = addresses(given, name)
        narrowing = [(value, number) for value, number in _offered(name, counted[name], given, words, total) if number < total]
        if name == "established":
            narrowing.sort(reverse=True)
        label = _division if name == "region" else words.__getitem__
        choices = [Choice(label(value), number, leading(value)) for value, number in narrowing]
        if choices:
            made.append(Facet(str(CompanyFilter.base_filters[name].label), choices))
    return made


def _offered(name: str, counted: Iterable[tuple[str, int]], given: QueryDict, words: dict[str, str], total: int) -> list[tuple[str, int]]:
    """Of divisions those below the chosen one, or below the one that all matches are in; of the rest nothing once chosen."""
    chosen = given.get(name, "")
    if name != "region":
        return [] if chosen else [(value, number) for value, number in counted if value in words]
    while chosen.endswith("00"):
        chosen = chosen[:-2]
    below = [(value, number) for value, number in counted if len(value) > len(chosen) and value.startswith(chosen)]
    telling = [len(value) for value, number in below if number < total]
    return [(value, number) for value, number in below if len(value) == min(telling)] if telling else []


def _label(name: str, value: str) -> str:
    if name == "region":
        return _division(value)
    return _known(name)[value]


def _known(name: str) -> dict[str, str]:
    """The choices of a filter other than region, as the API knows them too."""
    return _words(name, get_language(), timezone.localdate(), id(catalog()))


@functools.lru_cache(maxsize=100)
def _words(name: str, *_changing: object) -> dict[str, str]:
    return {value: str(label) for value, label in CompanyFilter.base_filters[name].field.choices}


def _division(value: str) -> str:
    """The name of a division without those above it; its digits where no table has it."""
    if len(value) == 2:
        return region_label(f"{value}0000") or value
    full, above = region_name(f"{value:0<6}"), region_name(f"{value[:-2]:0<6}")
    return full.removeprefix(above) or full or value


def chosen(filters: CompanyFilter, given: QueryDict) -> list[Choice]:
    """Each filter that is set, with the address without it."""
    found = []
    for name, item in CompanyFilter.base_filters.items():
        value = filters.form.cleaned_data.get(name)
        if value:
            shown = region_label(f"{value:0<6}") or value if name == "region" else _label(name, value) if name in ORDER else value
            found.append(Choice(_("%(title)s：%(value)s") % {"title": item.label, "value": shown}, 0, address(given, **{name: ""})))
    return found


def region_options(given: QueryDict) -> list[tuple[str, str]]:
    """The division the address names when the form does not offer it, so that the next search keeps it."""
    value = given.get("region", "")
    return [(value, region_label(f"{value:0<6}") or value)] if value and value not in dict(region_choices()) else []

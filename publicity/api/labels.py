"""Words of the site in Chinese and English together, and the absolute addresses of its pages and API resources."""

import functools
from datetime import date, datetime
from enum import Enum

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from publicity.api.shapes import Bilingual, Label
from publicity.filters import CATEGORIES
from records.dataset import Category, Disclosure, Polarity

CHINESE, ENGLISH = "zh-hans", "en"
WORDS = {
    Polarity.POSITIVE: ("正面", "Positive"),
    Polarity.NEUTRAL: ("中性", "Neutral"),
    Polarity.NEGATIVE: ("负面", "Negative"),
    Disclosure.PUBLIC: ("社会公开", "Public"),
    Disclosure.AUTHORIZED: ("授权查询", "On authorisation"),
    Disclosure.GOVERNMENT: ("政务共享", "Shared within government"),
    Disclosure.WITHHELD: ("不予公开", "Withheld"),
}


def both(text) -> Bilingual:
    """A translatable text in both languages."""
    with override(CHINESE):
        chinese = str(text)
    with override(ENGLISH):
        return {"zh": chinese, "en": str(text)}


@functools.cache
def titles(declared, attribute: str = "title") -> Bilingual:
    """A text of the catalogue in both languages."""
    return {"zh": declared.text(attribute, "zh"), "en": declared.text(attribute, "en")}


# Typed, since members of different enumerations with the same code are equal as strings.
@functools.lru_cache(maxsize=None, typed=True)
def label(member: Enum) -> Label:
    """A member of one of the site's enumerations."""
    if member in WORDS and type(member) in (Polarity, Disclosure):
        chinese, english = WORDS[member]
        return {"code": str(member), "zh": chinese, "en": english}
    text = CATEGORIES[member] if isinstance(member, Category) else member.label
    return {"code": str(member), **both(text)}


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def moment(value: datetime | None) -> str | None:
    """A point in time in the site's own time zone, to the second."""
    return timezone.localtime(value).isoformat(timespec="seconds") if value else None


class Addresses:
    """Absolute addresses as the reader of this request sees the site."""

    def __init__(self, request: HttpRequest):
        self.origin = request.build_absolute_uri("/")[:-1]

    @classmethod
    def at(cls, origin: str) -> "Addresses":
        """Addresses below ``https://host``."""
        made = cls.__new__(cls)
        made.origin = origin
        return made

    def of(self, view: str, *parts: str) -> str:
        return self.origin + _path(view, len(parts)).format(*parts)


@functools.cache
def _path(view: str, count: int) -> str:
    """The path of a view with ``{}`` where its arguments go; resolving it for each of a hundred rows costs too much."""
    marks = [f"0mark{number}" for number in range(count)]
    with override(CHINESE):
        path = reverse(view, args=marks)
    for mark in marks:
        path = path.replace(mark, "{}")
    return path

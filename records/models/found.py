"""Asking for companies by name or code, narrowing, and what comes back: ranked matches, and how many each narrowing leaves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from records import registration, search, uscc
from records.catalog import catalog
from records.dataset import Category, Dataset
from records.search import pinyin


@dataclass(frozen=True)
class Match:
    """A company found, why (``kind``), and the name or code by which it was found."""

    company: models.Model
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

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """For each filter the choices that leave something, with how many of ``matches`` they leave, most first.

        Keys: ``region`` (divisions of two, four and six digits), ``status``, ``type``, ``industry`` (sections A–T), ``established``
        (``registration.founded``) and ``on_list`` (public lists by slug, and their categories). Of a search with ``more`` the
        counts say "at least". Four queries, whatever was found.
        """
        counted = self.matches._companies.model.objects.all()._facets(self.matches.ids)
        return {name: sorted(counts.items(), key=lambda choice: (-choice[1], choice[0])) for name, counts in counted.items()}


class Findable(models.QuerySet):
    """The questions of readers: companies by name or code, narrowed, sorted, suggested."""

    CANDIDATES = 1000
    WIDER = 8000
    ENOUGH = 20
    SORTS = ("fit", "newest", "name")
    _region = ""

    def by_code(self, text: str) -> "Findable":
        """Companies whose unified code or registration number is ``text``, however it is spaced or cased."""
        code = uscc.normalise(text)
        if not code.isascii() or not code:
            return self.none()
        # A registration number has 13 or 15 characters. In a register without any, asking for one reads every company.
        maybe_number = 9 <= len(code) != 18 and uscc.may_be_part(code)
        return self.filter(Q(code=code) | Q(legacy_no=code)) if maybe_number else self.filter(code=code)

    def in_region(self, division: str) -> "Findable":
        """Companies of a division of two, four or six digits; a search asks the index for just these."""
        narrowed = self.filter(region__startswith=division)
        narrowed._region = division
        return narrowed

    def having(self, *, status: str = "", kind: str = "", industry: str = "", founded: str = "") -> "Findable":
        """Companies with this status, kind, industry section (A–T) and years of foundation; "" asks for nothing."""
        wanted = {"status": status, "kind": kind, "industry": industry}
        narrowed = self.filter(**{column: value for column, value in wanted.items() if value})
        return narrowed.filter(established_on__range=registration.founded_between(founded)) if founded else narrowed

    def on_list(self, name: str) -> "Findable":
        """Companies with a public entry today on the list of this slug, or on any list of this category."""
        slugs = [found.slug for found in _lists() if name in (found.slug, found.category)]
        return self.filter(Exists(self._entries(slugs).filter(company=OuterRef("pk"))))

    def _entries(self, slugs: list[str]) -> models.QuerySet:
        """Public entries of these lists that stand today."""
        records = self.model._meta.get_field("records").related_model.objects.public()
        return records.filter(Q(ended_on=None) | Q(ended_on__gt=timezone.localdate()), dataset__in=slugs)

    def _clone(self):
        clone = super()._clone()
        clone._region = self._region
        return clone

    def search(self, query: str, sort: str = "fit") -> Found:
        """Companies of this QuerySet that ``query`` may mean, best first, each with the reason (``Match.kind``).

        Reasons are code, suffix (end of a code), part (of a code), current, former, english (a name that holds what was
        typed), parts (its letters in order), pinyin, near (one slip away, only when there is nothing else). ``sort`` is one
        of ``SORTS``: by fit, newest foundation first, or by the pinyin of the name; it orders the matches that were ranked.
        """
        if sort not in self.SORTS:
            raise ValueError(f"sort {sort!r} is none of {self.SORTS}")
        ranked, more = self._ranked(query)
        return Found(Matches(self, self._sorted(ranked[: self.CANDIDATES], sort)), more or len(ranked) > self.CANDIDATES)

    def _ranked(self, query: str) -> tuple[list[tuple[int, str, str]], bool]:
        by_code = [(id_, "code", code) for id_, code in self.by_code(query).values_list("id", "code")[:2]]
        ranked = by_code or self._by_part_of_code(uscc.normalise(query))
        if ranked:
            return ranked, False
        for bound in (self.CANDIDATES, self.WIDER):
            hits, more = search.find(query, bound, self._region)
            mine = set(self.filter(id__in=[hit.company_id for hit in hits]).values_list("id", flat=True))
            ranked = [(hit.company_id, hit.kind, hit.text) for hit in hits if hit.company_id in mine]
            # The other filters are not in the index: when they leave little, more names are looked at.
            if not more or len(ranked) >= self.ENOUGH:
                break
        return ranked, more

    def _sorted(self, ranked: list[tuple[int, str, str]], sort: str) -> list[tuple[int, str, str]]:
        if sort == "fit" or len(ranked) < 2:
            return ranked
        column = "established_on" if sort == "newest" else "name_key"
        values = dict(self.model.objects.filter(id__in=[id_ for id_, _, _ in ranked]).values_list("id", column))
        if sort == "newest":
            return sorted(ranked, key=lambda match: values.get(match[0]) or date.min, reverse=True)
        return sorted(ranked, key=lambda match: pinyin.syllables(values.get(match[0], "")))

    def suggest(self, query: str, limit: int = 8) -> list[Match]:
        """At most ``limit`` companies for what a reader has typed so far, best first: by code, name, brand word or pinyin."""
        return self.search(query).matches[:limit] if len(query.strip()) > 1 else []

    def _facets(self, ids: list[int]) -> dict[str, Counter]:
        """How many of these companies each choice of a filter leaves."""
        counted: dict[str, Counter] = {name: Counter() for name in ("region", "status", "type", "industry", "established", "on_list")}
        columns = ("status", "kind", "region", "industry", "established_on")
        for status, kind, region, industry, day in self.filter(id__in=ids).values_list(*columns):
            counted["status"][status] += 1
            counted["type"][kind] += 1
            counted["region"].update({region[:2], region[:4], region} - {""})
            counted["industry"].update([industry] if industry else [])
            counted["established"].update([registration.founded(day)] if day else [])
        category = {found.slug: str(found.category) for found in _lists()}
        entries = self._entries(list(category)).filter(company__in=ids).order_by().values_list("company_id", "dataset").distinct()
        standing = {(company, name) for company, slug in entries for name in (slug, category[slug])}
        counted["on_list"].update(name for _, name in standing)
        return counted

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


def _lists() -> list[Dataset]:
    found = catalog().of(Category.ABNORMAL, Category.BLACKLIST, Category.HONOUR)
    return [dataset for dataset in found if dataset.list]

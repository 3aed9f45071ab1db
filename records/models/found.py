"""Asking for companies by name or code, narrowing, and what comes back: ranked matches, and how many each narrowing leaves."""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from records import registration, search, uscc
from records.catalog import catalog
from records.dataset import Category, Dataset
from records.prepared import Prepared
from records.search import Hit, pinyin


class Ranked(NamedTuple):
    """A company found by its id, why (``kind``), by which name or code, and what it is narrowed by (``search.placed``)."""

    id: int
    kind: str
    text: str
    facets: str



@dataclass(frozen=True)
class Match:
    """A company found, why (``kind``), and the name or code by which it was found."""

    company: models.Model
    kind: str
    text: str


class Matches(Sequence):
    """Ranked matches, best first; a slice loads just its own companies, ``ranked`` has them all without loading any."""

    def __init__(self, companies: models.QuerySet, ranked: list[Ranked]):
        self._companies, self.ranked = companies, ranked

    @property
    def ids(self) -> list[int]:
        """The ids of the companies, best first, without loading them."""
        return [found.id for found in self.ranked]

    def __len__(self) -> int:
        return len(self.ranked)

    def __getitem__(self, at):
        if not isinstance(at, slice):
            return self[at : at + 1 or None][0]
        part = self.ranked[at]
        companies = self._companies.having_ids([found.id for found in part])
        return [Match(companies[found.id], found.kind, found.text) for found in part if found.id in companies]

    def __iter__(self):
        return iter(self[:])


@dataclass(frozen=True)
class Found:
    """What a search found; ``more`` when there are others beyond the bound, which nobody counts."""

    matches: Matches
    more: bool = False

    @property
    def head(self) -> int | None:
        """The event up to which companies were public to this search."""
        return self.matches._companies._head

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """For each filter the choices that leave something, with how many of ``matches`` they leave, most first.

        Keys: ``region`` (divisions of two, four and six digits), ``status``, ``type``, ``industry`` (sections A–T), ``established``
        (``registration.founded``) and ``on_list`` (public lists by slug, and their categories). Of a search with ``more`` the
        counts say "at least". One query at most, whatever was found: that of ``lists``.
        """
        counted = search.counted([found.facets for found in self.matches.ranked], _choices(self._model)) | {"on_list": Counter()}
        category = {found.slug: str(found.category) for found in _lists()}
        for slugs in self.lists.values():
            counted["on_list"].update({*slugs, *(category[slug] for slug in slugs)})
        return {name: sorted(counts.items(), key=lambda choice: (-choice[1], choice[0])) for name, counts in counted.items()}

    @functools.cached_property
    def lists(self) -> dict[int, set[str]]:
        """The public lists (slugs) that companies found are on today, by company id."""
        # An entry ends at its moment even if no job runs, so what the facets say is looked up.
        ids = [found.id for found in self.matches.ranked if search.listed(found.facets)]
        lists: dict[int, set[str]] = defaultdict(set)
        for company, slug in self._model.objects.listed(ids, self.head):
            lists[company].add(slug)
        return lists

    @property
    def _model(self) -> type[models.Model]:
        return self.matches._companies.model


class Findable(models.QuerySet):
    """The questions of readers: companies by name or code, narrowed, sorted, suggested."""

    CANDIDATES = 200
    WIDER = 8000
    ENOUGH = 20
    SORTS = ("fit", "newest", "name")
    # What the index already knows of the narrowing, and how many conditions of the QuerySet that is.
    _terms: tuple[str, ...] = ()
    _known = 0
    _head: int | None = None

    def having_ids(self, ids: list[int]) -> dict[int, models.Model]:
        """Those of the companies with these ids that are public, by id; only companies found in this QuerySet are asked for."""
        if self._head is None:
            return self.in_bulk(ids)
        return {company.id: company for company in _public(self.model).ask(ids=ids, head=self._head)}

    def by_code(self, text: str) -> "Findable":
        """Companies whose unified code or registration number is ``text``, however it is spaced or cased."""
        code = uscc.normalise(text)
        if not code.isascii() or not code:
            return self.none()
        # A registration number has 13 or 15 characters. In a register without any, asking for one reads every company.
        maybe_number = 9 <= len(code) != 18 and uscc.may_be_part(code)
        return self.filter(Q(code=code) | Q(legacy_no=code)) if maybe_number else self.filter(code=code)

    def in_region(self, division: str) -> "Findable":
        """Companies of a division of two, four or six digits."""
        return self._narrowed(self.filter(region__startswith=division), search.region_terms(division)[-1])

    def having(self, *, status: str = "", kind: str = "", industry: str = "", founded: str = "") -> "Findable":
        """Companies with this status, kind, industry section (A–T) and years of foundation; "" asks for nothing."""
        wanted = {"status": status, "kind": kind, "industry": industry}
        narrowed = self.filter(**{column: value for column, value in wanted.items() if value})
        if founded:
            narrowed = narrowed.filter(established_on__range=registration.founded_between(founded))
        return self._narrowed(narrowed, search.facets(**wanted, founded=founded))

    def _narrowed(self, narrowed: "Findable", terms: str) -> "Findable":
        """A narrowing that the index answers too: where there is no other, what it finds need not be looked up again."""
        narrowed._terms = (*self._terms, *terms.split())
        narrowed._known = self._known + len(narrowed.query.where.children) - len(self.query.where.children)
        return narrowed

    def on_list(self, name: str) -> "Findable":
        """Companies with a public entry today on the list of this slug, or on any list of this category."""
        slugs = [found.slug for found in _lists() if name in (found.slug, found.category)]
        narrowed = self.filter(Exists(self._entries(slugs).filter(company=OuterRef("pk"))))
        # An entry ends at its moment even if no job runs, so what the index finds is looked up.
        narrowed._terms = (*self._terms, *search.facets(lists=[name]).split())
        return narrowed

    def lists_of(self, ids: Iterable[int]) -> dict[int, set[str]]:
        """Public lists (slugs, and their categories) that companies are on today or will be: what their facets say."""
        lists: dict[int, set[str]] = defaultdict(set)
        category = {found.slug: str(found.category) for found in _lists()}
        records = self.model._meta.get_field("records").related_model.objects.filter(ended_event=None, dataset__in=list(category))
        today = timezone.localdate()
        standing = records.filter(Q(ended_on=None) | Q(ended_on__gt=today), Q(published_until=None) | Q(published_until__gt=today))
        for id_, slug in standing.filter(company_id__in=list(ids)).order_by().values_list("company_id", "dataset"):
            lists[id_] |= {slug, category[slug]}
        return lists

    def _entries(self, slugs: list[str]) -> models.QuerySet:
        """Public entries of these lists that stand today."""
        return _entries(self.model, slugs, timezone.localdate())

    def _clone(self):
        clone = super()._clone()
        clone._terms, clone._known, clone._head = self._terms, self._known, self._head
        return clone

    def search(self, query: str, sort: str = "fit") -> Found:
        """Companies of this QuerySet that ``query`` may mean, best first, each with the reason (``Match.kind``).

        Reasons are code, suffix (end of a code), part (of a code), current, former, english (a name that holds what was
        typed), parts (its letters in order), pinyin, near (one slip away, only when there is nothing else). ``sort`` is one
        of ``SORTS``: by fit, newest foundation first, or by the pinyin of the name; it orders the matches that were ranked.
        """
        if sort not in self.SORTS:
            raise ValueError(f"sort {sort!r} is none of {self.SORTS}")
        size = self._size()
        with search.within():
            ranked, more = self._by_any_code(query) or self._by_name(query, size)
            if not ranked:
                ranked, more = self._by_name_and_code(query, size)
            ordered = self._sorted(ranked[: self.CANDIDATES], sort)
        return Found(Matches(self, ordered), more or len(ranked) > self.CANDIDATES)

    def _by_any_code(self, query: str) -> tuple[list[Ranked], bool] | None:
        """Matches by code or a part of one; None for a text that is neither."""
        if not uscc.may_be_part(uscc.normalise(query)):
            return None
        by_code = [_by_code("code", *found) for found in self.by_code(query).values_list("id", "code", "facets")[:2]]
        ranked = by_code or self._by_part_of_code(uscc.normalise(query))
        return (ranked, False) if ranked else None

    def _by_name_and_code(self, query: str, size: int) -> tuple[list[Ranked], bool]:
        """Matches of a text that holds a name and a code, or a code and its label: by the code, else by the name."""
        name, code = uscc.name_and_code(query)
        if not code or code == uscc.normalise(query):
            return [], False
        by_code = [_by_code("code", *found) for found in self.by_code(code).values_list("id", "code", "facets")[:2]]
        return (by_code, False) if by_code or not name else self._by_name(name, size)

    def _size(self) -> int:
        """About how many companies there are; makes the search ready for a register of this size."""
        size = self._head if self._head is not None else self.model.objects.aggregate(last=Max("id"))["last"] or 0
        search.prepare(size)
        return size

    def _by_name(self, query: str, size: int) -> tuple[list[Ranked], bool]:
        for bound in (self.CANDIDATES, self.WIDER):
            hits, more = search.find(query, bound, self._terms, size)
            ranked = self._mine(hits)
            # Other filters than those the index knows: when they leave little, more names are looked at.
            if not more or len(ranked) >= self.ENOUGH:
                break
        return ranked, more

    def _mine(self, hits: Iterable[Hit]) -> list[Ranked]:
        """Those of this QuerySet. The names of an ended company are taken out of the index, those of one to come have its id."""
        if self._head is not None and self._known == len(self.query.where.children):
            return [Ranked._make(hit[1:]) for hit in hits if hit.company_id <= self._head]
        mine = set(self.filter(id__in=[hit.company_id for hit in hits]).values_list("id", flat=True))
        return [Ranked._make(hit[1:]) for hit in hits if hit.company_id in mine]

    def _sorted(self, ranked: list[Ranked], sort: str) -> list[Ranked]:
        if sort == "fit" or len(ranked) < 2:
            return ranked
        column = "established_on" if sort == "newest" else "name_key"
        values = dict(self.model.objects.filter(id__in=[found.id for found in ranked]).values_list("id", column))
        if sort == "newest":
            return sorted(ranked, key=lambda match: values.get(match.id) or date.min, reverse=True)
        return sorted(ranked, key=lambda match: pinyin.syllables(values.get(match.id, "")))

    def suggest(self, query: str, limit: int = 8) -> list[Match]:
        """At most ``limit`` companies for what a reader has typed so far, best first: by code, name, brand word or pinyin."""
        size, code = self._size(), uscc.normalise(query)
        with search.within():
            # A registration number stands in a column of its own, which is asked for whole.
            numbered = self.by_code(code) if len(code) in (13, 15) and code.isdigit() else self.none()
            ranked = [_by_code("code", *one) for one in numbered.values_list("id", "code", "facets")[:2]] or self._by_part_of_code(code)
            if not ranked:
                ranked = self._mine(search.begun(query, self._terms, size))
        return Matches(self, ranked)[:limit]

    def listed(self, ids: list[int], head: int | None = None) -> set[tuple[int, str]]:
        """Which of these companies are on which public lists today, as ids and slugs; by the log up to ``head`` if that is given."""
        if not ids:
            return set()
        if head is None:
            head = self.model._meta.apps.get_model("records", "Event").objects.head()
        return set(_standing(self.model, id(catalog())).tuples(ids=ids, head=head, today=timezone.localdate()))

    def _by_part_of_code(self, part: str) -> list[Ranked]:
        """Companies whose code begins with, ends in or holds ``part``, else those whose code is one slip away."""
        if not uscc.may_be_part(part):
            return []
        # In every collation a longer text follows its beginning, and letters follow digits.
        begun = self.filter(code__gte=part, code__lte=part + "Z" * 20).order_by("code").values_list("id", "code", "facets")
        found = {one[0]: _by_code("part", *one) for one in begun[: self.CANDIDATES + 1] if one[1].startswith(part)}
        maybe = {name.company_id for name in search.code_parts(part, self._terms)}
        asked = list(self.filter(id__in=maybe).values_list("id", "code", "facets"))
        for id_, code, facets in asked:
            if part in code:
                found[id_] = _by_code("suffix" if code.endswith(part) else "part", id_, code, facets)
        if not found and len(part) > 12:
            # Too many codes may share a half with it for the index to hand over the one that is meant.
            asked += self.filter(code__in=uscc.one_slip_away(part)).values_list("id", "code", "facets")
            return [_by_code("near", *one) for one in dict.fromkeys(asked) if search.one_slip(one[1], part)]
        return sorted(found.values(), key=lambda match: (match.kind != "suffix", match.text))


def _by_code(kind: str, id_: int, code: str, facets: str) -> Ranked:
    return Ranked(id_, kind, code, search.placed(code, facets))


def _lists() -> list[Dataset]:
    found = catalog().of(Category.ABNORMAL, Category.BLACKLIST, Category.HONOUR)
    return [dataset for dataset in found if dataset.list]


def _entries(model: type[models.Model], slugs: list[str], today: date, head: int | None = None) -> models.QuerySet:
    records = model._meta.get_field("records").related_model.objects.disclosable(on=today, head=head)
    return records.filter(Q(ended_on=None) | Q(ended_on__gt=today), dataset__in=slugs)


@functools.cache
def _standing(model: type[models.Model], catalogue: int) -> Prepared:  # noqa: ARG001 - part of the cache key
    entries = _entries(model, [found.slug for found in _lists()], date.min, head=-2).filter(company_id__in=[-1])
    rows = entries.order_by().values_list("company_id", "dataset").distinct()
    return Prepared(rows, ids=-1, head=-2, today=date.min)


@functools.cache
def _choices(model: type[models.Model]) -> dict[str, tuple[str, str]]:
    """The filters and their values by the terms of the index."""
    valued = {"status": model.Status.values, "kind": model.Kind.values, "industry": model.Industry.values}
    named = {"kind": "type", "founded": "established"}
    valued["founded"] = registration.spans(date.max)
    return {
        search.facets(**{column: value}): (named.get(column, column), value) for column, values in valued.items() for value in values
    }


@functools.cache
def _public(model: type[models.Model]) -> Prepared:
    return Prepared(model.objects.filter(id__lte=-2, id__in=[-1], ended_event=None), ids=-1, head=-2)

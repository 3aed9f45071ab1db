"""Checking many companies at once, as an agency does with its bidders before an award: whom each line means, and what is
public of them today.

One implementation for the page and the API. Nothing of what is asked is stored or logged. Lists and ratings stand side by side;
nothing combines them.
"""

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.db.models import Count, F, TextChoices, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from blacklists.asked import Line
from blacklists.models import Listing, lists
from records import uscc
from records.catalog import catalog
from records.dataset import Category
from records.models import Company, Event, Record, SearchName
from records.models.found import Match, Ranked
from records.search import QueryTooLong, fold, names

MOST_CANDIDATES = 5
# In all, for the lines that neither a code nor a whole name answers.
SEARCH_SECONDS = 4.0
CONFIDENT, LIKE, CONTRADICTED, BRAND, LOWEST = 95, 85, 60, 50, 40
EXACT = {SearchName.Kind.CURRENT: 100, SearchName.Kind.FORMER: 95, SearchName.Kind.ENGLISH: 90}
# How a search found it -> score, where letters cannot be compared one by one.
BY_CODE = {"code": 100, "near": 80, "suffix": 70, "part": 60}
BY_SOUND = {"pinyin": 60, "parts": 55}


class Outcome(TextChoices):
    """What became of a line. Unsearched: no time was left to look for names that are only alike."""

    FOUND = "found", _("已确认")
    UNSURE = "unsure", _("待核对")
    NONE = "none", _("未找到")
    UNSEARCHED = "unsearched", _("未作近似查找")
    PERSONAL = "personal", _("含个人号码，未查")


@dataclass(frozen=True)
class Candidate:
    """A company that a line may mean: how it was found, a score from 0 to 100 and the features behind the score."""

    company: Company
    kind: str
    text: str
    score: int
    features: dict[str, int | bool]


@dataclass
class Checked:
    """A line and what was found. Entries and ratings are given of a company found for certain, newest per list or issuer."""

    line: Line
    candidates: list[Candidate] = field(default_factory=list)
    searched: bool = True
    listings: list[Listing] = field(default_factory=list)
    ratings: list[Record] = field(default_factory=list)

    @property
    def match(self) -> Candidate | None:
        """The one candidate that is meant for certain: None when none is, or when more than one could be."""
        certain = [candidate for candidate in self.candidates if candidate.score >= CONFIDENT]
        return certain[0] if len(certain) == 1 else None

    @property
    def outcome(self) -> Outcome:
        if self.line.personal:
            return Outcome.PERSONAL
        if self.match:
            return Outcome.FOUND
        if self.candidates:
            return Outcome.UNSURE
        return Outcome.NONE if self.searched else Outcome.UNSEARCHED

    @property
    def verdict(self) -> uscc.Verdict | None:
        """What is wrong with the code of a line that found nobody for certain; None when nothing is."""
        verdict = uscc.explain(self.line.code) if self.line.code and not self.match else None
        return verdict if verdict and verdict.problems else None


def find(lines: Sequence[Line], seconds: float, most: int = MOST_CANDIDATES) -> list[Checked]:
    """Every line with at most ``most`` companies it may mean, in the order given; a few queries, and a search for lines left over.

    ``seconds`` bounds the searches in all: lines they do not reach are ``UNSEARCHED``, which is not "not found".
    """
    coded, bearing = _by_code({line.code for line in lines}), _by_name({fold(line.name) for line in lines}, most)
    checked = [Checked(line, _best(_exact(line, coded, bearing), most)) for line in lines]
    _search([one for one in checked if not one.candidates and one.line.given], time.monotonic() + seconds, most)
    return checked


def check(lines: Sequence[Line], seconds: float = SEARCH_SECONDS) -> list[Checked]:
    """Every line as ``find`` answers it, with the lists and ratings of the company it means for certain."""
    checked = find(lines, seconds)
    companies = {one.match.company.id for one in checked if one.match}
    listings, ratings = _listings(companies), _ratings(companies)
    for one in checked:
        if one.match:
            one.listings, one.ratings = listings[one.match.company.id], ratings[one.match.company.id]
    return checked


def _by_code(codes: set[str]) -> dict[str, list[Company]]:
    """Public companies by unified code and by registration number."""
    public, found = Company.objects.public(), defaultdict(list)
    for company in public.filter(code__in=codes - {""}):
        found[company.code].append(company)
    for company in public.filter(legacy_no__in={code for code in codes if 9 <= len(code) < 18}).exclude(code__in=codes):
        found[company.legacy_no].append(company)
    return found


def _by_name(folded: set[str], most: int) -> dict[str, list[SearchName]]:
    """Names of public companies by folded text, current ones first; of homonyms a few more than are shown."""
    head = Event.objects.head()
    bearing = SearchName.objects.filter(folded__in=folded - {""}, company_id__lte=head, company__ended_event=None)
    place = Window(RowNumber(), partition_by=["folded", "kind"], order_by="company_id")
    found = defaultdict(list)
    for name in bearing.annotate(place=place).filter(place__lte=most + 1).select_related("company"):
        found[name.folded].append(name)
    for same in found.values():
        same.sort(key=lambda name: (-EXACT[name.kind], name.company_id))
    return found


def _exact(line: Line, coded: dict, bearing: dict) -> Iterable[Candidate]:
    """Companies with the code or, letter by letter, the name of a line. Where name and code disagree none is certain."""
    found = {}
    same = bearing.get(fold(line.name), []) if line.name else []
    for company in coded.get(line.code, []) if line.code else []:
        kind = "code" if company.code == line.code else "legacy"
        agree = not line.name or company.id in {name.company_id for name in same} or _same_core(line.name, company)
        features = {"code": True} | ({"name": agree} if line.name else {})
        found[company.id] = Candidate(company, kind, line.code, 100 if agree else CONTRADICTED, features)
    for name in same:
        if name.company_id not in found:
            score = CONTRADICTED if line.code else EXACT[name.kind]
            features = {"name": True} | ({"code": False} if line.code else {})
            found[name.company_id] = Candidate(name.company, name.kind, name.text, score, features)
    return found.values()


def _same_core(name: str, company: Company) -> bool:
    return names.core(fold(name)) == names.core(company.name_key)


def _best(candidates: Iterable[Candidate], most: int) -> list[Candidate]:
    return sorted(candidates, key=lambda one: (-one.score, one.company.code))[:most]


def _search(left: list[Checked], end: float, most: int) -> None:
    """Look for lines that no exact look-up answered, until the time is over; the same text is searched once."""
    public, ranked = Company.objects.public(), {}
    for text in dict.fromkeys(_asked(one) for one in left):
        if time.monotonic() < end:
            with contextlib.suppress(QueryTooLong):
                ranked[text] = public.search(text).matches.ranked[: 2 * most]
    companies = public.in_bulk({one.id for found in ranked.values() for one in found})
    known = {text: _alike_among(text, found, companies, most) for text, found in ranked.items()}
    for one in left:
        one.searched, one.candidates = _asked(one) in known, known.get(_asked(one), [])


def _asked(one: Checked) -> str:
    return one.line.name or one.line.code


def _alike_among(text: str, ranked: list[Ranked], companies: dict[int, Company], most: int) -> list[Candidate]:
    alike = (_alike(text, Match(companies[one.id], one.kind, one.text)) for one in ranked if one.id in companies)
    return _best((candidate for candidate in alike if candidate.score >= LOWEST), most)


def _alike(text: str, match: Match) -> Candidate:
    """What a search found, scored by likeness: never certain."""
    if match.text == match.company.code:
        return Candidate(match.company, match.kind, match.text, BY_CODE[match.kind], {"code": match.kind == "code"})
    if match.kind in BY_SOUND:
        return Candidate(match.company, match.kind, match.text, BY_SOUND[match.kind], {match.kind: True})
    asked, found = fold(text), fold(match.text)
    ratio = SequenceMatcher(None, names.core(asked), names.core(found), autojunk=False).ratio()
    mine, theirs = names.parts(asked), names.parts(found)
    brand, region = mine.brand == theirs.brand, not mine.region or mine.region == theirs.region
    # Whoever the search finds is told of: a short text is little like a long name that holds it.
    least = 0 if len(asked) < 2 else BRAND if asked == theirs.brand else LOWEST
    score = max(least, round(LIKE * ratio * (1 if brand else 0.8)))
    features = {"similarity": round(100 * ratio), "brand": brand, "region": region}
    return Candidate(match.company, match.kind, match.text, score, features)


def _newest(records, companies: set[int], slugs: list[str]):
    """The newest record of each company and dataset, which knows as ``entries`` how many there are."""
    per = ["company_id", "dataset"]
    newest = Window(RowNumber(), partition_by=per, order_by=[F("decided_on").desc(nulls_last=True), F("id").desc()])
    records = records.filter(company_id__in=companies, dataset__in=slugs).order_by()
    return records.annotate(place=newest, entries=Window(Count("id"), partition_by=per)).filter(place=1)


def _listings(companies: set[int]) -> dict[int, list[Listing]]:
    """The entries by which companies are on public lists today, those that speak against them first."""
    order = [found.slug for found in (*lists(Category.BLACKLIST), *lists(Category.ABNORMAL), *lists(Category.HONOUR))]
    return _grouped(_newest(Listing.objects.public().current(), companies, order), order)


def _ratings(companies: set[int]) -> dict[int, list[Record]]:
    """The newest public rating by each issuer."""
    order = [found.slug for found in catalog().of() if found.rating]
    return _grouped(_newest(Record.objects.public(), companies, order), order)


def _grouped(records, order: list[str]) -> dict[int, list]:
    grouped = defaultdict(list)
    for record in sorted(records, key=lambda record: order.index(record.dataset)):
        grouped[record.company_id].append(record)
    return grouped

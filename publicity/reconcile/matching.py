"""Which companies the queries of a batch mean, with a score from 0 to 100 and the features it comes from.

Exact names and codes are looked up for the whole batch at once; the forgiving search is asked only for what they do not
answer. ``match`` is true for one candidate at most: the only one with exactly this name or code, nothing given speaking
against it. A name one character away from a registered one is a candidate, never a match.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import Q

from publicity.api.problems import RETRY_SECONDS, Kind, Problem
from publicity.reconcile.reading import Query
from publicity.reconcile.vocabulary import COMPARED
from records import search, uscc
from records.models import Company, SearchName

# Longest time a batch may take, in seconds.
SECONDS = 20
SAME_NAME = {SearchName.Kind.CURRENT: 100.0, SearchName.Kind.FORMER: 95.0, SearchName.Kind.ENGLISH: 95.0}
SAME_CODE, SIMILAR = 100.0, 90.0
# What a value that disagrees leaves of a score: a code tells one company from all others, a place does not.
DISAGREES = {"code": 0.5, "legacy_no": 0.5}
DISAGREES_ELSE = 0.85
WRONG_TYPE = 0.85
# From this similarity on a name agrees with a code given beside it.
AGREEING = 0.6


@dataclass(frozen=True)
class Candidate:
    """A company a query may mean, by which of its names or codes it was found, and why it scores as it does."""

    company: Company
    found_by: str
    score: float
    features: dict[str, float | bool]
    match: bool = False


@dataclass(frozen=True)
class _Hit:
    company_id: int
    kind: str
    text: str


def match(queries: Mapping[str, Query]) -> dict[str, list[Candidate]]:
    """Candidates of each query, best first, independent of the other queries. Raises ``Problem`` 503 when time runs out."""
    until = time.monotonic() + SECONDS
    known = _Known(queries.values())
    hits = {key: known.hits(query) for key, query in queries.items()}
    for key, query in queries.items():
        if not hits[key] and _searchable(query.text):
            if time.monotonic() > until:
                raise Problem(Kind.UNAVAILABLE, "The batch takes too long: send fewer queries.", "本批耗时过长，请减少查询数。",
                              retry_after=RETRY_SECONDS)  # fmt: skip
            hits[key] = _similar(query)
    companies = Company.objects.public().in_bulk({hit.company_id for found in hits.values() for hit in found})
    return {key: _ranked(query, hits[key], companies) for key, query in queries.items()}


class _Known:
    """The names and codes of a batch that are exactly those of companies, asked for at once."""

    def __init__(self, queries):
        texts = [query.text for query in queries]
        given = [value for query in queries for name in ("code", "legacy_no") for value in query.values.get(name, ())]
        codes = {code for code in map(uscc.normalise, [*texts, *given]) if uscc.may_be_part(code)}
        self.codes: dict[str, list[_Hit]] = defaultdict(list)
        for id_, code, number in Company.objects.public().filter(_coded(codes)).values_list("id", "code", "legacy_no"):
            for written in {code, number} & codes:
                self.codes[written].append(_Hit(id_, "code", written))
        self.names: dict[str, list[_Hit]] = defaultdict(list)
        folded = {search.fold(text) for text in texts} - {""}
        named = SearchName.objects.filter(folded__in=folded).order_by("company_id")
        for id_, kind, text, key in named.values_list("company_id", "kind", "text", "folded"):
            self.names[key].append(_Hit(id_, kind, text))

    def hits(self, query: Query) -> list[_Hit]:
        given = [value for name in ("code", "legacy_no") for value in query.values.get(name, ())]
        by_code = [hit for text in (query.text, *given) for hit in self.codes.get(uscc.normalise(text), ())]
        return [*self.names.get(search.fold(query.text), ()), *by_code]



def _coded(codes: set[str]) -> Q:
    # A registration number has 13 or 15 characters. In a register without any, asking for one reads every company.
    numbers = {code for code in codes if len(code) != 18}
    return Q(code__in=codes) | Q(legacy_no__in=numbers) if numbers else Q(code__in=codes)


def _searchable(text: str) -> bool:
    """Whether a search may find it: no paragraph, no control characters, and not punctuation alone."""
    return len(text) <= search.MAX_QUERY and "".join(text.split()).isprintable() and bool(search.fold(text))


def _similar(query: Query) -> list[_Hit]:
    companies = Company.objects.public()
    if query.kinds and query.strict:
        companies = companies.filter(kind__in=query.kinds)
    matches = companies.search(query.text).matches[: query.limit]
    return [_Hit(found.company.id, found.kind, found.text) for found in matches]


def _ranked(query: Query, hits: list[_Hit], companies: Mapping[int, Company]) -> list[Candidate]:
    best: dict[int, Candidate] = {}
    for hit in hits:
        company = companies.get(hit.company_id)
        if company is None or (query.strict and query.kinds and company.kind not in query.kinds):
            continue
        candidate = _scored(query, hit, company)
        if hit.company_id not in best or best[hit.company_id].score < candidate.score:
            best[hit.company_id] = candidate
    # Equal scores stay in the order of the search.
    ranked = sorted(best.values(), key=lambda candidate: -candidate.score)
    named = {candidate.company.id for candidate in ranked if candidate.features["same_name"]}
    sure = [candidate for candidate in ranked if _sure(candidate, query, named)]
    if len(sure) == 1 and sure[0] is ranked[0]:
        ranked[0] = Candidate(sure[0].company, sure[0].found_by, sure[0].score, sure[0].features, match=True)
    return ranked[: query.limit]


def _scored(query: Query, hit: _Hit, company: Company) -> Candidate:
    folded = search.fold(query.text)
    similarity = _similarity(folded, search.fold(company.name if hit.kind == "code" else hit.text))
    named, coded = folded == search.fold(hit.text) and hit.kind in SAME_NAME, _same_code(query.text, company)
    features: dict[str, float | bool] = {"name_similarity": similarity, "same_name": named, "same_code": coded}
    features |= {name: any(COMPARED[name].agrees(company, value) for value in given) for name, given in query.values.items() if given}
    score = SAME_CODE if coded else SAME_NAME[hit.kind] if named else SIMILAR * similarity
    if features.get("code") or features.get("legacy_no"):
        # A code says more than a name: without a name it is sure, beside another name it is doubtful.
        score = max(score, SIMILAR) if query.text else SAME_CODE
    for name in query.values:
        score *= 1 if features.get(name, True) else DISAGREES.get(name, DISAGREES_ELSE)
    if query.kinds:
        features["type"] = company.kind in query.kinds
        score *= 1 if features["type"] else WRONG_TYPE
    return Candidate(company, hit.text, round(score, 1), features)


def _sure(candidate: Candidate, query: Query, named: set[int]) -> bool:
    """Exactly this name or code and nothing given that disagrees; or this code beside a name like it that nobody else has."""
    told = candidate.features
    coded = told.get("code") or told.get("legacy_no")
    alike = named <= {candidate.company.id} and told["name_similarity"] >= AGREEING
    exact = told["same_name"] or told["same_code"] or (coded and (alike or not query.text))
    return bool(exact) and all(told.get(name, True) for name in (*query.values, "type"))


def _same_code(text: str, company: Company) -> bool:
    return bool(text) and uscc.normalise(text) in (company.code, company.legacy_no)


def _similarity(one: str, other: str) -> float:
    """Share of the characters two folded names have in common in order, 0 to 1.

    >>> _similarity("青岚光学", "青岗光学")
    0.75
    """
    return round(SequenceMatcher(None, one, other, autojunk=False).ratio(), 3)

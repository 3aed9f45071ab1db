"""Which companies the queries of a batch mean, with a score from 0 to 100 and the features it comes from.

Names and codes are matched as the batch check matches them (``blacklists.screening``). What else is given of a row, such as its
division or status, lowers the score where it disagrees, so that it also tells namesakes apart. ``match`` is true for one
candidate at most: the only one that is certain. A name one character away from a registered one is a candidate, never a match.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from blacklists import asked, screening
from blacklists.screening import CONFIDENT
from publicity.api.problems import RETRY_SECONDS, Kind, Problem
from publicity.reconcile.reading import MAX_LIMIT, Query
from publicity.reconcile.vocabulary import COMPARED
from records import search
from records.models import Company

# Longest time the searches of a batch may take, in seconds.
SECONDS = 20
# What each value or type that disagrees leaves of a score.
DISAGREES = 0.85
CODES = ("code", "legacy_no")


@dataclass(frozen=True)
class Candidate:
    """A company a query may mean, by which of its names or codes it was found, and why it scores as it does."""

    company: Company
    found_by: str
    score: float
    features: dict[str, float | bool]
    match: bool


def match(queries: Mapping[str, Query]) -> dict[str, list[Candidate]]:
    """Candidates of each query, best first, independent of the other queries. Raises ``Problem`` 503 when time runs out."""
    lines = [_line(query) for query in queries.values()]
    found = screening.find(lines, SECONDS, most=MAX_LIMIT)
    if not all(one.searched for one in found):
        raise Problem(Kind.UNAVAILABLE, "The batch takes too long: send fewer queries.", "本批耗时过长，请减少查询数。",
                      retry_after=RETRY_SECONDS)  # fmt: skip
    pairs = zip(queries.items(), found, strict=True)
    return {key: _ranked(query, one.candidates) for (key, query), one in pairs}


def _line(query: Query) -> asked.Line:
    """The query as a line of a batch check; empty when it cannot be a name (a paragraph, control characters, punctuation)."""
    given = next((value for name in CODES for value in query.values.get(name, ()) if value.isprintable()), "")
    text = " ".join(query.text.split())
    if len(text) > asked.LONGEST_LINE or not text.isprintable() or not search.fold(text):
        text = ""
    line = asked.read_line(text)
    return line if line.code or not given else asked.named_line(text, given)


def _ranked(query: Query, found: list[screening.Candidate]) -> list[Candidate]:
    wanted = [one for one in found if not query.kinds or not query.strict or one.company.kind in query.kinds]
    scored = [(one, *_score(query, one)) for one in wanted]
    certain = [one for one, score, _ in scored if score >= CONFIDENT]
    ranked = [
        Candidate(one.company, one.text, score, features, match=certain == [one]) for one, score, features in scored
    ]
    # Equal scores stay in the order of the search.
    return sorted(ranked, key=lambda candidate: -candidate.score)[: query.limit]


def _score(query: Query, found: screening.Candidate) -> tuple[float, dict[str, float | bool]]:
    """The score of the name and code, lowered by each property and type that disagrees, and all features."""
    company, score = found.company, float(found.score)
    told = {name: any(COMPARED[name].agrees(company, value) for value in given) for name, given in query.values.items() if given}
    if query.kinds:
        told["type"] = company.kind in query.kinds
    for name, agrees in told.items():
        # A code that disagrees with the name has lowered the score already.
        if not agrees and (name not in CODES or score >= CONFIDENT):
            score *= DISAGREES
    return round(score, 1), found.features | {f"property_{name}": agrees for name, agrees in told.items()}

"""What is public of one company, by dataset: one question for nearly every company, four for one with thousands of records.

The cost does not grow with what a company has: of a company with more than ``WHOLE`` records the newest of each dataset are read,
at most ``NEWEST``, and nobody counts past ``COUNTED``.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from publicity.figures import Count
from publicity.standing import Standing
from records.catalog import catalog
from records.dataset import Dataset
from records.models import Company, Record
from records.prepared import Prepared, rows_of

WHOLE, NEWEST, COUNTED = 100, 50, 1000
NOTHING = Count(0)
# Values of no record, which stand for those to come.
NOBODY, NEVER, NOWHERE, LONG_AGO = -1, -2, "\0dataset", date(1, 1, 1)
BOUND = '"records_record"."id" <='
# The datasets a company has anything of, by as many steps down the index.
DATASETS = """
WITH RECURSIVE found(slug) AS (
  SELECT MIN(dataset) FROM records_record WHERE company_id = %s
  UNION ALL
  SELECT (SELECT MIN(dataset) FROM records_record WHERE company_id = %s AND dataset > found.slug)
  FROM found WHERE found.slug IS NOT NULL
)
SELECT slug FROM found WHERE slug IS NOT NULL"""


@dataclass
class Group:
    """The public records of one dataset, newest first; ``count`` and ``current`` (entries in force of a list) count them all."""

    dataset: Dataset
    rows: list[Record] = field(default_factory=list)
    count: Count = NOTHING
    current: Count = NOTHING


def dossier_of(standing: Standing, newest: int = NEWEST) -> list[Group]:
    """Every dataset with public records of a company, in the order of the catalogue; of many records the ``newest`` of each."""
    asked = {"company": standing.company.id, "head": standing.head, "today": timezone.localdate()}
    records = _statements(id(catalog()), newest).some.ask_few(WHOLE, **asked)
    if records is None:
        groups = _of_many(standing.company, asked, newest)
    else:
        groups = _grouped(records, standing.company)
        for group in groups.values():
            group.rows.sort(key=newest_first, reverse=True)
            group.count = Count(len(group.rows))
            group.current = Count(sum(not record.removed for record in group.rows))
    return [groups[slug] for slug in catalog().datasets if slug in groups]


def newest_first(record: Record) -> tuple:
    """The order in which records stand, those without a date last: a key for a descending sort."""
    return record.decided_on or LONG_AGO, record.id


def _grouped(records: Iterable[Record], company: Company) -> dict[str, Group]:
    groups: dict[str, Group] = {}
    for record in records:
        record.company = company
        group = groups.get(record.dataset) or groups.setdefault(record.dataset, Group(record.declaration))
        group.rows.append(record)
    return groups


def _of_many(company: Company, asked: dict, newest: int) -> dict[str, Group]:
    known = _statements(id(catalog()), newest)
    public = {dataset.slug for dataset in catalog().of()}
    slugs = [slug for (slug,) in rows_of(DATASETS, [company.id, company.id]) if slug in public]
    each = [asked | {"dataset": slug} for slug in slugs]
    groups = _grouped(known.dated.ask_each(each), company)
    for slug, undated in _grouped(known.undated.ask_each(each), company).items():
        group = groups.setdefault(slug, undated)
        if group is not undated:
            group.rows += undated.rows[: newest - len(group.rows)]
    parts, parameters = [], {}
    for at, values in enumerate(each):
        (every, given), (current, also) = known.all.part(2 * at, values), known.current.part(2 * at + 1, values)
        counts = (f"(SELECT COUNT(*) FROM ({sql}) AS counted)" for sql in (every, current))
        parts.append(f"SELECT %(dataset_{2 * at})s, {', '.join(counts)}")
        parameters |= given | also
    for slug, *numbers in rows_of(" UNION ALL ".join(parts), parameters):
        if slug in groups:
            groups[slug].count, groups[slug].current = (Count(min(n, COUNTED), more=n > COUNTED) for n in numbers)
    return groups


@dataclass(frozen=True)
class _Statements:
    some: Prepared
    dated: Prepared
    undated: Prepared
    all: Prepared
    current: Prepared


@functools.cache
def _statements(catalogue: int, most: int) -> _Statements:  # noqa: ARG001 - part of the cache key
    public = Record.objects.disclosable(on=LONG_AGO, head=NEVER).filter(company_id=NOBODY).order_by()
    # Asked of public datasets only; naming all of them again in each of forty parts takes PostgreSQL longer than the answer.
    one = Record.objects.in_effect_now(NEVER).within_period(LONG_AGO).filter(company_id=NOBODY, dataset=NOWHERE).order_by()
    newest = one.order_by("-decided_on", "-id")
    given = {"company": NOBODY, "head": NEVER, "today": LONG_AGO}

    def prepared(rows: QuerySet) -> Prepared:
        question = Prepared(rows, **given, dataset=NOWHERE)
        # A bound on the version that no index can serve: the planner shall walk down the index by date.
        question.sql = question.sql.replace(BOUND, f"+{BOUND}")
        return question

    return _Statements(
        some=Prepared(public[: WHOLE + 1], **given),
        dated=prepared(newest.filter(decided_on__isnull=False)[:most]),
        undated=prepared(newest.filter(decided_on__isnull=True)[:most]),
        all=prepared(one.only("id")[: COUNTED + 1]),
        current=prepared(one.filter(Q(ended_on=None) | Q(ended_on__gt=LONG_AGO)).only("id")[: COUNTED + 1]),
    )

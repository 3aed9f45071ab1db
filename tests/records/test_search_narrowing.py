"""What a search can be narrowed to, how many companies each choice leaves, and in which order they come. Fictional names only."""

import doctest
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from publicity.filters import CompanyFilter
from records import registration
from records.models import Company
from tests.factories import make_code, make_company, make_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    """Three companies of one brand word that differ in all that a search is narrowed by."""
    places, statuses = ("980101", "980102", "980201"), ("active", "active", "revoked")
    rows = zip(("甲", "乙", "丙"), places, statuses, ("F", "C", "F"), ("company", "branch", "company"), (1979, 2011, 2023), strict=True)
    return [
        make_company(
            name=f"云汀{name}贸易有限公司", code=make_code(region=place), status=status, industry=industry, kind=kind,
            established_on=date(year, 5, 1),
        )
        for name, place, status, industry, kind, year in rows
    ]  # fmt: skip


def narrowed(**chosen: str) -> list[str]:
    """The third characters of the names found for 云汀 with these filters, in the order of the search."""
    filters = CompanyFilter(chosen, queryset=Company.objects.public())
    assert filters.is_valid(), filters.form.errors
    return [match.company.name[2] for match in filters.qs.search("云汀").matches]


def test_the_examples_of_the_documentation_hold():
    assert doctest.testmod(registration).failed == 0


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"region": "98"}, "甲乙丙"),
        ({"region": "9801"}, "甲乙"),
        ({"region": "980102"}, "乙"),
        ({"status": "revoked"}, "丙"),
        ({"type": "branch"}, "乙"),
        ({"industry": "F"}, "甲丙"),
        ({"established": "1900"}, "甲"),
        ({"established": "2010"}, "乙"),
        ({"established_after": "2023-01-01"}, "丙"),
        ({"region": "9801", "industry": "C", "status": "active", "type": "branch", "established": "2010"}, "乙"),
        ({"region": "9801", "industry": "C", "status": "revoked"}, ""),
    ],
)
def test_a_search_is_narrowed_to_what_is_chosen(three, chosen, left):
    assert sorted(narrowed(**chosen)) == sorted(left)


def test_companies_on_a_list_today_are_left_and_no_others(three):
    on, off, _ = three
    make_record(on, "samr-abnormal")
    make_record(off, "samr-abnormal", ended_on="2020-01-01")
    assert narrowed(on_list="samr-abnormal") == narrowed(on_list="abnormal") == ["甲"]
    assert narrowed(on_list="blacklist") == []


def test_facets_count_what_each_choice_would_leave(three):
    make_record(three[0], "samr-abnormal")
    facets = Company.objects.public().search("云汀").facets()
    assert facets["region"] == [("98", 3), ("9801", 2), ("980101", 1), ("980102", 1), ("9802", 1), ("980201", 1)]
    assert facets["status"] == [("active", 2), ("revoked", 1)]
    assert facets["type"] == [("company", 2), ("branch", 1)]
    assert facets["industry"] == [("F", 2), ("C", 1)]
    assert facets["established"] == [("1900", 1), ("2010", 1), ("2020", 1)]
    assert facets["on_list"] == [("abnormal", 1), ("samr-abnormal", 1)]


def test_facets_are_counted_in_a_constant_number_of_queries(three):
    asked = []
    for company in three:
        make_record(company, "samr-abnormal")
        found = Company.objects.public().search("云汀")
        with CaptureQueriesContext(connection) as queries:
            found.facets()
        asked.append(len(queries))
    assert len(set(asked)) == 1
    assert asked[0] <= 4


def test_matches_come_by_fit_by_foundation_or_by_name(three):
    def names(sort):
        return [match.company.name[2] for match in Company.objects.public().search("云汀", sort=sort).matches]

    assert names("newest") == ["丙", "乙", "甲"]
    assert names("name") == ["丙", "甲", "乙"]
    with pytest.raises(ValueError, match="score"):
        names("score")


def test_suggestions_are_the_best_few(three):
    suggested = Company.objects.public().suggest("云汀", limit=2)
    assert [match.kind for match in suggested] == ["current", "current"]
    assert Company.objects.public().suggest(" ") == []


@pytest.mark.parametrize(
    ("words", "section"), [("批发和零售业", "F"), ("C", "C"), ("i 软件", ""), ("J金融业", "J"), ("TV", ""), ("", ""), ("其他", "")]
)
def test_an_industry_is_known_by_letter_or_name_and_never_guessed(words, section):
    assert registration.industry_of(words) == section

"""How PostgreSQL is asked: by its index, by that of every eighth name first, or name by name. All names are fictional."""

import pytest

from records import search
from records.models import Company
from records.models.company import add_names
from records.search.index import Ask, Way, ask
from records.search.sample import quickest, telling
from tests.factories import make_code

pytestmark = pytest.mark.django_db
LARGE = 3_000_000


@pytest.fixture
def register():
    """700 companies of one city, then 700 of another; every second one trades."""
    names = [f"{city}云{number:03}{trade}有限公司" for city in ("青岚市", "霁川市") for number in range(350) for trade in ("贸易", "光学")]
    companies = [Company(id=id_, code=make_code(id_), name=name, name_key=search.fold(name)) for id_, name in enumerate(names, 1)]
    Company.objects.bulk_create(companies)
    add_names([(company.id, "current", company.name, company.name_key) for company in companies])


@pytest.mark.parametrize(
    ("terms", "texts", "way"),
    [
        (["贸易"], [], Way.READING),
        (["贸易", "岚市"], [], Way.READING),
        (["00"], [], Way.EIGHTH),
        (["贸易", "光学"], [], Way.WHOLE),
        (["无名"], [], Way.WHOLE),
        ([], [], Way.WHOLE),
        (["贸易"], ["青岚市"], Way.READING),
        (["贸易"], ["云001"], Way.WHOLE),
    ],
)
def test_a_word_that_many_names_have_is_met_soon_and_two_that_are_seldom_together_are_not(terms, texts, way, register):
    assert quickest(terms, texts, 200, LARGE) == way


def test_of_a_city_that_is_all_at_the_end_an_eighth_has_enough(register):
    assert quickest(["岚市"], [], 200, LARGE) == Way.READING
    assert quickest(["川市"], [], 200, LARGE) == Way.EIGHTH


def test_the_lists_of_a_small_register_are_short(register):
    assert quickest(["贸易"], [], 200, 2000) == Way.WHOLE


@pytest.mark.parametrize(
    ("pairs", "asked"),
    [
        # 9 stands before 贸易 and before 光学; after 9贸 nothing else can come.
        (["9贸", "贸易"], ["9贸"]),
        (["9光", "贸易"], ["9光", "贸易"]),
        (["光学", "贸易"], ["光学", "贸易"]),
        (["云龙", "龙贸", "贸易"], ["云龙", "龙贸"]),
        ([], []),
    ],
)
def test_a_frequent_pair_that_goes_without_saying_is_not_asked_for(pairs, asked, register):
    assert telling(pairs, LARGE) == asked


def test_what_lacks_the_pair_that_was_left_out_is_not_found(register):
    company = Company.objects.create(id=5000, code=make_code(5000), name="青岚市云399贸行", name_key="青岚市云399贸行")
    add_names([(company.id, "current", company.name, company.name_key)])
    found = {hit.text for hit in search.find("9贸易", 500, size=LARGE)[0]}
    assert found == {f"{city}云{number:03}贸易有限公司" for city in ("青岚市", "霁川市") for number in range(9, 350, 10)}


@pytest.mark.parametrize("limit", [30, 600])
def test_every_way_meets_as_many_names_that_have_the_terms(limit, register):
    met = {way: ask(Ask(("贸易", "川市"), limit, way=way)) for way in Way}
    assert {len(set(names)) for names in met.values()} == {min(limit, 350)}
    assert all("贸易" in name.folded and "川市" in name.folded for names in met.values() for name in names)

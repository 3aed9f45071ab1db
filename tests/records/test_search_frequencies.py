"""When a register is read name by name instead of asking its index. All names are fictional."""

import pytest

from records import search
from records.models import Company
from records.models.company import add_names
from records.search.sample import met_soon
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


def test_a_word_that_many_names_have_is_met_soon_and_a_rare_one_or_two_seldom_together_are_not(register):
    assert met_soon(["贸易"], [], 200, LARGE)
    assert met_soon(["贸易", "岚市"], [], 200, LARGE)
    assert not met_soon(["00"], [], 200, LARGE)
    assert not met_soon(["贸易", "光学"], [], 200, LARGE)
    assert not met_soon(["无名"], [], 200, LARGE)
    assert not met_soon([], [], 200, LARGE)


def test_a_city_that_is_all_at_the_end_is_not_met_soon(register):
    assert met_soon(["岚市"], [], 200, LARGE)
    assert not met_soon(["川市"], [], 200, LARGE)


def test_a_text_that_few_of_the_names_hold_is_not_met_soon(register):
    assert met_soon(["贸易"], ["青岚市"], 200, LARGE)
    assert not met_soon(["贸易"], ["云001"], 200, LARGE)


def test_the_lists_of_a_small_register_are_short(register):
    assert not met_soon(["贸易"], [], 200, 2000)

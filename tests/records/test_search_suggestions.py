"""What is suggested while somebody is still typing. All names are fictional."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from records.models import Company
from tests.factories import make_company

pytestmark = pytest.mark.django_db
NAME = "青岚市云汀光学仪器（集团）股份有限公司"


@pytest.fixture
def meant():
    for other in ("青岚市山海光学仪器有限公司", "霁川市望潮贸易有限公司", "霁川市大云汀茶楼"):
        make_company(name=other)
    return make_company(name=NAME, former_names=["青岚市旧楼镜片厂"])


def suggested(typed: str) -> list[str]:
    return [match.company.name for match in Company.objects.public().suggest(typed)]


@pytest.mark.parametrize(
    "typed",
    [
        *("青岚市云", "云汀", "云汀光", "云汀光学仪器", "雲汀光學", "旧楼", "云汀 仪器", "云 汀"),
        *("yunt", "yunti", "yunting", "yun ting g", "yuntinggu", "yuntingguangxuey", "ytgx", "ytg"),
    ],
)
def test_the_beginning_of_a_name_a_brand_word_or_its_pinyin_suggests_the_company(meant, typed):
    assert suggested(typed)[0] == NAME


def test_a_code_suggests_its_company_from_the_fifth_character_on(meant):
    assert NAME in suggested(meant.code[:6].lower())
    assert suggested(meant.code[:17]) == [NAME]


def test_a_whole_registration_number_suggests_its_company_and_words_of_that_length_ask_for_none(meant):
    make_company("青岚市云汀旧厂", code="980101000000058")
    assert suggested("980101000000058") == ["青岚市云汀旧厂"]
    with CaptureQueriesContext(connection) as asked:
        assert suggested("yuntingguangx") == [NAME]
    assert not [query for query in asked if '"legacy_no" =' in query["sql"]]


@pytest.mark.parametrize("typed", ["", "云", "y", " ", "（", "%%", "'\"", "§g", "x" * 300])
def test_too_little_or_nonsense_suggests_nothing(meant, typed):
    assert suggested(typed) == []


def test_no_more_than_a_few_are_suggested_and_only_public_ones(meant):
    for number in range(9):
        make_company(name=f"云汀第{number}茶楼")
    assert len(Company.objects.public().suggest("云汀", limit=5)) == 5
    Company.objects.update(ended_event=1)
    assert suggested("云汀") == []

"""What readers type, and the company they mean: every way a search forgives, and what it never does. All names are fictional."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from records import search, uscc
from records.models import Company, SearchName
from records.models.company import CompanyQuerySet
from tests.factories import make_code, make_company

pytestmark = pytest.mark.django_db
NAME = "青岚市云汀光学仪器（集团）股份有限公司"


@pytest.fixture
def meant():
    """The company meant, among others that share its words."""
    for other in (
        "青岚市山海光学仪器有限公司",
        "霁川市望潮贸易有限公司",
        "望江县光明实业有限责任公司",
        "霁川市汀洲机械有限公司",
    ):
        make_company(name=other)
    return make_company(
        name=NAME, former_names=["青岚市旧楼镜片厂"], english_name="Yunting Optical Instruments Group Co., Ltd."
    )


def found(query: str, companies: CompanyQuerySet | None = None) -> list[tuple[str, str]]:
    """``(name of the company, why it was found)``, best first."""
    matches = (companies or Company.objects.public()).search(query).matches
    return [(match.company.name, match.kind) for match in matches]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("青岚市云汀光学仪器(集团)股份有限公司", "current"),
        ("青岚市云汀光学仪器集团股份有限公司", "current"),
        (" 青岚市 云汀光学 仪器 （集团）股份有限公司 ", "current"),
        ("青嵐市云汀光學儀器（集團）股份有限公司", "current"),
        ("青岚市云汀光学仪器集团", "current"),
        ("青岚市云汀光学仪器（集团）有限责任公司", "current"),
        ("云汀光学", "current"),
        ("云汀 仪器", "current"),
        ("仪器 云汀", "current"),
        ("云 汀", "current"),
        ("青岚市 云 汀 仪器", "current"),
        ("旧楼镜片", "former"),
        ("yunting optical", "english"),
        ("青岚市云汀光雪仪器（集团）股份有限公司", "near"),
        ("青岚市云汀光仪器集团股份有限公司", "near"),
        ("青岚市云汀汀光学仪器集团股份有限公司", "near"),
        ("青岚市云光汀学仪器集团股份有限公司", "near"),
        ("云汀广学仪器", "near"),
        ("青云股份", "parts"),
        ("云光仪器", "parts"),
        ("yuntingguangxue", "pinyin"),
        ("yun ting guang xue", "pinyin"),
        ("yún tīng guāng xué", "pinyin"),
        ("yun2 ting1 guang1 xue2", "pinyin"),
        ("ytgx", "pinyin"),
        ("ytgf", "pinyin"),
    ],
)
def test_what_people_type_finds_the_company_first_and_says_why(meant, typed, why):
    name, reason = found(typed)[0]
    assert name == NAME
    assert reason == why or (why == "near" and reason == "parts")


@pytest.mark.parametrize("cut", [slice(-8, None), slice(-5, None), slice(8, 17), slice(6, 16)])
def test_a_part_of_a_code_finds_the_company(meant, cut):
    assert found(meant.code[cut].lower())[0][0] == NAME


@pytest.mark.parametrize("serial", ["FKQ7XYRT", "A2XBHTWK", "10060002"])
def test_the_end_of_a_code_finds_the_company_however_few_of_its_characters_are_digits(serial):
    first = f"91980101{serial}{uscc.org_check_character(serial)}"
    company = make_company(code=first + uscc.check_character(first))
    make_company("青岚市云汀光学2号贸易有限公司")
    for length in (8, 5):
        assert (company.name, "suffix") in found(company.code[-length:].lower()) or not any(map(str.isdigit, company.code[-length:]))
    assert [match.company for match in Company.objects.suggest(company.code[-8:])] == [company]


def test_the_beginning_of_a_code_finds_all_codes_that_begin_so():
    makers = [make_company(code=make_code(region=region)) for region in ("980101", "980101", "980201")]
    assert found("91980101") == [(company.name, "part") for company in makers[:2]]


def test_a_code_with_one_slip_finds_the_company_as_a_near_miss():
    company = make_company(code=make_code(4711))
    wrong = "8" if company.code[9] != "8" else "6"
    assert found(company.code[:9] + wrong + company.code[10:]) == [(company.name, "near")]
    assert found(company.code[:12] + company.code[13] + company.code[12] + company.code[14:])[0] == (
        company.name,
        "near",
    )


def test_a_code_with_one_slip_is_found_however_many_codes_begin_alike(monkeypatch):
    monkeypatch.setattr("records.search.finding.FEW", 2)
    company = [make_company(code=make_code(4000 + number)) for number in range(6)][-1]
    code = company.code
    wrong = "8" if code[17] != "8" else "6"
    for slip in (code[:17] + wrong, code[:15] + code[16:], code[:14] + code[13:], code[:15] + code[16] + code[15] + code[17:]):
        assert (company.name, "near") in found(slip), slip


@pytest.mark.parametrize(("begin", "end"), [(8, 18), (6, 18), (2, 18), (8, 17), (2, 17), (9, 18), (10, 17)])
def test_a_part_of_a_code_is_found_behind_many_that_share_its_frequent_half(monkeypatch, begin, end):
    monkeypatch.setattr("records.search.finding.FEW", 3)
    codes = [make_code(1000 + serial) for serial in range(12)]
    for code in codes:
        make_company(name=f"青岚市多数{code[10:16]}贸易有限公司", code=code)
    last = codes[-1]
    assert f"青岚市多数{last[10:16]}贸易有限公司" in [name for name, _ in found(last[begin:end])]


@pytest.mark.parametrize(
    "shape", ["{name} {code}", "{code} 云汀", "{code},", "统一社会信用代码：{code}", "{name}（{code}）", "{name} {wrong}"]
)
def test_a_code_beside_a_name_or_its_label_finds_the_company(meant, shape):
    wrong = meant.code[:17] + ("8" if meant.code[17] != "8" else "6")
    assert found(shape.format(name=NAME, code=meant.code, wrong=wrong))[0][0] == NAME


@pytest.mark.parametrize("typed", ["青岚光学仪器", "青岚市光学仪器", "青岚市光学仪器公司", "青岚市光学仪器有限公司"])
def test_a_region_and_a_trade_typed_in_one_find_those_that_have_both(meant, typed):
    assert {name for name, _ in found(typed)} == {NAME, "青岚市山海光学仪器有限公司"}


@pytest.mark.parametrize("typed", ["云汀公司", "云汀有限公司", "青岚云汀"])
def test_a_brand_word_with_a_form_or_a_region_finds_its_company(meant, typed):
    assert found(typed)[0][0] == NAME


def test_an_accident_within_english_words_stands_behind_the_brand_that_is_spoken_so():
    make_company(name="青岚市榆滢食品有限公司")
    make_company(name="青岚市坤颖教育咨询有限公司", english_name="Lanyu Yingkun Education Consulting Co., Ltd.")
    make_company(name="青岚市远影贸易有限公司", english_name="Yuying Trading Co., Ltd.")
    assert [name for name, _ in found("yuying")] == ["青岚市远影贸易有限公司", "青岚市榆滢食品有限公司", "青岚市坤颖教育咨询有限公司"]
    assert found("ying kun")[0][0] == "青岚市坤颖教育咨询有限公司"


def test_what_pinyin_found_beyond_the_bound_is_said(monkeypatch):
    for number in range(12):
        make_company(name=f"青岚市云汀{'甲乙丙丁戊己庚辛壬癸子丑'[number]}贸易有限公司")
    monkeypatch.setattr(CompanyQuerySet, "CANDIDATES", 5)
    monkeypatch.setattr(CompanyQuerySet, "WIDER", 8)
    result = Company.objects.public().search("yunting")
    assert (len(result.matches), result.more) == (5, True)


def test_a_near_miss_is_not_shown_where_the_name_exists():
    exact, twin = make_company(name="青岚市云汀贸易有限公司"), make_company(name="青岚市云海贸易有限公司")
    assert found(exact.name) == [(exact.name, "current")]
    assert found(twin.name) == [(twin.name, "current")]


def test_of_companies_with_one_brand_word_the_one_limited_by_shares_comes_first_and_branches_last():
    names = ["霁川市汀洲股份有限公司第二门市部", "汀洲贸易有限公司", "霁川市汀洲机械股份有限公司", "霁川市大汀洲商行"]
    for name in names:
        make_company(name=name)
    assert [name for name, _ in found("汀洲")] == [names[2], names[1], names[0], names[3]]


def test_a_company_is_found_behind_more_names_with_the_word_than_are_ranked(monkeypatch):
    monkeypatch.setattr(CompanyQuerySet, "CANDIDATES", 5)
    for number in range(9):
        make_company(name=f"霁川市第{number}云汀茶楼")
    make_company(name="青岚云汀股份有限公司")
    assert found("云汀")[0][0] == "青岚云汀股份有限公司"


def test_filters_lose_no_hit_behind_the_names_that_are_ranked(monkeypatch):
    monkeypatch.setattr(CompanyQuerySet, "CANDIDATES", 5)
    for number in range(9):
        make_company(name=f"云汀第{number}茶楼", code=make_code(region="980101"))
    far = make_company(name="霁川市大云汀茶楼", code=make_code(region="980201"), status=Company.Status.REVOKED)
    assert found("云汀", Company.objects.public().in_region("9802")) == [(far.name, "current")]
    assert found("云汀", Company.objects.public().filter(status="revoked")) == [(far.name, "current")]


@pytest.mark.parametrize(
    "query", ["", "（）", "'", '"*', "§g", "a' OR 'b", "-", "望", "有限公司", "望" * 300, "x" * 300, "%%%", "§望*"]
)
def test_no_query_is_an_error(meant, query):
    found(query)


def test_no_more_than_a_bound_is_ranked_and_the_rest_is_said(monkeypatch):
    monkeypatch.setattr(CompanyQuerySet, "CANDIDATES", 3)
    for number in range(6):
        make_company(name=f"云汀第{number}茶楼")
    result = Company.objects.public().search("云汀")
    assert (len(result.matches), result.more) == (3, True)


def test_a_name_taken_out_of_the_index_is_found_no_more():
    company = make_company(name=NAME)
    entry = company.search_names.get()
    search.remove_names([entry.entered(company.code, company.facets)])
    assert [found(query) for query in (NAME, "云汀光学", "ytgx", company.code[-8:], "云光仪器")] == [[]] * 5


def test_the_migration_indexes_the_names_a_register_already_has(meant):
    narrowing, anew = (import_module(f"records.migrations.{name}") for name in ("0009_narrowing", "0025_name_index_anew"))
    Company.objects.update(facets="")
    SearchName.objects.update(facets="")
    for step in (narrowing.empty, narrowing.forwards, anew.remake):
        step(apps, SimpleNamespace(connection=connection))
    active = Company.objects.public().having(status="active").search("ytgx")
    assert active.matches[0].company.name == NAME
    assert active.facets()["status"] == [("active", 1)]
    assert found("旧楼镜片")[0] == (NAME, "former")

"""Searching on the site: by fragment, former name, code; what is refused and what is explained."""

import re

import pytest

from records.models import Company
from tests.factories import make_code, make_company, make_record

pytestmark = pytest.mark.django_db


def found(client, query: str, **filters) -> str:
    answer = client.get("/search/", {"q": query, **filters})
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_fragments_in_any_order_find_a_company_and_are_marked(client):
    make_company(name="青岚市望江光学仪器有限公司")
    page = found(client, "光学 青岚")
    assert "<mark>光学</mark>" in page
    assert "找到 <b>1 家</b>企业" in page


@pytest.mark.parametrize("typed", ["望江光學", "仪器 望江", "ＡＢ", "ab"])
def test_what_was_typed_is_marked_whatever_its_script_width_and_case(client, typed):
    make_company(name="青岚市望江光学ＡＢ仪器有限公司")
    marked = re.findall("<mark>([^<]+)</mark>", found(client, typed))
    assert "".join(marked) in ("望江光学", "望江仪器", "ＡＢ")


def test_a_text_that_is_too_long_is_refused_with_its_length_and_kept_in_the_field(client):
    says = {"/search/": "最多查询 120 个字符，您输入了 300 个", "/en/search/": "at most 120 characters, and you entered 300"}
    for path, reason in says.items():
        answer = client.get(path, {"q": "长" * 300})
        assert answer.status_code == 400
        assert reason in answer.content.decode()
        assert f'value="{"长" * 300}"' in answer.content.decode()


def test_a_former_or_english_name_finds_a_company_and_the_reason_is_given(client):
    make_company(name="青岚市新名贸易有限公司", former_names=["青岚市旧称商行"], english_name="Wangjiang Optics Ltd")
    assert "曾用名：青岚市<mark>旧称</mark>商行" in found(client, "旧称")
    assert "英文名称：" in found(client, "Wangjiang")


def test_a_whole_code_leads_straight_to_its_company_however_it_is_written(client):
    company = make_company()
    for typed in (company.code, company.code.lower(), f" {company.code[:8]} {company.code[8:]} "):
        assert client.get("/search/", {"q": typed}).headers["Location"] == f"/company/{company.code}/"


def test_a_registration_number_leads_straight_to_its_company(client):
    company = make_company(code="330110000000019")
    assert client.get("/search/?q=330110000000019").headers["Location"] == company.get_absolute_url()


def test_a_wrong_code_is_explained_and_the_likely_one_offered(client):
    code = make_code()
    wrong = code.replace("0", "O", 1)
    page = found(client, wrong)
    assert "这个代码有误" in page
    assert f"?q={code}" in page
    assert 'class="wrong"' in page


def test_a_valid_code_of_nobody_is_told_from_a_wrong_one(client):
    page = found(client, make_code())
    assert "代码本身没有错误" in page
    assert "这个代码有误" not in page


@pytest.mark.parametrize("query", ["公司", "有限公司", "  ", "科技 有限公司", "青", "（）"])
def test_a_search_that_would_find_everybody_is_refused_with_a_reason(client, query):
    make_company()
    answer = client.get("/search/", {"q": query})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_an_empty_result_says_what_to_try_and_what_it_does_not_mean(client):
    page = found(client, "查无此名")
    assert "没有找到与“查无此名”相符的企业" in page
    assert "没有找到不等于企业不存在" in page


def test_an_identity_number_typed_by_mistake_is_neither_looked_for_nor_shown_nor_kept(client):
    for typed in ("11010519491231002X", "张三 11010519491231002X", "13800138000"):
        response = client.get("/search/", {"q": typed})
        assert (response.status_code, response["Cache-Control"]) == (400, "no-store")
        assert "请勿输入公民身份号码" in response.text
        assert f'value="{typed}"' not in response.text
        assert f"“{typed}”" not in response.text


def test_a_code_that_holds_what_might_be_a_number_is_looked_for(client):
    company = make_company(code=make_code(13800138, region="110101"))
    assert client.get("/search/", {"q": company.code}).status_code == 302


def test_of_namesakes_a_narrowed_search_says_that_there_are_others(client):
    for region in ("330110", "440300"):
        make_company("青岚市云汀科技有限公司", code=make_code(region=region))
    assert "另有同名企业" in client.get("/search/?q=青岚市云汀科技有限公司&region=33").text


def test_a_page_before_the_first_is_the_first(client):
    for number in range(45):
        make_company(f"青岚市云汀{number:02}号科技有限公司")
    shown = [client.get("/search/", {"q": "云汀", "page": page}).context["page"].number for page in ("0", "-1", "x", "2", "99")]
    assert shown == [1, 1, 1, 2, 3]


def test_filters_without_a_name_say_what_is_missing(client):
    assert "请再输入企业名称或代码" in client.get("/search/?region=33&status=revoked").text


def test_the_file_of_a_search_says_why_a_company_is_in_it(client):
    make_company("青岚市云汀科技有限公司")
    rows = b"".join(client.get("/search/companies.csv?q=yunting").streaming_content).decode().splitlines()
    assert "命中方式" in rows[0]
    assert "拼音相符" in rows[1]


def test_no_page_depends_on_the_languages_of_a_browser(client):
    make_record(make_company(), "samr-abnormal")
    for address in ("/", "/search/?q=x", "/lists/", "/lists/samr-abnormal/", "/en/datasets/", "/check/", "/api/v1/status/"):
        assert "Accept-Language" not in client.get(address).get("Vary", ""), address


def test_filters_narrow_the_result(client):
    make_company(name="青岚市甲贸易有限公司", region="330110", status=Company.Status.REVOKED)
    listed = make_company(name="青岚市乙贸易有限公司", code=make_code(region="440305"))
    make_record(listed, "samr-abnormal")
    assert "甲贸易" in found(client, "青岚", region="33")
    assert "乙贸易" not in found(client, "青岚", region="33")
    assert "乙贸易" not in found(client, "青岚", status="revoked")
    assert "甲贸易" not in found(client, "青岚", on_list="abnormal")
    assert "乙贸易" in found(client, "青岚", on_list="samr-abnormal")
    assert "甲贸易" not in found(client, "青岚", established_before="2001-01-01")


@pytest.mark.parametrize("wrong", [{"status": "x"}, {"on_list": "x"}, {"established_after": "x"}, {"region": "3"}])
def test_a_filter_that_means_nothing_is_an_error_not_ignored(client, wrong):
    answer = client.get("/search/", {"q": "青岚", **wrong})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_results_are_paged_and_show_the_lists_a_company_is_on(client, django_assert_max_num_queries):
    companies = [make_company(name=f"青岚市翻页{number:02}贸易有限公司") for number in range(25)]
    make_record(companies[0], "samr-abnormal")
    with django_assert_max_num_queries(16):
        page = found(client, "翻页")
    assert page.count("<li><div class=\"head\">") == 20
    assert "经营异常" in page
    assert "</mark>24贸易" in found(client, "翻页", page=2)


def test_the_text_of_a_query_is_escaped(client):
    assert "<b>x</b>" not in found(client, "<b>x</b>青岚")


def test_names_of_companies_are_text_and_never_markup(client):
    make_company(name="青岚市<i>甲</i>贸易有限公司", former_names=["青岚市<i>旧</i>号有限公司"], legal_representative="<i>乙</i>")
    for query in ("青岚市", "旧号", "i旧i号"):
        assert "<i>" not in found(client, query)
    assert "&lt;i&gt;" in found(client, "青岚市")

"""The profile of a company: what stands on it, in which order, for how long it may be kept."""

import re

import pytest
from django.utils import timezone

from publicity.filters import CATEGORIES
from records.catalog import catalog
from records.models import Company, Event
from tests.factories import end_record, make_code, make_company, make_record

pytestmark = pytest.mark.django_db


def profile(client, company, prefix="") -> str:
    answer = client.get(f"{prefix}/company/{company.code}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_sections_stand_in_the_order_of_the_catalogue_and_empty_ones_say_so(client):
    page = profile(client, make_company())
    found = re.findall(r'<section class="card" id="(\w+)"', page)
    assert [name for name in found if name in CATEGORIES] == [name for name in CATEGORIES if name != "registration"]
    assert page.count(f"暂无记录（截至 {timezone.localdate()}）") == len(CATEGORIES) - 1
    assert "没有记录不等于没有发生" in page


def test_a_current_list_entry_is_announced_in_words_above_the_facts_and_a_removed_one_is_not(client):
    company = make_company()
    make_record(company, "samr-abnormal", decided_on="2026-06-01")
    page = profile(client, company)
    assert page.index("已被列入：经营异常名录信息") < page.index("营业执照信息")
    other = make_company()
    make_record(other, "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08")
    page = profile(client, other)
    assert "已被列入" not in page
    assert "已移出" in page
    assert "2025-01-08" in page


def test_the_red_list_is_told_from_the_black_list_by_word_and_icon(client):
    company = make_company()
    make_record(company, "tax-a_taxpayers")
    page = profile(client, company)
    assert "守信激励对象" in page
    assert "已被列入" not in page


def test_a_negative_record_says_on_what_it_rests_when_it_ends_and_how_to_object(client):
    company = make_company()
    record = make_record(company, "tax-penalty", decided_on="2026-06-15")
    page = profile(client, company)
    for words in (
        "公示依据",
        "停止公示",
        str(record.published_until),
        "最早可申请信用修复",
        "提出异议",
        "国家税务总局",
    ):
        assert words in page


def test_a_fine_names_its_unit_once(client):
    record = make_record(make_company(), "tax-penalty", fine="0.2")
    page = client.get(record.get_absolute_url()).text
    assert "0.2 万元" in page
    assert "罚款金额</dt>" in page
    assert "CNY 2,000" in client.get(f"/en{record.get_absolute_url()}").text


def test_ratings_of_different_issuers_stand_side_by_side_each_with_its_whole_scale(client):
    company = make_company()
    make_record(company, "tax-credit_rating")
    make_record(company, "ecology-credit_rating")
    page = profile(client, company)
    assert page.count('class="ladder') == 2
    assert page.count('aria-current="true"') == 2
    assert "不合并、不加权" in page


def test_ratings_that_need_authorisation_are_nowhere(client):
    company = make_company()
    record = make_record(company, "ndrc-public_evaluation")
    page = profile(client, company)
    assert record.declaration.title not in page
    assert record.key not in page


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Company.Kind.BRANCH, "负责人"),
        (Company.Kind.INDIVIDUAL, "经营者"),
        (Company.Kind.SOLE, "投资人"),
        (Company.Kind.PARTNERSHIP, "执行事务合伙人"),
    ],
)
def test_labels_follow_the_kind_of_company(client, kind, words):
    page = profile(client, make_company(kind=kind))
    assert f"<dt>{words}</dt>" in page
    assert "<dt>法定代表人</dt>" not in page


def test_what_was_repaired_leaves_no_trace_on_the_profile(client):
    company = make_company()
    record = make_record(company, "tax-penalty", decided_on="2026-06-15")
    assert record.key in profile(client, company)
    end_record(record, Event.Kind.REPAIRED)
    page = profile(client, company)
    assert record.key not in page
    assert record.document_no not in page
    assert "信用修复</b>" not in page


def test_withheld_values_do_not_reach_a_page_even_if_they_were_stored(client):
    company = make_company()
    record = make_record(company, "tax-penalty")
    record.values["person_id"] = "WITHHELD-VALUE"
    record.save()
    for path in (f"/company/{company.code}/", f"/company/{company.code}/penalty/", f"/record/{record.key}/"):
        assert "WITHHELD-VALUE" not in client.get(path).content.decode()


def licences(page: str) -> list[str]:
    return re.findall(r"<td[^>]*>(青许字〔2026〕[0-9]+号)</td>", page)


def test_a_long_section_is_cut_at_ten_and_continues_on_pages_of_twenty_five(client):
    company = make_company()
    for number in range(31):
        make_record(company, "samr-licence", decision_no=f"青许字〔2026〕{number}号")
    assert len(licences(profile(client, company))) == 10
    assert "查看全部 31 条" in profile(client, company)
    path = f"/company/{company.code}/licence/"
    assert len(licences(client.get(path).content.decode())) == 25
    step = re.search(r'rel="next" href="([^"]+)"', client.get(path).content.decode())[1].replace("&amp;", "&")
    assert len(licences(client.get(path + step).content.decode())) == 6


def test_an_unknown_category_is_404(client):
    assert client.get(f"/company/{make_company().code}/nothing/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_records(client, django_assert_max_num_queries):
    company = make_company()
    for slug in (
        "samr-licence",
        "tax-penalty",
        "samr-abnormal",
        "tax-credit_rating",
        "tax-a_taxpayers",
        "court-judgment",
    ):
        for number in range(12):
            make_record(company, slug, **differing(slug, number))
    with django_assert_max_num_queries(26):
        profile(client, company)
    with django_assert_max_num_queries(14):
        client.get(f"/company/{company.code}/penalty/")


def differing(slug: str, number: int) -> dict:
    """Values that tell the rows of a dataset apart, whatever its primary key is."""
    dataset = catalog().datasets[slug]
    values = {dataset.by_role["decided_on"].name: f"2026-06-{number + 1:02}"}
    return values | ({"year": 2000 + number} if "year" in dataset.by_name else {})


def test_a_profile_is_not_sent_twice_until_something_about_the_company_changes(client):
    company = make_company()
    path = f"/company/{company.code}/"
    etag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    make_record(make_company(), "tax-penalty")
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    record = make_record(company, "tax-penalty", decided_on="2026-06-15")
    second = client.get(path, headers={"If-None-Match": etag})
    assert second.status_code == 200
    end_record(record, Event.Kind.WITHDRAWN)
    assert client.get(path, headers={"If-None-Match": second.headers["ETag"]}).status_code == 200


def test_the_etag_differs_by_language_and_display(client):
    company = make_company()
    plain = client.get(f"/company/{company.code}/").headers["ETag"]
    english = client.get(f"/en/company/{company.code}/").headers["ETag"]
    client.cookies["contrast"] = "high"
    assert len({plain, english, client.get(f"/company/{company.code}/").headers["ETag"]}) == 3


def test_a_code_in_another_shape_leads_to_the_one_address(client):
    code = make_code()
    make_company(code=code)
    answer = client.get(f"/company/{code.lower()}/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/company/{code}/")


def test_a_company_without_a_unified_code_lives_under_its_registration_number(client):
    company = make_company(code="330110000000019")
    assert "<dt>注册号</dt>" in profile(client, company)


def test_linked_data_cannot_break_out_of_its_block(client):
    company = make_company(name="</script><b>青岚市")
    assert "</script><b>" not in profile(client, company)


@pytest.mark.parametrize("dataset", ["tax-penalty", "samr-abnormal", "samr-licence"])
def test_what_was_reported_is_text_and_never_markup(client, dataset):
    company = make_company()
    told = [column.name for column in catalog().datasets[dataset].fields if column.type in ("text", "long_text") and not column.role]
    record = make_record(company, dataset, document_no="<i>1</i>", authority="<i>2</i>", **dict.fromkeys(told, "<i>3</i>\n<i>4</i>"))
    for page in (profile(client, company), client.get(record.get_absolute_url()).content.decode()):
        assert "&lt;i&gt;" in page
        assert "<i>" not in page

"""Narrowing, sorting and taking along what a search found: every state is an address, no count is a guess."""

import csv
import io
import re
from datetime import date
from urllib.parse import quote

import pytest
from django.utils import timezone

from records.models import Company
from records.models.found import Findable
from tests.factories import make_code, make_company, make_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    """Three of one brand: in Yuhang, in Hangzhou's Xihu, in Shenzhen; the last is revoked and on a list."""
    revoked = {"status": Company.Status.REVOKED, "established_on": date(2024, 1, 2)}
    given = (("330110", "甲", {}), ("330106", "丙", {}), ("440305", "乙", revoked))
    made = [make_company(f"青岚市测试{name}贸易有限公司", code=make_code(region=region), **more) for region, name, more in given]
    make_record(made[2], "samr-abnormal")
    return made


def page_of(client, query: str, status=200, path="/search/") -> str:
    answer = client.get(f"{path}{query}")
    assert answer.status_code == status, answer.content.decode()
    return b"".join(answer).decode("utf-8-sig")


def facet(page: str, label: str) -> tuple[str, str]:
    """Address and number of a choice."""
    found = re.search(rf'<a rel="nofollow" href="([^"]+)"><span>{label}</span><span class="muted num">([^<]+)</span>', page)
    return found[1].replace("&amp;", "&"), found[2].strip()


def test_a_parameter_nobody_knows_breaks_no_facet(client, three):
    assert facet(page_of(client, "?q=测试&x=%00&y=%26"), "吊销，未注销")[1] == "1"


def test_facets_count_what_each_choice_leaves_and_lead_there(client, three):
    page = page_of(client, "?q=测试")
    assert facet(page, "浙江省") == ("?q=%E6%B5%8B%E8%AF%95&region=33", "2")
    assert facet(page, "吊销，未注销")[1] == "1"
    assert facet(page, "任一经营异常名录")[1] == "1"
    address, _ = facet(page, "广东省")
    narrowed = page_of(client, address)
    assert "乙贸易" in narrowed
    assert "甲贸易" not in narrowed


def test_a_region_is_narrowed_from_province_to_city_to_county(client, three):
    make_company("青岚市测试丁贸易有限公司", code=make_code(region="330282"))
    address, number = facet(page_of(client, "?q=测试&region=33"), "杭州市")
    assert (address.split("region=")[1], number) == ("3301", "2")
    assert facet(page_of(client, address), "余杭区") == ("?q=%E6%B5%8B%E8%AF%95&region=330110", "1")
    assert facet(page_of(client, "?q=测试&region=330100"), "余杭区")[1] == "1"


def test_a_province_that_all_share_is_passed_over(client, three):
    make_company("青岚市独见甲贸易有限公司", code=make_code(region="330110"))
    make_company("青岚市独见乙贸易有限公司", code=make_code(region="330282"))
    page = page_of(client, "?q=独见")
    assert facet(page, "杭州市")[1] == facet(page, "宁波市")[1] == "1"
    assert "<span>浙江省</span>" not in page


def test_what_is_chosen_is_shown_and_can_be_undone(client, three):
    page = page_of(client, "?q=测试&region=330110&status=active&page=1")
    assert "地区：浙江省杭州市余杭区" in page
    assert "登记状态：存续" in page
    assert 'href="/search/?q=%E6%B5%8B%E8%AF%95&amp;status=active"' in page
    assert '<option value="330110" selected>' in page


def test_results_are_sorted_as_asked_and_an_unknown_order_is_an_error(client, three):
    by_name, newest = page_of(client, "?q=测试&sort=name"), page_of(client, "?q=测试&sort=newest")
    assert by_name.index("丙贸易") < by_name.index("甲贸易") < by_name.index("乙贸易")
    assert newest.index("乙贸易") < newest.index("甲贸易")
    assert 'name="sort" value="newest"' in newest
    page_of(client, "?q=测试&sort=rating", status=400)


def test_the_csv_holds_what_was_found_in_that_order_and_no_formula(client, three):
    make_company("=测试戊贸易有限公司")
    page = page_of(client, "?q=测试&sort=newest")
    assert "下载 CSV（4 家）" in page
    rows = list(csv.DictReader(io.StringIO(page_of(client, "?q=测试&sort=newest", path="/search/companies.csv"))))
    assert [row["序号"] for row in rows] == ["1", "2", "3", "4"]
    assert (rows[0]["代码"], rows[0]["登记状态"]) == (three[2].code, "吊销，未注销")
    assert rows[0]["当前在列名单"]
    assert "'=测试戊贸易有限公司" in {row["企业名称"] for row in rows}
    filtered = page_of(client, "?q=测试&region=44", path="/search/companies.csv")
    assert filtered.count("\n") == 2
    page_of(client, "?q=公司", status=400, path="/search/companies.csv")


def test_the_file_is_named_for_what_was_asked_and_begins_as_a_spreadsheet_needs_it(client, three):
    answer = client.get("/search/companies.csv", {"q": '测试 贸易/"'})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = quote(f"企业查询-测试-贸易-{timezone.localdate():%Y%m%d}.csv")
    assert answer["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    assert b"".join(answer).startswith(b"\xef\xbb\xbf")


def test_the_file_has_no_more_rows_than_were_ranked(client, three, monkeypatch):
    monkeypatch.setattr(Findable, "CANDIDATES", 2)
    assert "下载 CSV（2 家）" in page_of(client, "?q=测试")
    assert page_of(client, "?q=测试", path="/search/companies.csv").count("\n") == 3


def test_companies_of_one_name_are_told_apart(client):
    twins = [make_company("青岚市测试同名贸易有限公司", code=make_code(region=region)) for region in ("330110", "440305")]
    make_company("青岚市测试同名贸易行")
    page = page_of(client, "?q=测试同名")
    assert page.count("另有同名企业") == 2
    for company, place in zip(twins, ("浙江省杭州市余杭区", "广东省深圳市南山区"), strict=True):
        assert company.code in page
        assert place in page


def test_a_near_miss_stands_above_no_exact_hit_in_any_order(client):
    make_company("青岚市测试望江光学有限公司", established_on=date(2001, 1, 1))
    make_company("青岚市测试望汪光学有限公司", established_on=date(2025, 1, 1))
    for sort in ("fit", "newest", "name"):
        page = page_of(client, f"?q=青岚市测试望江光学有限公司&sort={sort}")
        assert "望汪" not in page
        assert "只差一处" in page_of(client, f"?q=青岚市测试望冮光学有限公司&sort={sort}")


def test_when_nothing_is_found_parts_of_the_text_that_find_somebody_are_offered(client, three):
    page = page_of(client, "?q=测试 查无此物")
    assert "相近的查询" in page
    assert re.search(r'<a href="/search/\?q=%E6%B5%8B%E8%AF%95"><span>测试</span><span class="muted num">3 家</span>', page)
    page = page_of(client, "?q=测试&region=65")
    assert "不加筛选条件 · 3 家" in page
    assert "相近的查询" not in page_of(client, "?q=查无此物")


def test_suggestions_tell_companies_apart_and_are_few(client, three):
    for number in range(12):
        make_company(f"青岚市多见{number:02}贸易有限公司", former_names=["青岚市旧称商行"] if number == 3 else [])
    found = client.get("/search/suggest/", {"q": "测试乙"}).json()["suggestions"]
    assert [entry["name"] for entry in found] == ["青岚市测试乙贸易有限公司"]
    assert three[2].code in found[0]["note"]
    assert "吊销" in found[0]["note"]
    assert found[0]["url"] == three[2].get_absolute_url()
    assert len(client.get("/search/suggest/", {"q": "多见"}).json()["suggestions"]) == 8
    assert "曾用名：青岚市旧称商行" in client.get("/search/suggest/", {"q": "旧称"}).json()["suggestions"][0]["note"]


@pytest.mark.parametrize("typed", ["", " ", "青", "公司", "（）", "x" * 121, "%"])
def test_suggestions_for_nothing_that_could_be_meant_are_none(client, typed, three):
    answer = client.get("/search/suggest/", {"q": typed})
    assert (answer.status_code, answer.json()) == (200, {"suggestions": []})
    assert "max-age=60" in answer["Cache-Control"]
    assert not answer.cookies


def test_a_page_of_results_asks_as_often_for_many_as_for_few(client, django_assert_max_num_queries):
    for number in range(60):
        make_record(make_company(f"青岚市众多{number:02}贸易有限公司"), "samr-abnormal")
    page_of(client, "?q=众多")
    with django_assert_max_num_queries(18):
        page_of(client, "?q=众多")


def test_the_api_sorts_as_the_page_does(client, three):
    found = client.get("/api/v1/companies/", {"q": "测试", "sort": "newest", "limit": 1}).json()
    assert found["results"][0]["code"] == three[2].code
    assert "sort=newest" in found["next"]
    assert client.get("/api/v1/companies/", {"sort": "newest"}).status_code == 400

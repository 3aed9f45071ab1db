"""The lists: who is on them, who was taken off, and paging that does not slow down."""

import re

import pytest

from blacklists.models import Listing, lists
from records.dataset import Category
from records.models import Record
from records.models.found import Findable
from tests.factories import make_code, make_company, make_record

pytestmark = pytest.mark.django_db


def page_of(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_every_list_declares_a_decision_date_because_pages_are_ordered_by_it():
    assert [found.slug for found in lists() if not found.by_role.get("decided_on")] == []


def test_listings_are_the_records_of_lists_and_no_others():
    company = make_company()
    listed = make_record(company, "samr-abnormal")
    make_record(company, "tax-penalty")
    assert [entry.id for entry in Listing.objects.all()] == [listed.id]
    assert Record.objects.count() == 3


def test_current_and_removed_entries_are_told_apart_by_the_day_of_removal():
    current = make_record(make_company(), "samr-abnormal", decided_on="2026-06-01")
    removed = make_record(make_company(), "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08")
    assert [entry.id for entry in Listing.objects.current()] == [current.id]
    assert [entry.id for entry in Listing.objects.removed()] == [removed.id]


def test_the_index_counts_who_is_on_each_list_today(client):
    for _ in range(3):
        make_record(make_company(), "samr-abnormal", decided_on="2026-06-01")
    make_record(make_company(), "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08")
    page = page_of(client, "/lists/")
    assert "当前在列 3 条" in page
    for dataset in lists(Category.BLACKLIST):
        assert f"/lists/{dataset.slug}/" in page


def test_tabs_separate_current_from_removed(client):
    on = make_record(make_company(), "samr-abnormal", decided_on="2026-06-01").company
    off = make_record(make_company(), "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08").company
    current, removed = page_of(client, "/lists/samr-abnormal/"), page_of(client, "/lists/samr-abnormal/?state=removed")
    assert on.name in current
    assert off.name not in current
    assert off.name in removed
    assert on.name not in removed


def test_a_list_that_hides_removed_entries_has_no_such_tab_whatever_the_address_says(client):
    make_record(make_company(), "tax-major_violation", decided_on="2026-06-01")
    page = page_of(client, "/lists/tax-major_violation/?state=removed")
    assert "已移出" not in page
    assert page.count("<tr>") == 2


def test_an_entry_is_found_by_name_former_name_or_code(client):
    company = make_company(name="青岚市望江光学仪器有限公司", former_names=["青岚市旧称商行"])
    make_record(company, "samr-abnormal")
    make_record(make_company(), "samr-abnormal")
    for query in ("望江", "旧称", company.code):
        page = page_of(client, f"/lists/samr-abnormal/?q={query}")
        assert company.name in page
        assert page.count('<th scope="row">') == 1


def test_pages_go_forth_and_back_without_losing_or_repeating_an_entry(client):
    for number in range(60):
        make_record(make_company(), "samr-abnormal", decided_on=f"2026-0{number % 3 + 1}-01")
    seen, path = [], "/lists/samr-abnormal/"
    while path:
        page = page_of(client, path)
        seen.append(re.findall(r'<th scope="row"><a href="([^"]+)"', page))
        last, step = path, re.search(r'rel="next" href="([^"]+)"', page)
        path = f"/lists/samr-abnormal/{step[1].replace('&amp;', '&')}" if step else ""
    assert [len(names) for names in seen] == [25, 25, 10]
    assert len({name for names in seen for name in names}) == 60
    back = re.search(r'rel="prev" href="([^"]+)"', page_of(client, last))[1].replace("&amp;", "&")
    page = page_of(client, f"/lists/samr-abnormal/{back}")
    assert re.findall(r'<th scope="row"><a href="([^"]+)"', page) == seen[1]


def test_the_order_can_be_turned_round(client):
    late = make_record(make_company(), "samr-abnormal", decided_on="2026-06-01").company
    early = make_record(make_company(), "samr-abnormal", decided_on="2026-01-01").company
    newest, oldest = page_of(client, "/lists/samr-abnormal/"), page_of(client, "/lists/samr-abnormal/?sort=oldest")
    assert newest.index(late.name) < newest.index(early.name)
    assert oldest.index(early.name) < oldest.index(late.name)


@pytest.mark.parametrize("query", ["after=x", "after=2026-01-01.99999999999999999999", "decided_after=x", "region=3"])
def test_a_parameter_that_means_nothing_is_an_error(client, query):
    page_of(client, f"/lists/samr-abnormal/?{query}", status=400)


def test_the_number_of_queries_does_not_grow_with_the_list(client, django_assert_max_num_queries):
    for _ in range(30):
        make_record(make_company(), "samr-abnormal")
    page_of(client, "/lists/samr-abnormal/")
    with django_assert_max_num_queries(8):
        page_of(client, "/lists/samr-abnormal/")
    with django_assert_max_num_queries(8):
        page_of(client, "/lists/")


def test_the_home_page_asks_once_a_minute_and_shows_the_newest_entries(client, django_assert_max_num_queries):
    company = make_record(make_company(), "samr-abnormal").company
    assert company.name in page_of(client, "/")
    with django_assert_max_num_queries(6):
        page_of(client, "/")


def test_entries_without_a_date_stand_last_and_are_paged_through_as_well(client):
    dated = [make_record(make_company(), "samr-abnormal", decided_on="2026-06-01") for _ in range(30)]
    undated = [make_record(make_company(), "samr-abnormal", decided_on=None) for _ in range(30)]
    seen, path = [], "/lists/samr-abnormal/"
    while path:
        page = page_of(client, path)
        seen.append(re.findall(r'<th scope="row"><a href="/company/([^/"]+)/"', page))
        last, step = path, re.search(r'rel="next" href="([^"]+)"', page)
        path = f"/lists/samr-abnormal/{step[1].replace('&amp;', '&')}" if step else ""
    expected = [entry.company.code for entry in (*reversed(dated), *reversed(undated))]
    assert [code for codes in seen for code in codes] == expected
    back = re.search(r'rel="prev" href="([^"]+)"', page_of(client, last))[1].replace("&amp;", "&")
    assert re.findall(r'<th scope="row"><a href="/company/([^/"]+)/"', page_of(client, f"/lists/samr-abnormal/{back}")) == seen[1]


def test_the_search_of_a_list_finds_who_is_on_it_however_frequent_the_words(client, monkeypatch):
    monkeypatch.setattr(Findable, "CANDIDATES", 3)
    monkeypatch.setattr(Findable, "WIDER", 4)
    for number in range(8):
        make_company(f"青岚市鲲{number}贸易有限公司", code=make_code(region="110101"))
    listed = make_company("青岚市鲲游贸易有限公司", code=make_code(region="110101"))
    make_record(listed, "samr-abnormal", decided_on="2026-06-01")
    for typed in ("青岚", "青嵐", "青岚 公司", "青岚 有限公司", "鲲", "91110101", "９１１１０１０１", listed.code):
        assert listed.code in client.get("/lists/samr-abnormal/", {"q": typed}).text, typed
    for typed in ("霁川", "鹏", "91330110"):
        page = client.get("/lists/samr-abnormal/", {"q": typed}).text
        assert listed.code not in page, typed
        assert "没有符合条件的记录" in page


@pytest.mark.parametrize("address", ["/lists/", "/lists/samr-abnormal/", "/datasets/samr-abnormal/", "/record/{key}/"])
def test_a_page_of_lists_is_drawn_once_until_the_next_act(client, address):
    record = make_record(make_company(), "samr-abnormal", decided_on="2026-06-01")
    address = address.format(key=record.key)
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    make_record(make_company(), "samr-abnormal", decided_on="2026-06-02")
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200

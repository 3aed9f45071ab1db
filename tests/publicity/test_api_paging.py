"""Pages of the API: followed to the end they give every row once, whatever happens in between."""

import pytest

from publicity.api.pagination import Cursor, page_by_rank
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db


def walk(client, address, relation="next"):
    """The pages from an address on, as lists of results."""
    while address:
        answer = client.get(address).json()
        yield answer["results"]
        address = answer[relation]


@pytest.fixture
def companies():
    return [make_company(f"青岚市鹭鸣第{number}贸易有限公司") for number in range(7)]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/companies/?limit=2",
        "/api/v1/companies/?limit=2&q=鹭鸣",
        "/api/v1/records/?limit=2",
        "/api/v1/records/?limit=2&order=oldest",
        "/api/v1/events/?limit=2",
    ],
)
def test_all_pages_together_hold_every_row_once(client, companies, address):
    pages = list(walk(client, address))
    rows = [row.get("code") or row.get("id") or row["number"] for page in pages for row in page]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert len(set(rows)) == 7


@pytest.mark.parametrize("query", ["", "&q=鹭鸣"])
def test_the_way_back_gives_the_same_pages(client, companies, query):
    address = f"/api/v1/companies/?limit=3{query}"
    there = list(walk(client, address))
    answer = client.get(address).json()
    while answer["next"]:
        answer = client.get(answer["next"]).json()
    back = [answer["results"], *walk(client, answer["previous"], "previous")]
    assert [row for page in back[::-1] for row in page] == [row for page in there for row in page]


def test_no_row_is_lost_or_repeated_while_others_are_inserted(client, companies):
    seen, address = [], "/api/v1/records/?limit=2"
    while address:
        answer = client.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        make_record()
        address = answer["next"]
    assert seen == [company.records.get().key for company in companies[::-1]]


def test_a_page_links_to_its_neighbours(client, companies):
    answer = client.get(client.get("/api/v1/companies/?limit=2").json()["next"])
    assert answer["Link"] == f'<{answer.json()["next"]}>; rel="next", <{answer.json()["previous"]}>; rel="prev"'


def test_a_link_keeps_the_other_parameters(client, companies):
    address = client.get("/api/v1/companies/", {"limit": 2, "q": "鹭鸣", "status": "active"}).json()["next"]
    assert "limit=2" in address
    assert "q=%E9%B9%AD%E9%B8%A3" in address
    assert "status=active" in address


def test_a_page_has_25_rows_unless_asked_and_never_more_than_100(client):
    for _ in range(26):
        make_company()
    assert len(client.get("/api/v1/companies/").json()["results"]) == 25
    assert len(client.get("/api/v1/companies/?limit=100").json()["results"]) == 26


def test_the_last_page_costs_no_more_than_the_first(client, companies, django_assert_max_num_queries):
    answer = client.get("/api/v1/companies/?limit=2").json()
    # On PostgreSQL two are the savepoint of the time limit.
    with django_assert_max_num_queries(8):
        client.get("/api/v1/companies/?limit=2")
    while answer["next"]:
        with django_assert_max_num_queries(8):
            answer = client.get(answer["next"]).json()


@pytest.mark.parametrize("cursor", ["n0", "p0", "n999999999999999999", "p999999999999999999.9999", "n1.5"])
@pytest.mark.parametrize("query", ["", "&q=鹭鸣"])
def test_no_cursor_of_the_right_form_is_an_error(client, companies, cursor, query):
    assert client.get(f"/api/v1/companies/?cursor={cursor}{query}").status_code == 200


def test_a_ranked_row_that_vanished_shifts_nothing():
    ids = [10, 20, 30, 40, 50]
    _, first = page_by_rank(ids, None, 2)
    places, second = page_by_rank([10, 30, 40, 50], Cursor.read(str(first.next)), 2)
    assert (second.rows, list(places)) == ([30, 40], [1, 2])


def test_a_ranked_row_that_came_in_between_shifts_nothing():
    ids = [10, 20, 30, 40, 50]
    _, first = page_by_rank(ids, None, 2)
    assert page_by_rank([5, *ids], Cursor.read(str(first.next)), 2)[1].rows == [30, 40]
    _, second = page_by_rank(ids, first.next, 2)
    assert page_by_rank([5, *ids], second.previous, 2)[1].rows == [10, 20]

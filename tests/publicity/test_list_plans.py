"""What the pages of a list cost: one range of an index, wherever the page is; never rows that are skipped or sorted."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from records.ingest import work
from tests.factories import add_events, make_code, make_company, make_record

pytestmark = pytest.mark.django_db
LIST = "/lists/samr-abnormal/"
SEARCH_SECONDS = "records.search.limit.SECONDS"


def plan(sql: str) -> str:
    """How the database would answer; PostgreSQL is not to sort or to read all just because the table is small."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "path",
    [
        *(f"{LIST}{query}" for query in ("", "?sort=oldest", "?state=removed", "?state=removed&sort=oldest")),
        *(f"{LIST}{query}" for query in ("?after=2026-06-01.999999", "?before=2020-01-01.1", "?after=none.999999")),
        *(f"{LIST}{query}" for query in ("?decided_after=2020-01-01", "?authority=x")),
        "/",
        "/api/v1/lists/samr-abnormal/listings/",
        "/api/v1/lists/samr-abnormal/listings/?cursor=n999999",
        "/api/v1/records/?dataset=samr-abnormal&order=oldest",
    ],
)
def test_a_page_of_a_list_reads_a_range_of_an_index_and_sorts_nothing(client, path):
    company = make_company(code=make_code(region="110101"))
    for day in ("2026-01-01", "2025-01-01", None):
        make_record(company, "samr-abnormal", decided_on=day)
    make_record(company, "samr-abnormal", decided_on="2024-01-01", ended_on="2025-01-08")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    pages = [query["sql"] for query in asked if 'FROM "records_record"' in query["sql"] and "ORDER BY" in query["sql"]]
    assert pages
    assert not [query for query in asked if "OFFSET" in query["sql"]]
    for sql in pages:
        told = plan(sql)
        assert not [word for word in ("Sort", "TEMP B-TREE") if word in told], (sql, told)


@pytest.mark.parametrize(
    ("query", "index"),
    [("kind=changed", "event_changed"), ("kind=changed&dataset=tax-penalty", "event_changed_of"), ("kind=repaired", "event_acts")],
)
def test_acts_of_one_kind_are_read_from_an_index_that_holds_no_others(client, query, index):
    make_record()
    add_events(1000, "tax-penalty")
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/api/v1/events/?{query}").json()["results"] == []
    pages = [query["sql"] for query in asked if 'FROM "records_event"' in query["sql"] and "ORDER BY" in query["sql"]]
    assert len(pages) == 1
    if connection.vendor == "postgresql":
        # What it knows of an index nobody has looked at is a guess.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE records_event")
    told = plan(pages[0])
    assert f"{index} " in told
    assert not [word for word in ("Sort", "TEMP B-TREE") if word in told], told


def test_a_worker_finds_what_is_over_without_reading_the_records():
    make_record(make_company(), "tax-penalty", published_until=timezone.localdate())
    with CaptureQueriesContext(connection) as asked:
        assert work.expire() == 1
    told = plan(asked[0]["sql"])
    assert "record_due" in told
    assert not [word for word in ("Sort", "TEMP B-TREE") if word in told]


def test_a_county_with_few_companies_is_looked_up_company_by_company(client):
    listed = make_company("青岚市甲贸易有限公司", code=make_code(region="990101"))
    make_company("青岚市乙贸易有限公司", code=make_code(region="990202"))
    make_record(listed, "samr-abnormal"), make_record(make_company(code=make_code(region="330110")), "samr-abnormal")
    for region, names in (("990101", 1), ("99", 1), ("9902", 0), ("990100", 1)):
        assert client.get(f"{LIST}?region={region}").content.decode().count('<th scope="row">') == names, region
        assert len(client.get(f"/api/v1{LIST}listings/?region={region}").json()["results"]) == names


def test_a_county_with_many_companies_gives_the_same(client, monkeypatch):
    monkeypatch.setattr("blacklists.models.ListingQuerySet.FEW", 0)
    test_a_county_with_few_companies_is_looked_up_company_by_company(client)


@pytest.mark.parametrize(
    "path",
    [f"{LIST}?authority=nobody", "/api/v1/events/?kind=changed", f"/en{LIST}?authority=nobody", f"/api/v1{LIST}listings/?authority=nobody"],
)
def test_a_filter_that_would_read_on_and_on_is_cut_kindly(client, monkeypatch, path):
    client.get(path.partition("?")[0])
    monkeypatch.setattr(SEARCH_SECONDS, -1)
    answer = client.get(path)
    assert answer.status_code == 503
    assert ("筛选名单时" in answer.text) or ("choose another filter" in answer.text) or ("query-too-long" in answer.text)


def test_every_page_leads_to_the_first(client):
    for _ in range(60):
        make_record(make_company(), "samr-abnormal", decided_on="2026-06-01")
    page = client.get(LIST).text
    assert 'rel="first"' not in page
    for cursor in ("after=2026-06-01.999999", "before=2000-01-01.1", "after=none.1"):
        page = client.get(f"{LIST}?state=current&{cursor}").text
        assert 'rel="first" href="?state=current"' in page, cursor

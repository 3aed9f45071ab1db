"""No query runs longer than its time: a real one is cut on the real database, and the reader gets a kind answer."""

import time

import pytest
from django.db import OperationalError, connection

from records import search
from tests.factories import make_company

pytestmark = pytest.mark.django_db
FOREVER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        cursor.fetchall()


def busy(*_arguments, **_options):
    run(FOREVER[connection.vendor])


def run_again_and_again() -> None:
    while True:
        run("SELECT 1")


def test_a_query_without_end_is_cut():
    begun = time.monotonic()
    with pytest.raises(search.QueryTooLong), search.within(0.2):
        busy()
    assert time.monotonic() - begun < 1


@pytest.mark.django_db(transaction=True)
def test_a_query_without_end_is_cut_outside_of_a_transaction_too_and_leaves_no_limit_behind():
    begun = time.monotonic()
    with pytest.raises(search.QueryTooLong), search.within(0.2):
        busy()
    with pytest.raises(search.QueryTooLong), search.within(0.2):
        run_again_and_again()
    assert time.monotonic() - begun < 2
    with search.within(), connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s", ["a", "b"])
        assert cursor.fetchall() == [("a", "b")]
    assert connection.is_usable()
    if connection.vendor == "postgresql":
        run("SELECT pg_sleep(0.6)")
        with search.within(), connection.cursor() as cursor:
            cursor.execute("SHOW enable_seqscan")
            assert cursor.fetchone() == ("off",)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('enable_seqscan'), current_setting('statement_timeout')")
            assert cursor.fetchone() == ("on", "0")


def test_many_short_queries_share_the_time_and_the_connection_works_afterwards():
    begun = time.monotonic()
    with pytest.raises(search.QueryTooLong), search.within(0.2):
        run_again_and_again()
    assert time.monotonic() - begun < 1
    with search.within(0.2):
        run("SELECT 1")
    if connection.vendor == "postgresql":
        run("SELECT pg_sleep(0.3)")


def test_another_error_of_the_database_stays_what_it_is():
    with pytest.raises(OperationalError), search.within():
        raise OperationalError("disk I/O error")


@pytest.mark.parametrize("address", ["/search/?q=云汀", "/en/search/?q=云汀"])
def test_the_page_says_so_kindly(client, monkeypatch, address):
    make_company()
    monkeypatch.setattr("records.search.limit.SECONDS", 0.1)
    monkeypatch.setattr("records.search.find", busy)
    response = client.get(address)
    assert response.status_code == 503
    assert "no-store" in response["Cache-Control"]
    assert ("换一个更长或更少见的词" in response.text) or ("longer or rarer word" in response.text)


def test_the_api_says_so_as_a_problem(client, monkeypatch):
    monkeypatch.setattr("records.search.limit.SECONDS", 0.1)
    monkeypatch.setattr("records.search.find", busy)
    response = client.get("/api/v1/companies/", {"q": "云汀"})
    assert response.status_code == 503
    assert response.json()["type"].endswith("#query-too-long")

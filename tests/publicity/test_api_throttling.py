"""How often one address may ask, and that it is told."""

import pytest
from django.conf import settings as site

from publicity.api.throttling import network, public_rate
from tests.factories import make_company

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/companies/"


@pytest.fixture
def five_requests(settings):
    settings.REST_FRAMEWORK = {**site.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"public": "5/5min"}}


def test_the_rate_is_600_in_5_minutes(client):
    rate = public_rate()
    response = client.get(ADDRESS)
    assert (rate.requests, rate.seconds) == (600, 300)
    assert response["X-RateLimit-Limit"] == "600"
    assert response["X-RateLimit-Remaining"] == "599"
    assert 0 < int(response["X-RateLimit-Reset"]) <= 300


def test_every_answer_says_what_is_left(client):
    for path in ("companies/", "companies/?x=1", "nothing/", "records/none/", "docs/"):
        assert "X-RateLimit-Remaining" in client.get(f"/api/v1/{path}"), path
    assert "X-RateLimit-Remaining" in client.post(ADDRESS)


def test_who_asks_too_often_is_told_when_to_come_back(client, five_requests):
    assert [client.get(ADDRESS).status_code for _ in range(6)] == [200] * 5 + [429]
    response = client.get(ADDRESS)
    assert response["Content-Type"] == "application/problem+json"
    assert 0 < int(response["Retry-After"]) <= 300
    assert response["X-RateLimit-Remaining"] == "0"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    assert response.json()["retry_after"] == int(response["Retry-After"])


def test_another_address_has_its_own_count(client, five_requests):
    for _ in range(6):
        client.get(ADDRESS)
    assert client.get(ADDRESS, REMOTE_ADDR="192.0.2.7").status_code == 200


def test_an_answer_that_has_not_changed_costs_a_tenth(client, five_requests):
    company = make_company()
    for address in (ADDRESS, f"{ADDRESS}{company.code}/"):
        tag = client.get(address)["ETag"]
        for _ in range(7):
            assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    # 2 requests and 14 tenths of 5 are used.
    assert client.get(ADDRESS)["X-RateLimit-Remaining"] == "0"
    assert client.get(ADDRESS).status_code == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("not an\naddress", "not_an_address"),
    ],
)
def test_a_host_is_counted_once_whichever_of_its_addresses_it_uses(address, counted):
    assert network(address) == counted


def test_a_check_that_is_too_much_costs_no_more_than_a_request(client, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"public": "30/h"}}
    lines = {"items": ["青岚"] * 400}
    refused = client.post("/api/v1/check/", lines, content_type="application/json")
    assert (refused.status_code, refused["X-RateLimit-Remaining"]) == (429, "29")
    assert client.post("/api/v1/check/", {"items": ["青岚"]}, content_type="application/json").status_code == 200


def test_a_word_that_is_no_utf_8_is_refused(client):
    answer = client.get("/api/v1/companies/?q=%C7%E0%E1%B0")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "q")
    assert "UTF-8" in answer.json()["detail"]

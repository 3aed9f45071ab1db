"""What holds at every address of the API: who may ask, how, and what an answer carries."""

import json

import pytest
from django.db import OperationalError

from publicity.api import records as api_records
from records.models import Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db

LISTS = ("companies/", "records/", "datasets/", "lists/", "lists/samr-abnormal/listings/", "events/")
OTHERS = ("", "status/", "schema/", "datasets/tax-penalty/")


def get(client, path, headers=None, **parameters):
    return client.get(f"/api/v1/{path}", parameters, headers=headers)


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_every_answer_may_be_read_by_any_website_and_kept_for_a_minute(client, path):
    response = get(client, path)
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response["Access-Control-Expose-Headers"]
    assert response["Cache-Control"] == "public, max-age=60"
    assert response["Vary"] == "Accept-Encoding"
    assert not response.cookies


@pytest.mark.parametrize(
    "path", ["nothing/", "companies/%00/", "records/x/", "lists/none/", "lists/none/listings/", "a/b/c/"]
)
def test_an_address_that_is_none_is_a_problem_that_any_website_may_read(client, path):
    response = get(client, path)
    problem = response.json()
    assert (response.status_code, problem["status"]) == (404, 404)
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert problem["type"].endswith("/api/#not-found")
    assert problem["title_zh"]
    assert problem["detail_zh"]
    assert problem["instance"].startswith("/api/v1/")
    assert problem["request_id"] == response["X-Request-ID"]


@pytest.mark.parametrize("path", [*LISTS, *OTHERS, "nothing/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_can_be_written(client, path, method):
    response = getattr(client, method)(f"/api/v1/{path}")
    assert response.status_code == 405
    assert response["Content-Type"] == "application/problem+json"
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", [*LISTS, "nothing/"])
def test_a_preflight_is_answered_without_work(client, path, django_assert_num_queries):
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    with django_assert_num_queries(0):
        response = client.options(f"/api/v1/{path}", headers=headers)
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response["Access-Control-Allow-Headers"]


def test_options_tells_what_is_allowed(client):
    response = client.options("/api/v1/companies/")
    assert (response.status_code, response["Allow"]) == (204, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_head_carries_what_get_carries_without_the_body(client, path):
    whole, head = get(client, path), client.head(f"/api/v1/{path}")
    assert head.content == b""
    assert (head.status_code, head["ETag"]) == (200, whole["ETag"])
    assert head["Content-Length"] == str(len(whole.content))


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_an_unknown_parameter_is_refused_by_name(client, path):
    response = get(client, path, pgae="2")
    problem = response.json()
    assert response.status_code == 400
    assert problem["parameter"] == "pgae"
    assert "'pgae'" in problem["detail"]
    assert "“pgae”" in problem["detail_zh"]
    assert isinstance(problem["known"], list)
    assert all(name in problem["detail"] for name in problem["known"])


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("companies/", "limit", "0"),
        ("companies/", "limit", "101"),
        ("companies/", "limit", "ten"),
        ("companies/", "limit", ""),
        ("companies/", "cursor", "page2"),
        ("companies/", "status", "alive"),
        ("companies/", "region", "3"),
        ("companies/", "q", "   "),
        ("companies/", "q", "字" * 121),
        ("companies/", "q", "a\x00b"),
        ("companies/", "established_after", "01/02/2020"),
        ("companies/", "on_list", "none"),
        ("records/", "decided_after", "2026-02-30"),
        ("records/", "dataset", "samr-risk_class"),
        ("records/", "order", "random"),
        ("events/", "after", "-1"),
        ("events/", "kind", "deleted"),
        ("datasets/", "category", "bad"),
        ("lists/samr-abnormal/listings/", "state", "gone"),
    ],
)
def test_a_bad_value_is_refused_with_its_parameter(client, path, name, value):
    response = get(client, path, **{name: value})
    problem = response.json()
    assert response.status_code == 400
    assert (problem["parameter"], problem["value"]) == (name, value)
    assert problem["type"].endswith("#bad-value")


def test_a_parameter_given_twice_is_refused(client):
    assert get(client, "companies/", limit=["1", "2"]).json()["parameter"] == "limit"


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_who_has_the_present_version_gets_no_body(client, path):
    make_record(dataset="samr-abnormal", listed_reason="无法联系")
    first = get(client, path)
    assert first["ETag"].startswith('"')
    again = get(client, path, headers={"If-None-Match": f'"other", W/{first["ETag"]}'})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"


def test_an_unchanged_profile_is_told_without_rendering_it(client, django_assert_max_num_queries):
    company = make_company()
    first = get(client, f"companies/{company.code}/")
    with django_assert_max_num_queries(7):
        again = get(client, f"companies/{company.code}/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_a_profile_changes_its_version_with_every_act(client):
    company = make_company()
    versions = [get(client, f"companies/{company.code}/")["ETag"]]
    record = make_record(company)
    versions.append(get(client, f"companies/{company.code}/")["ETag"])
    end_record(record, Event.Kind.WITHDRAWN)
    versions.append(get(client, f"companies/{company.code}/")["ETag"])
    make_record()
    versions.append(get(client, f"companies/{company.code}/")["ETag"])
    assert len(set(versions)) == 3
    assert versions[2] == versions[3]


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/png", "*/*"])
def test_there_is_json_whatever_a_client_accepts(client, accept):
    assert get(client, "companies/", headers={"Accept": accept})["Content-Type"] == "application/json"


def test_the_language_a_browser_prefers_changes_nothing(client):
    record = make_record()
    for path in ("companies/", f"companies/{record.company.code}/", "records/", "events/", "datasets/"):
        chinese = get(client, path, headers={"Accept-Language": "zh-CN"})
        english = get(client, path, headers={"Accept-Language": "en"})
        assert chinese.content == english.content
        assert chinese["ETag"] == english["ETag"]


def test_a_forgotten_slash_leads_to_the_address(client):
    response = get(client, "companies", q="青岚")
    assert response.status_code == 308
    assert response["Location"].startswith("/api/v1/companies/?q=")
    assert get(client, "nothing").status_code == 404


def test_an_unexpected_error_is_a_problem_that_tells_nothing_of_the_inside(client, monkeypatch, caplog):
    monkeypatch.setattr(api_records, "record_shape", lambda *args: 1 / 0)
    make_record()
    response = get(client, "records/")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cache-Control"] == "no-store"
    assert "ZeroDivision" not in response.content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_a_database_that_is_away_is_503_with_a_time_to_come_back(client, monkeypatch):
    def away(*args):
        raise OperationalError("no route")

    monkeypatch.setattr(api_records, "record_shape", away)
    make_record()
    response = get(client, "records/")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0


def test_an_error_made_outside_the_views_is_a_problem_too(client):
    response = client.get("/api/v1/companies/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["status"] == 400

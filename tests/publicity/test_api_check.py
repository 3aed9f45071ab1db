"""``POST /api/v1/check/``: up to 500 names or codes in one request, bounds and types checked strictly, nothing kept."""

import json

import pytest
from django.conf import settings as site

from publicity.api import check
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/check/"
CITIZEN = "11010519491231002X"


def ask(client, body, **more):
    return client.post(ADDRESS, body if isinstance(body, str) else json.dumps(body), content_type="application/json", **more)


def results(client, *items):
    response = ask(client, {"items": [*items]})
    assert response.status_code == 200, response.content.decode()
    return response.json()["results"]


def test_each_item_is_answered_in_order_with_company_lists_and_ratings(client):
    company = make_company("青岚市望江光学仪器有限公司")
    entry = make_record(company, "samr-abnormal", decided_on="2026-05-18")
    make_record(company, "tax-credit_rating", grade="A")
    unknown, found = results(client, "查无此名", {"name": company.name, "uscc": company.code})
    assert (unknown["item"], unknown["outcome"]["code"], unknown["match"], unknown["candidates"]) == (1, "none", False, [])
    assert (found["item"], found["outcome"]["code"], found["match"]) == (2, "found", True)
    [candidate] = found["candidates"]
    assert (candidate["id"], candidate["score"], candidate["matched"]["code"]) == (company.code, 100, "code")
    assert candidate["features"] == [{"id": "code", "value": True}, {"id": "name", "value": True}]
    [listed], [rating] = found["lists"], found["ratings"]
    assert (listed["list"], listed["listed_on"], listed["record"].split("/")[-2]) == ("samr-abnormal", "2026-05-18", entry.key)
    assert listed["legal_basis"]["zh"]
    assert listed["rule"]["en"]
    assert "/help/objection/#samr" in listed["objection"]
    assert rating["grade"]["grade"] == "A"


def test_no_answer_combines_ratings(client):
    company = make_company()
    make_record(company, "tax-credit_rating")
    make_record(company, "customs-credit_rating")
    [found] = results(client, company.code)
    assert {rating["dataset"] for rating in found["ratings"]} == {"tax-credit_rating", "customs-credit_rating"}
    assert not {"score", "rating", "grade"} & found.keys()


def test_an_answer_is_never_kept(client):
    for response in (ask(client, {"items": ["青岚"]}), ask(client, {"items": []}), client.get(ADDRESS)):
        assert response["Cache-Control"] == "no-store"
        assert "ETag" not in response


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("{", "JSON"),
        ("[" * 5000, "JSON"),
        ([], "items"),
        ({}, "items"),
        ({"items": "青岚"}, "items"),
        ({"items": ["青岚"], "limit": 5}, "nothing else"),
        ({"items": []}, "1 to 500"),
        ({"items": ["青岚"] * 501}, "501"),
        ({"items": ["青岚", 5]}, "Item 2"),
        ({"items": ["青岚", "\t"]}, "Item 2"),
        ({"items": ["青岚", "x" * 301]}, "Item 2"),
        ({"items": ["青岚", "a\u0000b"]}, "Item 2"),
        ({"items": ["青岚", "\ud800"]}, "Item 2"),
        ({"items": ["青岚", {}]}, "Item 2"),
        ({"items": ["青岚", {"name": None}]}, "Item 2"),
        ({"items": ["青岚", {"name": "青岚", "region": "33"}]}, "Item 2"),
        ({"items": ["青岚", ["青岚"]]}, "Item 2"),
    ],
)
def test_a_body_that_is_wrong_is_refused_naming_the_item(client, body, says):
    response = ask(client, body)
    problem = response.json()
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert problem["type"].endswith("#bad-body")
    assert says in problem["detail"]
    assert problem.get("item") == (2 if says == "Item 2" else None)


def test_an_empty_item_is_answered_in_its_place_and_spoils_no_other(client):
    company = make_company("青岚市望江光学仪器有限公司")
    blank = ["", " ", {"name": ""}, {"name": " ", "uscc": ""}]
    told = results(client, company.name, *blank, {"name": company.name, "uscc": ""}, {"name": " ", "uscc": company.code})
    assert [one["item"] for one in told] == [1, 2, 3, 4, 5, 6, 7]
    assert [one["outcome"]["code"] for one in told] == ["found", *["none"] * 4, "found", "found"]
    assert [one["given"] for one in told] == [company.name, *[None] * 4, company.name, company.code]
    assert not any(one["candidates"] or one["note"] for one in told[1:5])


def test_a_body_of_another_kind_or_size_and_any_parameter_are_refused(client):
    assert client.post(ADDRESS, {"items": "青岚"}).status_code == 415
    assert ask(client, json.dumps({"items": ["x" * 300] * 500}).ljust(check.MOST_BYTES + 1)).status_code == 413
    assert ask(client, {"items": ["青岚"]}, query_params={"limit": "5"}).json()["parameter"] == "limit"
    assert ask(client, {"items": ["青" * 300] * 500}, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 200


@pytest.mark.parametrize("item", [CITIZEN, f"张三 {CITIZEN}", {"name": "张三", "uscc": CITIZEN}, {"name": CITIZEN}])
def test_a_personal_number_is_neither_repeated_nor_logged(client, caplog, item):
    with caplog.at_level("DEBUG"):
        response = ask(client, {"items": [item]})
    [result] = response.json()["results"]
    assert (result["given"], result["outcome"]["code"], result["note"]) == (None, "personal", None)
    assert CITIZEN not in response.content.decode() + caplog.text
    assert "张三" not in response.content.decode()


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_answered(client, method):
    response = getattr(client, method)(ADDRESS)
    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"
    assert "POST" in response.json()["detail"]


def test_any_website_may_ask(client):
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    response = client.options(ADDRESS, headers=asked | {"Access-Control-Request-Headers": "content-type"})
    assert response.status_code == 204
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert "Content-Type" in response["Access-Control-Allow-Headers"]
    assert "POST" not in client.options("/api/v1/companies/", headers=asked)["Access-Control-Allow-Methods"]
    assert ask(client, {"items": ["青岚"]})["Access-Control-Allow-Origin"] == "*"


def test_ten_items_cost_as_much_as_one_request(client, settings):
    settings.REST_FRAMEWORK = {**site.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"public": "60/5min"}}
    company = make_company()
    assert ask(client, {"items": [company.code] * 10})["X-RateLimit-Remaining"] == "59"
    assert ask(client, {"items": [company.code] * 500})["X-RateLimit-Remaining"] == "9"
    refused = ask(client, {"items": [company.code] * 101})
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["retry_after"] == int(refused["Retry-After"])
    assert "at most 80 items" in refused.json()["detail"]
    assert "不超过 80 项" in refused.json()["detail_zh"]
    assert ask(client, {"items": [company.code] * 80})["X-RateLimit-Remaining"] == "0"

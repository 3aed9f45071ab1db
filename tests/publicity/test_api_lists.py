"""Lists in the API: what being on one means, who is on it, who was taken off and why."""

import pytest

from blacklists.models import lists
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db
LISTINGS = "/api/v1/lists/samr-abnormal/listings/"


def test_every_public_list_tells_authority_measures_and_term(client):
    found = client.get("/api/v1/lists/?limit=100").json()["results"]
    assert [one["slug"] for one in found] == [dataset.slug for dataset in lists()]
    serious = next(one for one in found if one["slug"] == "samr-serious_violation")
    assert serious["authority"]["en"]
    assert serious["measures"]["zh"]
    assert serious["polarity"]["code"] == "negative"
    assert serious["listings"] == "http://testserver/api/v1/lists/samr-serious_violation/listings/"


def test_a_list_alone_is_told_as_among_all(client):
    for one in client.get("/api/v1/lists/?limit=100").json()["results"]:
        assert client.get(one["url"]).json() == one
    for slug in ("tax-penalty", "nothing"):
        assert client.get(f"/api/v1/lists/{slug}/").status_code == 404, slug


def test_an_entry_tells_state_reason_and_dates(client):
    make_record(dataset="samr-abnormal", decided_on="2026-05-18", listed_reason="无法联系")
    entry = client.get(LISTINGS).json()["results"][0]
    assert entry["state"]["code"] == "current"
    assert (entry["listed_on"], entry["removed_on"]) == ("2026-05-18", None)
    assert entry["reason"] == "无法联系"
    assert entry["term_years"] is None
    assert entry["company"]["uscc"]


def test_a_removed_entry_is_no_longer_current_and_says_why(client):
    company = make_company()
    removed = {"ended_on": "2026-06-01", "ended_reason": "已取得联系"}
    make_record(company, "samr-abnormal", decided_on="2026-05-18", listed_reason="无法联系", **removed)
    make_record(company, "samr-abnormal", decided_on="2026-07-18", listed_reason="未公示年报")
    current = client.get(LISTINGS, {"state": "current"}).json()["results"]
    gone = client.get(LISTINGS, {"state": "removed"}).json()["results"]
    assert [entry["reason"] for entry in current] == ["未公示年报"]
    assert [(entry["removal_reason"], entry["removed_on"]) for entry in gone] == [("已取得联系", "2026-06-01")]
    assert len(client.get(LISTINGS).json()["results"]) == 2


def test_entries_are_found_by_the_name_of_the_company(client):
    record = make_record(make_company("青岚市鹭鸣贸易有限公司"), "samr-abnormal", listed_reason="无法联系")
    make_record(dataset="samr-abnormal", listed_reason="无法联系")
    assert [entry["id"] for entry in client.get(LISTINGS, {"q": "鹭鸣"}).json()["results"]] == [record.key]


def test_a_dataset_that_is_no_list_has_no_entries(client):
    assert client.get("/api/v1/lists/tax-penalty/listings/").status_code == 404

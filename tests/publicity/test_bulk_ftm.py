"""FollowTheMoney: companies, serious lists and penalties that are public today, topics only where they are true."""

import json
from datetime import date, timedelta

import pytest
import time_machine

from publicity.bulk.exporting import export
from records.catalog import catalog
from tests.factories import make_company, make_record
from tests.publicity.bulk_copies import served_lines

pytestmark = pytest.mark.django_db
USED = ("samr-registration", "tax-penalty", "samr-serious_violation", "finance-procurement_violation", "court-dishonest_debtor")


@pytest.fixture(autouse=True)
def _few(monkeypatch, settings):
    settings.SITE_URL = "https://credit.example"
    few = [catalog().datasets[slug] for slug in (*USED, "samr-abnormal", "tax-credit_rating", "tax-licence")]
    monkeypatch.setattr("publicity.bulk.exporting.public_datasets", lambda: few)


def entities() -> dict[str, dict]:
    export()
    return {entity["id"]: entity for entity in map(json.loads, served_lines("ftm.json.gz"))}


def topics(company) -> list[str]:
    return entities()[f"cn-uscc-{company.code}"]["properties"].get("topics", [])


def test_a_company_and_its_penalty_are_entities_with_stable_ids():
    company = make_company("青岚市试水贸易有限公司", former_names=["青岚市旧名贸易有限公司"], english_name="Shishui Trading")
    record = make_record(company, facts="未按期申报", decided_on="2026-06-15", authority="青岚市税务局", basis="《税收征收管理法》")
    found = entities()
    told = found[f"cn-uscc-{company.code}"]
    assert told["schema"] == "Company"
    assert told["properties"] == {
        "name": ["青岚市试水贸易有限公司"], "previousName": ["青岚市旧名贸易有限公司"], "alias": ["Shishui Trading"],
        "uscCode": [company.code], "jurisdiction": ["cn"], "status": ["other"], "incorporationDate": ["2019-03-12"],
        "topics": ["reg.action"], "sourceUrl": [f"https://credit.example/company/{company.code}/"],
    }  # fmt: skip
    sanction = found[f"cn-credit-{record.key}"]
    assert sanction["schema"] == "Sanction"
    assert sanction["properties"] == {
        "entity": [f"cn-uscc-{company.code}"], "country": ["cn"], "authority": ["青岚市税务局"], "program": ["行政处罚信息（税务）"],
        "programId": ["tax-penalty"], "listingDate": ["2026-06-15"], "startDate": ["2026-06-15"], "reason": ["未按期申报"],
        "provisions": ["《税收征收管理法》"], "recordId": [record.document_no], "sourceUrl": [f"https://credit.example/record/{record.key}/"],
    } | {name: sanction["properties"][name] for name in ("endDate", "summary") if name in sanction["properties"]}  # fmt: skip


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [("samr-serious_violation", ["reg.action"]), ("finance-procurement_violation", ["debarment"]), ("court-dishonest_debtor", []),
     ("samr-abnormal", []), ("tax-credit_rating", []), ("tax-licence", [])],
)  # fmt: skip
def test_a_topic_is_given_only_where_it_is_true(dataset, expected):
    company = make_company()
    make_record(company, dataset)
    assert topics(company) == expected


def test_who_was_taken_off_a_list_has_an_end_and_no_topic():
    company, other = make_company(), make_company()
    record = make_record(company, "samr-serious_violation", ended_on=str(date.today()), published_until=None)
    make_record(other, "samr-serious_violation", ended_on=str(date.today() + timedelta(2)), published_until=None)
    assert (topics(company), topics(other)) == ([], ["reg.action"])
    assert entities()[f"cn-credit-{record.key}"]["properties"]["endDate"] == [str(date.today())]
    with time_machine.travel(date.today() + timedelta(2)):
        assert topics(other) == []


@pytest.mark.parametrize("act", ["withdraw", "repair"])
def test_what_is_taken_off_the_site_is_in_no_file(client, reviewer, act):
    record = make_record(facts="271828")
    assert f"cn-credit-{record.key}" in entities()
    getattr(record, act)(by=reviewer, because="理由")
    assert client.get("/bulk/ftm.json.gz").status_code == 503
    assert f"cn-credit-{record.key}" not in entities()
    assert client.get("/bulk/ftm.json.gz").status_code == 200
    assert topics(record.company) == []


def test_the_pages_entities_name_are_there_and_an_abnormal_list_is_no_sanction(client, settings):
    record = make_record(dataset="samr-serious_violation")
    abnormal = make_record(record.company, "samr-abnormal")
    found = entities()
    assert f"cn-credit-{abnormal.key}" not in found
    pages = [one["properties"]["sourceUrl"][0] for one in found.values()]
    assert len({*pages}) == len(found) == 2
    assert [client.get(page.removeprefix("https://credit.example")).status_code for page in pages] == [200, 200]
    settings.SITE_URL = "https://other.example"
    assert all(one["properties"]["sourceUrl"][0].startswith("https://other.example/") for one in entities().values())


def test_a_sanctioned_company_without_a_public_registration_is_there_as_it_was_reported(reviewer):
    record = make_record(company_name="青岚市未登记贸易有限公司")
    record.company.records.get(dataset="samr-registration").withdraw(by=reviewer, because="误报")
    told = entities()[f"cn-uscc-{record.company.code}"]["properties"]
    assert told["name"] == ["青岚市未登记贸易有限公司"]
    assert {"incorporationDate", "sourceUrl"}.isdisjoint(told)

"""Companies in the API: found by name and code, told in full, and moved or gone with an explanation."""

import pytest

from records.models import Company, Event
from tests.factories import REGISTRATION, end_record, make_company, make_record

pytestmark = pytest.mark.django_db


def get(client, path, **parameters):
    return client.get(f"/api/v1/{path}", parameters)


def test_a_company_is_found_by_two_characters_of_its_name(client):
    company = make_company("青岚市鹭鸣贸易有限公司")
    make_company("青岚市别家商行")
    answer = get(client, "companies/", q="鹭鸣").json()
    assert [found["name"] for found in answer["results"]] == [company.name]
    assert answer["results"][0]["uscc"] == company.code
    assert answer["results"][0]["matched"] == {
        "kind": {"code": "current", "zh": "名称", "en": answer["results"][0]["matched"]["kind"]["en"]},
        "text": company.name,
    }
    assert (answer["next"], answer["previous"]) == (None, None)


def test_a_company_found_by_a_former_name_says_so(client):
    company = make_company("青岚市新名贸易有限公司", former_names=["青岚市旧名商行"])
    found = get(client, "companies/", q="旧名").json()["results"][0]
    assert found["name"] == company.name
    assert (found["matched"]["kind"]["code"], found["matched"]["text"]) == ("former", "青岚市旧名商行")
    assert found["former_names"] == ["青岚市旧名商行"]


def test_a_company_is_found_by_its_code_however_it_is_typed(client):
    company = make_company()
    found = get(client, "companies/", q=f" {company.code.lower()} ").json()["results"]
    assert [one["code"] for one in found] == [company.code]
    assert found[0]["matched"]["kind"]["code"] == "code"


def test_an_entry_of_a_search_holds_codes_with_both_labels(client):
    make_company("青岚市鹭鸣贸易有限公司", status=Company.Status.CANCELLED)
    found = get(client, "companies/", q="鹭鸣").json()["results"][0]
    assert found["status"]["code"] == "cancelled"
    assert found["status"]["zh"] == "注销"
    assert set(found["status"]) == set(found["kind"]) == {"code", "zh", "en"}
    assert found["region"]["code"] == "330110"
    assert found["established_on"] == "2019-03-12"
    assert found["url"] == f"http://testserver/api/v1/companies/{found['code']}/"
    assert found["page"] == f"http://testserver/company/{found['code']}/"


def test_companies_are_filtered_as_on_the_pages(client):
    kept = make_company(status=Company.Status.ACTIVE)
    make_company(status=Company.Status.REVOKED)
    make_company(region="110101")
    found = get(client, "companies/", status="active", region="33").json()["results"]
    assert [one["code"] for one in found] == [kept.code]


def test_a_profile_names_the_source_of_its_registration(client):
    company = make_company("青岚市鹭鸣贸易有限公司")
    block = get(client, f"companies/{company.code}/").json()["registration"]
    assert block["source"]["slug"] == "samr"
    assert block["dataset"]["slug"] == REGISTRATION
    assert block["event"] == company.id
    assert block["values"]["company_name"]["value"] == company.name
    assert block["values"]["established_on"]["text"]["zh"].startswith("2019")
    assert len(block["digest"]) == 64


def test_a_profile_counts_records_by_category_and_names_current_lists(client):
    company = make_company()
    make_record(company, "tax-penalty")
    make_record(company, "tax-penalty")
    make_record(company, "samr-abnormal", decided_on="2026-05-18", listed_reason="无法联系")
    make_record(company, "samr-abnormal", decided_on="2020-05-18", ended_on="2021-01-01", listed_reason="旧事")
    profile = get(client, f"companies/{company.code}/").json()
    counts = {count["category"]["code"]: count["count"] for count in profile["counts"]}
    assert counts == {"registration": 1, "penalty": 2, "abnormal": 2}
    assert [(entry["reason"], entry["state"]["code"]) for entry in profile["lists"]] == [("无法联系", "current")]


def test_ratings_stand_side_by_side_with_issuer_scale_and_validity(client):
    company = make_company()
    make_record(company, "tax-credit_rating", grade="B")
    make_record(company, "customs-credit_rating")
    profile = get(client, f"companies/{company.code}/").json()
    tax = next(rating for rating in profile["ratings"] if rating["dataset"]["slug"] == "tax-credit_rating")
    assert len(profile["ratings"]) == 2
    assert tax["grade"]["grade"] == "B"
    assert tax["grade"]["grade"] in [step["grade"] for step in tax["scheme"]["scale"]]
    assert tax["scheme"]["issuer"]["en"]
    assert tax["in_force"] is True
    assert not {"score", "composite", "total"} & profile.keys()


def test_an_old_way_to_write_a_code_leads_to_the_company(client):
    company = make_company()
    response = get(client, f"companies/{company.code.lower()}/records/")
    assert response.status_code == 308
    assert response["Location"] == f"/api/v1/companies/{company.code}/records/"


def test_a_company_that_never_was_is_not_found(client):
    response = get(client, "companies/91330110MF9999990X/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_company_whose_registration_was_withdrawn_is_gone(client):
    company = make_company()
    event = end_record(company.records.get(), Event.Kind.WITHDRAWN)
    Company.objects.filter(id=company.id).update(ended_event=event.number)
    response = get(client, f"companies/{company.code}/")
    assert response.status_code == 410
    assert response.json()["event"] == event.number
    assert company.name not in response.content.decode()


def test_a_code_in_full_width_leads_to_the_address_and_not_to_itself(client):
    company = make_company()
    wide = company.code.translate({point: point + 0xFEE0 for point in range(0x21, 0x7F)})
    answer = client.get(f"/api/v1/companies/{wide}/records/?limit=2")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"/api/v1/companies/{company.code}/records/?limit=2")

"""The catalogue in the API: every dataset, its columns as a Table Schema."""

import pytest

from publicity.api import enumerations
from records import catalog as declarations
from records.catalog import catalog
from tests.factories import make_record

TYPES = {"string", "number", "integer", "boolean", "date", "year", "object", "array"}
# What JSON has for a value; a number is told as text, which loses nothing. A column may have no example.
EXAMPLES = {"boolean": (bool, str), "integer": (int, str), "year": (int, str), "object": (dict, str), "array": (list, str)}


def get(client, path, **parameters):
    return client.get(f"/api/v1/datasets/{path}", parameters).json()


def test_the_catalogue_holds_every_dataset_also_those_not_public(client):
    found = []
    address = "/api/v1/datasets/?limit=50"
    while address:
        answer = client.get(address).json()
        found += answer["results"]
        address = answer["next"]
    assert [one["slug"] for one in found] == list(catalog().datasets)
    kept = next(one for one in found if one["slug"] == "samr-risk_class")
    assert (kept["disclosure"]["code"] != "public", kept["records"], kept["page"]) == (True, None, None)


def test_datasets_are_chosen_by_category_agency_and_disclosure(client):
    assert {one["slug"] for one in get(client, "", category="penalty", agency="tax")["results"]} == {
        "tax-penalty",
        "tax-penalty_2015",
    }
    assert {one["disclosure"]["code"] for one in get(client, "", disclosure="government")["results"]} <= {"government"}


def test_a_column_tells_type_constraints_disclosure_unit_and_codes(client):
    schema = get(client, "tax-penalty/")["schema"]
    columns = {column["name"]: column for column in schema["fields"]}
    assert (columns["fine"]["type"], columns["fine"]["unit"]) == ("number", "万元")
    assert columns["fine"]["code"] == "CF_NR_FK"
    assert columns["decision_no"]["constraints"] == {"required": True, "maxLength": 128}
    assert columns["decided_on"]["type"] == "date"
    assert columns["severity"]["constraints"]["enum"] == ["minor", "general", "serious"]
    assert columns["severity"]["codes"]["serious"] == {"zh": "严重", "en": "Serious"}
    assert columns["person_id"]["disclosure"]["code"] == "withheld"
    assert schema["primaryKey"] == ["decision_no", "uscc"]


def test_every_dataset_is_a_table_schema(client):
    for slug in catalog().datasets:
        schema = get(client, f"{slug}/")["schema"]
        names = [column["name"] for column in schema["fields"]]
        assert len(names) == len(set(names))
        assert {column["type"] for column in schema["fields"]} <= TYPES
        assert set(schema["primaryKey"]) <= set(names)
        assert schema["missingValues"] == [""]
        for column in schema["fields"]:
            assert isinstance(column.get("example", ""), EXAMPLES.get(column["type"], str)), (slug, column)
            assert isinstance(column.get("description", ""), str), (slug, column)


def test_every_agency_tells_whom_to_object_to_and_what_it_reports(client):
    found, address = [], "/api/v1/agencies/?limit=20"
    while address:
        answer = client.get(address).json()
        found += answer["results"]
        address = answer["next"]
    assert [one["slug"] for one in found] == [*catalog().agencies]
    assert sum(len(one["datasets"]) for one in found) == len(catalog().datasets)
    tax = client.get("/api/v1/agencies/tax/").json()
    assert tax == next(one for one in found if one["slug"] == "tax")
    assert (tax["short"]["zh"], tax["kind"]["code"], tax["contact"]) == ("税务", "government", "12366")
    assert tax["objection"]["en"].startswith("Object to")
    assert {"tax-penalty", "tax-arrears_detail"} <= {one["slug"] for one in tax["datasets"]}
    assert next(one for one in found if one["slug"] == "enterprise")["contact"] is None
    assert client.get("/api/v1/agencies/nobody/").status_code == 404


def test_a_dataset_tells_how_to_object_and_a_rating_its_scale(client):
    rating, penalty = get(client, "tax-credit_rating/"), get(client, "tax-penalty/")
    assert rating["objection"] == client.get("/api/v1/agencies/tax/").json()["objection"]
    assert [step["grade"] for step in rating["scheme"]["scale"]] == [*"ABMCD"]
    assert rating["scheme"]["method"]["en"]
    assert penalty["scheme"] is None


@pytest.mark.django_db
def test_a_record_tells_how_to_object_and_a_rating_its_grade(client):
    rating, penalty = make_record(dataset="tax-credit_rating", grade="A"), make_record()
    told = {one["id"]: one for one in client.get("/api/v1/records/").json()["results"]}
    assert told[rating.key]["grade"]["tone"] == "good"
    assert "grade" not in told[penalty.key]
    assert told[penalty.key]["objection"]["zh"].startswith("可以向本网站提出异议申诉")
    assert client.get(f"/api/v1/records/{rating.key}/").json()["grade"] == told[rating.key]["grade"]
    strange = make_record(dataset="tax-credit_rating", grade="Z")
    assert client.get(f"/api/v1/records/{strange.key}/").json()["grade"] is None


def test_every_kind_and_tone_that_may_be_declared_has_its_words():
    assert (tuple(enumerations.AGENCIES), tuple(enumerations.TONES)) == (declarations.AGENCIES, declarations.TONES)
    assert tuple(enumerations.FREQUENCIES) == declarations.FREQUENCIES

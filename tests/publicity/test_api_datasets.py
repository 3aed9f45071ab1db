"""The catalogue in the API: every dataset, its columns as a Table Schema."""

from records.catalog import catalog

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

"""What users of public registers ask for and at least one well-known register fails: one test for each wish.

More of the same stands elsewhere: a bulk copy kept up by deltas (``test_bulk_deltas.py``), names however they are written
(``tests/records/test_search.py``, ``docs/search-quality.md``), 304 and CORS at every address there is (``test_api_audit.py``), certificates
that hold after ten thousand more events (``test_certificates.py``).
"""

import gzip
import json
import urllib.request
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from publicity.bulk.exporting import export
from records.catalog import catalog
from records.ingest import receive, work
from records.models import Company, Event
from tests.factories import end_record, make_company, make_record
from tests.publicity import reconciliation as spec
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
PERSON, NUMBER = "李泄漏", "11010519491231002X"
NAME = "青岚市云汀光学仪器（集团）有限公司"


def test_what_never_was_is_404_and_what_was_withdrawn_is_410_with_what_may_be_said(client):
    record, other = make_record(), make_company()
    event = end_record(record, Event.Kind.WITHDRAWN)
    never, gone = client.get(f"/api/v1/records/{'0' * 26}/"), client.get(f"/api/v1/records/{record.key}/")
    assert (never.status_code, gone.status_code) == (404, 410)
    assert (gone.json()["act"]["code"], gone.json()["event"]) == ("withdrawn", event.number)
    assert "values" not in gone.json()
    assert client.get(f"/record/{record.key}/").status_code == 410
    Company.objects.filter(pk=other.pk).update(ended_event=event.number)
    for page in ("/api/v1/companies/{}/", "/api/v1/companies/{}/records/"):
        never, gone = client.get(page.format("91330110MF9999999X")), client.get(page.format(other.code))
        assert (never.status_code, gone.status_code, gone.json()["event"]) == (404, 410, event.number), page


@pytest.mark.parametrize("path", ["companies/", "records/", "lists/", "datasets/", "events/", "status/"])
def test_a_misspelt_parameter_is_named_instead_of_returning_everything(client, path):
    response = client.get(f"/api/v1/{path}", {"reigon": "33"})
    assert (response.status_code, response.json()["parameter"]) == (400, "reigon")


def test_the_last_page_costs_what_the_first_costs(client):
    company = make_company()
    records = [make_record(company) for _ in range(60)]

    def cost(address: str) -> tuple[int, dict]:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address).json()
        assert not any(" OFFSET " in query["sql"] for query in asked.captured_queries)
        return len(asked), answer

    first, answer = cost("/api/v1/records/?limit=2&order=oldest")
    costs, seen = [], [one["id"] for one in answer["results"]]
    while answer["next"]:
        # Rows come in, and an early one leaves, while somebody is reading.
        if len(costs) < 5:
            make_record(company), end_record(records[len(costs)], Event.Kind.WITHDRAWN)
        spent, answer = cost(answer["next"])
        costs.append(spent)
        seen += [one["id"] for one in answer["results"]]
    assert len(seen) == len({*seen}) == 66
    assert {one.key for one in records} <= {*seen}
    assert max(costs) <= first + 1


def test_a_copy_kept_by_the_change_feed_equals_the_whole(client):
    companies = [make_company() for _ in range(3)]
    records = [make_record(company) for company in companies for _ in range(2)]
    copy: dict[str, dict] = {}
    after = follow(client, copy, 0)
    end_record(records[0], Event.Kind.REPAIRED), end_record(records[3], Event.Kind.WITHDRAWN)
    make_record(companies[0], "samr-abnormal", decided_on="2026-05-18")
    follow(client, copy, after)
    whole = {one["id"]: one["digest"] for one in client.get("/api/v1/records/", {"limit": 100}).json()["results"]}
    assert {key: one["digest"] for key, one in copy.items()} == whole


def follow(client, copy: dict, after: int) -> int:
    """Bring a copy up to date from the events after a number, as the guide tells; returns where to go on."""
    while True:
        answer = client.get("/api/v1/events/", {"after": after, "limit": 3}).json()
        for key in {event["record"] for event in answer["results"] if event["record"]}:
            response = client.get(f"/api/v1/records/{key}/")
            copy.pop(key, None)
            if response.status_code == 200:
                copy[key] = response.json()
        after = answer["resume_after"]
        if not answer["next"]:
            return after


def test_asking_again_for_the_same_is_304(client):
    record = make_record()
    code = record.company.code
    export()
    for path in ("api/v1/companies/", f"api/v1/companies/{code}/", "api/v1/records/", f"api/v1/records/{record.key}/",
                 "api/v1/lists/samr-abnormal/listings/", "api/v1/schema/", "bulk/manifest.json", f"feeds/company/{code}.atom"):  # fmt: skip
        tag = client.get(f"/{path}")["ETag"]
        again = client.get(f"/{path}", headers={"If-None-Match": tag})
        assert (again.status_code, b"".join(again)) == (304, b""), path
    make_record(record.company)
    for path in ("api/v1/companies/{}/", "api/v1/companies/{}/records/", "feeds/company/{}.atom"):
        tag = client.get(f"/{path.format(code)}")["ETag"]
        make_record(record.company)
        assert client.get(f"/{path.format(code)}", headers={"If-None-Match": tag}).status_code == 200, path


def test_preflights_and_errors_may_be_read_by_any_website(client):
    asked = {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}
    for path in ("/api/v1/companies/", "/api/v1/none/", "/reconcile/", "/reconcile/none/"):
        assert client.options(path, headers=asked)["Access-Control-Allow-Origin"] == "*"
        assert client.get(path, {"x": "y"})["Access-Control-Allow-Origin"] == "*"
        assert client.delete(path)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "written",
    ["青岚市云汀光学仪器(集团)有限公司", "青岚市云汀-光学仪器 集团 有限公司", "青嵐市雲汀光學儀器（集團）有限公司", "云汀光学仪器集团",
     "光学仪器 云汀", "青岚市云汀光学仪器（集团）有限责任公司", "旧名贸易有限公司", "yuntingguangxue",
     "青岚市云汀光字仪器（集团）有限公司"],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(client, written):
    company = make_company(NAME, former_names=["青岚市旧名贸易有限公司"])
    make_company("青岚市安邦食品有限公司")
    results = client.get("/api/v1/companies/", {"q": written}).json()["results"]
    assert [found["code"] for found in results][:1] == [company.code]


def test_a_delisted_entry_is_no_longer_current_but_stays_in_history_and_in_the_feed(client):
    company = make_company()
    entry = make_record(company, "samr-abnormal", decided_on="2025-05-18", ended_on="2026-01-10")
    assert client.get(f"/api/v1/companies/{company.code}/").json()["lists"] == []
    listings = "/api/v1/lists/samr-abnormal/listings/"
    assert client.get(listings, {"state": "current"}).json()["results"] == []
    assert [one["state"]["code"] for one in client.get(listings).json()["results"]] == ["removed"]
    page = client.get(f"/record/{entry.key}/")
    assert '<meta name="robots" content="noindex">' in page.content.decode()
    assert client.get(listings)["X-Robots-Tag"] == "noindex"
    end_record(entry, Event.Kind.REPAIRED)
    assert client.get(listings).json()["results"] == []
    assert client.get("/api/v1/events/", {"company": company.code}).json()["results"][-1]["kind"]["code"] == "repaired"
    assert client.get(f"/record/{entry.key}/").status_code == 410


def test_a_person_who_is_hidden_appears_on_no_page_export_feed_suggestion_or_preview(client, importer, reviewer):
    company, shareholders = make_company(NAME), catalog().datasets["samr-shareholders"]
    row = example_row(shareholders, shareholder=PERSON, uscc=company.code, company_name=NAME) | {"证照号码": NUMBER}
    batch = work.run(receive(csv_file(table([row])), dataset=shareholders, file_name="a.csv", by=importer).pk)
    batch.submit(by=importer), batch.publish(by=reviewer), work.run(batch.pk)
    export()
    [record] = company.records.filter(dataset="samr-shareholders")
    api, code = "/api/v1", company.code
    bulk = [f"/bulk/{one}" for one in ("full/companies.ndjson.gz", "full/samr-shareholders.csv.gz", "ftm.json.gz")]
    asked = [f"/company/{code}/", f"/en/company/{code}/", f"/record/{record.key}/", "/sitemap.xml", f"/search/?q={PERSON}", *bulk,
             f"/search/suggest/?q={PERSON}", f"{api}/companies/?q={PERSON}", f"{api}/companies/{code}/?expand=records",
             f"{api}/records/{record.key}/", f"{api}/companies/{code}/records/", f"{api}/events/?company={code}",
             f"/feeds/company/{code}.atom", f"/reconcile/preview/{code}/", f"/reconcile/suggest/entity?prefix={PERSON}"]  # fmt: skip
    pages = {path: readable(client.get(path)) for path in asked}
    assert all("李**" in pages[path] for path in (f"{api}/records/{record.key}/", f"/record/{record.key}/", bulk[1]))
    for path, text in pages.items():
        assert NUMBER not in text, path
        # What was asked for stands in the answer to a search, and in nothing that was found.
        assert PERSON not in text or (PERSON in path and record.key not in text and code not in text), path


def readable(response) -> str:
    assert response.status_code == 200
    content = b"".join(response)
    return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_address_answers_a_plain_client_without_script_or_cookie(live_server):
    company = make_company(NAME)
    for path in (f"/company/{company.code}/", f"/api/v1/companies/{company.code}/", "/api/v1/companies/?q=%E4%BA%91%E6%B1%80"):
        with urllib.request.urlopen(f"{live_server.url}{path}") as response:
            assert (response.status, response.headers.get("Set-Cookie")) == (200, None)
            assert NAME in response.read().decode()


def test_the_path_of_a_table_tool_from_manifest_to_preview(client):
    companies = [make_company() for _ in range(120)]
    manifest = client.get("/reconcile/").json()
    assert Draft202012Validator(spec.MANIFEST).is_valid(manifest)
    matched = []
    for at in range(0, len(companies), manifest["batchSize"]):
        batch = companies[at : at + manifest["batchSize"]]
        answer = post(client, queries={company.code: {"query": company.name} for company in batch})
        matched += [found["result"][0]["id"] for key, found in answer.items() if found["result"][0]["match"]]
    assert matched == [company.code for company in companies]
    rows = post(client, extend={"ids": matched, "properties": [{"id": "status"}, {"id": "established"}]})["rows"]
    assert all(row["status"] and row["established"] for row in rows.values())
    preview = client.get(manifest["preview"]["url"].replace("{{id}}", matched[0]))
    assert (preview.status_code, "X-Frame-Options" in preview) == (200, False)


def post(client, **fields) -> dict:
    form = urlencode({name: json.dumps(value) for name, value in fields.items()})
    return client.post("/reconcile/", form, content_type="application/x-www-form-urlencoded").json()

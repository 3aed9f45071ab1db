"""What part of the data an answer holds: chosen members, expanded references, only what changed."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from publicity.api.selection import SPARSE
from records.models import Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 10, 4, tzinfo=UTC)


def get(client, path, headers=None, **parameters):
    return client.get(f"/api/v1/{path}", parameters, headers=headers)


def test_only_the_fields_asked_for_are_given(client):
    record = make_record(dataset="samr-abnormal")
    code = record.company.code
    for path, fields in (("companies/", "code,name"), ("records/", "id,decided_on"), ("lists/samr-abnormal/listings/", "state")):
        answer = get(client, path, fields=fields)
        assert answer["Content-Type"] == SPARSE
        assert [",".join(result) for result in answer.json()["results"]] == [fields] * len(answer.json()["results"]), path
    assert get(client, f"companies/{code}/", fields="name,counts").json().keys() == {"name", "counts"}
    assert get(client, f"records/{record.key}/", fields="history").json().keys() == {"history"}


def test_an_unknown_field_is_refused_by_name(client):
    problem = get(client, "companies/", fields="code,nmae").json()
    assert (problem["status"], problem["parameter"]) == (400, "fields")
    assert "'nmae'" in problem["detail"]
    assert "english_name" in problem["detail"]


def test_fields_make_another_version(client):
    company = make_company()
    whole, part = get(client, f"companies/{company.code}/"), get(client, f"companies/{company.code}/", fields="name")
    assert whole["ETag"] != part["ETag"]


def test_references_are_expanded_on_request(client, django_assert_max_num_queries):
    company = make_company(former_names=["青岚市旧名商行"])
    record = make_record(company)
    for path in (f"records/{record.key}/", "records/", f"companies/{company.code}/records/"):
        # On PostgreSQL a question with a time limit is asked within a savepoint, and its limit lifted: three statements more.
        with django_assert_max_num_queries(8):
            found = get(client, path, expand="company").json()
        shape = found["results"][0] if "results" in found else found
        assert shape["company"]["former_names"] == ["青岚市旧名商行"]
        plain = get(client, path).json()
        assert "former_names" not in (plain["results"][0] if "results" in plain else plain)["company"]
    newest = get(client, f"companies/{company.code}/", expand="records").json()["newest"]
    assert newest[0]["id"] == record.key
    assert get(client, "records/", expand="dataset").json()["parameter"] == "expand"


def test_what_changed_is_told_by_event_number(client):
    old = make_record(dataset="samr-abnormal")
    head = Event.objects.head()
    assert get(client, "records/", updated_after=head).json()["results"] == []
    new = make_record(dataset="samr-abnormal")
    assert [one["id"] for one in get(client, "records/", updated_after=head, dataset="samr-abnormal").json()["results"]] == [new.key]
    listings = get(client, "lists/samr-abnormal/listings/", updated_after=head).json()["results"]
    assert [one["id"] for one in listings] == [new.key]
    end_record(old, Event.Kind.WITHDRAWN)
    codes = {one["code"] for one in get(client, "companies/", updated_after=head).json()["results"]}
    assert codes == {old.company.code, new.company.code}
    head = Event.objects.head()
    make_record(old.company, "samr-risk_class")
    assert get(client, "companies/", updated_after=head).json()["results"] == []


def test_what_changed_is_told_by_time_with_the_hour_before(client):
    keys = []
    for hours in range(6):
        with time_machine.travel(NOON + timedelta(hours=hours), tick=False):
            keys.append(make_record().key)
    with time_machine.travel(NOON + timedelta(hours=6), tick=False):
        cases = ("2027-03-10T16:00:00+08:00", keys[3:]), ("2027-03-10T08:00:00z", keys[3:]), ("1999-01-01T00:00:00Z", keys)
        for since, expected in cases:
            found = get(client, "records/", updated_since=since, dataset="tax-penalty", order="oldest").json()
            assert [one["id"] for one in found["results"]] == expected, since


@pytest.mark.parametrize("since", ["2026-06-15", "2026-02-30T00:00:00Z", "2026-06-15T09:30:00", "2026-06-15T09:30:00 08:00", "now"])
def test_a_moment_that_is_none_is_refused(client, since):
    problem = get(client, "records/", updated_since=since).json()
    assert (problem["status"], problem["parameter"], problem["value"]) == (400, "updated_since", since)


def test_what_everybody_may_read_is_compressed(client, administrator):
    company = make_company()
    for address in (f"/api/v1/companies/{company.code}/", f"/company/{company.code}/"):
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed["Vary"]
        assert gzip.decompress(packed.content)[:200] == plain.content[:200]
        assert len(packed.content) < len(plain.content) * 0.7
        assert packed["ETag"] == f"W/{plain['ETag'].removeprefix('W/')}"
        again = client.get(address, headers={"If-None-Match": packed["ETag"]})
        assert again.status_code == 304
    client.force_login(administrator)
    assert not client.get(f"/company/{company.code}/", headers={"Accept-Encoding": "gzip"}).has_header("Content-Encoding")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("4f9c2a6e-1b7d-4f27-9d0a-1f5f8e3c7b11", True), ("abc", False), ("x" * 65, False), ("with space", False), ("号" * 8, False)],
)
def test_a_request_id_of_the_front_door_is_kept_when_it_is_sane(client, given, kept):
    told = get(client, "companies/?x=1", headers={"X-Request-ID": given.encode().decode("latin-1")})
    assert (told["X-Request-ID"] == given) is kept
    assert told.json()["request_id"] == told["X-Request-ID"]

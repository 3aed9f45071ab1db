"""The log in the API: every change once, in order, deletions included, so that a copy can be kept up to date."""

import pytest

from records.models import Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db


def get(client, **parameters):
    return client.get("/api/v1/events/", parameters).json()


def test_events_come_in_order_without_gaps(client):
    for _ in range(3):
        make_record()
    answer = get(client)
    assert [event["number"] for event in answer["results"]] == [1, 2, 3, 4, 5, 6]
    assert (answer["head"], answer["resume_after"], answer["next"]) == (6, 6, None)


def test_a_reader_goes_on_where_it_stopped(client):
    make_record()
    resume = get(client, limit=1)["resume_after"]
    assert resume == 1
    assert [event["number"] for event in get(client, after=resume)["results"]] == [2]
    assert get(client, after=2)["results"] == []
    make_record()
    assert [event["number"] for event in get(client, after=2)["results"]] == [3, 4]


def test_the_end_of_a_record_is_an_event_with_its_number(client):
    record = make_record()
    end_record(record, Event.Kind.REPAIRED)
    last = get(client, after=record.id)["results"][0]
    assert (last["kind"]["code"], last["record"]) == ("repaired", record.key)
    assert last["kind"]["zh"] == "信用修复"
    assert last["digest"] == record.digest


def test_events_are_filtered_by_company_dataset_and_kind(client):
    company, record = make_company(), make_record()
    mine = make_record(company)
    assert [event["number"] for event in get(client, company=company.code)["results"]] == [company.id, mine.id]
    assert [event["number"] for event in get(client, dataset="tax-penalty")["results"]] == [record.id, mine.id]
    end_record(mine, Event.Kind.WITHDRAWN)
    assert [event["record"] for event in get(client, kind="withdrawn")["results"]] == [mine.key]


def test_a_filtered_reader_need_not_read_the_same_stretch_again(client):
    make_record()
    answer = get(client, kind="withdrawn")
    assert (answer["results"], answer["resume_after"]) == ([], 2)


def test_of_a_record_that_is_not_public_only_number_time_and_digest_are_told(client):
    record = make_record(dataset="samr-risk_class")
    event = get(client, after=record.id - 1)["results"][0]
    assert (event["number"], event["digest"], event["kind"]["code"]) == (record.id, record.digest, "sealed")
    assert {event[name] for name in ("dataset", "record", "url", "company", "batch")} == {None}
    assert [event["number"] for event in get(client, company=record.company.code)["results"]] == [record.company.id]


def test_no_reason_and_no_member_of_staff_is_told(client, importer):
    record = make_record()
    Event.objects.create(
        number=99, at="2026-01-01T00:00Z", kind="withdrawn", dataset=record.dataset, record_key=record.key,
        record_id=record.id, company=record.company, by=importer, because="内部理由", digest="",
    )  # fmt: skip
    text = client.get("/api/v1/events/").content.decode()
    assert "内部理由" not in text
    assert importer.username not in text


def test_who_waits_for_a_company_that_is_none_is_told_so(client):
    make_record()
    answer = client.get("/api/v1/events/", {"company": "91980201MF2000255"})
    assert (answer.status_code, answer.json()["parameter"]) == (404, "company")


def test_a_number_beyond_the_log_leads_back_to_its_end(client):
    make_record()
    answer = get(client, after=99_999)
    assert (answer["results"], answer["head"], answer["resume_after"]) == ([], 2, 2)

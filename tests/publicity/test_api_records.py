"""Credit records in the API: every value with its label and unit, every block with its source, and what is gone is gone."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from records.models import Batch, Event, EventCounter, Record
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db


def get(client, path, **parameters):
    return client.get(f"/api/v1/{path}", parameters)


def test_a_record_tells_source_dates_event_and_digest(client):
    record = make_record(dataset="tax-penalty", decided_on="2026-06-15")
    told = get(client, f"records/{record.key}/").json()
    assert told["id"] == record.key
    assert told["source"]["slug"] == "tax"
    assert told["dataset"]["slug"] == "tax-penalty"
    assert told["dataset"]["title"]["en"] == "Administrative penalties (tax)"
    assert (told["event"], told["digest"]) == (record.id, record.digest)
    assert told["published_from"] == timezone.localdate().isoformat()
    assert told["decided_on"] == "2026-06-15"
    assert told["category"]["code"] == "penalty"
    assert [act["kind"]["code"] for act in told["history"]] == ["published"]


def test_a_number_stands_with_its_unit(client):
    record = make_record(dataset="tax-penalty", fine="0.2")
    fine = get(client, f"records/{record.key}/").json()["values"]["fine"]
    assert (fine["value"], fine["unit"]) == ("0.2", "万元")
    assert fine["title"]["en"] == "Fine"


def test_a_code_stands_with_its_meaning_in_both_languages(client):
    record = make_record(dataset="tax-penalty", severity="serious")
    told = get(client, f"records/{record.key}/").json()
    assert told["values"]["severity"]["value"] == "serious"
    assert told["values"]["severity"]["text"] == {"zh": "严重", "en": "Serious"}
    assert told["severity"]["code"] == "serious"


def test_a_withheld_value_that_slipped_into_storage_is_not_told(client):
    record = make_record(dataset="tax-penalty")
    Record.objects.filter(id=record.id).update(values=record.values | {"person_id": "330110199001010011"})
    assert "330110199001010011" not in get(client, f"records/{record.key}/").content.decode()


def test_a_record_of_a_dataset_that_is_not_public_never_existed(client):
    record = make_record(dataset="samr-risk_class")
    assert get(client, f"records/{record.key}/").status_code == 404
    assert record.key not in get(client, "records/").content.decode()


def test_a_record_that_never_was_is_404_and_one_that_was_withdrawn_is_410(client):
    record = make_record(dataset="tax-penalty", fine="0.2")
    event = end_record(record, Event.Kind.WITHDRAWN)
    assert get(client, f"records/{'b' * 26}/").status_code == 404
    response = get(client, f"records/{record.key}/")
    told = response.json()
    assert (response.status_code, told["status"]) == (410, 410)
    assert told["dataset"]["slug"] == "tax-penalty"
    assert told["act"]["code"] == "withdrawn"
    assert told["on"] == timezone.localdate().isoformat()
    assert told["event"] == event.number


def test_what_is_said_of_a_gone_record_holds_no_value_and_no_name(client):
    record = make_record(make_company("青岚市鹭鸣贸易有限公司"), fine="0.2")
    end_record(record, Event.Kind.REPAIRED)
    text = get(client, f"records/{record.key}/").content.decode()
    assert not [
        value for value in record.values.values() if isinstance(value, str) and len(value) > 3 and value in text
    ]
    assert "鹭鸣" not in text


def test_a_record_whose_period_is_over_is_gone_before_anybody_says_so(client):
    over = timezone.localdate() - timedelta(days=1)
    record = make_record(published_from=date(2025, 1, 1), published_until=over)
    told = get(client, f"records/{record.key}/").json()
    assert (told["status"], told["act"]["code"], told["on"]) == (410, "expired", over.isoformat())


def test_a_withdrawal_counts_at_once_while_a_batch_is_being_written(client, administrator, importer):
    record = make_record()
    first = client.get(f"/api/v1/records/{record.key}/")
    Batch.objects.create(
        dataset="tax-licence", file="x", file_name="x", file_size=1, file_sha256="0" * 64, state=Batch.State.PUBLISHING,
        uploaded_by=importer, reviewed_by=administrator, first_event=EventCounter.reserve(5), events=5,
    )  # fmt: skip
    end_record(record, Event.Kind.WITHDRAWN)
    again = client.get(f"/api/v1/records/{record.key}/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 410
    assert again.json()["act"]["code"] == "withdrawn"


def test_rows_of_a_batch_that_is_being_written_do_not_show(client, administrator, importer):
    Batch.objects.create(
        dataset="tax-penalty", file="x", file_name="x", file_size=1, file_sha256="0" * 64, state=Batch.State.PUBLISHING,
        uploaded_by=importer, reviewed_by=administrator, first_event=EventCounter.objects.get().last + 1, events=5,
    )  # fmt: skip
    record = make_record()
    assert get(client, "records/").json()["results"] == []
    assert get(client, f"records/{record.key}/").status_code == 404
    assert get(client, "events/").json()["results"] == []


def test_records_are_filtered_by_dataset_category_and_day(client):
    company = make_company()
    kept = make_record(company, "tax-penalty", decided_on="2026-06-15")
    older = make_record(company, "tax-penalty", decided_on="2025-12-15")
    make_record(company, "samr-abnormal", decided_on="2026-06-15", listed_reason="无法联系")
    found = get(client, "records/", category="penalty", decided_after="2026-01-01").json()["results"]
    assert [one["id"] for one in found] == [kept.key]
    found = get(client, "records/", dataset="tax-penalty").json()["results"]
    assert [one["id"] for one in found] == [older.key, kept.key]


def test_a_company_has_its_own_list_of_records(client):
    record = make_record()
    make_record()
    found = get(client, f"companies/{record.company.code}/records/", dataset="tax-penalty").json()["results"]
    assert [one["id"] for one in found] == [record.key]
    assert found[0]["company"]["name"] == record.company.name


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_records_come_in_the_order_asked_for(client, order):
    company = make_company()
    keys = [company.records.get().key, *(make_record(company).key for _ in range(3))]
    found = [one["id"] for one in get(client, "records/", order=order).json()["results"]]
    assert found == (keys if order == "oldest" else keys[::-1])

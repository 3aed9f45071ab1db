"""What is public of a company: the same whether it has five records or thousands, and at the same price."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from publicity import dossier, timeline
from publicity.dossier import dossier_of
from publicity.figures import Count
from publicity.standing import standing_at, standing_of_record
from records.catalog import catalog
from records.models import Batch, Event, Record
from records.prepared import rows_of
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db
ENDS = [(Event.Kind.WITHDRAWN, ""), (Event.Kind.REPAIRED, ""), (Event.Kind.EXPIRED, ""), (Event.Kind.CHANGED, "replaced")]


@pytest.fixture
def company():
    """A company with public records of three datasets, and with records that are not public for every reason there is."""
    company, today = make_company(), timezone.localdate()
    for day in range(1, 6):
        make_record(company, "tax-penalty", decided_on=f"2026-05-0{day}")
        make_record(company, "samr-abnormal", decided_on=f"2026-05-0{day}")
    make_record(company, "samr-abnormal", decided_on="2024-06-01", ended_on="2025-01-08")
    make_record(company, "samr-risk_class")
    make_record(company, published_until=today)
    make_record(company, published_from=today + timedelta(days=1))
    for kind, state in ENDS:
        end_record(make_record(company), kind, state)
    return company


def batch(staff, first_event: int) -> Batch:
    """A batch that is being published from this event on."""
    return Batch.objects.create(
        dataset="tax-penalty", file="-", file_name="-", file_size=0, state=Batch.State.PUBLISHING, uploaded_by=staff.importer,
        reviewed_by=staff.reviewer, first_event=first_event,
    )  # fmt: skip


def ids(groups) -> set[int]:
    return {record.id for group in groups for record in group.rows}


def public(company) -> set[int]:
    return set(Record.objects.public().filter(company=company).values_list("id", flat=True))


@pytest.fixture(params=[200, 3])
def whole(request, monkeypatch):
    """A company whose records are read whole, and one that has too many for that."""
    monkeypatch.setattr(dossier, "WHOLE", request.param)
    dossier._statements.cache_clear()
    yield
    dossier._statements.cache_clear()


def test_it_holds_what_is_public_and_nothing_else(company, whole):
    groups = {group.dataset.slug: group for group in dossier_of(standing_at(company.code))}
    assert ids(groups.values()) == public(company)
    assert {slug: group.count.number for slug, group in groups.items()} == {
        "samr-registration": 1, "tax-penalty": 5, "samr-abnormal": 6,
    }  # fmt: skip
    assert groups["samr-abnormal"].current.number == 5
    days = [record.decided_on for record in groups["samr-abnormal"].rows]
    assert days == [*(date(2026, 5, day) for day in range(5, 0, -1)), date(2024, 6, 1)]


def test_what_a_batch_writes_is_seen_when_the_batch_is_done_and_a_withdrawal_at_once(company, staff):
    seen = make_record(company)
    hidden = make_record(company)
    writing = batch(staff, hidden.id)
    end_record(seen, Event.Kind.WITHDRAWN)
    assert ids(dossier_of(standing_at(company.code))) == public(company)
    assert not {seen.id, hidden.id} & public(company)
    Batch.objects.filter(pk=writing.pk).update(state=Batch.State.PUBLISHED)
    assert ids(dossier_of(standing_at(company.code))) == public(company)
    assert hidden.id in public(company)


def test_the_standing_follows_the_log(company, staff):
    standing = standing_at(company.code)
    assert standing.head == standing.last == standing.written == Event.objects.head()
    assert standing_of_record(Record.objects.filter(company=company).first().key) == standing
    batch(staff, make_record(company).id)
    held = standing_at(company.code)
    assert (held.head, held.last) == (standing.head, standing.last)
    assert held.written > standing.written
    assert held.changed_at is None


def test_a_company_that_is_not_public_has_none():
    company = make_company()
    end_record(Record.objects.get(company=company), Event.Kind.WITHDRAWN)
    company.ended_event = Event.objects.head()
    company.save()
    assert standing_at(company.code) is None
    assert standing_at("nobody") is None


def asked(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_company_with_thousands_of_records_opens_with_as_many_questions_as_one_with_hundreds(client):
    counts = []
    for number in (120, 1200):
        company = make_company()
        some = make_record(company)
        columns = {field.attname: getattr(some, field.attname) for field in Record._meta.concrete_fields}
        copies = [columns | {"id": some.id - 10_000 - serial, "key": f"{serial:026d}"} for serial in range(number)]
        Record.objects.bulk_create(Record(**copy) for copy in copies)
        for address in (f"/company/{company.code}/", f"/api/v1/companies/{company.code}/"):
            client.get(address)
            counts.append(asked(client, address))
        Record.objects.filter(id__lt=0).delete()
    assert counts[:2] == counts[2:]
    assert max(counts) <= 9


def test_of_many_records_as_many_are_read_of_each_dataset_as_a_page_shows_while_all_are_counted(company, monkeypatch):
    monkeypatch.setattr(dossier, "WHOLE", 3)
    dossier._statements.cache_clear()
    groups = {group.dataset.slug: group for group in dossier_of(standing_at(company.code), 2)}
    dossier._statements.cache_clear()
    assert [str(record.decided_on) for record in groups["tax-penalty"].rows] == ["2026-05-05", "2026-05-04"]
    assert (groups["samr-abnormal"].count.number, len(groups["samr-abnormal"].rows)) == (6, 2)


def test_the_timeline_looks_past_acts_on_records_that_have_left_until_it_is_full(company, monkeypatch):
    monkeypatch.setattr(timeline, "TIMELINE", 4)
    standing = standing_at(company.code)
    acts = timeline.timeline_of(standing, dossier_of(standing))
    assert len(acts) == 4
    assert {one.event.record_key for one in acts} <= set(Record.objects.public().filter(company=company).values_list("key", flat=True))
    unread = timeline.timeline_of(standing, [replace(group, rows=[], count=Count(9)) for group in dossier_of(standing)])
    assert [one.event.number for one in unread] == [one.event.number for one in acts]


def test_nobody_counts_past_a_thousand():
    company = make_company()
    some = make_record(company)
    columns = {field.attname: getattr(some, field.attname) for field in Record._meta.concrete_fields}
    copies = [columns | {"id": -1 - serial, "key": f"{serial:026d}"} for serial in range(1001)]
    Record.objects.bulk_create(Record(**copy) for copy in copies)
    group = dossier_of(standing_at(company.code))[1]
    assert (group.count.number, group.count.more, len(group.rows)) == (1000, True, dossier.NEWEST)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("name", ["dated", "undated", "all", "current"])
def test_sqlite_walks_down_the_index_of_the_company_and_the_dataset(company, name):
    question = getattr(dossier._statements(id(catalog()), dossier.NEWEST), name)
    values = {"company": company.id, "head": Event.objects.head(), "today": timezone.localdate(), "dataset": "tax-penalty"}
    plan = rows_of(f"EXPLAIN QUERY PLAN {question.sql}", question.parameters(values))
    assert "record_profile (company_id=? AND dataset=?" in str(plan)
    assert "TEMP B-TREE" not in str(plan)

"""A file longer than one chunk is staged and published as if it were one: every row once, the log without a gap."""

import pytest
from django.db import IntegrityError, connection, transaction

from records.catalog import catalog
from records.files import parsing
from records.ingest import deciding, publishing, receive, rollback, work
from records.models import Batch, Event, Record
from tests.factories import make_code, make_company
from tests.records.test_pausing import broken_off, cure, poison
from tests.sheets import csv_file, example_row, table

PENALTY = "tax-penalty"


@pytest.fixture(autouse=True)
def chunks_of_three(monkeypatch):
    monkeypatch.setattr(parsing, "CHUNK", 3)
    monkeypatch.setattr(publishing, "CHUNK", 3)


def penalty(company, number, **changes):
    texts = {"uscc": company.code, "company_name": company.name, "registration_no": None, "org_code": None, "tax_no": None}
    return example_row(PENALTY, **texts, decision_no=f"青测〔2026〕{number}号", **changes)


def received(lines, importer) -> Batch:
    return receive(csv_file(lines), dataset=catalog().datasets[PENALTY], file_name="rows.csv", by=importer, skip_invalid=True)


def published(batch: Batch, importer, reviewer) -> Batch:
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    return work.run(batch.pk)


def decisions(batch: Batch) -> list[tuple[int, str]]:
    """Numbers of the events of a batch with the decision each is about, in the order of the log."""
    documents = dict(Record.objects.filter(batch=batch).values_list("id", "document_no"))
    return [(number, documents[number]) for number in batch_events(batch)]


def batch_events(batch: Batch) -> list[int]:
    return list(Event.objects.filter(batch=batch).order_by("number").values_list("number", flat=True))


@pytest.mark.django_db
def test_rows_that_are_not_published_take_no_number_wherever_chunks_end(importer, reviewer):
    known, other = make_company(), make_company()
    published(work.run(received(table([penalty(known, 1), penalty(known, 2)]), importer).pk), importer, reviewer)
    head = Event.objects.head()
    unknown = type(known)(code=make_code(), name="青岚市未到贸易有限公司")
    rows = [penalty(known, 1), penalty(known, 2, fine="9"), penalty(unknown, 3), *(penalty(other, number) for number in range(4, 9))]
    rows += [penalty(other, 9, fine="许多"), penalty(known, 10), penalty(known, 11)]
    lines = table(rows)
    blank = [[""] * len(lines[0])]
    lines[6:6] = blank * 7
    batch = work.run(received(lines, importer).pk)
    deciding.exclude(batch, [5, 19], by=importer, because="待核实")
    batch = published(batch, importer, reviewer)
    counts = (batch.new, batch.changed, batch.unchanged, batch.invalid, batch.pending, batch.excluded)
    assert counts == (5, 1, 1, 1, 1, 2)
    found = [f"青测〔2026〕{number}号" for number in (2, 5, 6, 7, 8, 10)]
    assert decisions(batch) == list(enumerate(found, head + 1))
    assert (batch.written, batch.events, Event.objects.head()) == (6, 6, head + 6)
    old, new = Record.objects.filter(document_no=found[0]).order_by("id")
    assert (old.state, old.ended_event, new.values["fine"]) == ("replaced", new.id, "9")


@pytest.mark.django_db
def test_a_decision_stands_once_though_its_rows_are_far_apart(importer):
    company = make_company()
    rows = [penalty(company, number % 7, fine="9" if number == 15 else "1") for number in range(16)]
    batch = work.run(received(table(rows), importer).pk)
    assert (batch.new, batch.unchanged, batch.invalid) == (7, 8, 1)
    wrong = batch.staged.get(kind="invalid")
    assert (wrong.row_no, wrong.errors[0][2][:7]) == (17, "与第 3 行是")


@pytest.mark.django_db(transaction=True)
def test_another_worker_knows_the_decisions_of_the_rows_before(importer):
    company = make_company()
    batch = received(table([penalty(company, number % 6) for number in range(12)]), importer)
    poison("records_stagedrow", "row_no = 9")
    broken_off(batch)
    cure("records_stagedrow")
    assert batch.rows == 6
    Batch.objects.update(lease_until=None)
    work.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.rows, batch.new, batch.unchanged) == (12, 6, 6)


@pytest.mark.django_db
def test_the_database_keeps_a_batch_and_a_user_that_rows_refer_to(importer, reviewer):
    batch = published(work.run(received(table([penalty(make_company(), 1)]), importer).pk), importer, reviewer)
    for table_, pk in (("records_batch", batch.pk), ("auth_user", reviewer.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            delete(table_, pk)


def delete(table_: str, pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table_} WHERE id = %s", [pk])
    connection.check_constraints()


@pytest.mark.django_db
def test_a_batch_is_rolled_back_over_many_chunks_with_each_version_in_its_place(importer, reviewer, monkeypatch):
    monkeypatch.setattr(rollback, "CHUNK", 2)
    company = make_company()
    published(work.run(received(table([penalty(company, number, fine="1") for number in (2, 4)]), importer).pk), importer, reviewer)
    head = Event.objects.head()
    rows = [penalty(company, number, fine="5") for number in range(6)]
    batch = published(work.run(received(table(rows), importer).pk), importer, reviewer)
    corrected = Record.objects.get(batch=batch, document_no="青测〔2026〕4号")
    corrected.correct({"fine": "6"}, by=reviewer, because="笔误")
    batch.roll_back(by=reviewer, because="来源有误")
    batch = work.run(batch.pk)
    public = company.records.public().filter(dataset=PENALTY)
    assert sorted((record.document_no, record.values["fine"]) for record in public) == [("青测〔2026〕2号", "1"), ("青测〔2026〕4号", "1")]
    numbers = Event.objects.filter(number__gt=head).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(head + 1, head + 14))
    undone = Event.objects.filter(because="来源有误").order_by("number")
    assert [event.kind for event in undone] == ["withdrawn", "withdrawn", "restored", "withdrawn", "withdrawn", "restored"]
    for event in undone:
        record = Record.objects.get(pk=event.record_id)
        assert (record.key, record.digest, record.company_id) == (event.record_key, event.digest, event.company_id)
        assert (record.id == event.number) == (event.kind == "restored")


@pytest.mark.django_db
def test_what_a_rolled_back_batch_said_does_not_return_with_the_next_one_rolled_back(importer, reviewer):
    company = make_company()
    said = [published(work.run(received(table([penalty(company, 1, fine=fine)]), importer).pk), importer, reviewer) for fine in "123"]
    for batch, left in ((said[2], ["2"]), (said[1], ["1"]), (said[0], [])):
        batch.refresh_from_db()
        batch.roll_back(by=reviewer, because="来源有误")
        work.run(batch.pk)
        assert [record.values["fine"] for record in company.records.public().filter(dataset=PENALTY)] == left

"""Pausing, resuming and cancelling a batch: the worker stops at its next chunk, and nobody ever sees half of anything."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from records.catalog import catalog
from records.files.parsing import CHUNK
from records.ingest import receive, staging, work
from records.models import ActRefused, Batch, Event, Record, TrailEntry
from tests.factories import make_company
from tests.sheets import csv_file, example_row, table

PENALTY = "tax-penalty"
ROWS = CHUNK + 1000


def penalties(count: int, **changes) -> list[list[str]]:
    company = make_company()
    texts = {"uscc": company.code, "company_name": company.name, "registration_no": None, **changes}
    return table([example_row(PENALTY, **texts, decision_no=f"青测〔2026〕{number}号") for number in range(count)])


def received(rows, importer) -> Batch:
    return receive(csv_file(rows), dataset=catalog().datasets[PENALTY], file_name="many.csv", by=importer)


def act(client, user, batch: Batch, name: str, because: str = "") -> None:
    client.force_login(user)
    client.post(reverse("admin:records_batch_act", args=[batch.pk, name]), {"because": because})
    batch.refresh_from_db()


def poison(table: str, condition: str) -> None:
    """From now on the database refuses such rows: what a worker does breaks off there."""
    statement = {
        "sqlite": f"CREATE TRIGGER poison BEFORE INSERT ON {table} WHEN NEW.{condition} BEGIN SELECT RAISE(ABORT, 'poison'); END",
        "postgresql": f"ALTER TABLE {table} ADD CONSTRAINT poison CHECK (NOT ({condition})) NOT VALID",
    }
    with connection.cursor() as cursor:
        cursor.execute(statement[connection.vendor])


def cure(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER poison" if connection.vendor == "sqlite" else f"ALTER TABLE {table} DROP CONSTRAINT poison")


def broken_off(batch: Batch) -> None:
    with pytest.raises(DatabaseError, match="poison"):
        work.run(batch.pk)
    batch.refresh_from_db()


@pytest.mark.django_db(transaction=True)
def test_a_worker_stops_at_its_next_chunk_and_another_goes_on_where_it_was(client, importer):
    batch = received(penalties(ROWS), importer)
    poison("records_stagedrow", f"row_no = {CHUNK + 100}")
    broken_off(batch)
    cure("records_stagedrow")
    Batch.objects.update(lease_until=None)
    job = work.claim(batch.pk)
    act(client, importer, batch, "pause")
    assert (batch.paused, batch.state, batch.rows) == (True, "staging", CHUNK)
    with pytest.raises(work.Fenced):
        staging.stage(job)
    assert work.run() is None
    assert batch.staged.count() == CHUNK
    act(client, importer, batch, "resume")
    work.run()
    batch.refresh_from_db()
    assert (batch.state, batch.new, batch.staged.count()) == ("staged", ROWS, ROWS)
    assert list(TrailEntry.objects.about(batch).values_list("kind", flat=True)) == ["resume", "pause", "upload"]


@pytest.mark.django_db(transaction=True)
def test_a_publication_called_off_half_way_is_never_seen(client, importer, reviewer):
    batch = received(penalties(ROWS), importer)
    work.run(batch.pk)
    batch.refresh_from_db()
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    head = Event.objects.head()
    poison("records_event", f"number = {head + CHUNK + 100}")
    broken_off(batch)
    cure("records_event")
    act(client, reviewer, batch, "cancel_publication", "文件有误")
    assert (batch.state, batch.written, Event.objects.head()) == ("publishing", CHUNK, head)
    poison("records_event", f"number = {head + ROWS + 100}")
    Batch.objects.update(lease_until=None)
    broken_off(batch)
    cure("records_event")
    assert (batch.state, Event.objects.head()) == ("rolling_back", head)
    assert Record.objects.filter(batch=batch).count() == ROWS
    assert not Record.objects.public().filter(batch=batch).exists()
    Batch.objects.update(lease_until=None)
    work.run(batch.pk)
    batch.refresh_from_db()
    assert batch.state == "rolled_back"
    assert not Record.objects.public().filter(batch=batch).exists()
    numbers = list(Event.objects.filter(number__gt=head).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(head + 1, head + 2 * ROWS + 1))
    entries = TrailEntry.objects.about(batch).values_list("kind", "by", "because")
    assert list(entries)[:2] == [("cancel", reviewer.pk, "文件有误"), ("publish", reviewer.pk, "")]


@pytest.mark.django_db
def test_a_batch_cancelled_while_it_is_staged_frees_its_rows_and_publishes_nothing(client, importer):
    batch = received(penalties(3), importer)
    poison("records_stagedrow", "row_no = 3")
    broken_off(batch)
    act(client, importer, batch, "cancel", "")
    assert batch.state == "staging"
    act(client, importer, batch, "cancel", "文件有误")
    work.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.rows, batch.because, batch.staged.count()) == ("cancelled", 0, "文件有误", 0)
    assert TrailEntry.objects.about(batch)[0].kind == "cancel"
    assert received(penalties(3), importer)


@pytest.mark.django_db
def test_a_publication_that_has_not_begun_is_cancelled_at_once(importer, reviewer):
    batch = received(penalties(2), importer)
    work.run(batch.pk)
    batch.refresh_from_db()
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    with pytest.raises(ActRefused):
        batch.cancel_publication(by=importer, because="x")
    head = Event.objects.head()
    batch.cancel_publication(by=reviewer, because="文件有误")
    work.run(batch.pk)
    batch.refresh_from_db()
    assert (batch.state, batch.staged.count(), Event.objects.head()) == ("cancelled", 0, head)


@pytest.mark.django_db
def test_a_paused_batch_is_worked_by_nobody_and_holds_nobody_up(client, importer):
    batch = received(penalties(2), importer)
    batch.pause(by=importer)
    assert work.run() is None
    Batch.objects.update(uploaded_at="2026-01-01T00:00:00Z")
    assert client.get("/healthz/worker").status_code == 200
    with pytest.raises(ActRefused):
        batch.pause(by=importer)
    batch.resume(by=importer)
    with pytest.raises(ActRefused):
        batch.resume(by=importer)


@pytest.mark.django_db
def test_a_row_that_fails_three_times_is_named_and_stops_the_batch(client, importer):
    batch = received(penalties(9), importer)
    poison("records_stagedrow", "row_no = 7")
    for _ in range(work.MAX_ATTEMPTS):
        broken_off(batch)
        Batch.objects.update(lease_until=None)
    assert work.run(batch.pk).state == "failed"
    batch.refresh_from_db()
    assert batch.problem[0] == {"zh": "第 7 行连续 3 次处理失败，已停止", "en": "row 7 failed 3 times; stopped"}
    client.force_login(importer)
    assert "第 7 行连续 3 次处理失败" in client.get(batch.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_the_probe_tells_of_a_batch_that_breaks_off_again_and_again(client, importer):
    batch = received(penalties(1), importer)
    Batch.objects.filter(pk=batch.pk).update(attempts=work.MAX_ATTEMPTS + 1)
    answer = client.get("/healthz/worker")
    assert (answer.status_code, answer.json()["waiting"][0]["id"]) == (503, batch.pk)


@pytest.mark.django_db
def test_the_page_of_a_batch_at_work_says_how_far_it_is_and_works_without_script(client, importer):
    batch = received(penalties(2), importer)
    begun = timezone.now() - timedelta(seconds=20)
    Batch.objects.update(rows=500_000, expected=1_000_000, token="x", claimed_at=begun)
    client.force_login(importer)
    page = client.get(batch.get_absolute_url()).content.decode()
    for words in ("已处理 500,000 / 1,000,000 行", "每秒 ", "还需约 ", 'http-equiv="refresh"', "暂停", "取消批次…"):
        assert words in page
    form = client.get(reverse("admin:records_batch_confirm", args=[batch.pk, "cancel"])).content.decode()
    assert "什么也不公示" in form
    assert "refresh" not in form

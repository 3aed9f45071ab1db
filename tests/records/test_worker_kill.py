"""A worker killed at any moment is followed by another that ends with exactly the right rows."""

import random
import signal
import subprocess
import sys
import time

import pytest

from records.catalog import catalog
from records.ingest import receive
from records.models import Batch, Event, EventCounter, Record, StagedRow
from tests.factories import make_company
from tests.records.processes import environment
from tests.sheets import csv_file, example_row, table

PENALTY = "tax-penalty"
ROWS = 14_000


def _worker(settings) -> subprocess.Popen:
    """A real import worker on the test database."""
    command = [sys.executable, "manage.py", "import_worker", "--idle", "0.1"]
    return subprocess.Popen(command, env=environment(settings), stderr=subprocess.DEVNULL)


def _run_with_kills(batch_id: int, until: str, start, chance: random.Random, kills: int) -> None:
    """Run workers one after another until the batch is in a state; the first ones die soon after they moved it on."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        worker, begun = start(), Batch.objects.get(pk=batch_id)
        while time.monotonic() < deadline:
            batch = Batch.objects.get(pk=batch_id)
            if batch.state == until and not batch.unsettled:
                worker.terminate()
                worker.wait()
                assert kills <= 0
                return
            if kills > 0 and (batch.cursor, batch.written) != (begun.cursor, begun.written):
                time.sleep(chance.uniform(0, 0.08))
                break
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        kills -= 1
    raise AssertionError(f"not done in time: {Batch.objects.get(pk=batch_id).state}")


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(importer, reviewer, settings):
    company = make_company()
    rows = [
        example_row(PENALTY, uscc=company.code, company_name=company.name, registration_no=None, decision_no=f"青测〔2026〕{number}号")
        for number in range(ROWS)
    ]
    before = EventCounter.objects.get().last
    batch = receive(csv_file(table(rows)), dataset=catalog().datasets[PENALTY], file_name="many.csv", by=importer)
    chance = random.Random(5)
    _run_with_kills(batch.pk, Batch.State.STAGED, lambda: _worker(settings), chance, kills=3)
    batch.refresh_from_db()
    assert (batch.rows, batch.new) == (ROWS, ROWS)
    assert batch.staged.filter(kind=StagedRow.Kind.NEW).count() == ROWS
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    _run_with_kills(batch.pk, Batch.State.PUBLISHED, lambda: _worker(settings), chance, kills=2)
    records = Record.objects.filter(dataset=PENALTY)
    assert records.count() == records.values("key").distinct().count() == records.public().count() == ROWS
    numbers = list(Event.objects.filter(batch=batch).order_by("number").values_list("number", flat=True))
    assert numbers == list(range(before + 1, before + ROWS + 1))

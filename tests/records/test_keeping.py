"""Uploaded files are kept for their term, and no longer; nothing under way ever loses its file."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from records.catalog import catalog
from records.ingest import receive
from records.ingest.keeping import OVER, sweep
from records.models import Batch
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
OLD, LONG_AGO = timedelta(days=800), timedelta(days=1200)


@pytest.fixture
def stored(importer, settings):
    """Makes a batch in a state whose file was uploaded so long ago; gives the batch and the path of its file."""
    settings.UPLOAD_KEEP_DAYS = 1095
    numbers = iter(range(1000))

    def make(state: str, age: timedelta) -> tuple[Batch, Path]:
        rows = table([example_row("tax-penalty", decision_no=f"青测〔2026〕{next(numbers)}号")])
        batch = receive(csv_file(rows), dataset=catalog().datasets["tax-penalty"], file_name="a.csv", by=importer)
        Batch.objects.filter(pk=batch.pk).update(state=state, uploaded_at=timezone.now() - age)
        path = Path(settings.UPLOAD_DIR) / batch.file
        os.utime(path, (time.time() - age.total_seconds(),) * 2)
        return batch, path

    return make


def test_a_file_goes_when_its_term_is_over_and_its_batch_too(stored):
    kept = [stored(Batch.State.CANCELLED, OLD)[1], stored(Batch.State.SUBMITTED, LONG_AGO)[1]]
    gone = [stored(state, LONG_AGO)[1] for state in (Batch.State.CANCELLED, Batch.State.REFUSED)]
    assert sweep() == 2
    assert [path.exists() for path in (*kept, *gone)] == [True, True, False, False]
    assert sweep() == 0


def test_every_state_is_either_over_or_still_needs_its_file():
    needing = {Batch.State.STAGING, Batch.State.STAGED, Batch.State.SUBMITTED, *Batch.WORKING}
    assert needing | set(OVER) == set(Batch.State)
    assert not needing & set(OVER)


def test_without_a_term_files_are_kept_for_ever(stored, settings):
    settings.UPLOAD_KEEP_DAYS = 0
    assert stored(Batch.State.CANCELLED, LONG_AGO)[1].exists()
    assert sweep() == 0


def test_a_file_no_batch_knows_goes_after_a_day(stored, settings):
    batch, path = stored(Batch.State.CANCELLED, OLD)
    for name, age in (("young.bin", 3600), ("orphan.bin", 90_000)):
        (path.parent / name).write_bytes(b"x")
        os.utime(path.parent / name, (time.time() - age,) * 2)
    assert sweep() == 1
    assert sorted(found.name for found in path.parent.iterdir()) == sorted([batch.file, "young.bin"])


def test_the_page_of_a_batch_says_that_its_file_is_no_longer_kept(stored, client, importer):
    batch, _ = stored(Batch.State.CANCELLED, LONG_AGO)
    client.force_login(importer)
    address = reverse("admin:records_batch_change", args=[batch.pk])
    assert "下载上传时的文件" in client.get(address).content.decode()
    sweep()
    page = client.get(address).content.decode()
    assert "上传时的文件已过保存期限" in page
    assert batch.file_sha256 in page
    assert client.get(reverse("admin:records_batch_file", args=[batch.pk])).status_code == 404

"""Files that agencies deliver by transfer: taken when complete, staged, put away with a report; published by nobody here."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from records.dropbox import PLACES
from records.models import Batch, Membership, Record
from tests.factories import make_company
from tests.records.processes import environment
from tests.sheets import csv_file, example_row, table, xlsx_file

PENALTY = "tax-penalty"
pytestmark = pytest.mark.django_db


def rows(*numbers, **changes):
    company = make_company()
    other = dict.fromkeys(("registration_no", "org_code", "tax_no"))
    texts = {"uscc": company.code, "company_name": company.name} | other | changes
    return table([example_row(PENALTY, decision_no=f"青测〔2026〕{number}号", **texts) for number in numbers])


@pytest.fixture
def folder(tmp_path, importer):
    path = tmp_path / "dropbox"
    path.mkdir()
    return path


def deliver(folder, name, content: bytes, age: float = 60):
    (folder / name).write_bytes(content)
    os.utime(folder / name, (time.time() - age, time.time() - age))


def watch(folder, *options) -> str:
    out = io.StringIO()
    call_command("watch_dropbox", str(folder), "--by", "importer", "--once", "--settle", "0.05", *options, stdout=out)
    return out.getvalue()


@contextlib.contextmanager
def watcher(folder, settings, *before):
    """A real watcher of the folder; ends with the block."""
    command = [*before, sys.executable, "manage.py", "watch_dropbox", str(folder), "--by", "importer", "--settle", "0.1"]
    with subprocess.Popen(command, env=environment(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


def wait_until(reached, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.005)


def report(folder, place, name) -> dict:
    assert (folder / place / name).exists()
    return json.loads((folder / place / f"{name}.report.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["tax-penalty.csv", "tax-penalty-20261123.xlsx", "tax-penalty_第二次.csv", "tax-penalty.CSV"])
def test_a_file_named_by_its_dataset_waits_for_a_second_person(folder, name):
    deliver(folder, name, (xlsx_file if name.endswith("xlsx") else csv_file)(rows(1, 2)).read())
    watch(folder)
    batch = Batch.objects.get()
    assert (batch.dataset, batch.state, batch.new) == (PENALTY, Batch.State.SUBMITTED, 2)
    assert report(folder, "done", name) | {"batch": batch.pk, "rows": 2, "state": "submitted"} == report(folder, "done", name)
    assert not Record.objects.filter(dataset=PENALTY).exists()


def test_the_longest_slug_names_the_dataset(folder):
    deliver(folder, "tax-penalty_2015-06.csv", csv_file(table([example_row("tax-penalty_2015")])).read())
    watch(folder)
    assert Batch.objects.get().dataset == "tax-penalty_2015"


def test_a_file_with_invalid_rows_comes_back_with_each_of_them(folder):
    good, bad = rows(1), rows(2, fine="很多")
    deliver(folder, "tax-penalty.csv", csv_file([*good, *bad[1:]]).read())
    watch(folder)
    found = report(folder, "refused", "tax-penalty.csv")
    assert (found["state"], found["invalid"]) == ("withdrawn", 1)
    lines = list(csv.reader((folder / "refused" / found["refused_rows"]).read_text(encoding="utf-8-sig").splitlines()))
    assert lines[1][:3] == ["3", "罚款金额（万元）", "很多"]
    deliver(folder, "tax-penalty.csv", csv_file([*good, *bad[1:]]).read())
    watch(folder, "--skip-invalid")
    assert report(folder, "done", "tax-penalty.csv")["state"] == "submitted"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("penalties.csv", b"x", "文件名"),
        ("tax-penalty.pdf", b"%PDF", "文件名"),
        ("tax-penalty.csv", b"", "空"),
        ("tax-penalty.xlsx", b"PK\x03\x04", "不完整"),
        ("tax-penalty.csv", b"a,b\n1,2\n", "表头"),
    ],
)
def test_a_file_that_cannot_be_taken_is_put_aside_with_the_reason(folder, name, content, words):
    deliver(folder, name, content)
    watch(folder)
    found = report(folder, "refused", name)
    assert found["state"] == "refused"
    assert words in found["problems"][0]["zh"]


def test_a_reporter_of_another_agency_is_refused(folder, importer):
    Membership.objects.create(user=importer, agency="samr")
    deliver(folder, "tax-penalty.csv", csv_file(rows(1)).read())
    watch(folder)
    assert "无权" in report(folder, "refused", "tax-penalty.csv")["problems"][0]["zh"]


def test_what_is_not_complete_or_no_plain_file_is_left_alone(folder, tmp_path, caplog):
    content = csv_file(rows(1)).read()
    outside = tmp_path / "secret.csv"
    outside.write_bytes(content)
    (folder / "tax-penalty-link.csv").symlink_to(outside)
    (folder / "tax-penalty-folder.csv").mkdir()
    os.mkfifo(folder / "tax-penalty-pipe.csv")
    for name in (".tax-penalty.csv", "tax-penalty.csv.part", "tax-penalty.tmp", "tax-penalty.csv.filepart"):
        deliver(folder, name, content)
    deliver(folder, "tax-penalty-now.csv", content, age=-60)
    before = sorted(path.name for path in folder.iterdir())
    watch(folder)
    assert sorted(path.name for path in folder.iterdir() if path.name not in PLACES) == before
    assert not Batch.objects.exists()
    for kind in ("link", "folder", "pipe"):
        assert f"'tax-penalty-{kind}.csv' is left alone: not a plain file" in caplog.text


def test_what_turns_into_a_link_or_a_pipe_on_the_way_is_refused(folder, tmp_path):
    (folder / ".taken").mkdir()
    (folder / ".taken" / "tax-penalty-link.csv").symlink_to(tmp_path)
    os.mkfifo(folder / ".taken" / "tax-penalty-pipe.csv")
    (folder / ".taken" / "tax-penalty-folder.csv").mkdir()
    watch(folder)
    assert "不是普通文件" in report(folder, "refused", "tax-penalty-pipe.csv")["problems"][0]["zh"]
    assert "无法读取" in report(folder, "refused", "tax-penalty-link.csv")["problems"][0]["zh"]
    assert len(list((folder / "refused").glob("*.report.json"))) == 3


@pytest.mark.parametrize(
    "name",
    [
        b"tax-penalty-\xd0\xd0\xd5\xfe.csv",
        b"tax-penalty-\n\x1b[31m.csv",
        b"tax-penalty-" + b"x" * 239 + b".csv",
        "tax-penalty-‮vsc.csv".encode(),
        b"tax-penalty-.report.json",
    ],
)
def test_an_odd_name_harms_nobody(folder, name):
    Path(os.fsdecode(bytes(folder) + b"/" + name)).write_bytes(csv_file(rows(1)).read())
    deliver(folder, "tax-penalty-good.csv", csv_file(rows(2)).read())
    watch(folder, "--settle", "0")
    assert report(folder, "done", "tax-penalty-good.csv")["state"] == "submitted"
    reports = [*(folder / "done").glob("*.report.json"), *(folder / "refused").glob("*.report.json")]
    assert len(reports) == 2
    for each in reports:
        assert Path(str(each).removesuffix(".report.json")).exists()
        assert json.loads(each.read_text(encoding="utf-8"))["file"].isprintable()


def test_a_link_in_the_place_of_a_report_is_not_followed(folder, tmp_path):
    outside = tmp_path / "secret"
    outside.write_text("kept")
    (folder / "done").mkdir()
    (folder / "done" / "tax-penalty.csv.report.json").symlink_to(outside)
    deliver(folder, "tax-penalty.csv", csv_file(rows(1)).read())
    watch(folder)
    assert report(folder, "done", "tax-penalty.csv")["state"] == "submitted"
    assert outside.read_text() == "kept"


def test_the_same_file_twice_is_refused_while_the_first_is_under_way(folder):
    content = csv_file(rows(1)).read()
    deliver(folder, "tax-penalty-a.csv", content)
    deliver(folder, "tax-penalty-b.csv", content)
    watch(folder)
    first = report(folder, "done", "tax-penalty-a.csv")["batch"]
    assert f"#{first}" in report(folder, "refused", "tax-penalty-b.csv")["problems"][0]["zh"]


def test_a_file_waits_where_there_is_no_room_for_it(folder, settings, tmp_path, caplog):
    deliver(folder, "tax-penalty.csv", csv_file(rows(1)).read())
    (tmp_path / "full").touch()
    room, settings.UPLOAD_DIR = settings.UPLOAD_DIR, tmp_path / "full" / "uploads"
    watch(folder)
    assert [path.name for path in (folder / ".taken").iterdir()] == ["tax-penalty.csv"]
    assert "'tax-penalty.csv' waits: the file could not be stored (Not a directory)" in caplog.text
    settings.UPLOAD_DIR = room
    watch(folder)
    assert report(folder, "done", "tax-penalty.csv")["state"] == "submitted"


@pytest.mark.django_db(transaction=True)
def test_a_file_that_goes_on_growing_after_it_was_taken_is_taken_again(folder, settings):
    whole = csv_file(rows(*range(8_000))).read()
    part = whole[: whole.index(b"\n", len(whole) - 5000) + 1]
    deliver(folder, "tax-penalty.csv", part)
    with watcher(folder, settings):
        wait_until(Batch.objects.exists)
        with (folder / ".taken" / "tax-penalty.csv").open("ab") as file:
            file.write(whole[len(part) :])
        wait_until(lambda: (folder / "done" / "tax-penalty.csv").exists())
    assert report(folder, "done", "tax-penalty.csv")["rows"] == 8_000
    assert list(Batch.objects.order_by("id").values_list("state", flat=True)) == ["withdrawn", "submitted"]


def test_files_of_the_same_name_stand_side_by_side(folder):
    for number in (1, 2):
        deliver(folder, "tax-penalty.csv", csv_file(rows(number)).read())
        watch(folder)
    assert report(folder, "done", "tax-penalty.csv")["batch"] < report(folder, "done", "tax-penalty~2.csv")["batch"]


@pytest.mark.django_db(transaction=True)
def test_a_watcher_killed_at_any_step_is_followed_by_one_that_goes_on(folder, settings):
    deliver(folder, "tax-penalty.csv", csv_file(rows(*range(8_000))).read())
    steps = {
        "taken": lambda: any((folder / ".taken").glob("*")),
        "received": Batch.objects.exists,
        "staging": lambda: Batch.objects.filter(cursor__gt=0).exists(),
        "submitted": lambda: Batch.objects.filter(state=Batch.State.SUBMITTED).exists(),
    }
    for reached in steps.values():
        with watcher(folder, settings) as process:
            wait_until(reached)
            process.kill()
    watch(folder)
    assert Batch.objects.get().counts() == {"rows": 8_000, "new": 8_000, "changed": 0, "unchanged": 0, "invalid": 0, "pending": 0}
    assert report(folder, "done", "tax-penalty.csv") | {"rows": 8_000, "state": "submitted"} == report(folder, "done", "tax-penalty.csv")
    assert not list((folder / ".taken").iterdir())


# A root that may not read everything cannot reach the throw-away PostgreSQL, which runs as another account.
@pytest.mark.engine("sqlite")
@pytest.mark.django_db(transaction=True)
def test_a_file_that_may_not_be_read_is_refused_and_the_next_one_taken(folder, settings):
    deliver(folder, "tax-penalty-a.csv", csv_file(rows(1)).read())
    (folder / "tax-penalty-a.csv").chmod(0)
    deliver(folder, "tax-penalty-b.csv", csv_file(rows(2)).read())
    # Root reads everything, unless it is told that it may not.
    limits = "-dac_override,-dac_read_search"
    plain = ["setpriv", f"--bounding-set={limits}", f"--inh-caps={limits}"] if os.geteuid() == 0 else []
    with watcher(folder, settings, *plain) as process:
        wait_until(lambda: (folder / "done" / "tax-penalty-b.csv").exists())
        assert process.poll() is None
    assert "无法读取（Permission denied）" in report(folder, "refused", "tax-penalty-a.csv")["problems"][0]["zh"]


@pytest.mark.django_db(transaction=True)
def test_two_watchers_and_a_worker_take_every_file_once(folder, settings):
    for number in range(8):
        deliver(folder, f"tax-penalty-{number}.csv", csv_file(rows(number)).read())
    work = [sys.executable, "manage.py", "import_worker", "--idle", "0.05"]
    with watcher(folder, settings), watcher(folder, settings), subprocess.Popen(work, env=environment(settings)) as worker:
        wait_until(lambda: len(list((folder / "done").glob("*.csv"))) == 8)
        worker.terminate()
    assert len(list((folder / "done").glob("*.csv"))) == 8
    assert Batch.objects.filter(state=Batch.State.SUBMITTED).count() == Batch.objects.count() == 8


def test_a_wrong_call_is_refused(folder, tmp_path):
    with pytest.raises(CommandError, match="no user"):
        call_command("watch_dropbox", str(folder), "--by", "nobody", "--once")
    with pytest.raises(CommandError):
        call_command("watch_dropbox", str(tmp_path / "missing"), "--by", "importer", "--once")

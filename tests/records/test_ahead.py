"""What is made in a process of its own arrives as if it had been made here, and that process never outlives its purpose."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from records.ahead import ahead
from records.catalog import catalog
from records.files.parsing import CHUNK, parsed_file
from records.ingest import Refused, receive, work
from records.ingest.publishing import MANY
from records.models import Company, SearchName
from tests.factories import make_code
from tests.sheets import csv_file, example_row, table

PENALTY, REGISTRATION = "tax-penalty", "samr-registration"
TODAY = date(2026, 11, 24)
SALTED = ("salt", "digest")


def _file(folder: Path, rows: int) -> Path:
    path = folder / "many.csv"
    cells = table([example_row(PENALTY, decision_no=f"青测〔2026〕{number}号") for number in range(rows)])
    path.write_bytes(csv_file(cells).read())
    return path


def _without_salt(chunk: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name not in SALTED} for row in chunk]


def test_a_large_file_is_parsed_ahead_as_it_is_here(tmp_path):
    task = (parsed_file, _file(tmp_path, CHUNK + 5), PENALTY, 3, TODAY)
    there, here = list(ahead(*task)), list(task[0](*task[1:]))
    assert there[0] == here[0]
    assert [len(chunk) for chunk in there[1:]] == [CHUNK, 3]
    assert [_without_salt(chunk) for chunk in there[1:]] == [_without_salt(chunk) for chunk in here[1:]]


def test_a_refusal_half_way_through_keeps_its_reasons(tmp_path):
    path = _file(tmp_path, CHUNK + 5)
    with path.open("ab") as file:
        file.write('"从未闭合的引号'.encode())
    made = ahead(parsed_file, path, PENALTY, 0, TODAY)
    assert next(made)["row"] == 1
    assert len(next(made)) == CHUNK
    with pytest.raises(Refused) as refused:
        list(made)
    assert "引号未闭合" in refused.value.problems[0]["zh"]
    assert "not closed" in str(refused.value)


@pytest.mark.django_db
def test_a_large_register_makes_each_company_once(importer, reviewer):
    named = {"registration_no": None, "former_names": None, "english_name": None}
    rows = [
        example_row(REGISTRATION, **named, company_name=f"青岚市测试{number}号商行", uscc=make_code(number))
        for number in range(1, MANY + 8)
    ]
    file = csv_file(table([*rows, rows[3]]))
    batch = receive(file, dataset=catalog().datasets[REGISTRATION], file_name="many.csv", by=importer)
    work.run(batch.pk)
    batch.refresh_from_db()
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    work.run(batch.pk)
    companies = Company.objects.public()
    assert companies.count() == len(rows)
    for number in (1, MANY, MANY + 7):
        (match,) = companies.search(f"测试{number}号").matches[:1]
        company = companies.get(code=make_code(number))
        assert match.company == company
        assert list(company.records.values_list("id", "batch")) == [(company.id, batch.id)]
    assert SearchName.objects.count() == len(rows)


def test_several_processes_give_their_items_in_the_order_of_the_inputs():
    for count in (0, 1, 3, 8):
        assert list(ahead(iter, inputs=range(count), processes=3)) == list(range(count))


def test_a_generator_that_is_fed_nothing_never_waits_for_its_caller():
    """More items than there is room in a pipe for a word about each."""
    assert list(ahead(range, 5000)) == list(range(5000))


def _children() -> list[int]:
    return [int(child) for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split()]


def test_a_process_that_is_killed_is_missed(tmp_path):
    before = _children()
    made = ahead(parsed_file, _file(tmp_path, CHUNK * 2), PENALTY, 0, TODAY)
    next(made)
    (child,) = set(_children()) - set(before)
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ChildProcessError):
        list(made)
    assert not set(_children()) - set(before)


def test_no_process_stays_behind_one_that_is_killed_itself():
    """The pipe of a killed caller is closed, and the next item ends the process that made it."""
    caller = subprocess.Popen(
        [sys.executable, "-c", "import itertools; from records.ahead import ahead; print(*ahead(itertools.count), flush=True)"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "publicity.settings"},
    )  # fmt: skip
    children = Path(f"/proc/{caller.pid}/task/{caller.pid}/children")
    child = _soon(lambda: children.read_text(encoding="ascii").strip())
    caller.kill()
    caller.wait()
    _soon(lambda: not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes())


def _soon(look, seconds: float = 20):
    """What ``look`` finds, looked for until it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found

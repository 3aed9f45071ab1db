"""``manage.py import_dataset``: the same import for people at a terminal and for scripts."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from records.models import Batch
from tests.factories import make_company
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
PENALTY = "tax-penalty"


@pytest.fixture
def sheet(tmp_path):
    company = make_company()

    def write(*numbers, **changes):
        rows = [
            example_row(PENALTY, uscc=company.code, company_name=company.name, decision_no=f"〔2026〕{number}号", **changes)
            for number in numbers
        ]
        path = tmp_path / f"sheet{len(numbers)}.csv"
        path.write_bytes(csv_file(table(rows)).read())
        return path

    return write


def run(path, *options, dataset=PENALTY) -> tuple[dict, Exception | None]:
    out, problem = io.StringIO(), None
    try:
        call_command("import_dataset", dataset, str(path), "--by", "importer", "--json", *options, stdout=out, stderr=io.StringIO())
    except CommandError as refused:
        problem = refused
    return (json.loads(out.getvalue()) if out.getvalue() else {}), problem


def test_it_stages_and_with_a_second_person_publishes(sheet, staff):
    answer, problem = run(sheet(1, 2), "--publish-by", "reviewer")
    assert problem is None
    assert answer["state"] == Batch.State.PUBLISHED
    assert {name: answer[name] for name in ("rows", "new", "changed", "unchanged", "invalid", "pending")} == {
        "rows": 2, "new": 2, "changed": 0, "unchanged": 0, "invalid": 0, "pending": 0,
    }  # fmt: skip


def test_a_second_import_of_the_file_says_that_nothing_changes(sheet, staff):
    path = sheet(1, 2)
    run(path, "--publish-by", "reviewer")
    for _ in range(2):
        answer, problem = run(path, "--publish-by", "reviewer")
        assert (answer["state"], answer["unchanged"], problem) == (Batch.State.NOTHING_NEW, 2, None)


def test_invalid_rows_stop_publishing_unless_they_are_skipped(sheet, staff):
    bad = sheet(1, decided_on="2026/13/01")
    good = sheet(2, 3)
    lines = good.read_text(encoding="utf-8").splitlines() + bad.read_text(encoding="utf-8").splitlines()[1:]
    good.write_text("\n".join(lines), encoding="utf-8")
    answer, problem = run(good, "--publish-by", "reviewer")
    assert answer["invalid"] == 1
    assert "not published" in str(problem)
    Batch.objects.get().withdraw(by=staff.importer, because="again")
    answer, problem = run(good, "--publish-by", "reviewer", "--skip-invalid")
    assert (answer["state"], answer["new"], answer["invalid"], problem) == (Batch.State.PUBLISHED, 2, 1, None)


@pytest.mark.parametrize(
    ("options", "dataset", "words"),
    [
        (["--publish-by", "importer"], PENALTY, "another person"),
        ([], "tax-nothing", "unknown dataset"),
        (["--publish-by", "x"], PENALTY, "no user 'x'"),
    ],
)
def test_a_wrong_call_is_refused_with_its_reason(options, dataset, words, sheet, staff):
    _, problem = run(sheet(1), *options, dataset=dataset)
    assert words in str(problem)
    assert not Batch.objects.exists()

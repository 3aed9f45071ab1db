"""Bulk files over HTTP: ranges, validators, other sites' scripts, and nothing served that has stopped being public."""

import gzip
import hashlib
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from publicity.bulk import exporting, manifest, writing
from publicity.bulk.exporting import export
from records.catalog import catalog
from records.models import Event
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db
FULL = "/bulk/full/tax-penalty.ndjson.gz"
DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    few = [catalog().datasets[slug] for slug in ("samr-registration", "tax-penalty", "samr-abnormal")]
    monkeypatch.setattr("publicity.bulk.exporting.public_datasets", lambda: few)


@pytest.fixture
def record():
    made = make_record(make_company("青岚市试水贸易有限公司"), fine="271828", published_until=date(2099, 1, 1))
    export()
    return made


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_file_is_served_as_it_was_made_and_its_digest_is_in_the_manifest(client, record):
    content = body(client.get(FULL))
    told = client.get("/bulk/manifest.json")
    files = [file for part in manifest.parse(body(told).decode()).parts.values() for file in part.files]
    assert hashlib.sha256(content).hexdigest() == next(file.sha256 for file in files if FULL.endswith(file.path))
    assert record.key in gzip.decompress(content).decode()
    sums = body(client.get("/bulk/SHA256SUMS")).decode().splitlines()
    for line in sums:
        digest, path = line.split("  ")
        assert hashlib.sha256(body(client.get(f"/bulk/{path}"))).hexdigest() == digest


def test_the_answer_says_how_long_what_and_which_version(client, record):
    answer = client.get(FULL)
    assert answer["Content-Type"] == "application/gzip"
    assert int(answer["Content-Length"]) == len(body(answer))
    assert answer["Accept-Ranges"] == "bytes"
    assert re.fullmatch(r'"[0-9a-f]{32}"', answer["ETag"])
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies
    head = client.head(FULL)
    assert (head.status_code, body(head)) == (200, b"")
    assert [head[name] for name in ("ETag", "Content-Length")] == [answer[name] for name in ("ETag", "Content-Length")]


@pytest.mark.parametrize(
    ("asked", "part"),
    [("bytes=0-0", slice(0, 1)), ("bytes=5-9", slice(5, 10)), ("bytes=20-", slice(20, None)), ("bytes=-7", slice(-7, None)),
     ("bytes=10-99999999", slice(10, None))],
)  # fmt: skip
def test_a_part_of_a_file_is_served(client, record, asked, part):
    whole = body(client.get(FULL))
    answer = client.get(FULL, headers={"Range": asked})
    assert answer.status_code == 206
    assert body(answer) == whole[part]
    first = range(len(whole))[part][0]
    assert answer["Content-Range"] == f"bytes {first}-{first + len(whole[part]) - 1}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_does_not_exist_is_416_with_the_size(client, record, asked):
    answer = client.get(FULL, headers={"Range": asked})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{client.head(FULL)['Content-Length']}"


@pytest.mark.parametrize("asked", ["bytes=0-1,3-4", "lines=1-2", "bytes=9-5", "bytes=-", "bytes=a-b"])
def test_what_is_no_single_range_is_answered_with_the_whole(client, record, asked):
    assert client.get(FULL, headers={"Range": asked}).status_code == 200


def test_a_download_goes_on_only_in_the_same_version(client, record):
    etag = client.head(FULL)["ETag"]
    assert client.get(FULL, headers={"Range": "bytes=5-", "If-Range": etag}).status_code == 206
    assert client.get(FULL, headers={"Range": "bytes=5-", "If-Range": '"another"'}).status_code == 200


def test_who_has_the_file_gets_no_body(client, record):
    first = client.get(FULL)
    assert client.get(FULL, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(FULL, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    make_record()
    export()
    assert client.get(FULL, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", ["full/none.ndjson.gz", "../manifest.json", "full/", "lock", "%2e%2e/%2e%2e/manage.py"])
def test_only_files_of_the_export_are_served(client, record, path):
    answer = client.get(f"/bulk/{path}")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_files_are_read_only(client, record):
    assert client.post(FULL).status_code == 405


def test_preflight_allows_ranges(client):
    answer = client.options(FULL, headers={"Access-Control-Request-Method": "GET", "Origin": "https://example.org"})
    assert answer.status_code == 204
    assert "Range" in answer["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("act", ["withdraw", "repair"])
def test_from_the_moment_of_the_act_no_file_holds_the_content(client, record, reviewer, act):
    with time_machine.travel(DAY + timedelta(3650)):
        make_record()
        export()
        getattr(record, act)(by=reviewer, because="理由")
        answer = client.get(FULL)
        assert (answer.status_code, answer["Retry-After"]) == (503, "600")
        assert "271828" not in answer.content.decode()
        export()
        everything(client, without=["271828"])


def test_a_correction_takes_the_wrong_value_off_at_once(client, record, reviewer):
    record.correct({"fine": "3"}, by=reviewer, because="金额有误")
    assert client.get(FULL).status_code == 503
    export()
    everything(client, without=["271828"])


def test_a_file_is_held_back_from_the_day_a_period_ends(client):
    with time_machine.travel(DAY):
        make_record(fine="271828", published_until=DAY + timedelta(2))
        export()
    with time_machine.travel(DAY + timedelta(1)):
        assert client.get(FULL).status_code == 200
    with time_machine.travel(DAY + timedelta(2)):
        assert client.get(FULL).status_code == 503
        export()
        everything(client, without=["271828"])


def test_a_delta_of_an_earlier_day_does_not_keep_what_was_repaired_since(client, reviewer):
    with time_machine.travel(DAY):
        export()
    with time_machine.travel(DAY + timedelta(1)):
        record = make_record(fine="271828")
        export()
        assert "271828" in gzip.decompress(body(client.get("/bulk/deltas/2026-06-02/tax-penalty.ndjson.gz"))).decode()
    with time_machine.travel(DAY + timedelta(2)):
        record.repair(by=reviewer, because="已修复")
        assert client.get("/bulk/deltas/2026-06-02/tax-penalty.ndjson.gz").status_code == 503
        export()
        everything(client, without=["271828"])
    on_disk = [path for path in manifest.root().rglob("*.gz") if b"271828" in gzip.decompress(path.read_bytes())]
    assert on_disk == []


def test_a_declaration_that_shows_less_holds_its_files_back(client, record, monkeypatch):
    monkeypatch.setattr("publicity.bulk.rows.FORMAT", 0)
    assert client.get(FULL).status_code == 503


def test_a_new_publication_holds_nothing_back(client, record):
    make_record()
    assert client.get(FULL).status_code == 200


def test_a_failed_export_leaves_the_last_one_served(client, record, monkeypatch):
    before = body(client.get(FULL))
    monkeypatch.setattr(writing, "gone_by_event", lambda *args, **kwargs: 1 / 0)
    make_record()
    with pytest.raises(ZeroDivisionError):
        export()
    assert body(client.get(FULL)) == before
    assert len([path for path in manifest.root().iterdir() if path.is_dir() and not path.is_symlink()]) == 1


def test_what_a_killed_export_left_is_cleared_away_by_the_next(record):
    left = manifest.root() / "export-killed" / "full"
    left.mkdir(parents=True)
    (left / "x.gz").write_bytes(b"x")
    export()
    assert not left.exists()


def test_an_export_into_a_relative_or_linked_directory_stays(client, record, settings, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "linked").symlink_to("elsewhere")
    monkeypatch.chdir(tmp_path)
    for directory in ("relative", str(tmp_path / "linked")):
        settings.BULK_DIR = directory
        export()
        assert body(client.get(FULL)).startswith(b"\x1f\x8b"), directory


def test_two_exports_at_once_are_refused(record):
    with exporting._alone(), pytest.raises(CommandError, match="another export is running"):
        call_command("export_bulk")


def test_the_command_writes_where_it_is_told_and_says_what(record, tmp_path, capsys):
    call_command("export_bulk", dir=tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "current" / "full" / "tax-penalty.csv.gz").exists()
    assert re.match(r"5 rows, 12 files, \d+ bytes: 20\d\d-\d\d-\d\d, event \d+", capsys.readouterr().out)


def test_equal_states_make_equal_files(record, tmp_path, settings):
    first = {file.path: file.sha256 for part in manifest.current()[0].parts.values() for file in part.files}
    settings.BULK_DIR = tmp_path / "again"
    again = {file.path: file.sha256 for part in export().parts.values() for file in part.files}
    assert first == again


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_says_what_there_is_how_big_and_on_which_terms(client, record, prefix):
    page = client.get(f"{prefix}/bulk/").content.decode()
    assert FULL in page
    assert "/bulk/manifest.json" in page
    assert "/help/terms/" in page
    assert str(Event.objects.head()) in page


def test_the_page_stands_before_the_first_export(client):
    assert "尚未生成批量文件" in client.get("/bulk/").content.decode()
    assert client.get("/bulk/manifest.json").status_code == 404


def everything(client, *, without: list[str]) -> None:
    """Read every file that is served and find none of these texts."""
    for file in [manifest.NAME, *(file.path for file in manifest.current()[0].all_files())]:
        answer = client.get(f"/bulk/{file}")
        assert answer.status_code == 200, file
        content = body(answer)
        text = (gzip.decompress(content) if file.endswith(".gz") else content).decode()
        assert [one for one in without if one in text] == [], file


def test_who_goes_on_with_another_version_is_told_that_it_is_another(client, record):
    told = client.get(FULL)
    for name, another, same in (
        ("If-Match", '"another"', told["ETag"]),
        ("If-Unmodified-Since", "Mon, 01 Jan 2024 00:00:00 GMT", told["Last-Modified"]),
    ):
        answer = client.get(FULL, headers={name: another, "Range": "bytes=5-"})
        assert (answer.status_code, answer.json()["status"]) == (412, 412), name
        assert client.get(FULL, headers={name: same, "Range": "bytes=5-"}).status_code == 206, name

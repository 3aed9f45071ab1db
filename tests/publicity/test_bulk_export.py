"""Bulk files: exact, deterministic, complete; deltas lead from any export of the last month to the newest."""

import gzip
import hashlib
import json
import shutil
import zlib

import pytest

from publicity.bulk import manifest
from publicity.bulk.exporting import export
from publicity.bulk.packing import Packed, packed
from records.catalog import catalog
from records.models import Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db


def lines(path: str) -> list[str]:
    return gzip.decompress((manifest.root() / manifest.CURRENT / path).read_bytes()).decode().splitlines()


def test_a_dump_holds_what_is_public_and_nothing_else():
    company = make_company("青岚市试水贸易有限公司")
    record = make_record(company, fine="0.2")
    made = export()
    (row,) = map(json.loads, lines("full/tax-penalty.ndjson.gz"))
    assert (row["_id"], row["_company"], row["_event"], row["fine"]) == (record.key, company.code, record.id, "0.2")
    (row,) = map(json.loads, lines("full/companies.ndjson.gz"))
    assert (row["code"], row["name"], row["status"]) == (company.code, company.name, "other")
    assert made.parts["tax-penalty"].rows == 1
    assert made.parts["tax-licence"].rows == 0


@pytest.mark.parametrize("processors", [1, 2])
def test_files_are_the_same_however_many_processes_make_them(monkeypatch, processors):
    few = [catalog().datasets[slug] for slug in ("samr-registration", "tax-penalty")]
    monkeypatch.setattr("publicity.bulk.exporting.public_datasets", lambda: few)
    monkeypatch.setattr("publicity.bulk.scanning.CHUNK", 2)
    companies = [make_company() for _ in range(3)]
    records = [make_record(company, fine="0.2") for company in companies for _ in range(3)]
    end_record(records[5], Event.Kind.WITHDRAWN)
    here = export()
    monkeypatch.setattr("publicity.bulk.writing.FEW", 1)
    monkeypatch.setattr("publicity.bulk.writing.PROCESSORS", processors)
    shutil.rmtree(manifest.root())
    there = export()
    assert [file.sha256 for part in there.parts.values() for file in part.files] == [
        file.sha256 for part in here.parts.values() for file in part.files
    ]
    assert there.parts["tax-penalty"].rows == 8
    assert len(lines("ftm.json.gz")) == 8 + 3


def test_a_compressed_file_is_one_member_with_right_checksums_whatever_it_was_made_of(tmp_path):
    file, text = Packed(tmp_path / "made.gz"), b""
    for number in range(5):
        piece = f"{number}\n".encode() * 1000
        file.add(packed(piece, 1000))
        file.write(b"between\n")
        text += piece + b"between\n"
    file.close()
    content, reader = (tmp_path / "made.gz").read_bytes(), zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert (reader.decompress(content), reader.eof, reader.unused_data) == (text, True, b"")
    assert (file.lines, file.bytes, file.sha256) == (5005, len(content), hashlib.sha256(content).hexdigest())

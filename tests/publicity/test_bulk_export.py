"""Bulk files: exact, deterministic, complete; deltas lead from any export of the last month to the newest."""

import gzip
import json

import pytest

from publicity.bulk import manifest
from publicity.bulk.exporting import export
from tests.factories import make_company, make_record

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

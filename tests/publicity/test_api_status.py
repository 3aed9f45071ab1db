"""The status: how far the log is, and how far the bulk files are behind it."""

import pytest

from publicity.bulk.exporting import export
from tests.factories import make_record

pytestmark = pytest.mark.django_db


def test_the_status_tells_how_far_the_bulk_files_are_behind_the_log(client):
    assert client.get("/api/v1/status/").json()["bulk"] is None
    record = make_record()
    made = export()
    make_record()
    answer = client.get("/api/v1/status/").json()
    assert answer["head"]["number"] == record.id + 2
    assert answer["bulk"] == {
        "url": "http://testserver/bulk/", "exported_at": made.exported_at, "event": record.id, "behind": 2,
    }  # fmt: skip

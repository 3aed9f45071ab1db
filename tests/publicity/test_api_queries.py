"""The number of queries of an answer does not grow with its rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db


def queries(client, address) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    # The time limit of a page is a transaction, which inside the one of a test is a savepoint.
    return len([query for query in captured if "SAVEPOINT" not in query["sql"]])


def fill(company=None):
    company = company or make_company("青岚市鹭鸣贸易有限公司", former_names=["青岚市旧名商行"])
    make_record(company, "tax-penalty")
    make_record(company, "samr-abnormal", decided_on=f"2026-05-{fill.day:02d}", listed_reason="无法联系")
    make_record(company, "tax-credit_rating", year=2000 + fill.day)
    fill.day += 1


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("companies/", 4),
        ("companies/?q=鹭鸣", 8),
        ("companies/?on_list=blacklist", 6),
        ("records/", 3),
        ("events/", 4),
        ("lists/samr-abnormal/listings/", 3),
        ("lists/", 0),
        ("datasets/", 0),
        ("status/", 6),
    ],
)
def test_a_list_asks_the_same_number_of_questions_for_one_row_as_for_twenty(client, path, most):
    fill.day = 1
    fill()
    # A search in a register that has doubled first learns anew which pairs of characters are rare.
    client.get(f"/api/v1/{path}")
    few = queries(client, f"/api/v1/{path}")
    for _ in range(6):
        fill()
    client.get(f"/api/v1/{path}")
    many = queries(client, f"/api/v1/{path}")
    assert many == few
    assert many <= most


def test_a_profile_asks_the_same_number_of_questions_however_much_there_is(client):
    fill.day = 1
    company = make_company()
    fill(company)
    few = queries(client, f"/api/v1/companies/{company.code}/")
    for _ in range(6):
        fill(company)
    assert queries(client, f"/api/v1/companies/{company.code}/") == few
    assert few <= 16

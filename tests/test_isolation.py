"""Tests without a surrounding transaction clean up by a flush, which must leave what the migrations promise."""

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, transaction

from records.models import Company, Event, EventCounter, TrailEntry
from tests.factories import make_company


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_flushed_database_is_as_good_as_a_new_one(turn, staff):
    assert EventCounter.objects.get().last == 0
    assert {"importer", "reviewer", "administrator"} <= set(Group.objects.values_list("name", flat=True))
    assert staff.reviewer.has_perm("records.review_batch")
    with transaction.atomic():
        number = EventCounter.reserve(1)
        fields = {"at": "2026-01-01T00:00Z", "kind": "published", "dataset": "x", "record_key": "x", "record_id": 1}
        Event.objects.create(number=number, company_id=1, digest="0", **fields)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.update(because="tampered")
    TrailEntry.note(TrailEntry.Kind.SIGN_IN, by=staff.reviewer)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        TrailEntry.objects.update(because="tampered")
    mine, theirs = ("望江", "听澜") if turn == 1 else ("听澜", "望江")
    company = make_company(f"青岚市{mine}光学有限公司")
    assert [match.company for match in Company.objects.search(mine).matches] == [company]
    # A term left in the index would now lead to the name that has got the number of the one before.
    assert list(Company.objects.search(theirs).matches) == []

"""The front page of the staff side: what waits, what is late, what changed today, by role and agency, at a constant cost."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from records.models import Membership, StagedRow, TrailEntry
from records.rhythm import overdue
from tests.factories import make_company, make_record
from tests.records.staff_side import make_batch, member

PENALTY, DAILY, MONTHLY = "tax-penalty", "tax-penalty", "customs-dishonest"
pytestmark = pytest.mark.django_db


def desk(client, user) -> dict:
    client.force_login(user)
    return client.get(reverse("admin:index")).context["desk"]


@pytest.mark.parametrize(
    ("frequency", "last", "today", "days"),
    [
        ("daily", date(2026, 11, 20), date(2026, 11, 23), 0),  # Friday, and Monday is not over
        ("daily", date(2026, 11, 20), date(2026, 11, 24), 1),
        ("daily", date(2026, 9, 30), date(2026, 10, 8), 0),  # the holidays of the first of October
        ("weekly", date(2026, 11, 16), date(2026, 11, 23), 0),
        ("weekly", date(2026, 11, 16), date(2026, 11, 24), 1),
        ("monthly", date(2026, 10, 1), date(2026, 11, 30), 29),
        ("yearly", date(2025, 11, 1), date(2026, 11, 1), 0),
        ("irregular", date(2001, 1, 1), date(2026, 11, 1), 0),
    ],
)
def test_a_dataset_is_overdue_when_its_rhythm_is_passed(frequency, last, today, days):
    assert overdue(frequency, last, today) == days


@time_machine.travel(datetime(2026, 11, 24, 4, tzinfo=timezone.get_default_timezone()), tick=False)
def test_overdue_datasets_are_listed_latest_first_and_a_report_without_change_is_one(client, staff):
    make_batch(staff, MONTHLY, days_ago=60)
    make_batch(staff, DAILY, days_ago=5)
    make_batch(staff, DAILY, state="refused")
    make_batch(staff, "tax-licence", days_ago=40)
    make_batch(staff, "tax-licence", state="nothing_new")
    told = desk(client, staff.importer)
    assert [(late.dataset.slug, late.days) for late in told["late"]] == [(MONTHLY, 29), (DAILY, 2)]
    page = client.get(reverse("admin:index")).content.decode()
    assert f"{reverse('admin:records_batch_import')}?dataset={DAILY}" in page


def test_an_importer_sees_their_own_batches_and_how_many_are_unfinished(client, staff):
    for state in ("staged", "staged", "returned", "published"):
        make_batch(staff, state=state)
    make_batch(staff, state="returned", days_ago=90)
    make_batch(staff, state="submitted", uploaded_by=staff.administrator)
    told = desk(client, staff.importer)
    assert len(told["mine"]) == 5
    assert [(state, number) for state, _, number in told["mine_states"]] == [("staged", 2), ("returned", 1)]
    assert "waiting" not in told


def test_a_reviewer_sees_what_others_submitted_first_in_first_out(client, staff):
    second, first = (make_batch(staff, state="submitted", submitted_at=timezone.now() - timedelta(hours=h)) for h in (1, 2))
    make_batch(staff, state="submitted", uploaded_by=staff.reviewer)
    told = desk(client, staff.reviewer)
    assert (told["waiting"], told["waiting_count"]) == ([first, second], "2")
    assert "mine" not in told


def test_what_changed_today_is_told_with_its_author_and_nothing_of_yesterday(client, staff):
    record = make_record(make_company(), PENALTY)
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.reviewer, on=make_batch(staff))
    batch = make_batch(staff)
    TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.reviewer, on=batch, after={"new": 7, "changed": 0})
    record.correct({"fine": "0.3"}, by=staff.reviewer, because="录入有误")
    TrailEntry.note(TrailEntry.Kind.SUBMIT, by=staff.importer, on=batch)
    told = desk(client, staff.importer)
    assert [(act.kind, act.by) for act in told["today"]] == [("correct", staff.reviewer), ("publish", staff.reviewer)]
    assert {kind: number for kind, _, number in told["today_counts"]} == {"correct": 1, "publish": 1}
    for act in told["today"]:
        assert client.get(act.address).status_code == 200
    assert str(record.company.name) not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("role", ["importer", "reviewer"])
def test_of_other_agencies_the_front_page_tells_nothing(client, staff, role):
    user = getattr(staff, role)
    batch = make_batch(staff, state="submitted", uploaded_by=staff.administrator)
    make_batch(staff, DAILY, days_ago=30)
    TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.administrator, on=batch)
    StagedRow.objects.create(batch=make_batch(staff), row_no=2, kind="pending", dataset=PENALTY, key="a" * 26, name="青岚市测试")
    Membership.objects.create(user=user, agency="customs")
    told = desk(client, user)
    empty = ("mine", "waiting", "late", "today", "today_counts", "mine_states")
    assert not any(told.get(name) for name in empty)
    assert told["pending_count"] == "0"


def test_every_link_of_the_front_page_opens_for_its_reader(client, staff):
    make_batch(staff, state="staged")
    make_batch(staff, state="submitted")
    make_batch(staff, DAILY, days_ago=30)
    TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.reviewer, on=make_batch(staff))
    for user in (staff.importer, staff.reviewer, staff.administrator):
        client.force_login(user)
        page = client.get(reverse("admin:index")).content.decode()
        links = {part.split('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]}
        for link in links:
            if link.startswith("/admin/"):
                assert client.get(link).status_code == 200, (user.username, link)


def test_accounts_without_a_role_are_told_to_those_who_manage_accounts_and_to_themselves(client, staff, django_user_model):
    newcomer = django_user_model.objects.create_user("newcomer", is_staff=True)
    assert desk(client, staff.administrator)["accounts"] == {"active": 4, "idle": 1}
    assert desk(client, staff.reviewer)["accounts"] is None
    client.force_login(newcomer)
    assert "您的账号还没有角色" in client.get(reverse("admin:index")).content.decode()


def test_the_front_page_costs_the_same_whatever_there_is(client, staff):
    def cost(user) -> int:
        client.force_login(user)
        client.get(reverse("admin:index"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:index"))
        return len(queries)

    everybody = (staff.importer, staff.reviewer, staff.administrator)
    empty = [cost(user) for user in everybody]
    for number in range(15):
        make_batch(staff, state="submitted")
        batch = make_batch(staff, ("tax-penalty", "tax-licence", MONTHLY)[number % 3], days_ago=70)
        TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.reviewer, on=batch, after={"new": 1, "changed": 0})
    assert [cost(user) for user in everybody] == empty
    assert max(empty) <= 20


def test_an_administrator_of_an_agency_is_told_of_the_accounts_of_it(client, staff):
    administrator = member("administrator", "tax")
    member("guest", "tax")
    member("importer", "customs")
    assert desk(client, administrator)["accounts"] == {"active": 2, "idle": 1}

"""What a search is narrowed by follows registrations and list entries, through every way they change. Fictional names only."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from records import search
from records.models import Company
from records.models.found import Findable
from tests.factories import make_code
from tests.records.test_import import published
from tests.sheets import example_row

pytestmark = pytest.mark.django_db
NAME, CODE = "青岚市云汀贸易有限公司", make_code(991001, region="980101")


def registered(importer, reviewer, **values):
    row = example_row("samr-registration", company_name=NAME, uscc=CODE, registration_no=None, org_code=None, **values)
    return published([row], importer, reviewer, "samr-registration")


def listed(importer, reviewer, **values):
    row = example_row("samr-abnormal", company_name=NAME, uscc=CODE, registration_no=None, org_code=None, **values)
    return published([row], importer, reviewer, "samr-abnormal")


def indexed(**narrowing) -> list[str]:
    """Names the index itself hands over, before anything is looked up."""
    return [hit.text for hit in search.find("云汀", 10, search.facets(**narrowing).split())[0]]


def test_a_change_of_status_or_industry_is_followed(importer, reviewer):
    registered(importer, reviewer, status="存续", industry="F 批发和零售业")
    assert indexed(status="active") == indexed(industry="F") == [NAME]
    registered(importer, reviewer, status="吊销", industry="C")
    assert indexed(status="revoked", industry="C") == [NAME]
    assert indexed(status="active") == indexed(industry="F") == []


def test_an_entry_on_a_list_and_its_removal_are_followed(importer, reviewer):
    registered(importer, reviewer)
    listed(importer, reviewer, decided_on="2026-01-05", ended_on=None, ended_reason=None)
    assert indexed(lists=["samr-abnormal"]) == indexed(lists=["abnormal"]) == [NAME]
    listed(importer, reviewer, decided_on="2026-01-05", ended_on="2026-01-31")
    assert indexed(lists=["samr-abnormal"]) == indexed(lists=["abnormal"]) == []
    assert indexed() == [NAME]


def test_an_entry_that_waited_for_its_company_is_followed(importer, reviewer):
    listed(importer, reviewer, decided_on="2026-01-05", ended_on=None, ended_reason=None)
    registered(importer, reviewer)
    assert indexed(lists=["samr-abnormal"]) == [NAME]


def test_withdrawing_an_entry_is_followed(importer, reviewer):
    registered(importer, reviewer)
    listed(importer, reviewer, decided_on="2026-01-05", ended_on=None, ended_reason=None)
    Company.objects.get().records.get(dataset="samr-abnormal").withdraw(by=reviewer, because="误报")
    assert indexed(lists=["abnormal"]) == []
    assert indexed() == [NAME]


def test_a_narrowing_loses_no_company_behind_those_that_are_ranked(importer, reviewer, monkeypatch):
    monkeypatch.setattr(Findable, "CANDIDATES", 3)
    monkeypatch.setattr(Findable, "WIDER", 3)
    rows = [
        example_row("samr-registration", company_name=f"云汀第{at}茶楼", uscc=make_code(992000 + at), registration_no=None, org_code=None)
        for at in range(8)
    ]  # fmt: skip
    published(rows, importer, reviewer, "samr-registration")
    registered(importer, reviewer, status="撤销")
    listed(importer, reviewer, decided_on="2026-01-05", ended_on=None, ended_reason=None)
    companies = Company.objects.public()
    for narrowed in (companies.having(status="annulled"), companies.in_region("9801"), companies.on_list("abnormal")):
        assert [match.text for match in narrowed.search("云汀").matches] == [NAME]


def test_an_entry_that_ends_today_without_any_job_is_counted_no_more(importer, reviewer):
    registered(importer, reviewer)
    listed(importer, reviewer, decided_on="2026-01-05", ended_on=None, ended_reason=None)
    record = Company.objects.get().records.get(dataset="samr-abnormal")
    assert Company.objects.public().search("云汀").facets()["on_list"] == [("abnormal", 1), ("samr-abnormal", 1)]
    type(record).objects.filter(pk=record.pk).update(published_until=timezone.localdate() - timedelta(days=1))
    assert Company.objects.public().search("云汀").facets()["on_list"] == []
    assert not Company.objects.public().on_list("abnormal").search("云汀").matches


def test_a_worker_puts_names_that_wait_into_the_index(importer, reviewer, monkeypatch):
    def waiting() -> int:
        """Pages of names that wait, put into the index; SQLite has none."""
        if connection.vendor != "postgresql":
            return 0
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT gin_clean_pending_list('{search.INDEX}_terms')")
            return cursor.fetchone()[0]

    registered(importer, reviewer)
    assert bool(waiting()) is (connection.vendor == "postgresql")
    registered(importer, reviewer, status="吊销")
    monkeypatch.setattr("signal.signal", lambda *_: None)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    call_command("import_worker", once=True)
    assert not waiting()
    assert indexed(status="revoked") == [NAME]

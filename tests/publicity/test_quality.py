"""The board of data quality: what batches tell of how promptly and how cleanly agencies report."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from records import workdays
from records.catalog import catalog
from records.ingest import receive, work
from records.models import Batch, Membership
from records.models.quality import LONGEST, Quality, qualities, quantile
from records.workdays import working_days
from tests.factories import make_company
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
PENALTY, HIDDEN = "tax-penalty", "samr-risk_class"


def published(importer, reviewer, *days_ago: int) -> Batch:
    """A published batch of penalties decided so many days ago, through the engine."""
    company, today = make_company(), timezone.localdate()
    rows = [
        example_row(PENALTY, uscc=company.code, company_name=company.name, registration_no=None, org_code=None, tax_no=None,
                    decision_no=f"青测罚字〔2026〕{company.code}-{number}号", decided_on=str(today - timedelta(days=days)))
        for number, days in enumerate(days_ago)
    ]  # fmt: skip
    batch = work.run(receive(csv_file(table(rows)), dataset=catalog().datasets[PENALTY], file_name="sheet.csv", by=importer).pk)
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    return work.run(batch.pk)


def kept(staff, dataset: str = PENALTY, delays=None, days_ago: int = 1, **columns) -> Batch:
    """A batch as one that was published so many days ago."""
    return Batch.objects.create(
        dataset=dataset, file="x.bin", file_name="x.csv", file_size=1, file_sha256="0" * 64, state=Batch.State.PUBLISHED,
        uploaded_by=staff.importer, reviewed_by=staff.reviewer, published_at=timezone.now() - timedelta(days=days_ago),
        delays=delays, **columns,
    )  # fmt: skip


def page_of(client, path: str, status: int = 200) -> str:
    cache.clear()
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def rows_of(client, path: str) -> list[list[str]]:
    cache.clear()
    return [*csv.reader(io.StringIO(b"".join(client.get(path)).decode("utf-8-sig")))]


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2026, 6, 15), date(2026, 6, 15), 0),
        (date(2026, 6, 15), date(2026, 6, 16), 1),
        (date(2026, 6, 12), date(2026, 6, 15), 1),
        (date(2026, 6, 15), date(2026, 6, 12), 0),
        (date(2025, 9, 30), date(2025, 10, 9), 1),
        (date(2025, 9, 26), date(2025, 9, 28), 1),
        (date(2024, 12, 31), date(2026, 1, 4), 249),
    ],
)
def test_working_days_leave_out_holidays_and_count_the_weekends_worked_for_them(start, end, days):
    assert working_days(start, end) == days


def test_a_year_whose_holidays_nobody_has_announced_counts_monday_to_friday():
    assert working_days(date(2090, 1, 1), date(2090, 12, 31)) == 260
    assert not workdays.is_working_day(date(2090, 1, 1).replace(day=7))


@pytest.mark.parametrize(
    ("delays", "share", "days"),
    [({}, 0.5, None), ({3: 1}, 0.5, 3), ({1: 1, 9: 1}, 0.5, 1), ({1: 95, 30: 5}, 0.95, 1), ({1: 94, 30: 6}, 0.95, 30)],
)
def test_a_quantile_is_the_fewest_days_that_so_many_rows_needed(delays, share, days):
    figures = Quality()
    figures.delays.update(delays)
    assert quantile(figures.delays, share) == days


def test_a_batch_keeps_how_long_its_decisions_took_in_the_moment_it_is_published(importer, reviewer):
    today = timezone.localdate()
    batch = published(importer, reviewer, 0, 10, 10, 2000)
    assert batch.delays == {"0": 1, str(working_days(today - timedelta(days=10), today)): 2, str(LONGEST): 1}


def test_the_first_batch_of_a_dataset_is_its_stock_and_says_nothing_of_delays(importer, reviewer):
    published(importer, reviewer, 400, 500)
    assert qualities()[PENALTY].dated == 0
    published(importer, reviewer, 0, 0, 40)
    found = qualities()[PENALTY]
    assert (found.dated, found.median, found.batches, found.rows) == (3, 0, 2, 5)
    assert found.in_time == pytest.approx(2 / 3)


def test_rows_that_were_published_again_unchanged_or_changed_are_no_new_decisions(importer, reviewer):
    first = published(importer, reviewer, 5)
    code = first.staged.get().code
    row = example_row(PENALTY, uscc=code, company_name=first.staged.get().name, registration_no=None, org_code=None, tax_no=None,
                      decision_no=first.staged.get().document_no, fine="0.9")  # fmt: skip
    batch = work.run(receive(csv_file(table([row])), dataset=catalog().datasets[PENALTY], file_name="b.csv", by=importer).pk)
    batch.submit(by=importer)
    batch.publish(by=reviewer, because="更正罚款金额")
    assert (work.run(batch.pk).delays, batch.changed) == ({}, 1)


def test_batches_rolled_back_or_older_than_a_year_do_not_count(staff):
    kept(staff, days_ago=800, rows=1000, delays={"1": 1000})
    kept(staff, days_ago=3, rows=10, invalid=1, excluded=1, delays={"2": 8})
    Batch.objects.filter(pk=kept(staff, days_ago=1, rows=10, delays={"90": 10}).pk).update(state=Batch.State.ROLLED_BACK)
    found = qualities()[PENALTY]
    assert (found.rows, found.refused_share, found.slowest) == (10, 0.2, 2)


def test_a_batch_published_before_delays_were_kept_is_not_known_rather_than_prompt(client, staff):
    kept(staff, days_ago=9, rows=3)
    kept(staff, days_ago=3, rows=3, delays=None)
    found = qualities()[PENALTY]
    assert (found.dated, found.in_time, found.median) == (0, None, None)
    assert "—" in page_of(client, "/quality/").split('id="by-dataset"')[1].split('id="how"')[0]
    assert rows_of(client, "/quality/table.csv")[1][8:11] == ["", "", ""]


def test_corrections_and_withdrawals_by_hand_are_counted(importer, reviewer):
    records = [*published(importer, reviewer, 3, 4).records.order_by("id")]
    records[0].correct({"fine": "0.7"}, by=reviewer, because="录入有误")
    records[1].withdraw(by=reviewer, because="不应公示")
    assert qualities()[PENALTY].corrections == 2


def test_the_page_shows_the_duty_the_median_and_the_tail(client, staff):
    kept(staff, days_ago=90, rows=1, delays={"200": 1})
    kept(staff, days_ago=2, rows=10, invalid=1, delays={"2": 6, "7": 2, "12": 2})
    page = page_of(client, "/quality/")
    assert "7 个工作日" in page
    assert "按期公示的占 80%" in page
    assert "中位数 2，95% 分位 12" in page
    assert "<title id=" in page
    assert "<desc id=" in page
    assert " style=" not in page
    assert "Licences and penalties: from decision to publication" in page_of(client, "/en/quality/")


def test_the_public_board_tells_nothing_of_datasets_not_open_nor_of_rows_that_wait(client, staff):
    kept(staff, HIDDEN, rows=4321, pending=17)
    kept(staff, rows=10, pending=8765)
    page = page_of(client, "/quality/") + str(rows_of(client, "/quality/table.csv")) + page_of(client, "/api/v1/quality/")
    assert HIDDEN not in page
    assert "4321" not in page.replace(",", "")
    assert "8765" not in page.replace(",", "")
    assert "待匹配主体" not in page


def test_staff_see_their_own_datasets_with_what_waits_for_a_company(client, staff):
    kept(staff, HIDDEN, rows=4, pending=17)
    kept(staff, rows=10, pending=8765)
    client.force_login(staff.importer)
    page = page_of(client, "/admin/quality/")
    assert "8,765" in page
    assert HIDDEN in str(rows_of(client, "/admin/quality/table.csv"))
    Membership.objects.create(user=staff.importer, agency="samr")
    page = page_of(client, "/admin/quality/")
    assert "8,765" not in page
    assert "17</a>" in page
    assert [row[2] for row in rows_of(client, "/admin/quality/table.csv")[1:]] == [HIDDEN]


def test_the_table_opens_safely_in_a_spreadsheet_and_has_a_row_for_each_dataset(client, staff):
    kept(staff, days_ago=90, rows=1)
    kept(staff, days_ago=2, rows=10, invalid=1, delays={"2": 6, "12": 2})
    header, row = rows_of(client, "/en/quality/table.csv")
    assert (header[0], row[2]) == ("Reporting agency", PENALTY)
    assert row[4:] == ["2", "11", "0.0909", "8", "2", "12", "0.75", "0"]
    assert not any(cell.startswith(tuple("=+-@")) for cell in row)


def test_the_api_gives_the_same_figures_in_pages_and_by_agency(client, staff):
    kept(staff, days_ago=90, rows=1)
    kept(staff, days_ago=2, rows=10, invalid=1, delays={"2": 6, "12": 2})
    kept(staff, "samr-abnormal", rows=5)
    first = client.get("/api/v1/quality/?limit=1").json()
    second = client.get(first["next"]).json()
    assert {page["results"][0]["dataset"]["slug"] for page in (first, second)} == {PENALTY, "samr-abnormal"}
    [found] = client.get("/api/v1/quality/?agency=tax").json()["results"]
    assert (found["rows"], found["refused_share"], found["decisions"]) == (11, 0.0909, 8)
    assert (found["median_days"], found["days_of_95_percent"], found["duty_days"], found["in_time_share"]) == (2, 12, 7, 0.75)
    assert client.get("/api/v1/quality/?agency=nobody").status_code == 400


def test_processes_that_remember_each_for_itself_tell_the_same_of_the_same_ten_minutes(client, staff):
    kept(staff, days_ago=90, rows=1)
    noon, answers = datetime(2026, 12, 1, 4, 3, tzinfo=UTC), []
    for minutes in (0, 6, 7):
        with time_machine.travel(noon + timedelta(minutes=minutes), tick=False):
            cache.clear()  # as another process, which made none yet
            answers.append(client.get("/api/v1/quality/"))
            kept(staff, days_ago=0, rows=10)
    first, second, third = answers
    assert (first.json(), first["ETag"]) == (second.json(), second["ETag"])
    assert (first.json()["made_at"], third.json()["made_at"]) == ("2026-12-01T12:00:00+08:00", "2026-12-01T12:10:00+08:00")
    assert (first.json()["results"][0]["rows"], third.json()["results"][0]["rows"]) == (1, 21)


def test_a_board_without_reports_says_so(client):
    assert "尚无数据" in page_of(client, "/quality/")
    assert client.get("/api/v1/quality/").json()["results"] == []


def test_the_number_of_questions_does_not_grow_with_batches_or_datasets(client, staff, django_assert_num_queries):
    kept(staff, delays={"1": 1})
    client.get("/quality/")  # what is asked once per process
    cache.clear()
    with django_assert_num_queries(3):
        client.get("/quality/")
    for dataset in catalog().of():
        for days_ago in (1, 2):
            kept(staff, dataset.slug, delays={"1": 1, "30": 2}, days_ago=days_ago)
    cache.clear()
    with django_assert_num_queries(3):
        client.get("/quality/")
    with django_assert_num_queries(0):
        client.get("/quality/")

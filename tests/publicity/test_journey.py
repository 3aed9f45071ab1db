"""The main job in a browser: a real sheet goes through two people and stands on profile, API and timeline, its ID numbers nowhere."""

import pytest
from django.db import connection
from django.urls import reverse

from records import search
from records.models import Batch, Record
from tests.browsing import press, sign_in
from tests.factories import make_company
from tests.sheets import csv_file, example_row, table, xlsx_file

PENALTY = "tax-penalty"
SECRET = "11010519491231002X"


def sheet(company, number: int, tmp_path, kind: str):
    """A 2018-standard penalty sheet: three rows of explanation, shuffled columns, ID numbers in their columns."""
    row = example_row(PENALTY, uscc=company.code, company_name=company.name, decision_no=f"青测罚字〔2026〕{number}号")
    row["行政相对人代码_2（工商注册号）"] = ""
    bad = row | {"行政处罚决定书文号": "坏行", "罚款金额（万元）": SECRET}
    rows = [row | {"证件号码": SECRET, "法定代表人证件号码": SECRET}, bad | {"证件号码": SECRET, "法定代表人证件号码": SECRET}]
    lines = table(rows, above=3, shuffle=number)
    path = tmp_path / f"sheet{number}.{kind}"
    path.write_bytes((csv_file(lines, "gb18030") if kind == "csv" else xlsx_file(lines)).read())
    return path


def everything_stored() -> str:
    """All text in all tables."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        texts = []
        # The name index of SQLite shows nothing itself; its shadow tables are among the others.
        for name in set(tables) - {search.INDEX}:
            cursor.execute(f'SELECT * FROM "{name}"')
            texts += [str(row) for row in cursor.fetchall()]
    return "\n".join(texts)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.usefixtures("transactional_db")
def test_a_sheet_goes_through_two_people_and_its_id_numbers_are_nowhere(kind, browser_page, staff, tmp_path, caplog):
    company = make_company("青岚市测试晨曦贸易有限公司")
    page = browser_page
    sign_in(page, staff.importer, staff.password)
    page.goto(reverse("admin:records_batch_import"))
    page.select_option("#id_dataset", PENALTY)
    page.set_input_files("#id_import_file", sheet(company, 5, tmp_path, kind))
    page.check("#id_skip_invalid")
    page.click(".submit-row input")
    page.wait_for_url("**/change/")
    batch = Batch.objects.get()
    assert (batch.new, batch.invalid, batch.header["row"]) == (1, 1, 4)
    report = page.request.get(reverse("admin:records_batch_errors", args=[batch.pk])).text()
    page.click("button:has-text('提交审核')")
    page.wait_for_selector(".messagelist .success")
    sign_in(page, staff.reviewer, staff.password)
    page.goto(reverse("admin:records_batch_change", args=[batch.pk]))
    page.click("button:has-text('批准公示')")
    page.wait_for_selector(".chip-published")
    page.context.clear_cookies()
    page.goto("/")
    page.fill("input[name=q]", "晨曦")
    press(page, "form[role=search] button")
    press(page, "text=青岚市测试晨曦贸易有限公司")
    shown = page.locator("main").inner_text()
    assert "青测罚字〔2026〕5号" in shown
    record = Record.objects.get(dataset=PENALTY)
    timeline = page.locator("a[href*='" + record.key + "']")
    assert timeline.count() >= 2
    served = page.request.get(f"/api/v1/companies/{company.code}/records/").text()
    assert record.key in served
    assert record.key in page.request.get(f"/api/v1/records/?dataset={PENALTY}").text()
    for text in (shown, served, report, everything_stored(), caplog.text):
        assert SECRET not in text

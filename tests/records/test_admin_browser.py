"""Two people take a real file through the admin in a browser: with and without a script, no violation of policy or AA."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse

from records.models import Batch, Record, TrailEntry
from tests.browsing import sign_in, violations
from tests.factories import make_company, make_record
from tests.records.staff_side import LISTS, make_batch, member, tax_objects
from tests.sheets import csv_file, example_row, table

PENALTY = "tax-penalty"
# Cells of a list in which a text of several words stands in a column of a few letters.
NARROW = """() => [...document.querySelectorAll("#result_list tbody :is(th, td)")].filter(cell => {
  const style = getComputedStyle(cell), em = parseFloat(style.fontSize), text = document.createRange();
  text.selectNodeContents(cell);
  const width = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return width < 6 * em && text.getBoundingClientRect().height > 3 * em;
}).map(cell => cell.className)"""


@pytest.fixture
def sheet(tmp_path, transactional_db):
    """A GB18030 file with three rows above the header: one row that is right, one that is not."""
    company = make_company("青岚市测试晨曦贸易有限公司")
    names = {
        "uscc": company.code,
        "company_name": company.name,
        "registration_no": None,
        "org_code": None,
        "tax_no": None,
    }
    rows = [
        example_row(PENALTY, **names),
        example_row(PENALTY, **names, decision_no="青测罚字〔2026〕2号", fine="三万"),
    ]
    path = tmp_path / "六月.csv"
    path.write_bytes(csv_file(table(rows, above=3, shuffle=5), "gb18030").read())
    return path


def upload(page, sheet):
    page.goto(reverse("admin:records_batch_import"))
    page.select_option("#id_dataset", PENALTY)
    page.set_input_files("#id_import_file", sheet)
    page.check("#id_skip_invalid")
    page.click(".submit-row input")
    page.wait_for_url("**/change/")
    return Batch.objects.latest("id")


def test_two_people_publish_a_file(browser_page, staff, sheet):
    page = browser_page
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, staff.importer, staff.password)
    batch = upload(page, sheet)
    assert page.locator(".row-errors").inner_text().startswith("罚款金额（万元）")
    page.click("button:has-text('提交审核')")
    page.wait_for_selector(".messagelist .success")
    sign_in(page, staff.reviewer, staff.password)
    page.click(f"text=#{batch.pk}")
    page.click("button:has-text('批准公示')")
    page.wait_for_selector(".chip-published")
    page.goto(reverse("admin:records_record_changelist") + "?dataset=" + PENALTY)
    page.click("#result_list tbody a")
    page.click("text=撤销公示")
    page.fill("#id_because", "处罚决定已被撤销")
    page.click(".submit-row input")
    page.wait_for_selector(".chip-withdrawn")
    assert Record.objects.get(dataset=PENALTY).state == "withdrawn"
    assert complaints == []


@pytest.mark.parametrize("browser_page", [{"java_script_enabled": False}], indirect=True)
def test_it_works_without_a_script(browser_page, staff, sheet):
    page = browser_page
    sign_in(page, staff.importer, staff.password)
    batch = upload(page, sheet)
    page.click("summary:has-text('撤回')")
    page.fill("#id_withdraw_because", "文件有误")
    page.click("button:has-text('撤回')")
    page.wait_for_selector(".chip-withdrawn")
    assert Batch.objects.get(pk=batch.pk).because == "文件有误"


@pytest.mark.engine("sqlite")  # what a page looks like is no matter of the database
@pytest.mark.parametrize("browser_page", [{}, {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}], indirect=True)
def test_axe_finds_nothing_and_nothing_runs_off_the_side(browser_page, staff, sheet):
    page = browser_page
    sign_in(page, staff.importer, staff.password)
    batch = upload(page, sheet)
    make_batch(staff, days_ago=40)
    TrailEntry.note(TrailEntry.Kind.PUBLISH, by=staff.reviewer, on=make_batch(staff, "tax-licence"))
    found = violations(page)
    pages = [
        reverse("admin:records_batch_row", args=[batch.pk, 5]), reverse("admin:records_batch_preview", args=[batch.pk, 5]),
        reverse("admin:records_batch_entries"), reverse("admin:records_batch_entry", args=[PENALTY]),
        reverse("admin:index"), reverse("admin:records_batch_import"), reverse("admin:records_batch_changelist"),
        reverse("admin:records_batch_sheets"), f"/en{batch.get_absolute_url()}?kind=invalid",
        reverse("admin:records_record_changelist"), reverse("admin:records_record_export"),
        reverse("admin:records_record_change", args=[Record.objects.earliest("id").pk]),
    ]  # fmt: skip
    for address in pages:
        page.goto(address)
        found += [f"{address}: {violation}" for violation in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address}: wider than the window")
    assert found == []


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("browser_page", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_no_column_of_a_list_is_squeezed_to_single_letters_on_a_phone(browser_page, transactional_db, staff, settings):
    page = browser_page
    tax_objects(staff, settings.UPLOAD_DIR)
    company = make_company("青岚市测试晨曦国际贸易有限责任公司")
    make_record(company, "tax-major_violation", authority="国家税务总局青岚市税务局第一稽查局")
    make_record(company, PENALTY).withdraw(by=staff.reviewer, because="处罚决定已被人民法院判决撤销")
    colleague = member("reviewer", "tax")
    colleague.last_name, colleague.first_name = "欧阳", "晨曦"
    colleague.save()
    colleague.groups.set(Group.objects.all())
    get_user_model().objects.filter(pk=staff.administrator.pk).update(is_superuser=True)
    sign_in(page, staff.administrator, staff.password)
    squeezed = {}
    for model in (*LISTS, "records_company", "records_trailentry", "records_accesstoken", "records_accessuse", "auth_user"):
        page.goto(reverse(f"admin:{model}_changelist"))
        if found := page.evaluate(NARROW):
            squeezed[model] = sorted({*found})
    assert squeezed == {}


def test_the_progress_of_a_waiting_batch_is_kept_fresh(browser_page, staff, sheet, settings):
    settings.STAGE_IN_REQUEST_BYTES = 0
    page = browser_page
    sign_in(page, staff.importer, staff.password)
    batch = upload(page, sheet)
    assert page.locator("#batch-progress").get_attribute("data-working") == "1"
    Batch.objects.filter(pk=batch.pk).update(rows=1234)
    page.wait_for_selector("#batch-progress [role=status]:has-text('1,234')")
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.STAGED)
    page.wait_for_selector(".chip-staged")

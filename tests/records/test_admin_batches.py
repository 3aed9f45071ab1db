"""Uploading, reviewing and publishing a batch in the admin: two people, every row explained, nothing lost on the way."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from records.admin.rows import PAGE
from records.models import Batch, Company, Event, Record
from tests.factories import make_code, make_company
from tests.sheets import csv_file, example_row, table, xlsx_file

PENALTY = "tax-penalty"
IMPORT = "admin:records_batch_import"


def penalty(company: Company, number: int = 1, **changes) -> dict[str, str]:
    texts = {"uscc": company.code, "company_name": company.name, "decision_no": f"青测罚字〔2026〕{number}号"}
    other_numbers = dict.fromkeys(("registration_no", "org_code", "tax_no"))
    return example_row(PENALTY, **texts | other_numbers | changes)


def upload(client, user, content: bytes, name: str = "六月.csv", **fields):
    client.force_login(user)
    data = {"dataset": PENALTY, "import_file": SimpleUploadedFile(name, content)} | fields
    return client.post(reverse(IMPORT), data)


def staged(client, user, rows: list[dict[str, str]], **fields) -> Batch:
    upload(client, user, csv_file(table(rows, above=3, shuffle=1), "gb18030").read(), **fields)
    return Batch.objects.latest("id")


def act(client, user, batch: Batch, name: str, because: str = ""):
    client.force_login(user)
    answer = client.post(reverse("admin:records_batch_act", args=[batch.pk, name]), {"because": because}, follow=True)
    batch.refresh_from_db()
    return answer


def page(client, batch: Batch, query: str = "") -> str:
    return client.get(batch.get_absolute_url() + query).content.decode()


@pytest.mark.parametrize("name", ["六月.csv", "六月.xlsx"])
def test_a_file_of_two_people_is_published(client, importer, reviewer, name):
    company = make_company()
    lines = table([penalty(company)], above=3, shuffle=2)
    file = xlsx_file(lines) if name.endswith("xlsx") else csv_file(lines, "gb18030")
    answer = upload(client, importer, file.read(), name)
    batch = Batch.objects.get()
    assert answer.headers["Location"] == batch.get_absolute_url()
    assert (batch.state, batch.new, batch.file_name) == ("staged", 1, name)
    act(client, importer, batch, "submit")
    assert batch.state == "submitted"
    assert not company.records.public().filter(dataset=PENALTY)
    act(client, reviewer, batch, "publish")
    assert batch.state == "published"
    assert company.records.public().get(dataset=PENALTY).batch == batch


def test_a_refused_file_says_every_column_that_is_wrong_and_what_it_was_close_to(client, importer):
    row = penalty(make_company())
    row["行政相对人名"] = row.pop("行政相对人名称")
    del row["处罚决定日期"]
    batch = staged(client, importer, [row])
    shown = page(client, batch)
    assert batch.state == "refused"
    assert "不认识的列“行政相对人名”，是否为“行政相对人名称”" in shown
    assert "缺少必需的列“处罚决定日期”" in shown


def test_a_file_that_is_no_table_is_refused_on_the_form(client, importer):
    answer = upload(client, importer, b"%PDF-1.7 ...", "六月.pdf")
    assert answer.context["problems"] == ["文件既不是 CSV 也不是 XLSX"]
    assert not Batch.objects.exists()


def test_a_file_of_another_format_than_chosen_is_not_taken(client, importer):
    answer = upload(client, importer, b"a,b\n1,2\n", format="xlsx")
    assert "format" in answer.context["form"].errors
    assert not Batch.objects.exists()


def test_the_confirm_step_of_the_import_library_does_not_exist(client, admin_user):
    client.force_login(admin_user)
    assert client.post(reverse("admin:records_batch_process_import"), {"import_file_name": "x"}).status_code == 404


def test_the_batch_page_shows_differences_and_errors_by_column(client, importer, reviewer):
    company = make_company()
    first = staged(client, importer, [penalty(company, fine="0.2")])
    act(client, importer, first, "submit")
    act(client, reviewer, first, "publish")
    bad = penalty(company, 2, decided_on="2026年2月30日")
    second = staged(client, importer, [penalty(company, fine="0.9"), bad])
    changed = page(client, second, "?kind=changed")
    assert "<del>0.2 万元</del>" in changed
    assert "<ins>0.9 万元</ins>" in changed
    assert changed.count("<del>") == 1
    invalid = page(client, second, "?kind=invalid")
    assert "处罚决定日期" in invalid
    assert "2026年2月30日" in invalid
    assert "不是存在的日期" in invalid
    assert "0.9 万元" not in invalid


def test_after_publication_the_page_still_shows_what_was_changed(client, importer, reviewer):
    company = make_company()
    for fine in ("0.2", "0.9"):
        batch = staged(client, importer, [penalty(company, fine=fine)])
        act(client, importer, batch, "submit")
        act(client, reviewer, batch, "publish")
    assert "<del>0.2 万元</del>" in page(client, batch)


def test_a_withheld_column_is_named_as_not_kept_and_its_value_is_nowhere(client, importer):
    number = "330102199001011234"
    batch = staged(client, importer, [penalty(make_company()) | {"证件号码": number}])
    shown = page(client, batch)
    assert "不予公开，未保存" in shown
    assert number not in shown


def test_rows_are_paged_and_a_page_costs_the_same_however_late_it_is(client, importer, django_assert_max_num_queries):
    company = make_company()
    batch = staged(client, importer, [penalty(company, number) for number in range(1, 121)])
    first = client.get(batch.get_absolute_url()).context["page"]
    assert len(first.rows) == PAGE
    assert first.previous is None
    with django_assert_max_num_queries(20):
        second = client.get(f"{batch.get_absolute_url()}?from={first.following}").context["page"]
    last = client.get(f"{batch.get_absolute_url()}?from={second.following}").context["page"]
    assert (len(last.rows), last.following, last.previous) == (20, None, first.following)
    assert client.get(f"{batch.get_absolute_url()}?kind=nonsense&from=-1").status_code == 200


def test_the_error_list_is_a_csv_that_no_spreadsheet_runs(client, importer):
    bad = penalty(make_company(), fine="=1+1", company_name="＝cmd|'/C calc'!A0")
    batch = staged(client, importer, [bad])
    answer = client.get(reverse("admin:records_batch_errors", args=[batch.pk]))
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert header == ["行号", "数据项", "值", "原因", "主体名称", "主体代码"]
    assert [row[:3] for row in rows] == [["5", "罚款金额（万元）", "'=1+1"]]
    assert rows[0][4].startswith("'＝cmd")


def test_nobody_publishes_their_own_batch_superusers_included(client, admin_user):
    batch = staged(client, admin_user, [penalty(make_company())])
    act(client, admin_user, batch, "submit")
    assert "批准公示" not in page(client, batch)
    assert "须由另一人审核" in page(client, batch)
    answer = act(client, admin_user, batch, "publish")
    assert "报送人不能审核自己报送的批次" in answer.content.decode()
    assert batch.state == "submitted"


def test_a_batch_with_invalid_rows_is_submitted_only_when_they_may_be_skipped(client, importer):
    rows = [penalty(make_company()), penalty(make_company(), 2, fine="三万")]
    batch = staged(client, importer, rows)
    assert "有无效行，不能提交" in page(client, batch)
    assert "有无效行" in act(client, importer, batch, "submit").content.decode()
    assert batch.state == "staged"
    act(client, importer, batch, "withdraw", "改正后重新报送")
    again = staged(client, importer, rows, skip_invalid="on")
    act(client, importer, again, "submit")
    assert again.state == "submitted"


@pytest.mark.parametrize(("name", "state"), [("send_back", "returned"), ("withdraw", "withdrawn")])
def test_returning_and_withdrawing_need_a_reason_and_keep_it(client, importer, reviewer, name, state):
    batch = staged(client, importer, [penalty(make_company())])
    act(client, importer, batch, "submit")
    assert "请填写理由" in act(client, reviewer, batch, name, "  ").content.decode()
    assert batch.state == "submitted"
    act(client, reviewer, batch, name, "文号有误")
    assert batch.state == state
    assert "文号有误" in page(client, batch)


def test_a_published_batch_is_rolled_back_with_a_reason(client, importer, reviewer):
    company = make_company()
    batch = staged(client, importer, [penalty(company)])
    act(client, importer, batch, "submit")
    act(client, reviewer, batch, "publish")
    act(client, reviewer, batch, "roll_back", "整批数据有误")
    assert batch.state == "rolled_back"
    assert not company.records.public().filter(dataset=PENALTY)
    assert Event.objects.filter(batch=batch).count() == 2


def test_a_page_of_a_working_batch_refreshes_without_a_script(client, importer, settings):
    settings.STAGE_IN_REQUEST_BYTES = 0
    batch = staged(client, importer, [penalty(make_company())])
    assert batch.state == "staging"
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page(client, batch)
    assert "<progress" in page(client, batch)


def test_rows_without_a_company_wait_on_the_front_page(client, importer, reviewer):
    row = penalty(Company(code=make_code(), name="青岚市未登记样例有限公司"))
    batch = staged(client, importer, [row])
    act(client, importer, batch, "submit")
    act(client, reviewer, batch, "publish")
    assert client.get(reverse("admin:index")).context["desk"]["pending_count"] == "1"
    listed = client.get(reverse("admin:records_stagedrow_changelist")).content.decode()
    assert "青岚市未登记样例有限公司" in listed


def test_every_act_is_in_the_history_of_the_batch(client, importer, reviewer):
    batch = staged(client, importer, [penalty(make_company())])
    act(client, importer, batch, "submit")
    act(client, reviewer, batch, "send_back", "文号有误")
    shown = client.get(reverse("admin:records_batch_history", args=[batch.pk])).content.decode()
    assert "提交审核" in shown
    assert "退回批次" in shown
    assert "文号有误" in shown


def test_the_blank_sheet_of_a_dataset_can_be_reported_once_filled(client, importer):
    client.force_login(importer)
    assert "行政处罚信息（税务）" in client.get(reverse("admin:records_batch_sheets")).content.decode()
    sheet = client.get(reverse("admin:records_batch_sheet", args=[PENALTY])).content
    batch = upload(client, importer, sheet, "空白.xlsx") and Batch.objects.get()
    assert batch.problem == [{"zh": "表头下面没有数据行", "en": "there is no row below the header"}]
    assert Record.objects.count() == 0


def test_the_english_page_is_english(client, importer):
    batch = staged(client, importer, [penalty(make_company(), fine="三万")])
    shown = client.get(f"/en{batch.get_absolute_url()}").content.decode()
    assert "Administrative penalties (tax)" in shown
    assert "is no number" in shown

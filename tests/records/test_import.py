"""A file becomes staged rows, a second person publishes them, and nothing moves before."""

import pytest
from django.db import IntegrityError, transaction

from records.catalog import catalog
from records.ingest import Refused, receive, settling, work
from records.models import ActRefused, Batch, Company, Event, EventCounter, Record, StagedRow
from tests.factories import make_code, make_company
from tests.sheets import csv_file, example_row, table, xlsx_file

pytestmark = pytest.mark.django_db
PENALTY = "tax-penalty"


def staged(rows, importer, dataset=PENALTY, **options) -> Batch:
    """The batch of a CSV of these rows, staged."""
    file = options.pop("file", None) or csv_file(table(rows))
    batch = receive(file, dataset=catalog().datasets[dataset], file_name="sheet.csv", by=importer, **options)
    return work.run(batch.pk)


def published(rows, importer, reviewer, dataset=PENALTY, **options) -> Batch:
    batch = staged(rows, importer, dataset, **options)
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    return work.run(batch.pk)


def penalty(company, number=1, **changes):
    return example_row(PENALTY, uscc=company.code, company_name=company.name, registration_no=None, org_code=None,
                       tax_no=None, decision_no=f"青测罚字〔2026〕{number}号", **changes)  # fmt: skip


@pytest.mark.parametrize("slug", list(catalog().datasets))
def test_the_examples_of_every_dataset_can_be_imported(slug, importer, reviewer):
    batch = published([example_row(slug)], importer, reviewer, slug)
    errors = [row.errors for row in batch.staged.all() if row.errors]
    assert not errors
    assert batch.state == Batch.State.PUBLISHED
    assert batch.new + batch.pending == 1


def test_staged_rows_are_not_public_before_a_second_person_publishes_them(importer, reviewer):
    company = make_company()
    batch = staged([penalty(company)], importer)
    assert batch.counts() == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0, "invalid": 0, "pending": 0}
    assert not company.records.public().filter(dataset=PENALTY)
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    work.run(batch.pk)
    record = company.records.public().get(dataset=PENALTY)
    assert record.document_no == "青测罚字〔2026〕1号"
    assert Event.objects.public().get(record_id=record.id).kind == Event.Kind.PUBLISHED


def test_nobody_publishes_what_they_uploaded(importer):
    importer.is_superuser = True
    batch = staged([penalty(make_company())], importer)
    batch.submit(by=importer)
    with pytest.raises(ActRefused):
        batch.publish(by=importer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(reviewed_by=importer)


def test_importing_the_same_file_twice_changes_nothing(importer, reviewer):
    rows = [penalty(make_company(), number) for number in range(3)]
    published(rows, importer, reviewer)
    last = EventCounter.objects.get().last
    again = staged(rows, importer)
    assert (again.unchanged, again.new, again.changed) == (3, 0, 0)
    assert again.state == Batch.State.NOTHING_NEW
    assert staged(rows, importer).unchanged == 3
    with pytest.raises(ActRefused):
        again.submit(by=importer)
    assert EventCounter.objects.get().last == last


def test_a_changed_row_replaces_the_version_before_it(importer, reviewer):
    company = make_company()
    published([penalty(company, fine="0.2")], importer, reviewer)
    batch = published([penalty(company, fine="0.3")], importer, reviewer)
    assert batch.changed == 1
    old, new = company.records.filter(dataset=PENALTY).order_by("id")
    assert (old.state, old.ended_event, new.state) == (Record.State.REPLACED, new.id, Record.State.CURRENT)
    assert [record.values["fine"] for record in company.records.public().filter(dataset=PENALTY)] == ["0.3"]


def test_a_row_of_an_unknown_company_waits_and_attaches_when_the_company_arrives(importer, reviewer):
    code = make_code()
    row = example_row(PENALTY, uscc=code, company_name="青岚市后来贸易有限公司", registration_no=None)
    batch = published([row], importer, reviewer)
    assert (batch.pending, batch.new) == (1, 0)
    published([example_row("samr-registration", uscc=code, company_name="青岚市后来贸易有限公司", registration_no=None)],
              importer, reviewer, "samr-registration")  # fmt: skip
    company = Company.objects.public().get(code=code)
    assert company.records.public().filter(dataset=PENALTY).count() == 1
    batch.refresh_from_db()
    assert batch.pending == 0


def test_a_row_without_a_code_attaches_by_its_exact_name_when_that_is_unique(importer, reviewer):
    company = make_company(name="青岚市独名贸易（集团）有限公司")
    row = penalty(company) | {"行政相对人名称": "青岚市独名贸易(集团)有限公司", "行政相对人代码_1（统一社会信用代码）": ""}
    published([row], importer, reviewer)
    assert company.records.filter(dataset=PENALTY).count() == 1
    make_company(name="青岚市独名贸易（集团）有限公司")
    batch = staged([row | {"行政处罚决定书文号": "青测罚字〔2026〕9号"}], importer)
    assert batch.pending == 1


def test_an_invalid_row_is_named_with_its_column_and_value(importer):
    company = make_company()
    batch = staged([penalty(company), penalty(company, 2, decided_on="2026/13/01")], importer)
    row = batch.staged.get(kind=StagedRow.Kind.INVALID)
    assert row.row_no == 3
    field, value, zh, en = row.errors[0]
    assert (field, value) == ("decided_on", "2026/13/01")
    assert zh
    assert en
    with pytest.raises(ActRefused):
        batch.submit(by=importer)


def test_the_same_decision_twice_in_one_file_counts_once_and_a_contradiction_is_an_error(importer):
    company = make_company()
    batch = staged([penalty(company), penalty(company), penalty(company, fine="9")], importer)
    assert (batch.new, batch.unchanged, batch.invalid) == (1, 1, 1)
    errors = batch.staged.get(kind=StagedRow.Kind.INVALID).errors
    assert [zh for _field, _value, zh, _en in errors] == ["与第 2 行是同一信息而内容不同；如不更正，将按第 2 行公示"]


def test_a_natural_person_is_refused_in_the_table_of_legal_persons(importer):
    batch = staged([penalty(make_company(), party_kind="自然人")], importer)
    assert batch.invalid == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_csv_is_read_in_any_usual_encoding_with_explanations_above_and_columns_in_any_order(encoding, importer):
    lines = table([penalty(make_company(name="青岚市𠮷祥贸易有限公司"))], above=3, shuffle=7)
    batch = staged(None, importer, file=csv_file(lines, encoding))
    assert batch.new == 1
    assert batch.header["row"] == 4


def test_a_workbook_is_read_like_a_csv(importer):
    batch = staged(None, importer, file=xlsx_file(table([penalty(make_company())], above=3, shuffle=3)))
    assert (batch.new, batch.problem) == (1, [])


def test_a_withheld_column_is_recognised_and_stored_nowhere(importer, reviewer):
    company = make_company()
    rows = [penalty(company) | {"证件号码": "11010519491231002X", "法定代表人证件号码": "11010519491231002X"}]
    batch = published(rows, importer, reviewer)
    stored = [str(row.values) for row in batch.staged.all()] + [str(record.values) for record in Record.objects.all()]
    assert not any("11010519491231002X" in text for text in [*stored, str(batch.header), str(batch.problem)])


def test_a_personal_number_in_free_text_is_an_error_that_does_not_repeat_it(importer):
    batch = staged([penalty(make_company(), facts="当事人（身份证11010519491231002X）未报送")], importer)
    row = batch.staged.get()
    assert row.kind == StagedRow.Kind.INVALID
    assert "11010519491231002X" not in str(row.errors) + str(row.values)


def test_a_refused_file_says_what_is_missing_and_what_an_unknown_column_is_close_to(importer):
    row = penalty(make_company())
    row["行政处罚决定书文号码号"] = row.pop("行政处罚决定书文号")
    batch = staged([row], importer)
    assert batch.state == Batch.State.REFUSED
    words = "".join(problem["zh"] for problem in batch.problem)
    assert "缺少必需的列“行政处罚决定书文号”" in words
    assert "是否为“行政处罚决定书文号" in words
    assert not batch.staged.exists()


def test_a_file_under_way_is_not_taken_twice(importer):
    rows = [penalty(make_company())]
    staged(rows, importer)
    with pytest.raises(Refused):
        staged(rows, importer)


def test_a_rolled_back_batch_gives_back_what_it_replaced(importer, reviewer):
    company = make_company()
    published([penalty(company, 1, fine="0.2")], importer, reviewer)
    batch = published([penalty(company, 1, fine="0.3"), penalty(company, 2)], importer, reviewer)
    batch.roll_back(by=reviewer, because="来源有误")
    work.run(batch.pk)
    records = company.records.public().filter(dataset=PENALTY)
    assert [record.values["fine"] for record in records] == ["0.2"]
    kinds = list(Event.objects.filter(because="来源有误").values_list("kind", flat=True).order_by("number"))
    assert kinds == [Event.Kind.RESTORED, Event.Kind.WITHDRAWN]
    again = staged([penalty(company, 2)], importer)
    assert again.new == 1


def test_a_rolled_back_registration_takes_its_companies_off_the_site(importer, reviewer):
    code = make_code()
    row = example_row("samr-registration", uscc=code, company_name="青岚市回滚贸易有限公司", registration_no=None)
    batch = published([row], importer, reviewer, "samr-registration")
    assert Company.objects.public().search("回滚贸易").matches
    batch.roll_back(by=reviewer, because="误报")
    work.run(batch.pk)
    assert not Company.objects.public().filter(code=code)
    assert not Company.objects.public().search("回滚贸易").matches


def test_a_renamed_company_is_found_by_both_names(importer, reviewer):
    code = make_code()
    row = example_row("samr-registration", uscc=code, company_name="青岚市旧名贸易有限公司", registration_no=None,
                      former_names=None, english_name=None)  # fmt: skip
    published([row], importer, reviewer, "samr-registration")
    row |= {"企业名称": "青岚市新颜贸易有限公司", "曾用名": "青岚市旧名贸易有限公司"}
    published([row], importer, reviewer, "samr-registration")
    (new,), (former,) = (Company.objects.public().search(text).matches for text in ("新颜", "旧名"))
    assert new.company.code == former.company.code == code
    assert (new.kind, former.kind) == ("current", "former")


def test_repaired_content_does_not_return_with_the_next_report(importer, reviewer):
    company = make_company()
    rows = [penalty(company)]
    published(rows, importer, reviewer)
    company.records.get(dataset=PENALTY).repair(by=reviewer, because="信用修复决定")
    assert not company.records.public().filter(dataset=PENALTY)
    assert staged(rows, importer).invalid == 1


@pytest.mark.parametrize("known_by", [{"uscc": ""}, {"uscc": "", "registration_no": "330110000000019"}])
def test_repaired_content_does_not_return_under_the_name_or_the_old_number_of_its_company(known_by, importer, reviewer):
    company = make_company(legacy_no="330110000000019")
    published([penalty(company)], importer, reviewer)
    record = company.records.get(dataset=PENALTY)
    titles = {name: catalog().datasets[PENALTY].by_name[name].title for name in (*known_by, "fine")}
    again = [penalty(company) | {titles[name]: text for name, text in {**known_by, "fine": fine}.items()} for fine in ("7", "8")]
    assert staged(again[:1], importer).changed == 1
    record.repair(by=reviewer, because="信用修复决定")
    assert staged(again[1:], importer).invalid == 1


@pytest.mark.parametrize("act", ["repair", "withdraw"])
def test_a_row_that_waited_does_not_bring_back_what_was_taken_down_meanwhile(act, importer, reviewer):
    code = make_code(serial=77)
    waiting = penalty(Company(code=code, name="青岚市后来贸易有限公司"))
    without = {title: "" if text == code else text for title, text in waiting.items()}
    published([without], importer, reviewer)
    company = make_company("青岚市后来贸易有限公司", code=code)
    published([waiting], importer, reviewer)
    record = company.records.get(dataset=PENALTY)
    getattr(record, act)(by=reviewer, because="信用修复决定")
    settling.attach_pending()
    assert not company.records.public().filter(dataset=PENALTY)


def test_a_record_known_by_the_company_of_its_name_can_be_corrected(importer, reviewer):
    company = make_company()
    without = {title: "" if text == company.code else text for title, text in penalty(company).items()}
    published([without], importer, reviewer)
    record = company.records.get(dataset=PENALTY)
    assert record.code == company.code
    assert record.correct({"fine": "7"}, by=reviewer, because="金额有误").key == record.key


def test_a_mark_between_digits_tells_two_decisions_apart(importer, reviewer):
    company = make_company()
    rows = [penalty(company, number) for number in ("11-2", "1-12", "112")]
    assert published(rows, importer, reviewer).new == 3
    assert staged([penalty(company, "11—2")], importer).changed == 1


def test_a_decision_of_tomorrow_and_a_value_under_no_heading_are_errors(importer):
    company = make_company()
    batch = staged([penalty(company), penalty(company, 2, decided_on="2062-06-15")], importer)
    assert batch.invalid == 1
    assert batch.staged.get(kind="invalid").errors[0][2].startswith("日期在今天之后")
    lines = table([penalty(company, 3)])
    lines = [[*line[:2], extra, *line[2:]] for line, extra in zip(lines, ["", "重要内容"], strict=True)]
    batch = staged([], importer, file=csv_file(lines))
    assert batch.staged.get().errors == [["", "“重要内容”", "第 3 列没有表头，却有内容", "column 3 has no heading, but something in it"]]


@pytest.mark.parametrize(
    ("slug", "changes", "wrong"),
    [
        ("tax-licence", {"valid_from": "2026-05-18", "valid_until": "2026-05-17", "decided_on": "2026-05-10"}, ["valid_until"]),
        ("tax-licence", {"valid_from": "2026-05-18", "valid_until": "2026-05-18", "decided_on": "2026-05-18"}, []),
        ("tax-licence", {"valid_from": "2026-05-18", "valid_until": "长期", "decided_on": "2026-05-18"}, []),
        (PENALTY, {"decided_on": "2026-06-15", "valid_until": "2026-06-14"}, ["valid_until"]),
        ("samr-abnormal", {"decided_on": "2026-05-18", "ended_on": "2026-05-17"}, ["ended_on"]),
        ("samr-abnormal", {"decided_on": "2026-05-18", "ended_on": "2026-05-18"}, []),
        # A freeze that was renewed is lifted before the renewal begins.
        ("court-equity_freeze", {"decided_on": "2026-05-18", "ended_on": "2026-05-17"}, []),
    ],
)
def test_days_that_contradict_each_other_are_refused_and_told(importer, slug, changes, wrong):
    row = staged([example_row(slug, **changes)], importer, slug).staged.get()
    assert [name for name, *_ in row.errors] == wrong
    assert all("早于“" in zh and "is earlier than “" in en for _, _, zh, en in row.errors)


def test_a_correction_is_a_new_version_with_its_reason(importer, reviewer):
    company = make_company()
    published([penalty(company, fine="0.2")], importer, reviewer)
    record = company.records.get(dataset=PENALTY)
    new = record.correct({"fine": "0.25"}, by=reviewer, because="金额录入错误")
    assert company.records.public().get(dataset=PENALTY) == new
    assert new.values["fine"] == "0.25"
    event = Event.objects.get(number=new.id)
    assert (event.kind, event.because, event.by) == (Event.Kind.CORRECTED, "金额录入错误", reviewer)
    with pytest.raises(ActRefused):
        new.correct({"decision_no": "另一个文号"}, by=reviewer, because="x")
    with pytest.raises(ActRefused):
        new.correct({"fine": "很多"}, by=reviewer, because="x")


def test_an_act_needs_a_reason(importer, reviewer):
    company = make_company()
    published([penalty(company)], importer, reviewer)
    with pytest.raises(ActRefused):
        company.records.get(dataset=PENALTY).withdraw(by=reviewer, because="  ")


def test_expiry_is_logged_after_the_record_went_off_the_site_by_itself(importer, reviewer):
    company = make_company()
    published([penalty(company, decided_on="2020-01-01", valid_until="2021-01-01", publish_until="2021-01-01")], importer, reviewer)
    assert not company.records.public().filter(dataset=PENALTY)
    assert work.expire() == 1
    assert company.records.get(dataset=PENALTY).state == Record.State.EXPIRED


def test_events_are_numbered_without_gaps(importer, reviewer):
    for number in range(3):
        published([penalty(make_company(), number)], importer, reviewer)
    settling.attach_pending()
    numbers = list(Event.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert EventCounter.objects.get().last == len(numbers)

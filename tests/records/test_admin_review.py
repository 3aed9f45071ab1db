"""Reviewing a batch: conflicts are shown and acknowledged, rows decided upon with a reason, the outcome seen beforehand."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from records.admin.review import RowsForm
from records.ingest import deciding, work
from records.models import ActRefused, Batch, Event, EventCounter, Record, TrailEntry
from tests.factories import make_code, make_company
from tests.sheets import csv_file, example_row, table

PENALTY, REGISTRATION = "tax-penalty", "samr-registration"
pytestmark = pytest.mark.django_db


def penalty(company, number: int = 1, **changes) -> dict[str, str]:
    texts = {"uscc": company.code, "company_name": company.name, "decision_no": f"青测罚字〔2026〕{number}号"}
    return example_row(PENALTY, **texts | dict.fromkeys(("registration_no", "org_code", "tax_no")) | changes)


def staged(client, user, rows, dataset: str = PENALTY) -> Batch:
    client.force_login(user)
    content = csv_file(table(rows)).read()
    data = {"dataset": dataset, "import_file": SimpleUploadedFile("六月.csv", content)}
    assert client.post(reverse("admin:records_batch_import"), data).status_code == 302
    return Batch.objects.latest("id")


def published(client, staff, rows, dataset: str = PENALTY) -> Batch:
    batch = staged(client, staff.importer, rows, dataset)
    batch.submit(by=staff.importer)
    batch.publish(by=staff.reviewer)
    return work.run(batch.pk)


def decide(client, batch, name, rows, because="核对原件无误"):
    return client.post(reverse("admin:records_batch_decide", args=[batch.pk, name]), {"rows": rows, "because": because})


def wrong_check_digit(code: str) -> str:
    return code[:-1] + ("0" if code[-1] != "0" else "1")


# Conflicts


def test_a_row_older_than_what_is_published_is_shown_and_needs_an_acknowledgement(client, staff):
    company = make_company()
    published(client, staff, [penalty(company, decided_on="2026-06-20", fine="0.2")])
    batch = staged(client, staff.importer, [penalty(company, decided_on="2026-06-15", fine="0.9")])
    assert (batch.changed, batch.conflicts) == (1, 1)
    shown = client.get(batch.get_absolute_url() + "?kind=conflict").content.decode()
    assert "现公示内容的日期 2026-06-20 晚于本行的 2026-06-15" in shown
    batch.submit(by=staff.importer)
    client.force_login(staff.reviewer)
    act = reverse("admin:records_batch_act", args=[batch.pk, "publish"])
    assert "请填写理由" in client.post(act, follow=True).content.decode()
    with pytest.raises(ActRefused):
        batch.publish(by=staff.reviewer)
    client.post(act, {"because": "原公示日期录入有误"})
    batch.refresh_from_db()
    assert (batch.state, batch.because) == ("published", "原公示日期录入有误")
    assert TrailEntry.objects.first().because == "原公示日期录入有误"


def test_a_row_that_would_bring_back_what_was_withdrawn_says_so_and_needs_an_acknowledgement(client, staff):
    company = make_company()
    published(client, staff, [penalty(company, fine="0.2")])
    Record.objects.get(company=company, dataset=PENALTY).withdraw(by=staff.reviewer, because="决定已被法院撤销")
    batch = staged(client, staff.importer, [penalty(company, fine="0.9"), penalty(make_company(), 2)])
    assert (batch.new, batch.conflicts, batch.in_conflict()) == (2, 1, True)
    page = client.get(batch.get_absolute_url() + "?kind=conflict").context["page"]
    assert [shown.row.row_no for shown in page.rows] == [2]
    assert "决定已被法院撤销" in page.rows[0].conflicts[0]
    batch.submit(by=staff.importer)
    with pytest.raises(ActRefused):
        batch.publish(by=staff.reviewer)
    client.force_login(staff.reviewer)
    decide(client, batch, "exclude", "2")
    batch.refresh_from_db()
    assert (batch.conflicts, batch.in_conflict()) == (0, False)
    batch.publish(by=staff.reviewer)


def test_a_row_that_names_another_company_than_its_code_says_so_and_needs_an_acknowledgement(client, staff):
    company = make_company("青岚市云汀食品有限公司", former_names=["青岚市旧楼食品厂"], english_name="Yunting Foods Co., Ltd.")
    names = ["霁川市望潮信息技术有限公司", company.name, "青岚市旧楼食品厂", "青岚市云汀食品集团有限公司", "云汀食品"]
    rows = [penalty(company, number, company_name=name) for number, name in enumerate(names, 1)]
    batch = staged(client, staff.importer, rows)
    assert (batch.new, batch.invalid, batch.conflicts) == (5, 0, 1)
    page = client.get(batch.get_absolute_url() + "?kind=conflict").context["page"]
    assert [(shown.row.row_no, shown.conflicts) for shown in page.rows] == [(2, ["该代码登记的名称是“青岚市云汀食品有限公司”"])]
    batch.submit(by=staff.importer)
    with pytest.raises(ActRefused):
        batch.publish(by=staff.reviewer)
    # Something else is published meanwhile, so the rows are compared again.
    published(client, staff, [penalty(make_company(), 99)])
    batch.publish(by=staff.reviewer, because="企业已更名，登记信息未更新")
    assert work.run(batch.pk).new == 5


def test_a_row_whose_record_changed_after_staging_is_in_conflict(client, staff):
    company = make_company()
    published(client, staff, [penalty(company, fine="0.2")])
    batch = staged(client, staff.importer, [penalty(company, fine="0.9"), penalty(make_company(), 2)])
    assert not batch.in_conflict()
    Record.objects.get(company=company, dataset=PENALTY).correct({"fine": "0.3"}, by=staff.reviewer, because="录入有误")
    assert batch.in_conflict()
    page = client.get(batch.get_absolute_url() + "?kind=conflict").context["page"]
    assert [shown.row.row_no for shown in page.rows] == [2]
    assert page.rows[0].conflicts == ["校验之后，该信息的公示内容又有变化"]


def test_a_published_batch_is_in_no_conflict_with_itself(client, staff):
    batch = published(client, staff, [penalty(make_company())])
    assert not batch.in_conflict()


# Excluding


def test_excluded_rows_stay_are_counted_and_are_not_published(client, staff):
    kept, left_out = make_company(), make_company()
    batch = staged(client, staff.importer, [penalty(kept, 1), penalty(left_out, 2), penalty(kept, 3, fine="三万")])
    decide(client, batch, "exclude", "3-4", "移送司法机关")
    batch.refresh_from_db()
    assert (batch.rows, batch.new, batch.invalid, batch.excluded) == (3, 1, 0, 2)
    assert "移送司法机关" in client.get(batch.get_absolute_url() + "?kind=excluded").content.decode()
    batch.submit(by=staff.importer)
    batch.publish(by=staff.reviewer)
    work.run(batch.pk)
    assert kept.records.public().filter(dataset=PENALTY).count() == 1
    assert not left_out.records.filter(dataset=PENALTY).exists()
    assert TrailEntry.objects.get(kind="exclude").after == {"rows": [3, 4]}


def test_an_excluded_row_stays_out_when_the_batch_is_compared_again(client, staff):
    company, other = make_company(), make_company()
    batch = staged(client, staff.importer, [penalty(company, 1), penalty(other, 2)])
    deciding.exclude(batch, [3], by=staff.importer, because="重复")
    published(client, staff, [penalty(make_company(), 9)])
    batch.submit(by=staff.importer)
    batch.publish(by=staff.reviewer)
    assert work.run(batch.pk).excluded == 1
    assert not other.records.filter(dataset=PENALTY).exists()


def test_excluding_one_of_two_rows_that_contradict_each_other_makes_the_other_good(client, staff):
    company = make_company()
    batch = staged(client, staff.importer, [penalty(company, fine="1"), penalty(company, fine="2")])
    assert (batch.new, batch.invalid) == (1, 1)
    decide(client, batch, "exclude", "2")
    batch.refresh_from_db()
    assert (batch.new, batch.invalid, batch.excluded) == (1, 0, 1)
    assert batch.staged.get(kind="new").values["fine"] == "2"
    decide(client, batch, "include", "2")
    batch.refresh_from_db()
    assert (batch.new, batch.invalid, batch.excluded) == (1, 1, 0)


def test_after_submission_only_the_second_person_excludes(client, staff):
    batch = staged(client, staff.importer, [penalty(make_company(), number) for number in (1, 2)])
    batch.submit(by=staff.importer)
    with pytest.raises(ActRefused):
        deciding.exclude(batch, [2], by=staff.importer, because="重复")
    assert deciding.exclude(batch, [2], by=staff.reviewer, because="重复") == 1


@pytest.mark.parametrize(("rows", "because"), [("99", "重复"), ("2", " "), ("2-", "重复"), ("5-2", "重复"), ("1-5000", "重复")])
def test_rows_that_are_not_there_and_missing_reasons_are_refused_and_nothing_is_done(client, staff, rows, because):
    batch = staged(client, staff.importer, [penalty(make_company())])
    answer = decide(client, batch, "exclude", rows, because)
    batch.refresh_from_db()
    assert (batch.new, batch.excluded) == (1, 0)
    assert [message.tags for message in answer.context["messages"]] == ["error"]
    form = answer.context["exclude_form"]
    assert (form["rows"].value(), form["because"].value()) == (rows, because)
    assert '<details class="module act" open>' in answer.content.decode()


def test_a_refused_decision_on_one_row_shows_the_row_with_what_was_typed(client, staff):
    batch = staged(client, staff.importer, [penalty(make_company())])
    address = reverse("admin:records_batch_decide", args=[batch.pk, "exclude"])
    answer = client.post(address, {"rows": "2", "because": "长" * 1001, "back": "2"})
    assert answer.context["forms"]["exclude"]["because"].value() == "长" * 1001
    assert answer.context["shown"].row.row_no == 2
    assert 'class="act" open' in answer.content.decode()
    # What the links of such a page lead to.
    assert client.get(address, {"kind": "invalid"}).headers["Location"] == f"{batch.get_absolute_url()}?kind=invalid"


def test_reasons_say_which_log_they_go_into(client, staff):
    batch = staged(client, staff.importer, [penalty(make_company())])
    batch.submit(by=staff.importer)
    client.force_login(staff.reviewer)
    forms = {act.name: str(form["because"].help_text) for act, form in client.get(batch.get_absolute_url()).context["reason_acts"]}
    assert {name: "操作日志" in text for name, text in forms.items()} == {"send_back": True, "withdraw": True}
    batch.publish(by=staff.reviewer)
    work.run(batch.pk)
    forms = {act.name: str(form["because"].help_text) for act, form in client.get(batch.get_absolute_url()).context["reason_acts"]}
    assert {name: "公示日志" in text for name, text in forms.items()} == {"roll_back": True}


def test_row_numbers_are_written_as_people_write_them():
    form = RowsForm({"rows": "5， 8-10;12、14", "because": "重复"})
    assert form.is_valid()
    assert form.cleaned_data["rows"] == {5, 8, 9, 10, 12, 14}


# A wrong check digit


def test_a_wrong_check_digit_is_let_through_with_a_reason_the_reviewer_sees(client, staff):
    code = wrong_check_digit(make_code())
    batch = staged(client, staff.importer, [example_row(REGISTRATION, uscc=code)], REGISTRATION)
    assert (batch.state, batch.invalid) == ("refused", 1)
    decide(client, batch, "let_through", "2", "登记机关来函确认")
    batch.refresh_from_db()
    assert (batch.state, batch.new, batch.invalid, batch.problem) == ("staged", 1, 0, [])
    batch.submit(by=staff.importer)
    client.force_login(staff.reviewer)
    assert "登记机关来函确认" in client.get(batch.get_absolute_url()).content.decode()
    batch.publish(by=staff.reviewer)
    work.run(batch.pk)
    assert client.get(f"/company/{code}/").status_code == 200
    entry = TrailEntry.objects.get(kind="override")
    assert (entry.after, entry.because) == ({"row": 2, "field": "uscc"}, "登记机关来函确认")


@pytest.mark.parametrize("changes", [{"fine": "三万"}, {"uscc": "91330110MF00"}, {}])
def test_no_other_error_can_be_let_through(client, staff, changes):
    company = make_company()
    wrong = {"uscc": wrong_check_digit(company.code)} | changes if changes else {"fine": "三万"}
    batch = staged(client, staff.importer, [penalty(company, **wrong)])
    assert batch.invalid == 1
    with pytest.raises(ActRefused):
        deciding.let_through(batch.staged.get(), by=staff.importer, because="核对无误")
    assert "放行校验码" not in client.get(reverse("admin:records_batch_row", args=[batch.pk, 2])).content.decode()


def test_a_check_digit_is_let_through_only_before_a_second_person_has_the_batch(client, staff):
    company = make_company()
    rows = [penalty(company), penalty(company, 2, uscc=wrong_check_digit(company.code))]
    batch = staged(client, staff.importer, rows)
    Batch.objects.filter(pk=batch.pk).update(skip_invalid=True)
    batch.refresh_from_db()
    batch.submit(by=staff.importer)
    with pytest.raises(ActRefused):
        deciding.let_through(batch.staged.get(kind="invalid"), by=staff.reviewer, because="核对无误")


# Looking


def test_a_row_stands_side_by_side_with_what_is_published_and_changes_are_marked_by_a_word(client, staff):
    company = make_company()
    published(client, staff, [penalty(company, fine="0.2")])
    batch = staged(client, staff.importer, [penalty(company, fine="0.9")])
    answer = client.get(reverse("admin:records_batch_row", args=[batch.pk, 2]))
    differing = [line for line in answer.context["compared"] if line[3]]
    assert [(title, old, new) for title, old, new, _ in differing] == [("罚款金额（万元）", "0.2 万元", "0.9 万元")]
    assert answer.content.decode().count("≠ 有变化") == 1


def test_a_sample_is_drawn_from_the_whole_file_and_stays_the_same(client, staff):
    batch = staged(client, staff.importer, [penalty(make_company(), number) for number in range(1, 61)])
    drawn = [[shown.row.row_no for shown in client.get(batch.get_absolute_url(), {"sample": turn}).context["page"].rows]
             for turn in (1, 1, 2)]  # fmt: skip
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] == sorted(drawn[0])
    assert 8 <= len(drawn[0]) <= 20


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_preview_shows_the_profile_with_the_row_and_leaves_no_trace(client, staff, prefix):
    company = make_company("青岚市测试晨曦贸易有限公司")
    batch = staged(client, staff.importer, [penalty(company)])
    before = (Record.objects.count(), Event.objects.count(), EventCounter.objects.get().last)
    answer = client.get(prefix + reverse("admin:records_batch_preview", args=[batch.pk, 2]))
    assert "青测罚字〔2026〕1号" in answer.content.decode()
    assert 'class="preview-note"' in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert (Record.objects.count(), Event.objects.count(), EventCounter.objects.get().last) == before
    assert "青测罚字〔2026〕1号" not in client.get(f"/company/{company.code}/").content.decode()


def test_a_preview_of_a_registration_shows_a_company_that_does_not_exist_yet(client, staff):
    code = make_code()
    row = example_row(REGISTRATION, uscc=code, company_name="青岚市测试新设贸易有限公司")
    batch = staged(client, staff.importer, [row], REGISTRATION)
    answer = client.get(reverse("admin:records_batch_preview", args=[batch.pk, 2]))
    assert "青岚市测试新设贸易有限公司" in answer.content.decode()
    assert client.get(f"/company/{code}/").status_code == 404


def test_the_file_is_handed_out_as_uploaded_never_shown_and_noted(client, staff):
    batch = staged(client, staff.importer, [penalty(make_company())])
    assert batch.file_sha256 in client.get(batch.get_absolute_url()).content.decode()
    client.force_login(staff.reviewer)
    answer = client.get(reverse("admin:records_batch_file", args=[batch.pk]))
    content = b"".join(answer.streaming_content)
    assert hashlib.sha256(content).hexdigest() == batch.file_sha256
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    entry = TrailEntry.objects.first()
    assert (entry.kind, entry.by, entry.after["sha256"]) == ("download", staff.reviewer, batch.file_sha256)

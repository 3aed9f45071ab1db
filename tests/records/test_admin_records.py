"""Records in the admin: found, seen whole, and corrected, withdrawn or repaired with a reason."""

import pytest
from django.urls import reverse

from records.catalog import catalog
from records.dataset import Disclosure
from records.models import Event, Record
from tests.factories import end_record, make_company, make_record

LIST = "admin:records_record_changelist"


@pytest.fixture
def record(db):
    company = make_company("青岚市测试晨曦贸易有限公司", former_names=["青岚市旧名样例有限公司"])
    return make_record(company, fine="0.2", decided_on="2026-06-15", decision_no="青测罚字〔2026〕77号")


def act_page(record, name: str) -> str:
    return reverse("admin:records_record_act", args=[record.pk, name])


def correction(client, record, **changes) -> dict[str, str]:
    """What a browser posts: every input as it was filled in, and the changes."""
    form = client.get(act_page(record, "correct")).context["form"]
    data = {field.name: field.value() or "" for field in form}
    return data | {f"value-{name}": text for name, text in changes.items()} | {"because": "原录入有误"}


@pytest.mark.parametrize("query", ["青测罚字〔2026〕77号", "晨曦 贸易", "旧名样例", "{code}", "{key}"])
def test_a_record_is_found_by_document_name_code_and_key(client, reviewer, record, query):
    client.force_login(reviewer)
    make_record(make_company())
    query = query.format(code=record.company.code, key=record.key)
    found = client.get(reverse(LIST), {"q": query, "dataset": "tax-penalty"}).context["cl"].result_list
    assert [each.pk for each in found] == [record.pk]


def test_the_list_counts_no_further_than_it_shows(client, reviewer, record, monkeypatch):
    monkeypatch.setattr("records.admin.tables.BoundedPaginator.LIMIT", 1)
    make_record(record.company)
    client.force_login(reviewer)
    assert "超过 1 条" in client.get(reverse(LIST)).content.decode()


def test_a_record_page_shows_values_versions_and_events(client, reviewer, record):
    client.force_login(reviewer)
    shown = client.get(reverse("admin:records_record_change", args=[record.pk])).content.decode()
    assert "罚款金额（万元）" in shown
    assert "0.2 万元" in shown
    assert f"#{record.batch_id}" not in shown
    assert f"<code>{record.key}</code>" in shown


def test_a_correction_publishes_a_new_version_and_an_event(client, reviewer, record):
    client.force_login(reviewer)
    answer = client.post(act_page(record, "correct"), correction(client, record, fine="1.25"))
    version = Record.objects.get(key=record.key, ended_event=None)
    assert answer.headers["Location"] == reverse("admin:records_record_change", args=[version.pk])
    assert version.values == record.values | {"fine": "1.25"}
    event = Event.objects.get(record_id=version.pk)
    assert (event.kind, event.by, event.because) == (Event.Kind.CORRECTED, reviewer, "原录入有误")


def test_a_correction_form_left_as_it_was_changes_nothing(client, reviewer, record):
    client.force_login(reviewer)
    answer = client.post(act_page(record, "correct"), correction(client, record))
    assert "没有改动任何数据项。" in answer.context["form"].non_field_errors()
    assert Record.objects.filter(key=record.key).count() == 1


def test_a_wrong_value_is_marked_at_its_field(client, reviewer, record):
    client.force_login(reviewer)
    answer = client.post(act_page(record, "correct"), correction(client, record, fine="壹万", decided_on=""))
    assert set(answer.context["form"].errors) == {"value-fine", "value-decided_on"}
    assert Record.objects.filter(key=record.key).count() == 1


@pytest.mark.parametrize(
    ("prefix", "change", "told"),
    [
        ("", {"decided_on": "2098-06-15"}, "处罚决定日期：日期在今天之后，决定不可能已经作出"),
        ("/en", {"decided_on": "2098-06-15"}, "Decided on: lies in the future; nothing was decided yet"),
        ("", {"valid_until": "2026-06-14"}, "处罚有效期：早于“处罚决定日期”2026-06-15"),
        ("/en", {"valid_until": "2026-06-14"}, "Penalty valid until: is earlier than “Decided on”, 2026-06-15"),
    ],
)
def test_a_correction_is_refused_what_an_import_is(client, reviewer, record, prefix, change, told):
    client.force_login(reviewer)
    answer = client.post(prefix + act_page(record, "correct"), correction(client, record, **change))
    assert answer.context["form"].non_field_errors() == [told]
    assert Record.objects.filter(key=record.key).count() == 1


def test_the_primary_key_cannot_be_corrected(client, reviewer, record):
    client.force_login(reviewer)
    names = {field.name for field in client.get(act_page(record, "correct")).context["form"]}
    assert {"value-decision_no", "value-uscc"} & names == set()
    posted = correction(client, record, decision_no="青测罚字〔2026〕78号")
    assert client.post(act_page(record, "correct"), posted).context["form"].errors


@pytest.mark.parametrize(("name", "kind"), [("withdraw", "withdrawn"), ("repair", "repaired")])
def test_withdrawal_and_repair_take_the_record_off_the_site_with_a_reason(client, reviewer, record, name, kind):
    client.force_login(reviewer)
    assert "because" in client.post(act_page(record, name), {"because": " "}).context["form"].errors
    assert Record.objects.public().filter(pk=record.pk).exists()
    client.post(act_page(record, name), {"because": "处罚决定已被撤销"})
    assert not Record.objects.public().filter(pk=record.pk).exists()
    event = Event.objects.get(record_key=record.key, kind=kind)
    assert (event.by, event.because) == (reviewer, "处罚决定已被撤销")


def test_only_negative_records_are_repaired(client, reviewer):
    licence = make_record(dataset="tax-licence")
    client.force_login(reviewer)
    assert client.get(act_page(licence, "repair")).status_code == 403


def test_an_ended_version_can_no_longer_be_acted_on(client, reviewer, record):
    end_record(record, Event.Kind.WITHDRAWN)
    client.force_login(reviewer)
    answer = client.get(act_page(record, "withdraw"), follow=True)
    assert answer.redirect_chain == [(reverse("admin:records_record_change", args=[record.pk]), 302)]
    assert "该版本已不是现行版本" in answer.content.decode()
    assert "撤销公示" not in client.get(reverse("admin:records_record_change", args=[record.pk])).content.decode()


def test_who_corrects_second_keeps_what_was_typed_and_is_led_to_the_newest_version(client, staff, record):
    client.force_login(staff.reviewer)
    posted = correction(client, record, fine="1.25")
    version = record.correct({"fine": "0.3"}, by=staff.administrator, because="原件为 3000 元")
    newest = reverse("admin:records_record_change", args=[version.pk])
    answer = client.post(act_page(record, "correct"), posted)
    form = answer.context["form"]
    assert form.non_field_errors() == ["该版本已不是现行版本"]
    assert (form["value-fine"].value(), form["because"].value()) == ("1.25", "原录入有误")
    assert f'href="{newest}"' in answer.content.decode()
    assert client.get(act_page(record, "correct")).headers["Location"] == newest
    assert Record.objects.filter(key=record.key).count() == 2


def test_an_importer_sees_records_and_acts_on_none(client, importer, record):
    client.force_login(importer)
    assert "撤销公示" not in client.get(reverse("admin:records_record_change", args=[record.pk])).content.decode()
    assert client.post(act_page(record, "withdraw"), {"because": "试试"}).status_code == 403


def test_a_record_that_is_not_public_says_so_to_staff(client, reviewer):
    slug = next(each.slug for each in catalog().datasets.values() if each.disclosure is Disclosure.AUTHORIZED)
    hidden = make_record(dataset=slug)
    client.force_login(reviewer)
    shown = client.get(reverse("admin:records_record_change", args=[hidden.pk])).content.decode()
    assert "目前不对社会公开" in shown
    assert "授权查询" in shown


def test_list_entries_tell_who_is_on_the_list_today(client, reviewer):
    entry = make_record(dataset="tax-major_violation")
    client.force_login(reviewer)
    listed = reverse("admin:blacklists_listing_changelist")
    assert client.get(listed, {"listed": "current"}).context["cl"].result_count == 1
    Record.objects.filter(pk=entry.pk).update(ended_on="2026-01-01")
    assert client.get(listed, {"listed": "removed"}).context["cl"].result_count == 1
    assert "已移出" in client.get(listed).content.decode()


def test_a_company_is_found_by_a_former_name_and_leads_to_its_records(client, reviewer, record):
    client.force_login(reviewer)
    found = client.get(reverse("admin:records_company_changelist"), {"q": "旧名样例"}).context["cl"].result_list
    assert [company.pk for company in found] == [record.company_id]
    shown = client.get(reverse("admin:records_company_change", args=[record.company_id])).content.decode()
    assert f"?q={record.company.code}" in shown


def test_the_lists_need_few_queries_however_many_rows_they_show(
    client, reviewer, record, django_assert_max_num_queries
):
    for _ in range(20):
        make_record(make_company())
    client.force_login(reviewer)
    for model in ("records_record", "records_event", "records_company"):
        with django_assert_max_num_queries(12):
            client.get(reverse(f"admin:{model}_changelist"))

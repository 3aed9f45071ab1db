"""The audit trail: every act of staff leaves one entry, in the act's own transaction, which nobody can change."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from records.catalog import catalog
from records.ingest import Refused, receive
from records.models import AccessToken, ActRefused, Batch, Membership, TrailEntry
from tests.factories import make_company, make_record
from tests.records.staff_side import member
from tests.sheets import csv_file

pytestmark = pytest.mark.django_db
Kind = TrailEntry.Kind
PENALTY = "tax-penalty"
BROWSER = {"REMOTE_ADDR": "2001:db8::7", "HTTP_USER_AGENT": "Firefox/140", "HTTP_X_REQUEST_ID": "abc12345"}


def last() -> TrailEntry:
    return TrailEntry.objects.first()


def batch_of(user, state: str = Batch.State.STAGED, **columns) -> Batch:
    return Batch.objects.create(
        dataset=PENALTY, file="x.bin", file_name="六月.csv", file_size=1, file_sha256="0" * 64, uploaded_by=user,
        state=state, rows=1, new=1, **columns,
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records_trailentry SET because = 'x'",
        "DELETE FROM records_trailentry",
        "INSERT INTO records_trailentry SELECT * FROM records_trailentry WHERE true ON CONFLICT (id) DO UPDATE SET because = 'x'",
        pytest.param("REPLACE INTO records_trailentry SELECT * FROM records_trailentry", marks=pytest.mark.engine("sqlite")),
        pytest.param("TRUNCATE records_trailentry", marks=pytest.mark.engine("postgresql")),
    ],
)
def test_the_database_refuses_to_change_the_trail(reviewer, statement):
    TrailEntry.note(Kind.SIGN_IN, by=reviewer)
    with connection.cursor() as cursor:
        # What is still to be checked at the end of a transaction would stop a TRUNCATE before its trigger does.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("REPLACE INTO records_event SELECT * FROM records_event", marks=pytest.mark.engine("sqlite")),
        pytest.param("TRUNCATE records_event", marks=pytest.mark.engine("postgresql")),
    ],
)
def test_the_database_refuses_to_change_the_log_past_its_rows(statement):
    make_company()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_entry_says_who_what_when_from_where_before_after_and_why(client, importer):
    batch = batch_of(importer)
    client.force_login(importer)
    address = reverse("admin:records_batch_act", args=[batch.pk, "withdraw"])
    client.post(address, {"because": "文件有误"}, **BROWSER)
    entry = last()
    assert (entry.kind, entry.by, entry.because) == (Kind.WITHDRAW_BATCH, importer, "文件有误")
    assert (entry.address, entry.user_agent, entry.request) == ("2001:db8::7", "Firefox/140", "abc12345")
    assert (entry.object_kind, entry.object_id, entry.dataset) == ("batch", str(batch.pk), PENALTY)
    assert (entry.before["state"], entry.after["state"]) == ("staged", "withdrawn")


def test_each_act_on_a_batch_is_noted_once(importer, reviewer):
    batch = batch_of(importer)
    batch.submit(by=importer)
    batch.publish(by=reviewer)
    Batch.objects.filter(pk=batch.pk).update(state=Batch.State.PUBLISHED)
    batch.roll_back(by=reviewer, because="整批报错")
    returned = batch_of(importer, Batch.State.SUBMITTED)
    returned.send_back(by=reviewer, because="缺页")
    noted = list(TrailEntry.objects.order_by("id").values_list("kind", "by", "because"))
    assert noted == [
        ("submit", importer.pk, ""),
        ("publish", reviewer.pk, ""),
        ("roll_back", reviewer.pk, "整批报错"),
        ("send_back", reviewer.pk, "缺页"),
    ]


def test_an_act_that_is_refused_leaves_no_entry(importer):
    batch = batch_of(importer, Batch.State.SUBMITTED)
    with pytest.raises(ActRefused):
        batch.publish(by=importer)
    with pytest.raises(ActRefused):
        batch_of(importer, Batch.State.PUBLISHED, reviewed_by=get_user_model().objects.create_user("second")).submit(by=importer)
    assert not TrailEntry.objects.exists()


def test_an_act_that_breaks_off_leaves_no_entry(importer):
    batch = batch_of(importer)
    with transaction.atomic():
        batch.submit(by=importer)
        transaction.set_rollback(True)
    assert not TrailEntry.objects.exists()


def test_uploads_taken_and_refused_are_noted_with_their_hash_and_reason(importer):
    dataset = catalog().datasets[PENALTY]
    batch = receive(csv_file([["x"]]), dataset=dataset, file_name="六月.csv", by=importer)
    assert (last().kind, last().after["sha256"]) == (Kind.UPLOAD, batch.file_sha256)
    with pytest.raises(Refused):
        receive(io.BytesIO(b"%PDF-1.7"), dataset=dataset, file_name="六月.pdf", by=importer)
    assert (last().kind, last().dataset) == (Kind.UPLOAD_REFUSED, PENALTY)
    assert "CSV" in last().after["problems"][0]["zh"]


@pytest.mark.parametrize("act", ["withdraw", "repair"])
def test_the_end_of_a_record_is_noted_without_any_value_of_it(reviewer, act):
    record = make_record(make_company("青岚市测试晨曦贸易有限公司"), PENALTY, facts="机密的事实")
    getattr(record, act)(by=reviewer, because="决定已撤销")
    entry = last()
    assert (entry.kind, entry.object_id, entry.before["version"]) == (act, record.key, record.pk)
    assert "晨曦" not in json.dumps([entry.before, entry.after, entry.about], ensure_ascii=False)


def test_a_correction_is_noted_by_version_and_field_and_never_by_value(reviewer):
    record = make_record(make_company(), PENALTY, fine="0.2")
    version = record.correct({"fine": "1.25"}, by=reviewer, because="录入有误")
    assert last().before == {"version": record.pk}
    assert last().after == {"version": version.pk, "fields": ["fine"]}


def test_what_a_schedule_does_is_no_act_of_staff():
    assert make_record(published_until="2026-01-01").expire()
    assert not TrailEntry.objects.exists()


def test_signing_in_and_out_is_noted_and_no_password_ever(client, importer, staff):
    login = reverse("admin:login")
    client.post(login, {"username": "importer", "password": "guessed-password"}, **BROWSER)
    assert (last().kind, last().by, last().about) == (Kind.SIGN_IN_FAILED, None, "importer")
    client.post(login, {"username": staff.password, "password": "importer"})
    assert (last().kind, last().about) == (Kind.SIGN_IN_FAILED, "")
    client.post(login, {"username": "importer", "password": staff.password}, **BROWSER)
    assert (last().kind, last().by, last().address) == (Kind.SIGN_IN, importer, "2001:db8::7")
    client.post(reverse("admin:logout"))
    assert (last().kind, last().by) == (Kind.SIGN_OUT, importer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM records_trailentry")
        everything = repr(cursor.fetchall())
    assert "guessed-password" not in everything
    assert staff.password not in everything


def test_behind_a_proxy_the_address_is_the_readers(client, importer, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    client.post(reverse("admin:login"), {"username": "importer", "password": "x"}, HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.100.7")
    assert last().address == "198.51.100.7"


def account_form(client, user) -> dict:
    form = client.get(reverse("admin:auth_user_change", args=[user.pk])).context["adminform"].form
    data = {name: form.initial.get(name, field.initial) for name, field in form.fields.items()}
    data = {name: value for name, value in data.items() if value not in (None, False) and name != "password"}
    return data | {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}


def test_a_change_of_role_or_agency_is_noted_before_and_after(client, administrator, importer):
    client.force_login(administrator)
    data = account_form(client, importer)
    data |= {"memberships-TOTAL_FORMS": "1", "memberships-0-agency": "tax", "memberships-0-user": importer.pk, "groups": []}
    answer = client.post(reverse("admin:auth_user_change", args=[importer.pk]), data)
    assert answer.status_code == 302, answer.context["errors"]
    assert (last().kind, last().by, last().about) == (Kind.ACCOUNT_CHANGED, administrator, "importer")
    assert last().before == {"groups": ["importer"], "agencies": []}
    assert last().after == {"groups": [], "agencies": ["tax"]}


def test_new_accounts_and_passwords_are_noted_without_the_password(client, administrator, importer, staff):
    client.force_login(administrator)
    passwords = {"password1": "a-new-long-one-7", "password2": "a-new-long-one-7", "usable_password": "true"}
    client.post(reverse("admin:auth_user_add"), {"username": "newcomer"} | passwords)
    assert (last().kind, last().about) == (Kind.ACCOUNT_ADDED, "newcomer")
    client.post(reverse("admin:auth_user_password_change", args=[importer.pk]), passwords)
    assert (last().kind, last().by, last().about) == (Kind.PASSWORD_CHANGED, administrator, "importer")
    own = {"old_password": staff.password, "new_password1": "another-long-one-8", "new_password2": "another-long-one-8"}
    client.post(reverse("admin:password_change"), own)
    assert (last().kind, last().about) == (Kind.PASSWORD_CHANGED, "administrator")
    assert "long-one" not in json.dumps(list(TrailEntry.objects.values("before", "after")))


def test_an_export_is_noted_with_its_filters(client, reviewer):
    make_record(dataset=PENALTY)
    client.force_login(reviewer)
    client.post(reverse("admin:records_record_export") + "?state=current", {"dataset": PENALTY, "format": "csv"})
    assert (last().kind, last().dataset) == (Kind.EXPORT, PENALTY)
    assert last().after == {"format": "csv", "rows": 1, "filters": {"state": ["current"]}}


def test_a_reviewer_reads_what_was_done_to_the_datasets_of_the_own_agency_only(client, importer, reviewer, administrator):
    Membership.objects.create(user=reviewer, agency="customs")
    batch_of(importer).submit(by=importer)
    listed = reverse("admin:records_trailentry_changelist")
    client.force_login(reviewer)
    assert client.get(listed).context["cl"].result_count == 0
    client.force_login(administrator)
    assert {entry.kind for entry in client.get(listed).context["cl"].result_list} == {"submit", "sign_in"}


def test_an_administrator_of_an_agency_reads_of_accounts_and_tokens_only_what_concerns_its_own(client, staff):
    def token(agency: str) -> AccessToken:
        until = timezone.localdate() + timedelta(30)
        wishes = {"holder": "x", "level": "government", "agencies": [agency], "expires_on": until, "because": "x"}
        return AccessToken.issue(by=staff.administrator, **wishes)[0]

    reader, colleague, stranger = member("administrator", "tax"), member("importer", "tax"), member("importer", "customs")
    for user in (colleague, stranger, staff.administrator):
        TrailEntry.note(Kind.ACCOUNT_CHANGED, by=staff.administrator, on=user, after={"groups": []})
        TrailEntry.note(Kind.SIGN_IN_FAILED, by=None, on=user)
        TrailEntry.note(Kind.SIGN_IN, by=user, on=user)
    TrailEntry.note(Kind.SIGN_IN_FAILED, by=None)
    tokens = [token("tax"), token("customs")]
    TrailEntry.note(Kind.PUBLISH, by=stranger, dataset="customs-dishonest")
    wanted = [(Kind.TOKEN_MADE, str(tokens[0])), (Kind.SIGN_IN, "importer-tax"), (Kind.SIGN_IN_FAILED, "importer-tax")]
    wanted = [(Kind.SIGN_IN, "administrator-tax"), *wanted, (Kind.ACCOUNT_CHANGED, "importer-tax")]
    client.force_login(reader)
    listed = client.get(reverse("admin:records_trailentry_changelist")).context["cl"].result_list
    assert [(entry.kind, entry.about) for entry in listed] == wanted
    answer = client.get(reverse("admin:records_trailentry_export"))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["对象"] for row in rows if row["对象"]] == [about for _, about in wanted]
    other = TrailEntry.objects.about(stranger).first()
    assert client.get(reverse("admin:records_trailentry_change", args=[other.pk])).status_code == 302


def test_failed_sign_ins_are_found_by_the_name_of_the_account(client, administrator, importer):
    client.post(reverse("admin:login"), {"username": importer.username, "password": "guessed"}, **BROWSER)
    client.force_login(administrator)
    found = client.get(reverse("admin:records_trailentry_changelist"), {"q": importer.username}).context["cl"].result_list
    assert [(entry.kind, entry.by, entry.about) for entry in found] == [(Kind.SIGN_IN_FAILED, None, "importer")]


def test_the_history_of_an_account_leads_to_the_entries_the_reader_may_read(client, administrator, importer):
    client.post(reverse("admin:login"), {"username": importer.username, "password": "guessed"}, **BROWSER)
    entry = last()
    client.force_login(administrator)
    shown = client.get(reverse("admin:auth_user_history", args=[importer.pk])).content.decode()
    assert reverse("admin:records_trailentry_change", args=[entry.pk]) in shown
    assert "2001:db8::7" in shown
    batch = batch_of(importer)
    batch.submit(by=importer)
    client.force_login(importer)
    shown = client.get(reverse("admin:records_batch_history", args=[batch.pk])).content.decode()
    assert "提交审核" in shown
    assert reverse("admin:records_trailentry_change", args=[last().pk]) not in shown


@pytest.mark.parametrize("query", ["importer", "#{batch}", "127.0.0.9", "缺页"])
def test_the_trail_is_searched_by_person_batch_address_and_reason(client, administrator, importer, query):
    batch = batch_of(importer)
    other = Client(REMOTE_ADDR="127.0.0.9")
    other.force_login(importer)
    other.post(reverse("admin:records_batch_act", args=[batch.pk, "withdraw"]), {"because": "缺页，重新报送"})
    client.force_login(administrator)
    page = client.get(reverse("admin:records_trailentry_changelist"), {"q": query.format(batch=batch.pk), "days": "1"})
    assert Kind.WITHDRAW_BATCH in {entry.kind for entry in page.context["cl"].result_list}
    assert administrator not in {entry.by for entry in page.context["cl"].result_list}


def test_the_trail_leaves_as_a_csv_no_spreadsheet_runs_and_that_is_noted(client, administrator, importer):
    batch_of(importer).withdraw(by=importer, because="=1+1")
    client.force_login(administrator)
    answer = client.get(reverse("admin:records_trailentry_export"), {"kind": "withdraw_batch"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["操作人"], row["理由"]) for row in rows] == [("importer", "'=1+1")]
    assert (last().kind, last().after["filters"]) == (Kind.EXPORT, {"kind": ["withdraw_batch"]})


def test_the_history_of_a_batch_tells_its_importer_what_became_of_it(client, importer, reviewer):
    batch = batch_of(importer, Batch.State.SUBMITTED)
    batch.send_back(by=reviewer, because="缺页")
    client.force_login(importer)
    shown = client.get(reverse("admin:records_batch_history", args=[batch.pk])).content.decode()
    assert "缺页" in shown
    assert "reviewer" in shown


def test_an_entry_is_shown_whole_and_leads_to_its_object(client, administrator, importer):
    batch = batch_of(importer)
    batch.submit(by=importer)
    client.force_login(administrator)
    shown = client.get(reverse("admin:records_trailentry_change", args=[last().pk - 1])).content.decode()
    assert batch.get_absolute_url() in shown
    assert "state: submitted" in shown

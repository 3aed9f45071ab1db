"""The matrix: every address of the staff side × role × agency, opened and posted to. A new address fails until somebody decides."""

import functools
import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, reverse
from django.utils import timezone

from records.admin.forms import CorrectionForm
from records.models import Batch, Membership, Record, StagedRow, TrailEntry
from tests.conftest import PASSWORD
from tests.records.staff_side import LISTS, READERS, member, tax_objects

EVERYBODY = {*READERS, "guest"}
NOBODY = set()
ADMINISTRATORS = {"administrator"}
TRAIL_READERS = {"reviewer", "administrator"}
AGENCIES = ("", "tax", "customs")
# Address: who may open it. A new address fails the test until somebody has decided who may.
OPEN_TO = {
    "index": EVERYBODY,
    "login": NOBODY,  # leads on to the front page
    "logout": NOBODY,  # POST only
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    "jsi18n": EVERYBODY,
    "autocomplete": NOBODY,
    "view_on_site": NOBODY,
    "app_list": READERS,
    "quality": READERS,
    "quality-table": READERS,
    "records_batch_changelist": READERS,
    "records_batch_change": READERS,
    "records_batch_history": READERS,
    "records_batch_errors": READERS,
    "records_batch_sheets": READERS,
    "records_batch_sheet": READERS,
    "records_batch_import": {"importer"},
    "records_batch_entries": {"importer"},
    "records_batch_entry": {"importer"},
    "records_batch_file": READERS,
    "records_batch_row": READERS,
    "records_batch_preview": READERS,
    "records_batch_decide": NOBODY,  # POST only, see below
    "records_batch_confirm": {"importer", "reviewer"},
    "records_batch_process_import": NOBODY,
    "records_batch_act": NOBODY,  # POST only, see below
    "records_record_act": {"reviewer", "administrator"},
    "blacklists_listing_act": {"reviewer", "administrator"},
    "records_trailentry_changelist": TRAIL_READERS,
    "records_trailentry_change": TRAIL_READERS,
    "records_trailentry_history": TRAIL_READERS,
    "records_trailentry_export": TRAIL_READERS,
    "records_accesstoken_changelist": ADMINISTRATORS,
    "records_accesstoken_add": ADMINISTRATORS,
    "records_accesstoken_change": ADMINISTRATORS,
    "records_accesstoken_history": ADMINISTRATORS,
    "records_accesstoken_confirm": ADMINISTRATORS,
    "records_accesstoken_revoke": ADMINISTRATORS,
    "records_accessuse_changelist": ADMINISTRATORS,
    "records_accessuse_change": ADMINISTRATORS,
    "records_accessuse_history": ADMINISTRATORS,
    "auth_user_changelist": ADMINISTRATORS,
    "auth_user_add": ADMINISTRATORS,
    "auth_user_change": ADMINISTRATORS,
    "auth_user_history": ADMINISTRATORS,
    "auth_user_password_change": ADMINISTRATORS,
    "auth_group_changelist": ADMINISTRATORS,
    "auth_group_change": ADMINISTRATORS,
    "auth_group_history": ADMINISTRATORS,
} | {
    f"{model}_{page}": READERS
    for model in (
        "records_record", "records_company", "records_event", "records_stagedrow", "blacklists_listing"
    )
    for page in ("changelist", "change", "history", "export")
}  # fmt: skip
# Objects of an agency: for staff of another one they do not exist.
BOUND = {
    f"{model}_{page}"
    for model in (*LISTS, "records_trailentry", "records_accesstoken", "records_accessuse", "auth_user")
    for page in ("change", "history", "errors", "act", "confirm", "revoke", "file", "row", "preview", "entry", "password_change")
}


@pytest.fixture
def objects(staff, settings):
    # Nothing is staged or published while somebody waits: the matrix is about who may.
    settings.STAGE_IN_REQUEST_BYTES = 0
    return tax_objects(staff, settings.UPLOAD_DIR)


@functools.cache
def admin_addresses() -> list[tuple[str, str]]:
    """(name, address under that of the admin, with its arguments in brackets) of every pattern; some have no name."""
    found = []

    def walk(patterns, before):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                found.append((pattern.name or "", before + str(pattern.pattern)))
            else:
                walk(pattern.url_patterns, before + str(pattern.pattern))

    walk(admin.site.get_urls(), "")
    return found


def filled(name: str, pattern: str, objects: dict) -> str:
    """The address with the object of its model, and something fitting for its other arguments."""
    model = "_".join(pattern.split("/")[:2])
    given = {
        "slug": "tax-penalty",
        "name": {"records_batch_act": "submit", "records_batch_decide": "exclude"}.get(name, "withdraw"),
        "row_no": 3 if name == "records_batch_preview" else 2,
    }
    pattern = pattern.replace("^(?P<app_label>records|auth|blacklists)/$", "records/").replace("(?P<url>.*)$", "nowhere/")
    return reverse("admin:index") + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda argument: str(given.get(argument[1], objects.get(model, 1))), pattern
    )


def expected(name: str, role: str, agency: str) -> bool:
    return role in OPEN_TO.get(name, NOBODY) and not (agency == "customs" and name in BOUND)


def differences(client, objects, role: str, agency: str) -> list[str]:
    """Where what opens is not what the table says."""
    wrong = []
    for name, pattern in admin_addresses():
        answer = client.get(filled(name, pattern, objects))
        assert answer.status_code < 500, pattern
        if (answer.status_code == 200) is not expected(name, role, agency):
            wrong.append(f"{name or pattern}: {answer.status_code} for {role} of {agency or 'all'}")
    return wrong


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_every_address_opens_for_those_it_is_meant_for_and_nobody_else(client, objects, role, agency):
    client.force_login(member(role, agency))
    assert differences(client, objects, role, agency) == []


def test_nothing_but_the_sign_in_page_opens_to_strangers(client, objects):
    opened = [name for name, pattern in admin_addresses() if client.get(filled(name, pattern, objects)).status_code == 200]
    assert opened == ["login"]


# Posting


@dataclass
class Act:
    """Something done by posting to an address: who may, in which state of the batch, with what.

    Whether it was done is told by the audit trail, since no act is without its entry.
    """

    name: str
    done_for: set[str]
    data: dict = field(default_factory=dict)
    object: list = field(default_factory=list)
    state: str = ""
    bound: bool = True


CHANGERS, REVIEWERS, RECORDS = {"importer", "reviewer"}, {"reviewer"}, {"reviewer", "administrator"}
WHY = {"because": "试试"}
TYPED = {"company_name": "青岚市测试", "decision_no": "1", "decided_on": "2026-06-15"}
SAME_AGENCY = {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-agency": "tax"}
ANOTHER = "another-kept-for-the-tests"
ACTS = [
    Act("records_batch_act", CHANGERS, {}, ["submit"], "staged"),
    Act("records_batch_act", REVIEWERS, {}, ["publish"], "submitted"),
    Act("records_batch_act", REVIEWERS, WHY, ["send_back"], "submitted"),
    Act("records_batch_act", CHANGERS, WHY, ["withdraw"], "staged"),
    Act("records_batch_act", REVIEWERS, WHY, ["roll_back"], "published"),
    Act("records_batch_act", CHANGERS, {}, ["pause"], "staging"),
    Act("records_batch_act", CHANGERS, {}, ["resume"], "paused"),
    Act("records_batch_act", CHANGERS, WHY, ["cancel"], "staging"),
    Act("records_batch_act", REVIEWERS, WHY, ["cancel_publication"], "publishing"),
    Act("records_batch_decide", CHANGERS, WHY | {"rows": "3"}, ["exclude"], "staged"),
    Act("records_batch_decide", CHANGERS, WHY | {"rows": "4"}, ["include"], "staged"),
    Act("records_batch_decide", NOBODY, WHY | {"rows": "3"}, ["let_through"], "staged"),  # only its check digit may be wrong
    Act("records_batch_import", {"importer"}, {"dataset": "tax-penalty"}),
    Act("records_batch_entry", {"importer"}, TYPED, ["tax-penalty"]),
    Act("records_batch_process_import", NOBODY),
    Act("records_record_act", RECORDS, WHY, ["withdraw"]),
    Act("records_record_act", RECORDS, WHY, ["repair"]),
    Act("records_record_act", RECORDS, WHY | {"value-fine": "9"}, ["correct"]),
    Act("blacklists_listing_act", RECORDS, WHY, ["withdraw"]),
    Act("records_record_export", READERS, {"dataset": "tax-penalty", "format": "csv"}),
    Act("blacklists_listing_export", READERS, {"dataset": "tax-major_violation", "format": "csv"}),
    Act("records_accesstoken_add", ADMINISTRATORS, WHY | {"holder": "x", "level": "government", "agencies": ["tax"]}),
    Act("records_accesstoken_confirm", ADMINISTRATORS),
    Act("records_accesstoken_revoke", ADMINISTRATORS, WHY),
    Act("auth_user_add", ADMINISTRATORS, {"username": "new", "usable_password": "false"}, bound=False),
    Act("auth_user_change", ADMINISTRATORS, SAME_AGENCY | {"username": "other"}),
    Act("auth_user_password_change", ADMINISTRATORS, {"password1": ANOTHER, "password2": ANOTHER}),
    Act("auth_group_add", NOBODY, {"name": "new"}),
    Act("auth_group_change", NOBODY, {"name": "other"}),
    Act("password_change", EVERYBODY, {"old_password": PASSWORD, "new_password1": ANOTHER, "new_password2": ANOTHER}, bound=False),
    Act("logout", EVERYBODY, bound=False),
]  # fmt: skip


def posted(client, act: Act, objects: dict) -> bool:
    """Whether posting did it; afterwards everything is as before."""
    model = act.name.removesuffix("_password_change") if act.name.startswith("auth") else act.name
    model = model if model in objects else model.rsplit("_", 1)[0]
    session = client.cookies["sessionid"].value
    data = dict(act.data)
    if act.name == "records_batch_import":
        data["import_file"] = SimpleUploadedFile("x.csv", b"x")
    if act.object == ["correct"]:
        fields = CorrectionForm(Record.objects.get(pk=objects[model]), "zh").fields
        data = {name: field.initial or "" for name, field in fields.items()} | data
    if act.name == "auth_user_change":
        data["memberships-0-id"] = Membership.objects.get(user=objects["auth_user"]).pk
    if act.name == "records_accesstoken_add":
        data["expires_on"] = timezone.localdate() + timedelta(9)
    arguments = [] if act.object == ["tax-penalty"] or model not in objects else [objects[model]]
    pattern = dict(admin_addresses())[act.name]
    with transaction.atomic():
        if act.state:
            state = {"state": "staging", "paused": True} if act.state == "paused" else {"state": act.state}
            Batch.objects.filter(pk=objects["records_batch"]).update(new=1, **state)
            StagedRow.objects.filter(batch=objects["records_batch"], row_no=4).update(kind="excluded")
        before = TrailEntry.objects.count()
        answer = client.post(reverse(f"admin:{act.name}", args=[*arguments, *act.object][: pattern.count("<")]), data)
        assert answer.status_code < 500, act
        done = TrailEntry.objects.count() > before
        transaction.set_rollback(True)
    client.cookies["sessionid"] = session
    return done


@pytest.mark.parametrize("agency", AGENCIES)
@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_every_act_is_done_for_those_it_is_meant_for_and_nobody_else(client, objects, role, agency):
    client.force_login(member(role, agency))
    wrong = []
    for act in ACTS:
        allowed = role in act.done_for and not (agency == "customs" and act.bound)
        if posted(client, act, objects) is not allowed:
            wrong.append(f"{act.name} {act.object}: {'refused' if allowed else 'done'}")
    assert wrong == []


def test_posting_to_any_other_address_does_nothing(client, objects, django_user_model):
    user = member("reviewer", "tax")
    user.groups.set(Group.objects.all())
    client.force_login(user)
    before = TrailEntry.objects.count(), list(Batch.objects.values()), list(django_user_model.objects.values())
    known = {act.name for act in ACTS} | {"login", "records_trailentry_export"}
    for name, pattern in admin_addresses():
        if name not in known:
            answer = client.post(filled(name, pattern, objects), {"post": "yes", "because": "试试", "action": "delete_selected"})
            assert answer.status_code < 500, pattern
    after = TrailEntry.objects.count(), list(Batch.objects.values()), list(django_user_model.objects.values())
    assert after == before


def test_taking_a_role_away_closes_every_address_at_the_next_request(client, objects):
    user = member("reviewer", "tax")
    client.force_login(user)
    page = reverse("admin:records_record_act", args=[objects["records_record"], "withdraw"])
    assert client.get(page).status_code == 200
    user.groups.clear()
    assert differences(client, objects, "guest", "tax") == []


def test_another_agency_is_another_view_at_the_next_request(client, objects):
    user = member("importer")
    client.force_login(user)
    page = reverse("admin:records_batch_change", args=[objects["records_batch"]])
    assert client.get(page).status_code == 200
    moved = Membership.objects.create(user=user, agency="customs")
    assert differences(client, objects, "importer", "customs") == []
    moved.delete()
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("column", ["is_staff", "is_active"])
def test_who_leaves_is_out_at_the_next_request(client, objects, column, django_user_model):
    user = member("administrator")
    client.force_login(user)
    assert client.get(reverse("admin:index")).status_code == 200
    django_user_model.objects.filter(pk=user.pk).update(**{column: False})
    for name, pattern in admin_addresses():
        if name not in ("login", "logout"):
            assert client.get(filled(name, pattern, objects)).status_code == 302, pattern

"""Every address of the staff side × role × agency: who may open what, and that nothing of another agency is seen."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import URLPattern, reverse
from django.utils import timezone

from records.models import AccessToken, AccessUse, Batch, Membership, StagedRow, TrailEntry
from tests.factories import make_company, make_record

READERS = {"importer", "reviewer", "administrator"}
EVERYBODY = {*READERS, "guest"}
NOBODY = set()
ADMINISTRATORS = {"administrator"}
TRAIL_READERS = {"reviewer", "administrator"}
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
LISTS = ("records_batch", "records_record", "records_event", "records_stagedrow", "blacklists_listing")
# Objects of an agency: for staff of another one they do not exist.
BOUND = {
    f"{model}_{page}"
    for model in (*LISTS, "records_trailentry")
    for page in ("change", "history", "errors", "act", "file", "row", "preview", "entry")
}
SECRET = "青岚市机密样例有限公司"


def admin_addresses() -> dict[str, str]:
    """Every named pattern of the admin, by name."""
    found = {}

    def walk(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                found[pattern.name] = str(pattern.pattern)
            else:
                walk(pattern.url_patterns)

    walk(admin.site.get_urls())
    found.pop(None, None)
    return found


@pytest.fixture
def objects(staff, settings):
    """A batch, records and rows of the tax agency, by the model part of the address."""
    company = make_company(SECRET)
    batch = Batch.objects.create(
        dataset="tax-penalty", file="x.bin", file_name=f"{SECRET}.csv", file_size=1, file_sha256="0" * 64,
        state="published", uploaded_by=staff.importer, reviewed_by=staff.reviewer, rows=1, pending=1,
    )  # fmt: skip
    row = StagedRow.objects.create(
        batch=batch, row_no=2, kind="pending", dataset="tax-penalty", key="a" * 26, name=SECRET, code=company.code
    )
    columns = {"values": {"uscc": company.code}, "dataset": "tax-penalty", "company": company, "code": company.code}
    StagedRow.objects.create(batch=batch, row_no=3, kind="new", key="b" * 26, name=SECRET, **columns)
    settings.UPLOAD_DIR.mkdir()
    (settings.UPLOAD_DIR / "x.bin").write_text("x")
    record = make_record(company, "tax-penalty", batch=batch)
    until = timezone.localdate() + timedelta(1)
    token, _ = AccessToken.issue(by=staff.administrator, holder="x", level="government", agencies=["tax"], expires_on=until, because="x")
    return {
        "records_batch": batch.pk,
        "records_stagedrow": row.pk,
        "records_record": record.pk,
        "records_event": record.pk,
        "records_company": company.pk,
        "records_trailentry": TrailEntry.note(TrailEntry.Kind.UPLOAD, by=staff.importer, on=batch).pk,
        "blacklists_listing": make_record(company, "tax-major_violation").pk,
        "records_accesstoken": token.pk,
        "records_accessuse": AccessUse.objects.create(token=token, asked="/api/v1/restricted/", shown=0).pk,
        "auth_user": staff.importer.pk,
        "auth_group": Group.objects.get(name="importer").pk,
    }


def address_of(name: str, pattern: str, objects: dict) -> str:
    model = name.rsplit("_", 1)[0].removesuffix("_password")
    arguments = {
        "sheet": ["tax-penalty"],
        "entry": ["tax-penalty"],
        "act": [objects.get(model), "submit" if model == "records_batch" else "withdraw"],
        "list": ["records"],
        "site": [1, 1],
        "row": [objects.get(model), 2],
        "preview": [objects.get(model), 3],
        "decide": [objects.get(model), "exclude"],
    }
    given = arguments.get(name.rsplit("_", 1)[-1], [objects.get(model)])
    return reverse(f"admin:{name}", args=given[: pattern.count("<")])


def member(role: str, agency: str = ""):
    user = get_user_model().objects.create_user(f"{role}-{agency}", password="kept-for-the-tests", is_staff=True)
    if role != "guest":
        user.groups.add(Group.objects.get(name=role))
    if agency:
        Membership.objects.create(user=user, agency=agency)
    return user


def opened(client, address: str) -> bool:
    response = client.get(address)
    assert response.status_code < 500, address
    return response.status_code == 200


@pytest.mark.parametrize("agency", ["", "tax", "customs"])
@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_every_address_opens_for_those_it_is_meant_for_and_nobody_else(client, objects, role, agency):
    client.force_login(member(role, agency))
    wrong = []
    for name, pattern in admin_addresses().items():
        expected = role in OPEN_TO.get(name, NOBODY) and not (agency == "customs" and name in BOUND)
        if opened(client, address_of(name, pattern, objects)) is not expected:
            wrong.append(f"{name}: expected {'open' if expected else 'closed'}")
    assert wrong == []


def test_nobody_adds_changes_or_deletes_what_the_engine_writes(client, objects, admin_user):
    client.force_login(admin_user)
    for model in (*LISTS, "records_company", "records_trailentry"):
        assert client.get(reverse(f"admin:{model}_add")).status_code == 403
        assert client.post(reverse(f"admin:{model}_delete", args=[objects[model]]), {"post": "yes"}).status_code == 403
        assert client.post(reverse(f"admin:{model}_change", args=[objects[model]]), {}).status_code in (403, 405)
    assert client.post(reverse("admin:auth_user_delete", args=[objects["auth_user"]])).status_code == 403


@pytest.mark.parametrize("role", sorted(READERS))
def test_lists_and_searches_show_nothing_of_another_agency(client, objects, role):
    client.force_login(member(role, "customs"))
    for model in LISTS:
        for query in ("", f"?q={SECRET}", "?dataset=tax-penalty"):
            answer = client.get(reverse(f"admin:{model}_changelist") + query)
            assert answer.context["cl"].result_count == 0, (model, query)
    assert SECRET not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("role", sorted(READERS))
def test_the_same_lists_show_it_to_its_own_agency(client, objects, role):
    client.force_login(member(role, "tax"))
    for model in LISTS:
        assert SECRET in client.get(reverse(f"admin:{model}_changelist")).content.decode(), model


def test_an_export_holds_nothing_of_another_agency(client, objects):
    client.force_login(member("reviewer", "customs"))
    answer = client.post(reverse("admin:records_record_export"), {"dataset": "tax-penalty", "format": "csv"})
    assert "dataset" in answer.context["form"].errors


def test_a_file_for_another_agency_is_not_taken(client, objects):
    client.force_login(member("importer", "customs"))
    answer = client.post(reverse("admin:records_batch_import"), {"dataset": "tax-penalty"})
    assert "dataset" in answer.context["form"].errors
    assert Batch.objects.count() == 1


@pytest.mark.parametrize("act", ["submit", "publish", "send_back", "withdraw", "roll_back"])
def test_the_acts_on_a_batch_of_another_agency_do_not_exist(client, objects, act):
    client.force_login(member("reviewer", "customs"))
    address = reverse("admin:records_batch_act", args=[objects["records_batch"], act])
    assert client.post(address, {"because": "试试"}).status_code == 404


@pytest.mark.parametrize("name", ["exclude", "include", "let_through"])
def test_the_rows_of_another_agency_are_decided_upon_by_nobody_else(client, objects, name):
    address = reverse("admin:records_batch_decide", args=[objects["records_batch"], name])
    for role, agency, answer in (("importer", "customs", 404), ("guest", "", 403), ("administrator", "tax", 403)):
        client.force_login(member(role, agency))
        assert client.post(address, {"rows": "3", "because": "试试"}).status_code == answer, role
    assert not StagedRow.objects.filter(kind="excluded").exists()


@pytest.mark.parametrize(("role", "refused"), [("importer", "publish"), ("importer", "roll_back"), ("guest", "submit")])
def test_an_act_needs_its_permission(client, objects, role, refused):
    client.force_login(member(role))
    address = reverse("admin:records_batch_act", args=[objects["records_batch"], refused])
    assert client.post(address, {"because": "试试"}).status_code == 403


def test_taking_a_role_away_takes_effect_at_the_next_request(client, staff, objects):
    client.force_login(staff.reviewer)
    page = reverse("admin:records_record_act", args=[objects["records_record"], "withdraw"])
    assert client.get(page).status_code == 200
    staff.reviewer.groups.clear()
    assert client.get(page).status_code == 403
    staff.reviewer.is_staff = False
    staff.reviewer.save()
    assert client.get(reverse("admin:index")).status_code == 302


def test_binding_somebody_to_an_agency_takes_effect_at_the_next_request(client, staff, objects):
    client.force_login(staff.importer)
    page = reverse("admin:records_batch_change", args=[objects["records_batch"]])
    assert client.get(page).status_code == 200
    Membership.objects.create(user=staff.importer, agency="customs")
    assert client.get(page).status_code == 302


def test_an_administrator_makes_nobody_a_superuser(client, staff, admin_user):
    client.force_login(staff.administrator)
    address = reverse("admin:auth_user_change", args=[staff.administrator.pk])
    assert "is_superuser" not in client.get(address).context["adminform"].form.fields
    superuser = reverse("admin:auth_user_change", args=[admin_user.pk])
    assert client.post(superuser, {"username": "taken-over"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[admin_user.pk])).status_code == 403

"""What staff meet of other agencies: nothing. And what nobody may do, whatever the role. The matrix of addresses is beside."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from records.models import AccessToken, AccessUse, ActRefused, Batch, StagedRow, TrailEntry
from tests.records.staff_side import LISTS, READERS, SECRET, member, tax_objects


@pytest.fixture
def objects(staff, settings):
    return tax_objects(staff, settings.UPLOAD_DIR)


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


@pytest.mark.parametrize("act", ["submit", "publish", "send_back", "withdraw", "pause", "cancel", "roll_back"])
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


def test_an_administrator_makes_nobody_a_superuser(client, staff, admin_user):
    client.force_login(staff.administrator)
    address = reverse("admin:auth_user_change", args=[staff.administrator.pk])
    assert "is_superuser" not in client.get(address).context["adminform"].form.fields
    superuser = reverse("admin:auth_user_change", args=[admin_user.pk])
    assert client.post(superuser, {"username": "taken-over"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[admin_user.pk])).status_code == 403


def test_an_administrator_leaves_no_agency_and_takes_no_role(client, staff):
    administrator = staff.administrator
    membership = administrator.memberships.create(agency="customs")
    client.force_login(administrator)
    address = reverse("admin:auth_user_change", args=[administrator.pk])
    shown = client.get(address).context
    assert not {"groups", "is_active", "is_staff"} & set(shown["adminform"].form.fields)
    inline = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1, "memberships-0-id": membership.pk}
    inline |= {"memberships-0-user": administrator.pk, "memberships-0-agency": "tax", "memberships-0-DELETE": "on"}
    client.post(address, {"username": administrator.username, "groups": list(Group.objects.values_list("pk", flat=True)), **inline})
    assert list(administrator.memberships.values_list("agency", flat=True)) == ["customs"]
    assert [group.name for group in administrator.groups.all()] == ["administrator"]
    other = client.get(reverse("admin:auth_user_change", args=[member("importer", "customs").pk])).context
    assert "groups" in other["adminform"].form.fields


def test_an_administrator_of_an_agency_has_to_do_with_its_accounts_alone(client, staff):
    administrator, colleague = member("administrator", "customs"), member("importer", "customs")
    strangers = [staff.importer, member("importer", "tax"), member("guest", "customs")]
    strangers[-1].memberships.create(agency="tax")
    client.force_login(administrator)
    listed = client.get(reverse("admin:auth_user_changelist")).context["cl"].result_list
    assert {user.pk for user in listed} == {administrator.pk, colleague.pk}
    for stranger in strangers:
        for name in ("change", "password_change"):
            address = reverse(f"admin:auth_user_{name}", args=[stranger.pk])
            assert client.post(address, {"username": "taken-over", "password1": "x", "password2": "x"}).status_code in (302, 404)
    assert not get_user_model().objects.filter(username="taken-over").exists()


def test_an_administrator_of_an_agency_makes_accounts_of_that_agency(client, db):
    client.force_login(member("administrator", "customs"))
    made = {"username": "newcomer", "usable_password": "true", "password1": "kept-for-tests-1", "password2": "kept-for-tests-1"}
    client.post(reverse("admin:auth_user_add"), made)
    newcomer = get_user_model().objects.get(username="newcomer")
    assert newcomer.is_staff
    membership = newcomer.memberships.get()
    assert membership.agency == "customs"
    assert TrailEntry.objects.get(kind=TrailEntry.Kind.ACCOUNT_ADDED).after["agencies"] == ["customs"]
    address = reverse("admin:auth_user_change", args=[newcomer.pk])
    inline = {"memberships-TOTAL_FORMS": 1, "memberships-INITIAL_FORMS": 1, "memberships-0-id": membership.pk}
    inline |= {"username": "newcomer", "memberships-0-user": newcomer.pk}
    for change in ({"memberships-0-agency": "tax"}, {"memberships-0-agency": "customs", "memberships-0-DELETE": "on"}):
        refused = client.post(address, inline | change)
        assert refused.status_code == 200, change
        assert ("至少须属于一个信源单位。" in refused.content.decode()) is ("memberships-0-DELETE" in change)
        assert newcomer.memberships.get().agency == "customs"
    assert client.post(address, inline | {"memberships-0-agency": "customs", "is_staff": "on"}).status_code == 302
    assert get_user_model().objects.get(username="newcomer").is_staff


def test_roles_and_agencies_are_called_by_their_names(client, staff):
    tax = "国家税务总局"
    bound = member("administrator", "tax")
    client.force_login(bound)
    listed = client.get(reverse("admin:auth_user_changelist")).context["cl"]
    choices = next(spec for spec in listed.filter_specs if spec.title == "角色").lookup_choices
    assert {str(name) for _, name in choices} == {"报送员", "审核员", "管理员"}
    roles = client.get(reverse("admin:auth_group_changelist")).content.decode()
    assert ">管理员</a>" in roles
    assert ">administrator</a>" not in roles
    own = client.get(reverse("admin:auth_user_change", args=[bound.pk])).content.decode()
    assert re.search(r'<div class="readonly">管理员</div>', own)
    assert re.search(rf'<div class="readonly">{tax}</div>', own)
    assert f"{bound} · tax" not in own
    colleague = member("importer", "tax")
    shown = client.get(reverse("admin:auth_user_change", args=[colleague.pk])).content.decode()
    assert "不填则可办理全部信源单位" not in shown
    assert f"{colleague} · tax" not in shown
    client.force_login(staff.administrator)
    assert "不填则可办理全部信源单位" in client.get(reverse("admin:auth_user_change", args=[colleague.pk])).content.decode()


# Tokens


def make_token(by, *agencies: str, datasets=()) -> AccessToken:
    until = timezone.localdate() + timedelta(30)
    return AccessToken.issue(
        by=by, holder="青岚市数据局", level="government", agencies=[*agencies], datasets=datasets, expires_on=until, because="联合监管"
    )[0]


def test_an_administrator_of_an_agency_has_to_do_with_its_tokens_alone(client, staff):
    own = make_token(staff.administrator, "tax")
    beyond = [make_token(staff.administrator, "customs"), make_token(staff.administrator, "tax", "customs")]
    uses = [AccessUse.objects.create(token=token, asked="/api/v1/restricted/", shown=1) for token in (own, *beyond)]
    bound = member("administrator", "tax")
    client.force_login(bound)
    listed = {name: client.get(reverse(f"admin:records_{name}_changelist")).context["cl"] for name in ("accesstoken", "accessuse")}
    assert [token.pk for token in listed["accesstoken"].result_list] == [own.pk]
    assert [use.pk for use in listed["accessuse"].result_list] == [uses[0].pk]
    for token in beyond:
        for name in ("change", "confirm", "revoke", "history"):
            answer = client.post(reverse(f"admin:records_accesstoken_{name}", args=[token.pk]), {"because": "试试"})
            assert answer.status_code in (302, 403, 404), name
        with pytest.raises(ActRefused):
            token.revoke(by=bound, because="试试")
    assert not AccessToken.objects.filter(revoked_at__isnull=False).exists()
    assert not AccessToken.objects.filter(confirmed_at__isnull=False).exists()
    own.revoke(by=bound, because="不再需要")


def test_a_token_offers_the_acts_that_would_be_done_and_no_other(client, staff):
    def offered(user) -> set[str]:
        client.force_login(user)
        page = client.get(reverse("admin:records_accesstoken_change", args=[token.pk])).content.decode()
        return {name for name in ("confirm", "revoke") if f"/{name}/" in page}

    bound = member("administrator", "tax")
    token = make_token(bound, "tax")
    assert offered(bound) == {"revoke"}
    assert offered(staff.administrator) == {"confirm", "revoke"}
    # A dataset the catalogue has no longer: nobody confirms it, and it can still be ended.
    AccessToken.objects.filter(pk=token.pk).update(datasets=["tax-gone"])
    assert offered(staff.administrator) == {"revoke"}
    AccessToken.objects.get(pk=token.pk).revoke(by=staff.administrator, because="类目已停用")
    assert offered(staff.administrator) == set()

"""What is not public is given to holders of a token, within its level, scope and time, never from a cache, never unlogged."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from records.models import AccessToken, AccessUse, ActRefused, Event, Membership, TrailEntry
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db
SOCIAL, ARREARS = "mohrss-social_insurance", "tax-arrears_detail"  # authorised, government
BASE = "/api/v1/restricted/"


def issue(by, level="government", **given):
    month = timezone.localdate() + timedelta(30)
    wishes = {"datasets": [SOCIAL, ARREARS], "holder": "青岚市测试银行", "because": "测试", "expires_on": month}
    token, text = AccessToken.issue(by=by, level=level, **wishes | given)
    token.confirm(by=another(by))
    return token, text


def another(user):
    """A second administrator, of the same agencies."""
    made, _ = get_user_model().objects.get_or_create(username="second", is_staff=True)
    made.groups.set(user.groups.all())
    for one in user.memberships.all():
        Membership.objects.get_or_create(user=made, agency=one.agency)
    return made


def get(client, path, text=None, **parameters):
    return client.get(f"{BASE}{path}", parameters, headers={"Authorization": f"Bearer {text}"} if text else {})


def keys(response) -> set[str]:
    return {one["id"] for one in response.json()["results"]}


def test_only_the_digest_is_kept_and_the_text_is_known_once(administrator):
    token, text = issue(administrator)
    kept = " ".join(str(getattr(token, field.attname)) for field in AccessToken._meta.concrete_fields)
    assert text not in kept
    assert text.split("_", 2)[2] not in kept
    assert AccessToken.of_text(text) == token
    confirmed, entry = TrailEntry.objects.order_by("-id")[:2]
    assert (confirmed.kind, confirmed.by.username) == ("token_confirmed", "second")
    assert (entry.kind, entry.by, entry.because) == ("token_made", administrator, "测试")
    assert text.split("_", 2)[2] not in str([entry.before, entry.after, entry.about])


@pytest.mark.parametrize(
    "path", ["", "records/", "events/", "records/aaaaaaaaaaaaaaaaaaaaaaaaaa/", "companies/91330110MF1000015W/records/"]
)
def test_without_a_valid_token_every_address_answers_401_and_nothing_else(client, administrator, path, django_assert_max_num_queries):
    _, text = issue(administrator)
    for sent in (None, "x", text[:-1], text[:-1] + ("A" if text[-1] != "A" else "B"), text.replace("cpt", "CPT"), "", "é"):
        headers = {} if sent is None else {"Authorization": f"Bearer {sent}"}
        with django_assert_max_num_queries(1):
            response = client.get(f"{BASE}{path}", headers=headers)
        assert response.status_code == 401, sent
        assert response["Content-Type"] == "application/problem+json"
        assert response["WWW-Authenticate"].startswith("Bearer realm=")
        assert ("invalid_token" in response["WWW-Authenticate"]) == (sent is not None)
        assert response["Cache-Control"] == "private, no-store"
        assert "Authorization" in response["Vary"]
    assert client.get(f"{BASE}{path}", headers={"Authorization": f"Basic {text}"}).status_code == 401
    assert not AccessUse.objects.exists()


def test_a_token_ends_on_its_day_and_when_it_is_revoked(client, administrator):
    token, text = issue(administrator)
    assert get(client, "", text).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(30)):
        assert get(client, "", text).status_code == 401
    token.revoke(by=administrator, because="不再需要")
    assert get(client, "", text).status_code == 401
    assert TrailEntry.objects.first().kind == "token_revoked"
    with pytest.raises(ActRefused):
        token.revoke(by=administrator, because="再次")


def test_a_token_opens_nothing_until_a_second_administrator_has_confirmed_it(client, administrator):
    wishes = {"datasets": [SOCIAL], "agencies": [], "holder": "青岚市测试银行", "because": "测试", "level": "authorized"}
    token, text = AccessToken.issue(by=administrator, expires_on=timezone.localdate() + timedelta(9), **wishes)
    assert get(client, "", text).status_code == 401
    with pytest.raises(ActRefused):
        token.confirm(by=administrator)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessToken.objects.filter(pk=token.pk).update(confirmed_by=administrator, confirmed_at=timezone.now())
    elsewhere = get_user_model().objects.create_user("elsewhere", is_staff=True)
    Membership.objects.create(user=elsewhere, agency="tax")
    with pytest.raises(ActRefused):
        token.confirm(by=elsewhere)
    token.confirm(by=another(administrator))
    assert get(client, "", text).status_code == 200
    with pytest.raises(ActRefused):
        token.confirm(by=another(administrator))


def test_what_a_token_does_not_open_looks_like_what_does_not_exist(client, administrator):
    record = make_record(make_company(), ARREARS)
    text = issue(administrator, "authorized", datasets=[SOCIAL])[1]
    there, never = get(client, f"records/{record.key}/", text), get(client, f"records/{'0' * 26}/", text)
    assert (there.status_code, stable(there)) == (404, stable(never))
    assert set(there.headers) == set(never.headers)


def stable(response) -> dict:
    return {name: value for name, value in response.json().items() if name not in {"instance", "request_id"}}


def test_a_level_opens_what_it_may_and_only_the_datasets_named(client, administrator):
    company, other = make_company(), make_company()
    social, arrears = make_record(company, SOCIAL), make_record(company, ARREARS)
    make_record(other, SOCIAL), make_record(company, "housingfund-contribution")
    path = f"companies/{company.code}/records/"
    government, authorized = issue(administrator)[1], issue(administrator, "authorized")[1]
    assert keys(get(client, path, government)) == {social.key, arrears.key}
    assert keys(get(client, path, authorized)) == {social.key}
    assert get(client, f"records/{arrears.key}/", government).json()["disclosure"]["code"] == "government"
    assert get(client, f"records/{arrears.key}/", authorized).status_code == 404
    assert get(client, path, authorized, dataset=ARREARS).status_code == 403
    assert keys(get(client, path, government, dataset=SOCIAL)) == {social.key}
    assert len(keys(get(client, "records/", government))) == 3
    assert get(client, "records/", authorized).status_code == 403


def test_a_holder_follows_what_comes_changes_and_goes(client, administrator):
    company, other = make_company(), make_company()
    gone, kept = make_record(company, SOCIAL), make_record(other, ARREARS)
    text = issue(administrator)[1]
    seen = get(client, "events/", text).json()
    assert [one["record"] for one in seen["results"]] == [gone.key, kept.key]
    assert get(client, "records/", text, updated_after=seen["head"]).json()["results"] == []
    end_record(gone, Event.Kind.WITHDRAWN)
    make_record(company, "housingfund-contribution")
    new = make_record(company, SOCIAL)
    path = f"companies/{company.code}/records/"
    assert keys(get(client, "records/", text, updated_after=seen["head"])) == {new.key}
    assert keys(get(client, path, text, updated_after=gone.id - 1)) == {new.key}
    news = get(client, "events/", text, after=seen["resume_after"], limit=1).json()
    assert [(one["kind"]["code"], one["record"], one["company"]["code"]) for one in news["results"]] == [
        ("withdrawn", gone.key, company.code)
    ]
    [last] = client.get(news["next"], headers={"Authorization": f"Bearer {text}"}).json()["results"]
    assert last["url"] == f"http://testserver{BASE}records/{new.key}/"
    assert get(client, last["url"].partition(BASE)[2], text).status_code == 200


def test_events_are_told_within_the_level_and_the_datasets_of_a_token(client, administrator):
    company, other = make_company(), make_company()
    mine, arrears, _theirs = make_record(company, SOCIAL), make_record(company, ARREARS), make_record(other, SOCIAL)
    government, narrow = issue(administrator, datasets=[ARREARS])[1], issue(administrator, "authorized", datasets=[SOCIAL])[1]
    assert [one["record"] for one in get(client, "events/", government).json()["results"]] == [arrears.key]
    assert get(client, "events/", government, dataset=SOCIAL).status_code == 403
    assert get(client, "events/", narrow).status_code == 403
    assert [one["record"] for one in get(client, "events/", narrow, company=company.code).json()["results"]] == [mine.key]
    assert AccessUse.objects.order_by("-id").values_list("shown", flat=True)[0] == 1


def test_an_agency_opens_all_its_datasets(client, administrator):
    company = make_company()
    wide, narrow = make_record(company, "tax-penalty"), make_record(company, ARREARS)
    make_record(company, SOCIAL)
    text = issue(administrator, datasets=[], agencies=["tax"])[1]
    assert keys(get(client, f"companies/{company.code}/records/", text)) == {wide.key, narrow.key}


def test_withdrawn_repaired_future_and_withheld_stays_closed_to_tokens_too(client, administrator):
    company = make_company()
    text = issue(administrator)[1]
    for number, kind in enumerate((Event.Kind.WITHDRAWN, Event.Kind.EXPIRED)):
        end_record(make_record(company, SOCIAL, key=f"{number:026}"), kind)
    make_record(company, SOCIAL, key="2" * 26, published_from=timezone.localdate() + timedelta(1))
    make_record(company, SOCIAL, key="3" * 26, published_until=timezone.localdate())
    assert keys(get(client, f"companies/{company.code}/records/", text)) == set()


def test_answers_are_never_kept_by_a_shared_cache_and_say_source_basis_and_objection(client, administrator):
    company = make_company()
    make_record(company, ARREARS)
    response = get(client, f"companies/{company.code}/records/", issue(administrator)[1])
    assert response["Cache-Control"] == "private, no-store"
    assert response["Vary"] == "Authorization, Accept-Encoding"
    assert "ETag" not in response
    [record] = response.json()["results"]
    assert all(record[name] for name in ("source", "legal_basis", "objection", "published_from", "values"))


def test_every_use_is_written_down_before_the_answer_and_cannot_be_changed(client, administrator):
    company = make_company()
    make_record(company, SOCIAL), make_record(company, ARREARS)
    token, text = issue(administrator)
    get(client, f"companies/{company.code}/records/", text, limit=1)
    [use] = token.uses.all()
    assert (use.asked, use.shown, use.address) == (f"{BASE}companies/{company.code}/records/?limit=1", 1, "127.0.0.1")
    assert use.request
    get(client, f"companies/{company.code}/records/", text, dataset="tax-penalty"), get(client, "records/", text, x="y")
    assert [(use.asked.partition("?")[2], use.shown) for use in token.uses.all()[:2]] == [("x=y", 0), ("dataset=tax-penalty", 0)]
    for statement in ("UPDATE records_accessuse SET shown = 0", "DELETE FROM records_accessuse"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_administrator_of_an_agency_makes_tokens_for_its_data_only(administrator):
    Membership.objects.create(user=administrator, agency="tax")
    issue(administrator, datasets=[ARREARS], agencies=["tax"])
    for wish in ({"datasets": [SOCIAL]}, {"agencies": ["mohrss"], "datasets": []}):
        with pytest.raises(ActRefused):
            issue(administrator, **wish)


@pytest.mark.parametrize(
    "wish",
    [{"because": " "}, {"holder": ""}, {"datasets": []}, {"datasets": ["none"]}, {"agencies": ["none"]},
     {"level": "authorized", "datasets": [ARREARS]}, {"expires_on": timezone.localdate()},
     {"expires_on": timezone.localdate() + timedelta(400)}],
)  # fmt: skip
def test_a_token_without_reason_scope_or_end_is_refused(administrator, wish):
    with pytest.raises(ActRefused):
        issue(administrator, **wish)
    assert not AccessToken.objects.exists()


def test_the_database_refuses_other_levels(administrator):
    token, _ = issue(administrator)
    for column, value in (("level", "withheld"), ("because", ""), ("revoked_at", timezone.now())):
        with pytest.raises((IntegrityError, FieldError)), transaction.atomic():
            AccessToken.objects.filter(pk=token.pk).update(**{column: value})


def test_public_answers_do_not_depend_on_a_token(client, administrator):
    company = make_company()
    record = make_record(company, ARREARS)
    text = issue(administrator)[1]
    for path in (f"/api/v1/companies/{company.code}/", f"/api/v1/companies/{company.code}/records/", f"/api/v1/records/{record.key}/"):
        plain, asked = client.get(path), client.get(path, headers={"Authorization": f"Bearer {text}"})
        assert (plain.status_code, plain.get("ETag")) == (asked.status_code, asked.get("ETag")), path
    assert client.get(f"/api/v1/records/{record.key}/").status_code == 404


def test_an_administrator_makes_a_token_in_the_admin_sees_it_once_and_revokes_it(client, administrator):
    client.force_login(administrator)
    form = {"holder": "青岚市测试银行", "level": "authorized", "datasets": [SOCIAL], "because": "贷前核查",
            "expires_on": (timezone.localdate() + timedelta(10)).isoformat()}  # fmt: skip
    made = client.post(reverse("admin:records_accesstoken_add"), form)
    token = AccessToken.objects.get()
    text = made.content.decode().split("cpt_")[1].split("<")[0]
    assert AccessToken.of_text(f"cpt_{text}") is None
    confirm = reverse("admin:records_accesstoken_confirm", args=[token.pk])
    client.post(confirm)
    assert AccessToken.of_text(f"cpt_{text}") is None
    client.force_login(another(administrator))
    assert "贷前核查" in client.get(confirm).content.decode()
    client.post(confirm)
    assert AccessToken.of_text(f"cpt_{text}") == token
    assert "no-store" in made["Cache-Control"]
    for name in ("changelist", "add"):
        assert text not in client.get(reverse(f"admin:records_accesstoken_{name}")).content.decode()
    page = client.get(reverse("admin:records_accesstoken_change", args=[token.pk])).content.decode()
    assert text not in page
    assert "吊销令牌" in page
    revoke = reverse("admin:records_accesstoken_revoke", args=[token.pk])
    assert client.post(revoke, {"because": ""}).status_code == 200
    assert client.post(revoke, {"because": "遗失"}).status_code == 302
    token.refresh_from_db()
    assert not token.valid
    assert client.get(reverse("admin:records_accessuse_changelist")).status_code == 200


def test_a_token_that_opens_nothing_is_refused_in_the_admin_with_the_reason(client, administrator):
    client.force_login(administrator)
    form = {"holder": "x", "level": "authorized", "datasets": [ARREARS], "because": "x", "expires_on": "2020-01-01"}
    assert "失效日期应在明天至一年之内" in client.post(reverse("admin:records_accesstoken_add"), form).content.decode()
    assert not AccessToken.objects.exists()

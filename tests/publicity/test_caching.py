"""Nothing stale and nothing withheld is served: every act and every midnight ends what a reader or a cache holds."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from publicity.views.caching import released_at
from records.models import Batch, Company, Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 10, 4, tzinfo=UTC)  # 12:00 in Beijing
NUMBER = "青测罚字〔2027〕77号"


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def record(clock):
    """A penalty that is public for another day, of a company of which it was published an hour ago."""
    made = make_record(make_company(), "tax-penalty", decision_no=NUMBER, published_until=(NOON + timedelta(days=1)).date())
    clock.shift(timedelta(hours=1))
    return made


def addresses(record) -> tuple[str, ...]:
    code = record.company.code
    pages = f"/company/{code}/", f"/en/company/{code}/", f"/company/{code}/penalty/"
    return *pages, f"/api/v1/companies/{code}/?expand=records", f"/api/v1/companies/{code}/records/", f"/api/v1/records/{record.key}/"


def publish(record, staff, clock):
    make_record(record.company, "tax-penalty", decision_no="青测罚字〔2027〕78号")


def correct(record, staff, clock):
    record.correct({"decision_no": NUMBER, "fine": "0.9"}, by=staff.reviewer, because="金额有误")


def withdraw(record, staff, clock):
    record.withdraw(by=staff.reviewer, because="不应公示")


def being_written(staff):
    Batch.objects.create(
        dataset="samr-licence", file="-", file_name="-", file_size=0, state=Batch.State.PUBLISHING, uploaded_by=staff.importer,
        reviewed_by=staff.reviewer, first_event=Event.objects.head() + 1,
    )  # fmt: skip


def withdraw_during_a_publication(record, staff, clock):
    being_written(staff)
    record.withdraw(by=staff.reviewer, because="不应公示")


def repair(record, staff, clock):
    record.repair(by=staff.reviewer, because="已修复")


def roll_back(record, staff, clock):
    end_record(record, Event.Kind.WITHDRAWN, "undone")


def expire(record, staff, clock):
    clock.move_to(datetime(2027, 3, 10, 16, 0, 0, tzinfo=UTC))  # midnight in Beijing


@pytest.mark.parametrize("act", [publish, correct, withdraw, withdraw_during_a_publication, repair, roll_back, expire])
def test_who_asks_again_after_an_act_is_told_what_holds_now(client, record, staff, clock, act):
    before = {address: client.get(address) for address in addresses(record)}
    assert all(NUMBER in answer.content.decode() for answer in before.values())
    act(record, staff, clock)
    for address, old in before.items():
        for header, value in (("If-None-Match", old["ETag"]), ("If-Modified-Since", old.get("Last-Modified"))):
            answer = client.get(address, headers={header: value} if value else {})
            assert answer.status_code in (200, 410), (address, header)
            assert (NUMBER in answer.content.decode()) is (act in (publish, correct)), (address, header)


def test_a_registration_that_is_withdrawn_is_off_the_site_whatever_is_being_written(client, staff, clock):
    company = make_company(name="青岚独酌小馆")
    own = f"/company/{company.code}/", f"/api/v1/companies/{company.code}/"
    lists = "/search/?q=青岚独酌小馆", "/search/suggest/?q=青岚独酌", "/api/v1/companies/"

    def leading_there():
        check = client.post("/check/", {"lines": f"{company.code}\n青岚独酌小馆"})
        return [f"{company.code}/" in answer.text for answer in (*map(client.get, lists), check)]

    known = {address: client.get(address)["ETag"] for address in own}
    assert leading_there() == [True] * 4
    being_written(staff)
    company.records.get().withdraw(by=staff.reviewer, because="不应公示")
    assert [client.get(address, headers={"If-None-Match": tag}).status_code for address, tag in known.items()] == [410, 410]
    assert leading_there() == [False] * 4
    assert client.get(f"/feeds/company/{company.code}.atom").status_code == 410


def test_a_record_of_a_company_that_is_gone_tells_no_more_of_it_than_its_name_and_code(client, staff, clock):
    company = make_company(name="青岚独酌小馆", region="330110")
    record = make_record(company, "samr-abnormal", decided_on="2027-03-01")
    asked = [
        f"/api/v1/records/{record.key}/?expand=company", "/api/v1/records/?expand=company",
        "/api/v1/lists/samr-abnormal/listings/?expand=company",
    ]  # fmt: skip
    assert all('"established_on"' in client.get(address).text for address in asked)
    company.records.get(dataset="samr-registration").withdraw(by=staff.reviewer, because="不应公示")
    for address in asked:
        answer = client.get(address).text
        assert company.code in answer
        assert '"established_on"' not in answer, address


@pytest.mark.parametrize("act", [publish, correct, withdraw, withdraw_during_a_publication, repair, roll_back, expire])
def test_a_list_that_was_answered_before_an_act_is_made_anew_after_it(client, record, staff, clock, act):
    address = "/api/v1/records/?dataset=tax-penalty"
    assert client.get(address).content == client.get(address).content
    act(record, staff, clock)
    answer = client.get(address)
    assert (NUMBER in answer.content.decode()) is (act in (publish, correct))


def test_a_list_is_not_remembered_while_names_of_a_batch_are_being_brought_up_to_date(client, record, staff):
    batch = Batch.objects.create(
        dataset="samr-registration", file="-", file_name="-", file_size=0, state=Batch.State.PUBLISHED, uploaded_by=staff.importer,
        reviewed_by=staff.reviewer, unsettled=True,
    )  # fmt: skip
    names = []
    for name, unsettled in (("旧名", True), ("新名", True), ("新名", False)):
        Company.objects.update(name=name)
        Batch.objects.filter(pk=batch.pk).update(unsettled=unsettled)
        names.append(client.get("/api/v1/records/").json()["results"][0]["company"]["name"])
    assert names == ["旧名", "新名", "新名"]


@pytest.mark.parametrize("address", ["/api/v1/records/", "/api/v1/companies/{code}/", "/api/v1/companies/{code}/records/"])
def test_who_asks_for_what_was_just_answered_costs_a_look_at_the_log(client, record, django_assert_max_num_queries, address):
    address = address.format(code=record.company.code)
    first = client.get(address)
    with django_assert_max_num_queries(2):
        again = client.get(address)
    assert (again.content, again["ETag"], again.get("Link")) == (first.content, first["ETag"], first.get("Link"))


def test_who_asks_again_and_nothing_happened_gets_no_body(client, record, clock):
    for address in addresses(record):
        old = client.get(address)
        assert client.get(address, headers={"If-None-Match": old["ETag"]}).status_code == 304, address
        again = client.get(address, headers={"If-Modified-Since": old["Last-Modified"]})
        assert (again.status_code, again["ETag"], again["Cache-Control"]) == (304, old["ETag"], old["Cache-Control"]), address
        # An ETag that differs decides alone (RFC 9110, section 13.1.3).
        both = {"If-None-Match": '"other"', "If-Modified-Since": old["Last-Modified"]}
        assert client.get(address, headers=both).status_code == 200, address


def test_a_date_that_cannot_tell_two_versions_apart_is_not_given(client, record, clock):
    address = addresses(record)[0]
    assert client.get(address).has_header("Last-Modified")
    make_record(record.company)
    assert not client.get(address).has_header("Last-Modified")
    clock.shift(timedelta(seconds=6))
    assert client.get(address).has_header("Last-Modified")


def test_a_date_that_a_client_made_up_proves_nothing(client, record):
    assert client.get(addresses(record)[0], headers={"If-Modified-Since": "Fri, 01 Jan 2038 00:00:00 GMT"}).status_code == 200


def test_a_new_release_changes_the_date(client, record, monkeypatch):
    monkeypatch.setattr("publicity.views.caching.released_at", lambda: NOON.timestamp() + 7200)
    assert client.get(addresses(record)[0])["Last-Modified"] == "Wed, 10 Mar 2027 06:00:00 GMT"
    assert released_at() > 0


def test_caches_keep_an_answer_for_a_minute_but_not_past_midnight(client, record, clock):
    for moment, seconds in ((NOON, 60), (NOON.replace(hour=15, minute=59, second=30), 30), (NOON.replace(hour=15, minute=59), 60)):
        clock.move_to(moment)
        for address in (*addresses(record), "/", "/lists/samr-abnormal/", "/api/v1/records/"):
            assert client.get(address)["Cache-Control"] == f"public, max-age={seconds}", address


def test_a_profile_is_drawn_once_for_all_and_anew_when_anything_about_it_changes(client, reviewer, django_assert_max_num_queries):
    company = make_company()
    first = client.get(company.get_absolute_url()).content
    with django_assert_max_num_queries(1):
        assert client.get(company.get_absolute_url()).content == first
    assert client.get(f"/en{company.get_absolute_url()}").content != first
    assert client.get(company.get_absolute_url(), headers={"Cookie": "display=large"}).status_code == 200
    record = make_record(company)
    assert record.document_no in client.get(company.get_absolute_url()).content.decode()
    record.withdraw(by=reviewer, because="测试")
    assert record.document_no not in client.get(company.get_absolute_url()).content.decode()


@pytest.mark.parametrize("address", ["/search/?q=云汀光学", "/en/search/?q=云汀光学&sort=newest", "/api/v1/companies/?q=云汀光学"])
def test_a_search_asked_again_costs_a_look_at_the_log_until_somebody_else_is_published(client, address, django_assert_max_num_queries):
    first = make_company(name="青岚市云汀光学有限公司")
    answers = [client.get(address)]
    with django_assert_max_num_queries(4):
        answers.append(client.get(address))
        assert client.get(address, headers={"If-None-Match": answers[0]["ETag"]}).status_code == 304
    second = make_company(name="霁川市云汀光学有限公司")
    answers.append(client.get(address))
    shown = [[company.code in answer.content.decode() for company in (first, second)] for answer in answers]
    assert shown == [[True, False], [True, False], [True, True]]


def test_a_company_on_a_list_until_midnight_is_not_shown_on_it_after(client, clock):
    company = make_company(name="青岚市云汀光学有限公司")
    make_record(company, "samr-abnormal", ended_on="2027-03-11")
    shown = []
    for moment in (datetime(2027, 3, 10, 15, 59, 59, tzinfo=UTC), datetime(2027, 3, 10, 16, 0, 0, tzinfo=UTC)):
        clock.move_to(moment)
        shown.append('<p class="chips">' in client.get("/search/?q=云汀").content.decode())
    assert shown == [True, False]


def test_what_is_no_page_is_not_remembered(client):
    company = make_company()
    for _ in range(2):
        assert client.get(f"/search/?q={company.code}").status_code == 302
        assert client.get("/search/?q=云&region=x").status_code == 400

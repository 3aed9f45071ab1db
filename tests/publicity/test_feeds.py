"""Atom feeds: what changed of a company, of a list, and what was corrected; what is gone is a tombstone."""

import re
from datetime import date, timedelta
from pathlib import Path

import feedparser
import pytest
import time_machine
from lxml import etree

from records.models import Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db
CORRECTIONS = "/feeds/corrections.atom"
LIST = "/feeds/list/samr-abnormal.atom"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "conformance" / "atom.rng"))


def read(client, path):
    """A feed, valid by the schema and without a complaint of the parser."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    tree = etree.fromstring(answer.content)
    assert SCHEMA.validate(tree), SCHEMA.error_log
    feed = feedparser.parse(answer.content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    return feed, tree


def gone(tree) -> list[str]:
    return [entry.get("ref") for entry in tree.findall(TOMBSTONE)]


def test_the_feed_of_a_company_has_its_records_last_changed_first(client):
    company = make_company("青岚市试水贸易有限公司")
    with time_machine.travel(date.today() + timedelta(1)):
        record = make_record(company, "tax-penalty", fine="271828")
        make_record()
        feed, _ = read(client, f"/feeds/company/{company.code}.atom")
    assert [entry.title for entry in feed.entries] == [
        "青岚市试水贸易有限公司：行政处罚信息（税务）（公示）", "青岚市试水贸易有限公司：企业登记信息（公示）",
    ]  # fmt: skip
    assert feed.entries[0].links[0].href == f"http://testserver/record/{record.key}/"
    assert feed.feed.language == "zh-Hans"
    for told in ("信源单位：国家税务总局", "依据：", "异议："):
        assert told in feed.entries[0].content[0].value
    assert "271828" not in str(feed)


def test_a_record_keeps_its_id_over_all_versions_and_hosts(client, reviewer, settings):
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    record = make_record(fine="1")
    path = f"/feeds/company/{record.company.code}.atom"
    before = read(client, path)[0]
    record.correct({"fine": "2"}, by=reviewer, because="金额有误")
    after = feedparser.parse(client.get(path, headers={"Host": "other.example"}).content)
    assert {entry.id for entry in before.entries} == {entry.id for entry in after.entries}
    assert before.feed.id == after.feed.id
    assert before.entries[0].id.startswith("urn:uuid:")


@pytest.mark.parametrize("act", ["withdraw", "repair"])
def test_what_is_taken_off_becomes_a_tombstone_that_says_nothing_of_whom(client, reviewer, act):
    record = make_record(make_company("青岚市试水贸易有限公司"))
    before, _ = read(client, f"/feeds/company/{record.company.code}.atom")
    getattr(record, act)(by=reviewer, because="内部理由")
    for path in (f"/feeds/company/{record.company.code}.atom", CORRECTIONS):
        _, tree = read(client, path)
        assert gone(tree) == [next(entry.id for entry in before.entries if "税务" in entry.title)]
        assert not {"内部理由", record.document_no, reviewer.username} & set(tree.itertext())
    assert "试水" not in client.get(CORRECTIONS).content.decode()


def test_a_period_that_is_over_is_a_tombstone_before_any_event_says_so(client):
    record = make_record(dataset="samr-abnormal", published_until=date.today() + timedelta(1))
    assert gone(read(client, LIST)[1]) == []
    with time_machine.travel(date.today() + timedelta(1)):
        feed, tree = read(client, LIST)
    assert (len(gone(tree)), feed.entries) == (1, [])
    assert record.key not in etree.tostring(tree).decode()


def test_the_feed_of_corrections_has_corrections_and_nothing_of_ordinary_reports(client, reviewer):
    record, _ = make_record(fine="1"), make_record()
    record.correct({"fine": "2"}, by=reviewer, because="金额有误")
    feed, _ = read(client, CORRECTIONS)
    assert [entry.tags[0].term for entry in feed.entries] == ["corrected"]


def test_nothing_that_is_not_public_is_in_a_feed(client):
    company = make_company()
    risk = make_record(company, "samr-risk_class")
    make_record(company, published_from=date(2999, 1, 1))
    feed, tree = read(client, f"/feeds/company/{company.code}.atom")
    assert ([entry.tags[1].term for entry in feed.entries], gone(tree)) == (["samr-registration"], [])
    end_record(risk, Event.Kind.WITHDRAWN)
    assert gone(read(client, CORRECTIONS)[1]) == []


def test_an_empty_feed_is_valid_and_its_date_stands_still(client):
    assert read(client, LIST)[0].feed.updated == read(client, LIST)[0].feed.updated


def test_who_has_the_feed_gets_no_body(client):
    make_record(dataset="samr-abnormal")
    first = client.get(LIST)
    again = client.get(LIST, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["Access-Control-Allow-Origin"]) == (304, b"", "*")
    make_record(dataset="samr-abnormal")
    assert client.get(LIST, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_feed_of_nothing_is_a_problem(client):
    for path in ("/feeds/company/91330110MF1000015W.atom", "/feeds/list/tax-penalty.atom", "/feeds/none.atom"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert client.post(LIST).status_code == 405


def test_an_old_code_leads_to_the_feed(client):
    company = make_company(legacy_no="330110000000019")
    answer = client.get("/feeds/company/330110000000019.atom")
    assert (answer.status_code, answer["Location"]) == (308, f"/feeds/company/{company.code}.atom")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_name_their_feed(client, prefix):
    company = make_company()
    found = {"company": f"/feeds/company/{company.code}.atom", "list": LIST, "bulk": CORRECTIONS}
    pages = {"company": f"/company/{company.code}/", "list": "/lists/samr-abnormal/", "bulk": "/bulk/"}
    for name, path in pages.items():
        page = client.get(prefix + path).content.decode()
        links = re.findall(r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="http://testserver([^"]+)"', page)
        assert links == [found[name]]


def test_a_busy_feed_asks_the_database_a_few_questions(client, django_assert_max_num_queries):
    for _ in range(8):
        end_record(make_record(), Event.Kind.WITHDRAWN), make_record(dataset="samr-abnormal")
    for path in (CORRECTIONS, LIST):
        with django_assert_max_num_queries(12):
            client.get(path)


def test_who_was_away_for_long_goes_on_to_what_is_older(client, monkeypatch):
    monkeypatch.setattr("publicity.feeds.ENTRIES", 4)
    company = make_company()
    records = [make_record(company) for _ in range(9)]
    seen, path = [], f"/feeds/company/{company.code}.atom"
    while path:
        feed, _ = read(client, path)
        assert len(feed.entries) <= 4
        seen += [entry.id for entry in feed.entries]
        following = [link.href for link in feed.feed.links if link.rel == "next"]
        path = following[0].removeprefix("http://testserver") if following else None
    assert len(seen) == len(set(seen)) == len(records) + 1

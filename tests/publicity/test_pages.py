"""Every page answers in both languages, says what it is to machines, and keeps the content security policy."""

import re

import pytest
from django.db import connection

from publicity.views.pages import TOPICS
from records.models import Batch, Event
from tests.factories import end_record, make_company, make_record

pytestmark = pytest.mark.django_db

STANDING = ["/", "/search/", "/lists/", "/datasets/", "/help/", "/api/", "/bulk/", *(f"/help/{topic}/" for topic in TOPICS)]


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def penalty():
    return make_record(make_company(name="青岚市试水贸易有限公司"), "tax-penalty", decided_on="2026-06-15")


@pytest.mark.parametrize("path", STANDING)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_standing_page_answers_in_both_languages(client, prefix, path):
    page = client.get(prefix + path)
    assert page.status_code == 200
    assert f'<html lang="{"en" if prefix else "zh-Hans"}"' in text_of(page)
    assert text_of(page).count("<h1") == 1


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_pages_about_something_answer_in_both_languages(client, penalty, prefix):
    code = penalty.company.code
    for path in (
        f"/company/{code}/",
        f"/company/{code}/penalty/",
        f"/record/{penalty.key}/",
        "/lists/samr-abnormal/",
        "/datasets/tax-penalty/",
    ):
        page = client.get(prefix + path)
        assert page.status_code == 200, path
        assert text_of(page).count("<h1") == 1


def test_a_page_names_its_twin_in_the_other_language_and_keeps_the_address(client, penalty):
    page = text_of(client.get(f"/record/{penalty.key}/"))
    assert f'hreflang="en" href="http://testserver/en/record/{penalty.key}/"' in page
    assert f'<link rel="canonical" href="http://testserver/record/{penalty.key}/">' in page
    assert 'href="/en/search/?q=%E9%9D%92%E5%B2%9A"' in text_of(client.get("/search/", {"q": "青岚"}))


def test_no_page_has_an_inline_script_or_style(client, penalty):
    for path in (*STANDING, f"/company/{penalty.company.code}/", f"/record/{penalty.key}/", "/lists/samr-abnormal/"):
        page = client.get(path)
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text_of(page)), path
        scripts = re.findall(r"<script([^>]*)>", text_of(page))
        assert all("src=" in script or "ld+json" in script for script in scripts), path


def test_shared_caches_may_keep_pages_because_readers_differ_by_cookie_only(client):
    page = client.get("/")
    assert "public" in page.headers["Cache-Control"]
    assert "Cookie" in page.headers["Vary"]
    assert not page.cookies


def test_large_text_is_a_link_that_sets_a_cookie_and_leads_back(client):
    answer = client.get("/display/?size=large&next=/lists/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/lists/")
    assert '<html lang="zh-Hans" class="size-large">' in text_of(client.get("/lists/"))
    client.get("/display/?size=normal&next=/lists/")
    assert "size-large" not in text_of(client.get("/lists/")).split(">", 2)[1]


def test_the_display_link_never_leads_to_another_site(client):
    assert client.get("/display/?size=large&next=https://example.org/").headers["Location"] == "/"


def test_an_unknown_page_is_404_and_an_unknown_help_topic_too(client):
    for path in ("/nothing/", "/help/nothing/", "/company/91110000MA00000000/", "/lists/tax-penalty/", "/datasets/x/"):
        assert client.get(path).status_code == 404, path


def test_the_page_for_failures_needs_no_database(client, settings, monkeypatch, django_db_blocker):
    monkeypatch.setattr("publicity.views.pages.holdings", lambda: 1 / 0)
    client.raise_request_exception = False
    settings.DEBUG = False
    with connection.execute_wrapper(lambda *_: pytest.fail("the page for failures asked the database")):
        page = client.get("/")
    assert page.status_code == 500
    assert page.headers["X-Request-ID"] in text_of(page)


def test_the_catalogue_shows_closed_datasets_without_any_of_their_rows(client):
    record = make_record(make_company(), "samr-risk_class")
    page = text_of(client.get("/datasets/samr-risk_class/"))
    assert "政务共享" in page
    assert record.company.name not in page
    assert client.get(f"/record/{record.key}/").status_code == 404


def test_the_blank_sheet_of_a_dataset_is_a_spreadsheet(client):
    answer = client.get("/datasets/tax-penalty/sheet.xlsx")
    assert answer.content[:2] == b"PK"
    assert 'filename="tax-penalty.xlsx"' in answer.headers["Content-Disposition"]


def test_robots_are_kept_out_of_searches_and_shown_the_sitemap(client, penalty):
    robots = text_of(client.get("/robots.txt"))
    assert "Disallow: /search/" in robots
    assert "Sitemap: http://testserver/sitemap.xml" in robots
    assert "sitemap-companies.xml" in text_of(client.get("/sitemap.xml"))
    assert f"/company/{penalty.company.code}/" in text_of(client.get("/sitemap-companies.xml"))
    assert "/en/lists/samr-abnormal/" in text_of(client.get("/sitemap-pages.xml"))


def test_a_record_that_left_the_site_says_what_it_was_and_nothing_of_what_it_said(client, penalty):
    end_record(penalty, Event.Kind.REPAIRED)
    page = client.get(f"/record/{penalty.key}/")
    assert page.status_code == 410
    assert "行政处罚信息（税务）" in text_of(page)
    assert "信用修复" in text_of(page)
    assert penalty.company.name not in text_of(page)
    assert penalty.document_no not in text_of(page)


def test_a_record_past_its_period_is_410_before_any_job_has_run(client):
    record = make_record(make_company(), "tax-penalty", published_until="2026-01-01")
    page = client.get(f"/record/{record.key}/")
    assert page.status_code == 410
    assert "到期停止公示" in text_of(page)


def test_a_record_nobody_ever_published_is_404(client):
    assert client.get("/record/aaaaaaaaaaaaaaaaaaaaaaaaaa/").status_code == 404


def test_a_record_page_shows_every_disclosed_value_its_source_and_the_way_to_object(client, penalty):
    page = text_of(client.get(f"/record/{penalty.key}/"))
    for field, value in penalty.disclosed().items():
        assert field.title in page
        assert field.show(value) in page
    for words in ("国家税务总局", "《信用修复管理办法》", "最早可申请信用修复", "异议申诉", penalty.key):
        assert words in page


def test_probes_answer_and_the_worker_probe_fails_when_a_batch_waits_alone(client, importer):
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json() == {"ready": True}
    assert client.get("/healthz/worker").status_code == 200
    batch = Batch.objects.create(
        dataset="tax-penalty", file="x", file_name="x", file_size=1, file_sha256="0", uploaded_by=importer
    )
    assert client.get("/healthz/worker").status_code == 200
    Batch.objects.filter(pk=batch.pk).update(uploaded_at="2026-01-01T00:00:00Z")
    answer = client.get("/healthz/worker")
    assert answer.status_code == 503
    assert (answer.json()["waiting"][0]["id"], answer.json()["waiting"][0]["dataset"]) == (batch.pk, "tax-penalty")
    # That anything of a closed dataset was reported is nobody's business.
    Batch.objects.filter(pk=batch.pk).update(dataset="samr-risk_class")
    assert client.get("/healthz/worker").json()["waiting"][0]["dataset"] is None


def test_a_foreign_host_is_refused_with_a_page_that_does_not_fail(client, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_pages_are_for_reading_only(client):
    assert client.post("/search/", {"q": "青岚"}).status_code == 405


@pytest.mark.parametrize("path", ["/company/%00/", "/record/%00/", "/lists/samr-abnormal/?q=%00", "/search/?q=%00&page=%00"])
def test_a_null_character_is_an_error_of_the_reader(client, path):
    assert client.get(path).status_code in (400, 404)

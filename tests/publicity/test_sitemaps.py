"""Search engines find every public company once, on pages that all cost the same."""

import re

import pytest

from publicity.sitemaps import CompanyPages
from records.models import Event, Record
from tests.factories import end_record, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(CompanyPages, "size", 3)


def codes(client, address: str) -> list[str]:
    return re.findall(r"<loc>[^<]+/company/(\w+)/</loc>", client.get(address).content.decode())


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (2, 1), (3, 1), (4, 2), (7, 3)])
def test_every_public_company_stands_on_one_page(client, small_pages, number, pages):
    companies = [make_company() for _ in range(number)]
    gone = make_company()
    gone.ended_event = Event.objects.head()
    gone.save()
    listed = re.findall(r"sitemap-companies\.xml(\?p=\d+)?", client.get("/sitemap.xml").content.decode())
    assert len(listed) == pages
    found = [code for query in listed for code in codes(client, f"/sitemap-companies.xml{query}")]
    assert found == [company.code for company in companies]
    assert client.get(f"/sitemap-companies.xml?p={pages + 1}").status_code == 404
    assert client.get("/sitemap-companies.xml?p=x").status_code == 404


def test_a_page_asks_for_its_own_companies_only(client, small_pages, django_assert_max_num_queries):
    companies = [make_company() for _ in range(7)]
    client.get("/sitemap.xml")
    with django_assert_max_num_queries(4):
        assert codes(client, "/sitemap-companies.xml?p=3") == [companies[-1].code]


def test_a_company_taken_off_the_site_leaves_the_sitemap_at_once(client):
    kept, gone = make_company(), make_company()
    assert codes(client, "/sitemap-companies.xml") == [kept.code, gone.code]
    gone.ended_event = end_record(Record.objects.get(company=gone), Event.Kind.WITHDRAWN).number
    gone.save()
    assert codes(client, "/sitemap-companies.xml") == [kept.code]


def test_the_sitemap_is_made_once_an_hour_and_kept_by_readers_for_a_minute(client, django_assert_max_num_queries):
    make_company()
    for answer in (client.get("/sitemap-companies.xml"), client.get("/sitemap-companies.xml")):
        assert "max-age=60" in answer["Cache-Control"]
    with django_assert_max_num_queries(2):
        client.get("/sitemap-companies.xml")


@pytest.mark.parametrize("query", ["x=1", "p=1&p=2", "p=01", "p=", "p=1&x=2", "p=%31", "p=0"])
def test_a_page_has_one_address_since_it_is_kept_by_it(client, query):
    make_company()
    assert client.get("/sitemap-companies.xml?p=1").status_code == 200
    assert client.get(f"/sitemap-companies.xml?{query}").status_code == 404

"""HEAD answers as GET does, without the body (RFC 9110 section 9.3.2); an answer that has no content tells nothing of it."""

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client, RequestFactory

pytestmark = pytest.mark.django_db
ADDRESSES = ("/", "/search/?q=云汀", "/datasets/samr-penalty/sheet.xlsx", "/robots.txt", "/nowhere/", "/api/v1/companies/")


def served(method: str, address: str) -> tuple[str, str, bytes]:
    """Status, length told and body as a server gets them: Django's test client leaves out bodies of its own accord."""
    told = []
    environ = RequestFactory().generic(method, address).environ
    body = b"".join(get_wsgi_application()(environ, lambda status, headers: told.append((status, dict(headers)))))
    [(status, headers)] = told
    return status, headers["Content-Length"], body


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_tells_the_length_of_get_and_sends_no_body(address):
    status, length, body = served("GET", address)
    assert int(length) == len(body) > 0
    assert served("HEAD", address) == (status, length, b"")


@pytest.mark.parametrize("address", ["/api/v1/companies/", "/feeds/corrections.atom"])
def test_unchanged_tells_neither_type_nor_length(client, address):
    known = {"If-None-Match": client.get(address)["ETag"]}
    for answer in (client.get(address, headers=known), client.head(address, headers=known)):
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", known["If-None-Match"])
        assert not answer.headers.keys() & {"Content-Type", "Content-Length"}


def test_what_is_allowed_tells_neither_type_nor_length(client):
    answer = client.options("/api/v1/companies/")
    assert (answer.status_code, answer["Allow"]) == (204, "GET, HEAD, OPTIONS")
    assert not answer.headers.keys() & {"Content-Type", "Content-Length"}


@pytest.mark.parametrize("address", ["/bulk/", "/robots.txt", "/sitemap.xml", "/llms.txt", "/healthz", "/readyz", "/healthz/worker", "/"])
def test_who_sends_something_to_a_page_is_told_what_is_allowed(address):
    for method in ("POST", "PUT", "DELETE"):
        answer = Client(enforce_csrf_checks=True).generic(method, address)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD"), method

"""HEAD answers as GET does, without the body (RFC 9110 section 9.3.2)."""

import pytest
from django.core.wsgi import get_wsgi_application
from django.test import RequestFactory

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

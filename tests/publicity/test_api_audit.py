"""Every address a program may ask, found in the resolver and in the OpenAPI document, keeps the habits of the API: none is forgotten."""

import gzip
import re
from datetime import timedelta

import pytest
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from publicity.api.cross_origin import PREFIXES
from publicity.bulk.exporting import export
from records.models import AccessToken
from tests.factories import make_company, make_record

pytestmark = pytest.mark.django_db
CODE, KEY = "91330110MF1000015W", "a" * 26
LIST = "samr-abnormal"
# What stands for a parameter of an address; the slug of a feed and of a list is that of a list.
GIVEN = {"code": CODE, "key": KEY, "slug": LIST, "name": "status", "path": "manifest.json", "rest": "nothing/", "number": "1",
         "agency": "tax"}  # fmt: skip
# Addresses of reconciliation that cannot be asked without these.
ASKED = {"flyout/entity": f"?id={CODE}", "suggest/entity": "?prefix=青岚", "suggest/property": "?prefix=a", "suggest/type": "?prefix=a",
         "properties": "?type=company"}  # fmt: skip
# Addresses that are asked by POST alone; what they answer is kept by nobody.
CHECKS = ("/api/v1/check/", "/api/v1/certificate/")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
READ = {"GET", "HEAD", "OPTIONS"}
POSTED = {**{address: {"POST", "OPTIONS"} for address in CHECKS}, "/reconcile/": {*READ, "POST"}, "/reconcile": {*READ, "POST"}}
# A page, the document itself, answers to tokens, files and feeds, and what another specification describes.
UNDESCRIBED = ("/api/v1/docs/", "/api/v1/schema/", "/api/v1/restricted/", "/api/v1/nothing/", "/reconcile", "/bulk/", "/feeds/")


def addresses(resolver=None, before="/") -> list[str]:
    """Every address below ``PREFIXES``, from the resolver, with something real in place of its parameters."""
    found = []
    for pattern in (resolver or get_resolver()).url_patterns:
        address = before + re.sub(r"[\^$]|/\?$", "", str(pattern.pattern)).replace("/?", "")
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: GIVEN.get(name[1], name[0]), address.replace("(?P<rest>.*)", "<rest>"))
        if isinstance(pattern, URLResolver):
            found += addresses(pattern, address)
        elif address.startswith(PREFIXES) and "<" not in address:
            found.append(address + ASKED.get(address.removeprefix("/reconcile/"), ""))
    return [address for address in dict.fromkeys(found) if address not in ("/bulk/", "/api/v1")]


@pytest.fixture
def ask(client, administrator, django_user_model):
    """Ask for an address with whatever it needs, a token included; every address has something to tell."""
    company = make_company("青岚市测试样例贸易有限公司", code=CODE)
    make_record(company, LIST, decided_on="2026-05-18", key=KEY)
    for dataset in ("tax-penalty", "tax-credit_rating", "tax-arrears_detail"):
        make_record(company, dataset)
    wishes = {"holder": "x", "because": "x", "level": "government", "agencies": ["tax", "samr"]}
    token, text = AccessToken.issue(by=administrator, expires_on=timezone.localdate() + timedelta(30), **wishes)
    token.confirm(by=django_user_model.objects.create_user("second", is_staff=True))

    def asked(method: str, address: str, **headers: str):
        headers |= {"Authorization": f"Bearer {text}"} if "/restricted/" in address else {}
        return client.generic(method, address, headers=headers)

    return asked


@pytest.fixture
def exported(ask):
    """The files of the export as well."""
    export()


def problem(response, status: int) -> bool:
    return (response.status_code, response["Content-Type"], response.json()["status"]) == (status, "application/problem+json", status)


def test_the_document_describes_every_address_of_the_api(client):
    described = {re.sub(r"{(\w+)}", lambda name: GIVEN[name[1]], path) for path in client.get("/api/v1/schema/").json()["paths"]}
    assert {address for address in addresses() if not address.startswith(UNDESCRIBED)} == described
    assert len(addresses()) > 30


def test_every_address_answers_a_reader_from_any_website_with_a_request_id_and_no_cookie(ask, exported):
    for address in addresses():
        response = ask("POST" if address in CHECKS else "GET", address)
        expected = (400, 415) if address in CHECKS else (404,) if "/nothing/" in address else (200,)
        assert response.status_code in expected, (address, response.status_code)
        assert response["Access-Control-Allow-Origin"] == "*", address
        assert response["X-Request-ID"], address
        assert "Accept-Encoding" in response["Vary"], address
        assert not response.cookies, address


def test_at_every_address_a_method_it_does_not_know_is_405_as_a_problem_that_names_those_it_does(ask):
    for address in addresses():
        allowed = POSTED.get(address, READ)
        for method in sorted({*METHODS} - allowed):
            response = ask(method, address)
            assert response.status_code == 405, (method, address)
            assert method == "HEAD" or problem(response, 405), (method, address)
            assert {*response["Allow"].split(", ")} == allowed, (method, address)
            assert response["Access-Control-Allow-Origin"] == "*", (method, address)


def test_at_every_address_options_and_preflight_are_answered_without_a_body(ask):
    for address in addresses():
        allowed = POSTED.get(address, READ)
        for headers in ({}, {"Origin": "https://other.example", "Access-Control-Request-Method": "GET"}):
            response = ask("OPTIONS", address, **headers)
            assert (response.status_code, response.content) == (204, b""), address
            assert {*response["Allow"].split(", ")} == allowed, address
            assert response["Access-Control-Allow-Origin"] == "*", address


def test_at_every_address_head_tells_what_get_tells(ask, exported):
    for address in addresses():
        if address in CHECKS:
            continue
        whole, head = ask("GET", address), ask("HEAD", address)
        assert (head.status_code, b"".join(head)) == (whole.status_code, b""), address
        size = int(head["Content-Length"])
        assert size == len(b"".join(whole)) or whole.status_code >= 400, address
        assert {head.get("ETag"), head["Content-Type"]} == {whole.get("ETag"), whole["Content-Type"]}, address


def test_every_address_of_the_api_counts_and_says_what_is_left(ask):
    for address in addresses():
        if address.startswith(("/api/v1/", "/reconcile")) and "preview" not in address:
            response = ask("GET", address)
            assert response["X-RateLimit-Remaining"].isdigit(), address
            assert response["X-RateLimit-Reset"].isdigit(), address


def test_every_address_of_the_api_refuses_a_parameter_it_does_not_know_by_name(ask):
    for address in addresses():
        if address.startswith("/api/v1/") and "nothing" not in address and "docs" not in address:
            response = ask("POST" if address in CHECKS else "GET", f"{address}?pgae=2")
            assert problem(response, 400), address
            assert response.json()["parameter"] == "pgae", address


def test_the_api_without_its_slash_leads_on_as_any_address_does(ask):
    response = ask("GET", "/api/v1?x=1", **{"Accept-Language": "en"})
    assert (response.status_code, response["Location"]) == (308, "/api/v1/?x=1")
    assert (response["Access-Control-Allow-Origin"], response["Vary"]) == ("*", "Accept-Encoding")
    assert problem(ask("POST", "/api/v1x"), 404)


def test_what_everybody_may_read_has_a_version_and_is_told_when_it_is_unchanged(ask, exported):
    for address in addresses():
        public = "/restricted/" not in address and "nothing" not in address
        if not public or address.startswith("/reconcile") or address in (*CHECKS, "/api/v1/docs/"):
            continue
        tag = ask("GET", address)["ETag"]
        assert re.fullmatch(r'"[^"]+"', tag), address
        again = ask("GET", address, **{"If-None-Match": tag})
        assert (again.status_code, b"".join(again), again["ETag"]) == (304, b"", tag), address


def test_a_code_written_in_another_way_leads_to_the_one_address_with_all_that_was_asked(ask):
    led = [address for address in addresses() if CODE in address and address.startswith(("/api/v1/companies/", "/feeds/"))]
    assert len(led) == 3
    for address in led:
        question = "" if "feeds" in address else "?fields=name"
        other = ask("GET", address.replace(CODE, CODE.lower()) + question)
        assert other.status_code == 308, address
        assert other["Location"].removeprefix("http://testserver") == address + question
        assert other["Access-Control-Allow-Origin"] == "*", address


def test_long_answers_are_compressed(ask):
    for address in addresses():
        plain = ask("GET", address)
        if address.startswith("/bulk/") or plain.status_code != 200 or len(plain.content) < 2000:
            continue
        packed = ask("GET", address, **{"Accept-Encoding": "gzip"})
        if "/restricted/" in address:
            assert "Content-Encoding" not in packed, address
        else:
            assert packed["Content-Encoding"] == "gzip", address
            assert len(gzip.decompress(packed.content)) > 1000, address


@pytest.mark.parametrize("refused", ["gzip;q=0", "br, gzip ; q=0.000", "identity, GZIP;Q=0, *;q=0.5"])
def test_nobody_gets_a_compression_that_was_refused(ask, refused):
    for address in ("/api/v1/datasets/", "/feeds/corrections.atom", "/lists/"):
        answer = ask("GET", address, **{"Accept-Encoding": refused})
        assert "Content-Encoding" not in answer, address
        assert "Accept-Encoding" in answer["Vary"], address
    assert "Content-Encoding" in ask("GET", "/api/v1/datasets/", **{"Accept-Encoding": "gzip;q=0.1"})


def test_unchanged_names_the_version_as_the_copy_at_hand_is_named(ask):
    packed = ask("GET", "/api/v1/datasets/", **{"Accept-Encoding": "gzip"})
    assert packed["ETag"].startswith("W/")
    for known in (packed["ETag"], packed["ETag"].removeprefix("W/")):
        again = ask("GET", "/api/v1/datasets/", **{"Accept-Encoding": "gzip", "If-None-Match": f'"other", {known}'})
        assert (again.status_code, again["ETag"]) == (304, known)


def test_a_question_posted_without_the_last_slash_is_posted_again_with_it(ask):
    for address in CHECKS:
        answer = ask("POST", address.removesuffix("/"))
        assert (answer.status_code, answer["Location"]) == (308, address)
    assert problem(ask("POST", "/api/v1/nothing"), 405)


def test_a_preflight_allows_whatever_header_a_client_adds(ask):
    for address in addresses():
        assert "*" in ask("OPTIONS", address)["Access-Control-Allow-Headers"].split(", "), address


def described(client) -> list[tuple[str, dict]]:
    """Every operation that reads: its address and its query parameters by name."""
    paths = client.get("/api/v1/schema/").json()["paths"]
    reading = {re.sub(r"{(\w+)}", lambda name: GIVEN[name[1]], path): item["get"] for path, item in paths.items() if "get" in item}
    return [(path, {one["name"]: one for one in get["parameters"] if one["in"] == "query"}) for path, get in reading.items()]


def wrong(schema: dict) -> str | None:
    """A value that this schema does not allow."""
    if schema["type"] == "integer":
        return str(schema["maximum"] + 1)
    return "!" if "enum" in schema or "format" in schema or ("pattern" in schema and "[^" not in schema["pattern"]) else None


def test_every_parameter_of_every_operation_takes_its_example_and_refuses_what_it_cannot_use_by_name(ask, client):
    seen = set()
    for address, parameters in described(client):
        for name, parameter in parameters.items():
            schema = parameter["schema"]
            example = parameter.get("example", schema.get("examples", [None])[0])
            beside = {"q": "青岚"} if name == "sort" else {}
            right = client.get(address, {name: example, **beside} if name != "wait" else {"wait": "0"})
            assert right.status_code == 200, (address, name, example, right.content[:200])
            for value in filter(None, (wrong(schema), " " * bool("pattern" in schema))):
                response = client.get(address, {name: value})
                assert problem(response, 400), (address, name, value)
                assert (response.json()["parameter"], response.json()["value"]) == (name, value), address
            seen.add(name)
    assert {"cursor", "limit", "q", "fields", "expand", "updated_since", "updated_after", "after", "wait", "order"} <= seen


def test_every_list_is_bounded_and_linked(ask, client):
    lists = [(address, parameters) for address, parameters in described(client) if "limit" in parameters]
    for address, parameters in lists:
        assert parameters["limit"]["schema"]["maximum"] <= 100, address
        answer = client.get(address, {"limit": 1})
        assert len(answer.json()["results"]) <= 1, address
        following = answer.json()["next"]
        assert following is None or f'<{following}>; rel="next"' in answer["Link"], address
    assert {reverse("api-records"), reverse("api-companies"), reverse("api-events")} <= {address for address, _ in lists}


def test_each_list_of_records_gives_parts_and_changes(ask, client):
    for address, parameters in described(client):
        if "fields" in parameters and "limit" in parameters:
            first = parameters["fields"]["schema"]["examples"][0].split(",")
            whole = client.get(address).json()["results"]
            assert whole, address
            part = client.get(address, {"fields": ",".join(first)}).json()["results"]
            assert [[*row] for row in part] == [first] * len(whole), address
            assert client.get(address, {"updated_since": "2000-01-01T00:00:00Z"}).json()["results"] == whole, address
            assert client.get(address, {"updated_after": 2**62}).json()["results"] == [], address


@pytest.mark.parametrize(
    "address", ["companies/?limit=2", "companies/?limit=2&q=青岚", "records/?limit=2&order=oldest", "records/?limit=2&order=newest",
                f"lists/{LIST}/listings/?limit=2", f"companies/{CODE}/records/?limit=2", "events/?limit=2", "restricted/records/?limit=2"],
)  # fmt: skip
def test_no_list_loses_or_repeats_a_row_while_rows_come_in(ask, address):
    for _ in range(4):
        come(CODE)
    identity = ("number",) if "events" in address else ("code",) if address.startswith("companies/?") else ("id",)
    there = [tuple(row[name] for name in identity) for row in rows(ask, f"/api/v1/{address}".replace("limit=2", "limit=100"))]
    seen = [tuple(row[name] for name in identity) for row in rows(ask, f"/api/v1/{address}", meanwhile=lambda: come(CODE))]
    assert len(seen) == len(set(seen))
    assert {*there} <= {*seen}
    assert [one for one in seen if one in {*there}] == there


def come(code: str) -> None:
    """A company and rows about it and another come in, as a batch brings them."""
    company = make_company(f"青岚市后来{timezone.now().microsecond}贸易有限公司")
    make_record(company, LIST, decided_on="2026-05-18"), make_record(company, "tax-arrears_detail")
    make_record(company.__class__.objects.get(code=code), "tax-penalty")


def rows(ask, address: str, meanwhile=lambda: None) -> list[dict]:
    """All rows of a list, page by page; ``meanwhile`` happens after each of the first pages."""
    found, pages = [], 0
    while address:
        answer = ask("GET", address.removeprefix("http://testserver")).json()
        found += answer["results"]
        address, pages = answer["next"], pages + 1
        if pages <= 3:
            meanwhile()
    return found

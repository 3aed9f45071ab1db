"""Outside tools judge the API: the OpenAPI document is valid, and what it promises is what is answered."""

import json

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from publicity.wsgi import application
from records.catalog import catalog
from records.models import Event
from tests.factories import end_record, make_company, make_record

# The company and the record whose addresses the document gives as examples.
CODE = "91330110MF1000015W"
KEY = "a" * 26
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


def data():
    company = make_company(
        code=CODE, former_names=["青岚市旧名样例贸易有限公司"], english_name="Qinglan Test Co., Ltd."
    )
    make_record(company, "tax-penalty", fine="0.2", severity="serious", penalty_kinds="罚款", key=KEY)
    make_record(company, "samr-abnormal", decided_on="2026-05-18", listed_reason="无法联系")
    make_record(company, "tax-credit_rating")
    make_record(company, "samr-risk_class")
    end_record(make_record(company), Event.Kind.REPAIRED)


@pytest.fixture
def document(client):
    return client.get("/api/v1/schema/").json()


@pytest.fixture
def filled(db, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"public": "1000000/5min"}}
    # Who asks for events to come would wait for half a minute each time.
    settings.API_WAITERS = 0
    data()
    # As Django's own test client does: the end of a request would close the connection of the test's transaction.
    moments = (signals.request_started, signals.request_finished)
    for moment in moments:
        moment.disconnect(close_old_connections)
    yield
    for moment in moments:
        moment.connect(close_old_connections)


@SCHEMA.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_address_keeps_what_its_description_promises(case, filled):
    # Schemathesis does not unpack what a WSGI application has compressed.
    # OpenAPI cannot say that only a search can be sorted.
    if "sort" in (case.query or {}):
        case.query.setdefault("q", "青岚")
    case.call_and_validate(headers={"Accept-Encoding": "identity"})


@pytest.mark.django_db
def test_the_document_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def operations(document):
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


@pytest.mark.django_db
def test_every_operation_tells_its_errors_with_an_example(document):
    for path, method, operation in operations(document):
        answers = operation["responses"]
        assert {"200", "400", "405", "429", "503"} <= answers.keys(), path
        assert ("304" in answers) == (method == "get"), path
        assert ("404" in answers) == ("{" in path or path == "/api/v1/events/"), path
        for status, answer in answers.items():
            if status >= "400":
                assert answer["content"]["application/problem+json"]["examples"], (path, status)
        assert all(parameter["description"] for parameter in operation.get("parameters", [])), path


@pytest.mark.django_db
def test_every_example_is_valid(document):
    for path, _method, operation in operations(document):
        for status, answer in [*operation["responses"].items(), ("body", operation.get("requestBody", {}))]:
            for content in answer.get("content", {}).values():
                validator = Draft202012Validator({**content["schema"], "components": document["components"]})
                examples = [content.get("example"), *(one["value"] for one in content.get("examples", {}).values())]
                for example in filter(None, examples):
                    assert [error.message for error in validator.iter_errors(example)] == [], (path, status)


def closed(schema):
    """The same schema without room for members that it does not tell."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    extra = {"additionalProperties": False} if "properties" in schema and "type" in schema else {}
    return {name: closed(part) for name, part in schema.items()} | extra


def whole(operation):
    """The schema of the answer as it is without ``fields``."""
    return operation["responses"]["200"]["content"]["application/json"]["schema"]


def asked(client, path, method):
    """The answer of an operation to an example of it."""
    given = {"code": CODE, "key": KEY, "slug": "samr-abnormal", "name": "status", "number": "1", "agency": "tax"}
    body = json.dumps({"items": [CODE, "青岚"]}) if method == "post" else ""
    return client.generic(method.upper(), path.format(**given), body, content_type="application/json")


@pytest.mark.django_db
def test_no_answer_holds_a_member_that_is_not_described(client, document):
    data()
    components = closed(document["components"])
    for path, method, operation in operations(document):
        response, answer = asked(client, path, method), whole(operation)
        validator = Draft202012Validator({**answer, "components": components})
        address = response.request["PATH_INFO"]
        assert response.status_code == 200, address
        assert [error.message for error in validator.iter_errors(response.json())] == [], address


def codes_in(schema, value, components, of=None):
    """Every code in an answer with the list its schema names; the list is None where it names none."""
    if value is None:
        return
    of = schema.get("x-codes", of)
    if "anyOf" in schema:
        schema = next(part for part in schema["anyOf"] if part != {"type": "null"})
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name == "Label":
            yield of, value["code"]
            return
        of, schema = None, components[name]
    if isinstance(value, dict):
        for member, held in value.items():
            part = schema.get("properties", {}).get(member) or schema.get("additionalProperties", {})
            yield from codes_in(part, held, components)
    elif isinstance(value, list):
        for held in value:
            yield from codes_in(schema.get("items", {}), held, components)
    elif of:
        yield of, value


def known_codes(client):
    return {
        one["name"]: {code["code"] for code in client.get(one["url"]).json()["codes"]}
        for one in client.get("/api/v1/codes/?limit=100").json()["results"]
    }


@pytest.mark.django_db
def test_every_code_in_an_answer_is_in_the_list_its_description_names(client, document):
    data()
    make_record(dataset="tax-penalty", severity="minor")
    known, seen = known_codes(client), set()
    for path, method, operation in operations(document):
        answer = asked(client, path, method).json()
        found = set(codes_in(whole(operation), answer, document["components"]["schemas"]))
        assert {(of, code) for of, code in found if code not in known.get(of, ())} == set(), path
        seen |= found
    page = document["components"]["schemas"]["CompanyPage"]
    seen |= set(codes_in(page, client.get("/api/v1/companies/?q=旧名").json(), document["components"]["schemas"]))
    assert {of for of, _ in seen} == {*known} - {"industry", "problem", "region"}
    assert {("event", "sealed"), ("name", "former"), ("outcome", "found"), ("tone", "good"), ("agency", "government")} <= seen


@pytest.mark.django_db
def test_every_label_and_all_words_have_an_example_of_their_own_and_its_code_is_in_the_list(client, document):
    known = known_codes(client)
    for name, shape in document["components"]["schemas"].items():
        for member, part in shape.get("properties", {}).items():
            one = next((of for of in part.get("anyOf", []) if "$ref" in of), part).get("$ref", "").rsplit("/", 1)[-1]
            assert one not in ("Label", "Bilingual") or part["examples"], (name, member)
            assert one != "Label" or part["examples"][0]["code"] in known[part["x-codes"]], (name, member)
            if "x-codes" in part and one != "Label":
                assert part["examples"][0] in known[part["x-codes"]], (name, member)


USUAL = {"type", "title", "title_zh", "status", "detail", "detail_zh", "instance", "request_id"}
PARTICULAR = {
    "unknown-parameter": {"parameter", "known"}, "bad-value": {"parameter", "value"}, "bad-body": {"item"},
    "too-many-requests": {"retry_after"}, "unavailable": {"retry_after"}, "gone": {"dataset", "act", "on", "event"},
}  # fmt: skip


@pytest.mark.django_db
def test_the_example_of_a_problem_tells_what_that_problem_tells_at_that_address(client, document):
    data()
    for path, method, operation in operations(document):
        told = [answer["content"]["application/problem+json"] for status, answer in operation["responses"].items() if status >= "400"]
        examples = {kind: one["value"] for content in told for kind, one in content["examples"].items()}
        own = asked(client, path, method).request["PATH_INFO"]
        for kind, example in examples.items():
            assert {*example} == USUAL | PARTICULAR.get(kind, set()), (path, kind)
            assert example["instance"].count("/") == own.count("/"), (path, kind)
        asks = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
        assert ("bad-value" in examples) == bool(asks), path
        real = client.generic(method.upper(), f"{own}?page=2", content_type="application/json").json()
        for name in ("detail", "detail_zh", "parameter", "known"):
            assert examples["unknown-parameter"][name] == real[name], path


@pytest.mark.django_db
def test_fields_are_described_as_either_form_first_so_that_a_client_that_knows_one_form_reads_both(client, document):
    data()
    components = document["components"]
    for path, _method, operation in operations(document):
        fields = next((one for one in operation.get("parameters", []) if one["name"] == "fields"), None)
        content = operation["responses"]["200"]["content"]
        assert [*content] == (["application/vnd.credit.sparse+json", "application/json"] if fields else ["application/json"])
        if fields:
            first, second = [*content.values()]
            assert first["schema"]["anyOf"][0] == second["schema"], path
            address = path.format(code=CODE, key=KEY, slug="samr-abnormal")
            part = client.get(address, {"fields": fields["schema"]["examples"][0]}).json()
            some = Draft202012Validator({**first["schema"]["anyOf"][1], "components": closed(components)})
            assert [error.message for error in some.iter_errors(part)] == [], path
            assert not Draft202012Validator({**second["schema"], "components": components}).is_valid(part), path


@pytest.mark.django_db
def test_a_search_and_a_gone_record_are_as_described(client, document):
    data()
    components = closed(document["components"])
    page = Draft202012Validator({"$ref": "#/components/schemas/CompanyPage", "components": components})
    assert [error.message for error in page.iter_errors(client.get("/api/v1/companies/?q=青岚").json())] == []
    gone = Event.objects.get(kind="repaired").record_key
    problem = Draft202012Validator({"$ref": "#/components/schemas/Gone", "components": components})
    assert [error.message for error in problem.iter_errors(client.get(f"/api/v1/records/{gone}/").json())] == []


@pytest.mark.django_db
def test_every_public_dataset_can_be_asked_for(client):
    for dataset in catalog().of():
        assert client.get("/api/v1/records/", {"dataset": dataset.slug}).status_code == 200, dataset.slug


def test_the_document_is_the_same_for_everybody():
    first = Client().get("/api/v1/schema/", headers={"Accept-Language": "en"})
    again = Client().get("/api/v1/schema/", headers={"Accept-Language": "zh-CN"})
    assert first.content == again.content
    assert first["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert json.loads(first.content)["info"]["version"] == "1.0.0"

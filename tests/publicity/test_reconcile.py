"""Reconciliation at ``/reconcile/``: what version 0.2 of the specification asks, and what is a match."""

import json
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator

from publicity.reconcile import matching
from publicity.reconcile.reading import BATCH
from records.models import Company, Event
from tests.factories import end_record, make_code, make_company, make_record
from tests.publicity import reconciliation as spec

pytestmark = pytest.mark.django_db
NAME = "青岚市云汀光学仪器有限公司"


def valid(answer, schema) -> bool:
    return [error.message for error in Draft202012Validator(schema).iter_errors(answer)] == []


def post(client, **fields):
    return client.post("/reconcile/", urlencode(fields), content_type="application/x-www-form-urlencoded")


def ask(client, **queries):
    return post(client, queries=json.dumps(queries))


def candidates(client, **query):
    response = ask(client, q0=query)
    assert response.status_code == 200, response.content
    answer = response.json()
    assert valid(answer, spec.RESULTS)
    assert spec.falling(answer["q0"]["result"])
    return answer["q0"]["result"]


def matched(client, **query):
    return [found["id"] for found in candidates(client, **query) if found["match"]]


def test_the_manifest_is_as_the_specification_says(client):
    for path in ("/reconcile/", "/reconcile"):
        answer = client.get(path).json()
        assert valid(answer, spec.MANIFEST)
        assert answer["versions"] == ["0.2"]
        assert answer["batchSize"] == BATCH
        assert answer["view"]["url"] == "http://testserver/company/{{id}}/"


def test_every_address_of_the_manifest_answers_and_may_be_read_by_any_website(client):
    code = make_company(NAME).code
    manifest = client.get("/reconcile/").json()
    suggest, proposals = manifest["suggest"], manifest["extend"]["propose_properties"]
    addresses = [one["service_url"] + one["service_path"] for one in suggest.values()]
    asked = {
        **{address: ({"prefix": "青岚"}, spec.SUGGESTIONS) for address in addresses},
        proposals["service_url"] + proposals["service_path"]: ({"type": "company", "limit": 3}, spec.PROPOSALS),
        suggest["entity"]["service_url"] + suggest["entity"]["flyout_service_path"].replace("${id}", code): ({}, spec.FLYOUT),
    }
    for address, (parameters, schema) in asked.items():
        response = client.get(address, parameters)
        assert valid(response.json(), schema), address
        assert response["Access-Control-Allow-Origin"] == "*"
    for template in (manifest["view"]["url"], manifest["preview"]["url"]):
        assert client.get(template.replace("{{id}}", code)).status_code == 200


@pytest.mark.parametrize(
    "written", [NAME, "青岚市雲汀光學儀器有限公司", " 青岚市云汀光学仪器　有限公司", "旧名贸易有限公司"]
)
def test_the_exact_name_of_one_company_is_a_match_however_it_is_written(client, written):
    company = make_company(NAME, former_names=["旧名贸易有限公司"])
    make_company("青岚市云汀机械有限公司")
    assert matched(client, query=written) == [company.code]


def test_a_code_as_query_is_a_match(client):
    company = make_company(NAME)
    [found] = candidates(client, query=f" {company.code.lower()} ")
    assert (found["id"], found["score"], found["match"]) == (company.code, 100, True)


def test_one_character_apart_is_a_candidate_and_never_a_match(client):
    company = make_company(NAME)
    [found] = candidates(client, query="青岚市云汀化学仪器有限公司")
    assert (found["id"], found["match"]) == (company.code, False)
    assert found["score"] < 95
    other = make_company("青岚市云汀化学仪器有限公司")
    assert matched(client, query=NAME) == [company.code]
    assert matched(client, query=other.name) == [other.code]


def test_namesakes_are_no_match_until_something_tells_them_apart(client):
    here, there = make_company(NAME, code=make_code(region="980101")), make_company(NAME, code=make_code(region="330110"))
    assert [found["score"] for found in candidates(client, query=NAME)] == [100, 100]
    assert matched(client, query=NAME) == []
    assert matched(client, query=NAME, properties=[{"pid": "region", "v": "3301"}]) == [there.code]
    assert matched(client, query=NAME, properties=[{"pid": "region_name", "v": ["杭州", "宁波"]}]) == [there.code]
    assert matched(client, query=NAME, properties=[{"pid": "code", "v": {"id": here.code, "name": "x"}}]) == [here.code]


def test_the_former_name_of_one_and_the_name_of_another_is_no_match(client):
    make_company(NAME), make_company("青岚市改名有限公司", former_names=[NAME])
    assert matched(client, query=NAME) == []


def test_a_value_that_disagrees_lowers_the_score_and_forbids_a_match(client):
    company, other = make_company(NAME, status="cancelled"), make_company("青岚市云汀机械有限公司")
    disagreeing = {"status": "存续", "kind": "个体工商户", "region": "110000", "established": "2018", "code": other.code}
    for pid, value in disagreeing.items():
        found = candidates(client, query=NAME, properties=[{"pid": pid, "v": value}])
        by_name = next(one for one in found if one["id"] == company.code)
        assert by_name["score"] < 90, pid
        assert not by_name["match"], pid
        assert {"id": f"property_{pid}", "value": False} in by_name["features"]
    for pid, value in (("status", "已注销"), ("status", "cancelled"), ("kind", "company"), ("established", "2019-03-12T00:00:00Z")):
        assert matched(client, query=NAME, properties=[{"pid": pid, "v": value}]) == [company.code], (pid, value)


def test_the_code_of_one_beside_the_name_of_another_is_no_match(client):
    make_company(NAME)
    other = make_company("青岚市云汀化学仪器有限公司")
    assert matched(client, query=NAME, properties=[{"pid": "code", "v": other.code}]) == []


def test_a_code_alone_or_beside_the_name_in_another_legal_form_is_a_match(client):
    company = make_company(NAME)
    given = [{"pid": "code", "v": company.code}]
    assert matched(client, properties=given) == [company.code]
    assert matched(client, query="青岚市云汀光学仪器有限责任公司", properties=given) == [company.code]
    assert matched(client, query="砚湖市安邦食品厂", properties=given) == []


def test_a_cell_with_an_identity_number_is_not_looked_at(client):
    make_company("青岚市张三贸易商行")
    assert candidates(client, query="张三贸易商行 110101199003077774") == []


def test_two_codes_for_one_row_are_no_match(client):
    company, other = make_company(NAME), make_company()
    assert matched(client, query=company.code, properties=[{"pid": "code", "v": other.code}]) == []


def test_a_type_narrows_and_should_only_lowers(client):
    company = make_company(NAME)
    assert candidates(client, query=NAME, type="individual") == []
    assert matched(client, query=NAME, type=["subject"]) == matched(client, query=NAME, type=["branch", "company"]) == [company.code]
    [found] = candidates(client, query=NAME, type="individual", type_strict="should")
    assert (found["score"] < 90, found["match"]) == (True, False)


def test_the_limit_is_kept(client):
    for _ in range(4):
        make_company(NAME)
    assert len(candidates(client, query=NAME, limit=3)) == 3


def test_queries_by_get_and_by_post_answer_alike_and_apart_from_each_other(client):
    make_company(NAME)
    queries = json.dumps({"a": {"query": NAME}, "b": {"query": "——"}, "云": {"query": "甲" * 500}, "d": {"query": "\x00"}})
    posted = post(client, queries=queries)
    got = client.get("/reconcile/", {"queries": queries})
    assert posted.json() == got.json()
    assert [len(one["result"]) for one in got.json().values()] == [1, 0, 0, 0]
    assert (posted["Cache-Control"], got["Access-Control-Allow-Origin"], posted["Access-Control-Allow-Origin"]) == ("no-store", "*", "*")
    assert client.get("/reconcile/", {"queries": queries}, headers={"If-None-Match": got["ETag"]}).status_code == 304


def test_exact_names_of_a_whole_batch_take_a_few_questions_of_the_database(client, django_assert_max_num_queries):
    names = [make_company().name for _ in range(BATCH)]
    with django_assert_max_num_queries(10):
        answer = ask(client, **{f"q{at}": {"query": name} for at, name in enumerate(names)}).json()
    assert [answer[f"q{at}"]["result"][0]["name"] for at in range(BATCH)] == names


BAD_QUERIES = {
    "[]": "queries",
    "{": "queries",
    '{"a": {"query": "x"}, "a": {"query": "y"}}': "queries",
    '{"a": {"query": "\\ud800"}}': "queries",
    '{"a": {"query": "x", "limit": NaN}}': "queries",
    '{"a": 1}': "queries.a",
    '{"a": {}}': "queries.a",
    '{"a": {"query": 1}}': "queries.a.query",
    '{"a": {"query": "x", "lang": "zh"}}': "queries.a.lang",
    '{"a": {"query": "x", "limit": 0}}': "queries.a.limit",
    '{"a": {"query": "x", "limit": 1.5}}': "queries.a.limit",
    '{"a": {"query": "x", "limit": "5"}}': "queries.a.limit",
    '{"a": {"query": "x", "type": "person"}}': "queries.a.type",
    '{"a": {"query": "x", "type_strict": "none"}}': "queries.a.type_strict",
    '{"a": {"query": "x", "type_strict": "all", "type": ["company", "branch"]}}': "queries.a.type",
    '{"a": {"query": "x", "properties": {}}}': "queries.a.properties",
    '{"a": {"query": "x", "properties": [{"pid": "code"}]}}': "queries.a.properties.0",
    '{"a": {"query": "x", "properties": [{"pid": "fax", "v": ""}]}}': "queries.a.properties.0.pid",
    '{"a": {"query": "x", "properties": [{"pid": "code", "v": {}}]}}': "queries.a.properties.0.v",
    '{"a": {"query": "x", "properties": [{"pid": "code", "v": null}]}}': "queries.a.properties.0.v",
    '{"a": ' * 4_000: "queries",
}


@pytest.mark.parametrize(("text", "place"), BAD_QUERIES.items(), ids=range(len(BAD_QUERIES)))
def test_a_batch_of_the_wrong_form_is_refused_naming_the_place(client, text, place):
    response = post(client, queries=text)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["parameter"] == place
    assert response["Access-Control-Allow-Origin"] == "*"


def test_too_much_at_once_is_413(client):
    many = post(client, queries=json.dumps({str(at): {"query": "x"} for at in range(BATCH + 1)}))
    large = post(client, queries=json.dumps({"a": {"query": "x" * 300_000}}))
    assert [many.status_code, large.status_code] == [413, 413]
    assert many.json()["batch_size"] == BATCH
    assert many.json()["type"].endswith("#content-too-large")


def test_what_is_no_form_and_what_is_not_known_is_refused(client):
    bodies = {
        ("{}", "application/json"): 415,
        ("queries=%zz%ff", "application/x-www-form-urlencoded"): 400,
        ("", "application/x-www-form-urlencoded"): 415,
        ("queries={}&extend={}", "application/x-www-form-urlencoded"): 400,
        ("queries={}&queries={}", "application/x-www-form-urlencoded"): 400,
        ("callback=x", "application/x-www-form-urlencoded"): 400,
    }
    for (body, kind), status in bodies.items():
        assert client.post("/reconcile/", body, content_type=kind).status_code == status, body
    assert client.get("/reconcile/", {"callback": "alert"}).json()["parameter"] == "callback"
    assert client.put("/reconcile/").status_code == 405
    assert client.post("/reconcile/suggest/entity").status_code == 405
    for path in ("/reconcile/none", "/reconcile/flyout/entity?id=0", "/reconcile/preview/0/"):
        response = client.get(path)
        assert (response.status_code, response["Access-Control-Allow-Origin"]) == (404, "*"), path


def test_a_preflight_may_post(client):
    headers = {"Origin": "https://other.example", "Access-Control-Request-Method": "POST"}
    response = client.options("/reconcile/", headers=headers)
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (204, "*")
    assert "POST" in response["Access-Control-Allow-Methods"]
    assert "POST" not in client.options("/reconcile/suggest/type", headers=headers)["Access-Control-Allow-Methods"]


def test_a_batch_that_takes_too_long_is_given_up(client, monkeypatch):
    monkeypatch.setattr(matching, "SECONDS", -1)
    response = ask(client, a={"query": "不存在的名称"})
    assert (response.status_code, response["Retry-After"]) == (503, "30")


def extend(client, ids, *properties):
    response = post(client, extend=json.dumps({"ids": ids, "properties": [*properties]}))
    assert response.status_code == 200, response.content
    assert valid(response.json(), spec.EXTENSION)
    return response.json()


def test_columns_are_fetched_in_the_language_wanted(client):
    company = make_company(NAME, former_names=["旧名有限公司"], english_name="Yunting")
    ids = [company.code, "91330110MF9999999X"]
    asked = ["code", "status", "established", "former_names", "english_name", "legacy_no", "region_name", "page"]
    answer = extend(client, ids, *({"id": one} for one in asked))
    assert [one["id"] for one in answer["meta"]] == asked
    assert answer["rows"][ids[1]] == {one: [] for one in asked}
    row = answer["rows"][company.code]
    assert row["established"] == [{"date": "2019-03-12T00:00:00Z"}]
    assert row["former_names"] == [{"str": "旧名有限公司"}]
    assert row["status"][0]["str"].startswith("存续")
    assert row["legacy_no"] == []
    english = extend(client, ids[:1], {"id": "status", "settings": {"language": "code"}})
    assert english["rows"][company.code]["status"] == [{"str": "active"}]


def test_lists_and_ratings_come_with_their_source_and_page_and_never_when_they_are_not_public(client):
    company = make_company(NAME)
    listed = make_record(company, "samr-abnormal", decided_on="2026-05-18")
    rated = make_record(company, "tax-credit_rating")
    end_record(make_record(company, "samr-abnormal", decided_on="2025-01-01"), Event.Kind.REPAIRED)
    row = extend(client, [company.code], {"id": "lists"}, {"id": "ratings"})["rows"][company.code]
    [entry], [rating] = row["lists"], row["ratings"]
    assert f"/record/{listed.key}/" in entry["str"]
    assert "市场监督管理" in entry["str"]
    assert f"/record/{rated.key}/" in rating["str"]


BAD_EXTENSIONS = (
    {}, {"ids": "x", "properties": []}, {"ids": [], "properties": {}}, {"ids": [1], "properties": []},
    {"ids": [], "properties": [{"id": "fax"}]}, {"ids": [], "properties": [{"id": "code", "settings": {"language": "fr"}}]},
    {"ids": [], "properties": [{"id": "code", "settings": {"limit": 1}}]}, {"ids": [], "properties": [], "more": 1},
)  # fmt: skip


@pytest.mark.parametrize("query", BAD_EXTENSIONS, ids=json.dumps)
def test_an_extension_of_the_wrong_form_is_refused(client, query):
    assert post(client, extend=json.dumps(query)).json()["parameter"].startswith("extend")


def test_suggestions_find_by_the_beginning_of_a_name_and_of_a_code(client):
    company = make_company(NAME)
    for prefix in ("青岚市云", "云汀", company.code[:12], company.code):
        [found] = client.get("/reconcile/suggest/entity", {"prefix": prefix}).json()["result"]
        assert (found["id"], found["name"]) == (company.code, NAME), prefix
    assert client.get("/reconcile/suggest/entity", {"prefix": "云汀", "cursor": 1}).json()["result"] == []
    assert client.get("/reconcile/suggest/entity").status_code == 400
    assert client.get("/reconcile/suggest/property", {"prefix": "stat"}).json()["result"][0]["id"] == "status"
    assert client.get("/reconcile/suggest/type", {"prefix": "个体"}).json()["result"][0]["id"] == "individual"


def test_only_the_preview_may_be_framed_and_it_sets_no_cookie(client):
    company = make_company(NAME, former_names=["<b>旧名</b>"])
    preview, page = client.get(f"/reconcile/preview/{company.code}/"), client.get(f"/company/{company.code}/")
    assert "X-Frame-Options" not in preview.headers
    assert "frame-ancestors *" in preview["Content-Security-Policy"]
    assert "default-src 'none'" in preview["Content-Security-Policy"]
    assert not preview.cookies
    assert "&lt;b&gt;旧名&lt;/b&gt;" in preview.content.decode()
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_a_company_whose_registration_is_withdrawn_is_nowhere(client):
    company = make_company(NAME)
    company.ended_event = end_record(company.records.get(), Event.Kind.WITHDRAWN).number
    company.save()
    assert candidates(client, query=NAME) == candidates(client, query=company.code) == []
    assert client.get("/reconcile/suggest/entity", {"prefix": "云汀"}).json()["result"] == []
    assert client.get(f"/reconcile/preview/{company.code}/").status_code == 410
    assert client.get("/reconcile/flyout/entity", {"id": company.code}).status_code == 410
    assert extend(client, [company.code], {"id": "page"})["rows"] == {company.code: {"page": []}}


@pytest.mark.parametrize("limit", ["1e400", "-1e400", "NaN"])
def test_a_limit_beyond_all_numbers_is_refused(client, limit):
    answer = post(client, queries=f'{{"q": {{"query": "{NAME}", "limit": {limit}}}}}')
    assert answer.status_code == 400


def test_a_property_is_given_once_so_that_its_values_are_bounded(client):
    twice = [{"pid": "region_name", "v": "甲"}, {"pid": "region_name", "v": "乙"}]
    assert ask(client, q={"query": NAME, "properties": twice}).status_code == 400


def test_an_entity_of_no_text_has_no_preview(client):
    assert client.get("/reconcile/preview/%00/").status_code == 404


def test_openrefine_is_given_suggestions_whatever_it_wishes_beside(client):
    make_company(NAME)
    wishes = {"spell": "always", "exact": "false", "scoring": "schema", "prefixed": "true", "type": "company", "type_strict": "should"}
    for what, prefix, id_ in (("property", "region", "region"), ("type", "branch", "branch"), ("entity", "云汀", None)):
        answer = client.get(f"/reconcile/suggest/{what}", {"prefix": prefix, **wishes})
        assert answer.status_code == 200, what
        assert answer.json()["result"][0]["id"] == (id_ or Company.objects.get().code)


def test_every_property_that_is_suggested_may_be_sent(client):
    make_company(NAME)
    plain = candidates(client, query=NAME)
    for one in client.get("/reconcile/suggest/property", {"prefix": ""}).json()["result"]:
        found = candidates(client, query=NAME, properties=[{"pid": one["id"], "v": "x"}])
        assert [each["id"] for each in found] == [each["id"] for each in plain], one
    assert candidates(client, query=NAME, properties=[{"pid": "company_type", "v": "x"}]) == plain


def test_an_empty_cell_has_no_candidates_and_costs_the_others_none(client):
    make_company(NAME)
    answer = ask(client, a={"query": NAME}, b={"query": ""}, c={"query": "", "properties": []}).json()
    assert [len(answer[key]["result"]) for key in "abc"] == [1, 0, 0]


def test_the_preview_of_a_code_written_otherwise_leads_to_the_company(client):
    company = make_company(NAME)
    answer = client.get(f"/reconcile/preview/{company.code.lower()}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/reconcile/preview/{company.code}/")

"""The guide for programs: its recipes run as they stand, and every problem and feature an answer can name is explained."""

import html
import re
import subprocess
import sys

import pytest

from publicity.api.problems import Kind
from publicity.views.guide import RECIPES
from records.models import Event
from tests.factories import end_record, make_company, make_record

CODE, NAME = "91330110MF1000015W", "青岚市测试样例贸易有限公司"
EXPECTED = {
    ("find", "sh"): f'"code":"{CODE}"',
    ("find", "python"): f"{CODE} {NAME} Active",
    ("check", "sh"): '"outcome":{"code":"found"',
    ("check", "python"): f"{NAME} Confirmed ['samr-abnormal']",
    ("copy", "sh"): "",
    ("copy", "python"): "2 records",
    ("follow", "sh"): '"code":"repaired"',
    ("follow", "python"): "up to date at event 6",
    ("again", "sh"): "304",
    ("again", "python"): "304",
    ("certify", "sh"): '"statement":{"issued_at"',
    ("certify", "python"): f"{NAME} Confirmed, proven in a log of 6 events",
}


@pytest.fixture
def filled(transactional_db):
    company = make_company(NAME, code=CODE)
    make_record(company, "samr-abnormal", decided_on="2026-05-18")
    make_record(company, "tax-penalty"), end_record(make_record(company, "tax-penalty"), Event.Kind.REPAIRED)
    make_record(company, "tax-penalty")


def run(kind: str, text: str, directory) -> str:
    command = ["bash", "-euo", "pipefail", "-c", text] if kind == "sh" else [sys.executable, "-c", text]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_recipe_runs_word_for_word_in_both_languages(live_server, client, filled, tmp_path):
    pages = [client.get(path, headers={"host": live_server.url[7:]}).content.decode() for path in ("/api/", "/en/api/")]
    told = [re.findall(r'<section id="(\w+)">.*?</section>', page, re.S) for page in pages]
    texts = [re.findall(r'data-run="(\w+)">(.*?)</pre>', page, re.S) for page in pages]
    assert told[0] == told[1] == [*RECIPES]
    assert texts[0] == texts[1]
    for at, (kind, text) in enumerate(texts[0]):
        name = told[0][at // 2]
        assert EXPECTED[name, kind] in run(kind, html.unescape(text), tmp_path), (name, kind)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/", "/en/api/"])
def test_every_kind_of_problem_has_its_place_in_the_guide(client, path):
    page = client.get(path).content.decode()
    assert [kind.code for kind in Kind if f'id="{kind.code}"' not in page] == []
    for anchor in ("recipes", "resources", "conventions", "problems", "reconcile", "terms", "stability", "changes"):
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page or anchor == "resources"


@pytest.mark.django_db
def test_every_feature_of_a_reconciliation_candidate_is_explained(client):
    make_company("青岚市云汀光学仪器有限公司")
    page = client.get("/api/").content.decode()
    manifest = client.get("/reconcile/").json()
    assert manifest["feature_view"]["url"].endswith("/api/#feature-{{id}}")
    query = '{"a": {"query": "%s", "type": "company", "type_strict": "should", "properties": [{"pid": "region", "v": "33"}]}}'
    for name in ("青岚市云汀光学仪器有限公司", "青岚市云汀化学仪器有限公司", "yunting"):
        [found] = client.get("/reconcile/", {"queries": query % name}).json()["a"]["result"]
        assert [one["id"] for one in found["features"] if f'id="feature-{one["id"]}"' not in page] == []


@pytest.mark.django_db
def test_code_lists_hold_every_code_with_its_meaning(client):
    lists = client.get("/api/v1/codes/").json()["results"]
    for one in lists:
        answer = client.get(one["url"]).json()
        assert len(answer["codes"]) == one["count"] > 1, one["name"]
        assert len({code["code"] for code in answer["codes"]}) == one["count"]
        assert all(code["zh"] for code in answer["codes"])
    status = client.get("/api/v1/codes/status/").json()["codes"]
    assert [code["zh"] for code in status if code["code"] == "cancelled"] == ["注销"]
    regions = {code["code"]: code["zh"] for code in client.get("/api/v1/codes/region/").json()["codes"]}
    assert regions["330110"] == "浙江省杭州市余杭区"
    assert client.get("/api/v1/codes/none/").status_code == 404


@pytest.mark.django_db
def test_a_language_model_is_told_where_to_read_and_that_there_is_no_score(client):
    answer = client.get("/llms.txt")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith("# ")
    assert "no composite score" in text
    for address in re.findall(r"\((http://testserver[^)]*)\)", text):
        assert client.get(address.removesuffix("?q=")).status_code == 200, address


@pytest.mark.django_db
def test_the_status_says_how_to_name_the_source(client, settings):
    terms = client.get("/api/v1/status/").json()["terms"]
    assert terms["attribution"] == {"zh": settings.SITE_NAME, "en": settings.SITE_NAME_EN}
    assert client.get(terms["url"]).status_code == 200

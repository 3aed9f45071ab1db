"""What is not public stands nowhere: every address of the site, every format and feed, and whatever they link to.

Marked values are planted in all the ways in which something may not be public, then everything is read that an address leads to.
"""

import json
import re
from collections import Counter
from datetime import timedelta
from urllib.parse import unquote_plus, urlencode, urlsplit

import pytest
from django.utils import timezone

from publicity.bulk import manifest
from publicity.bulk.exporting import export
from publicity.reconcile.vocabulary import PROPERTIES
from publicity.sitemaps import SITEMAPS
from publicity.views.pages import TOPICS
from records.catalog import catalog
from records.dataset import Category
from records.ingest import receive, work
from records.models import AccessToken, Batch, Event, EventCounter
from tests.factories import make_company, make_record
from tests.publicity.walking import ORIGIN, PLACE, addresses, links, patterns, text_of
from tests.sheets import csv_file, example_row, table

pytestmark = pytest.mark.django_db
# No encoding of the site's writes these letters in another way.
MARK = re.compile(r"LEAK[A-Z]+", re.IGNORECASE)
AUTHORISED, GOVERNMENT, PENALTY, LIST = "housingfund-contribution", "tax-arrears_detail", "tax-penalty", "samr-abnormal"
SLUGS = [AUTHORISED, GOVERNMENT, PENALTY, LIST, "samr-registration", "samr-serious_violation"]
FEW = 2


class Planted:
    """A company that is public, and around it everything of it and of others that is not."""

    marks = (
        "LEAKWITHDRAWNNUMBER", "LEAKREPAIREDBODY", "LEAKOVERNUMBER", "LEAKEARLYNUMBER", "LEAKAUTHORISED", "LEAKGOVERNMENT",
        "LEAKSTAGEDNUMBER", "LEAKWRITINGNUMBER", "LEAKCOMPANY", "LEAKPERSON", "LEAKFORMER", "LEAKCOMING",
    )  # fmt: skip

    def __init__(self, staff):
        self.staff, self.today, self.hidden_keys = staff, timezone.localdate(), []
        self.company = make_company("青岚市云汀光学仪器有限公司")
        self.shown = make_record(self.company, PENALTY)
        make_record(self.company, LIST, decided_on="2026-05-18"), make_record(self.company, "tax-credit_rating")
        self.gone = make_company("青岚市LEAKCOMPANY贸易有限公司", legal_representative="LEAKPERSON", former_names=["青岚LEAKFORMER"])
        wrong = self.penalty("LEAKWRONG", decision_no="青测罚字〔2026〕1号")
        self.before = [self.penalty("LEAKWITHDRAWN"), self.penalty("LEAKREPAIRED"), wrong]

    def penalty(self, mark: str, **given):
        values = {"facts": mark, "decision_no": f"{mark}NUMBER", "authority": f"{mark}BODY"}
        return make_record(self.company, PENALTY, **values | given)

    def end(self) -> None:
        """Acts of every kind on what was public, and what never was."""
        reviewer = self.staff.reviewer
        withdrawn, repaired, wrong = self.before
        withdrawn.withdraw(by=reviewer, because="LEAKREASON")
        repaired.repair(by=reviewer, because="LEAKREASON")
        wrong.correct({"facts": "已更正", "authority": "青岚市税务局"}, by=reviewer, because="LEAKREASON")
        self.gone.records.get().withdraw(by=reviewer, because="LEAKREASON")
        self.penalty("LEAKOVER", published_until=self.today)
        expired = self.penalty("LEAKEXPIRED", published_until=self.today)
        assert expired.expire()
        # No act makes one of these, so the log does not hide that it is there; its values must not be seen all the same.
        self.penalty("LEAKEARLY", published_from=self.today + timedelta(9))
        never = [make_record(self.company, AUTHORISED, authority="LEAKAUTHORISED")]
        never.append(make_record(self.company, GOVERNMENT, authority="LEAKGOVERNMENT"))
        make_record(self.company, PENALTY, person_id="LEAKWITHHELD", key="b" * 26)
        self.hidden_keys = [record.key for record in never]

    def stage(self) -> None:
        """A report that nobody has published yet, and one that is being published at this moment."""
        other_codes = dict.fromkeys(("registration_no", "org_code", "tax_no"))
        row = example_row(PENALTY, uscc=self.company.code, company_name=self.company.name, facts="LEAKSTAGED",
                          decision_no="LEAKSTAGEDNUMBER", **other_codes)  # fmt: skip
        batch = receive(csv_file(table([row])), dataset=catalog().datasets[PENALTY], file_name="LEAKFILE.csv", by=self.staff.importer)
        work.run(batch.pk)
        assert "LEAKSTAGED" in str(list(batch.staged.values_list("values")))
        following = EventCounter.objects.get().last + 1
        Batch.objects.create(
            dataset=PENALTY, file="x", file_name="LEAKFILE", file_size=1, file_sha256="0" * 64, uploaded_by=self.staff.importer,
            reviewed_by=self.staff.reviewer, state=Batch.State.PUBLISHING, first_event=following,
        )  # fmt: skip
        self.hidden_keys.append(self.penalty("LEAKWRITING").key)
        make_company("青岚市LEAKCOMING贸易有限公司")

    def values(self) -> dict[str, list[str]]:
        """What may stand in an address, also what nobody should be told of."""
        keys = [self.shown.key, *(record.key for record in self.before), *self.hidden_keys, "b" * 26]
        made, _ = manifest.current()
        return {
            "code": [self.company.code, self.gone.code], "category": [str(category) for category in Category],
            "key": keys, "slug": SLUGS, "topic": [*TOPICS], "section": [*SITEMAPS], "name": ["status", "region"], "rest": ["nothing"],
            "agency": ["samr", "tax"], "number": [str(number) for number in range(1, Event.objects.head() + 1)],
            "path": [manifest.NAME, *(file.path for file in made.all_files())],
        }  # fmt: skip


class Walk:
    """Reads an address once, finds no mark in it but those that were asked for, and remembers where it leads."""

    def __init__(self, client, planted: Planted):
        self.client, self.planted, self.seen, self.queue, self.shapes = client, planted, {}, [], Counter()

    def read(self, path: str, **body) -> str:
        send = self.client.post if body else self.client.get
        response = send(path, **body)
        text = text_of(response)
        question = unquote_plus(path) + str(body)
        found = {mark.upper() for mark in MARK.findall(text)} - {mark.upper() for mark in MARK.findall(question)}
        assert not found, (path, body, found)
        keys = [key for key in self.planted.hidden_keys if key in text and key not in question]
        assert not keys, (path, "names a record that never was public")
        self.seen[path] = response.status_code
        self.queue.extend([response["Location"].removeprefix(ORIGIN)] if "Location" in response else links(path, text))
        return text

    def follow(self) -> None:
        """Where the answers lead, a few of each shape."""
        while self.queue:
            path = self.queue.pop()
            shape = re.sub(r"=[^&]*", "=", re.sub(r"\d[\d-]*|[0-9a-z]{26}|(?<=/)(datasets|lists|help|codes|static|full)/.+", "*", path))
            if path in self.seen or path.startswith(("/admin", "/en/admin", "/static", "/display")):
                continue
            self.shapes[shape] += 1
            if self.shapes[shape] <= FEW:
                self.read(path)


@pytest.fixture
def planted(staff, client, settings, monkeypatch):
    """The world of the tests: exports made before and after, a token used, so that whatever remembers has something to tell."""
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"public": "1000000/5min"}}
    # Files of a few datasets stand for all, of those that are public only: the others are described in the same way.
    monkeypatch.setattr("publicity.bulk.exporting.public_datasets", lambda: [one for one in catalog().of() if one.slug in SLUGS])
    made = Planted(staff)
    export()
    made.end()
    token, text = AccessToken.issue(
        by=staff.administrator, holder="LEAKHOLDER", level="government", datasets=[AUTHORISED, GOVERNMENT], because="LEAKREASON",
        expires_on=made.today + timedelta(9),
    )  # fmt: skip
    token.confirm(by=staff.reviewer)
    told = client.get(f"/api/v1/restricted/companies/{made.company.code}/records/", headers={"Authorization": f"Bearer {text}"})
    assert {mark.upper() for mark in MARK.findall(told.content.decode())} >= {"LEAKAUTHORISED", "LEAKGOVERNMENT"}
    export()
    made.stage()
    return made


def asked(client, words: list[str]):
    """Every question of the API with each of these words, the searches of the pages, and all that is asked by POST."""
    document = client.get("/api/v1/schema/").json()
    for route, item in document["paths"].items():
        names = [one["name"] for one in item.get("get", {}).get("parameters", []) if one["in"] == "query" and free(one["schema"])]
        for name in names if "{" not in route else ():
            yield from (f"{route}?{urlencode({name: word})}" for word in words)
    for word in words:
        for language in ("", "/en"):
            yield from (f"{language}/{path}?{urlencode({'q': word})}" for path in (
                "search/", "search/suggest/", "search/companies.csv", f"lists/{LIST}/",
            ))  # fmt: skip
        yield f"/reconcile/suggest/entity?{urlencode({'prefix': word})}"
        yield f"/reconcile/flyout/entity?{urlencode({'id': word})}"
        yield f"/reconcile/?{urlencode({'queries': json.dumps({'a': {'query': word, 'properties': [{'pid': 'code', 'v': word}]}})})}"
    yield from ("/reconcile/suggest/property?prefix=a", "/reconcile/suggest/type?prefix=a", "/reconcile/properties?type=subject")


def free(schema: dict) -> bool:
    """A parameter that takes any text."""
    return schema["type"] == "string" and not {"enum", "format"} & schema.keys()


def sent(planted: Planted, words: list[str]):
    """What is asked by POST: addresses and bodies."""
    form = "application/x-www-form-urlencoded"
    ids = [planted.company.code, planted.gone.code]
    extend = {"ids": ids, "properties": [{"id": one} for one in PROPERTIES]}
    for name in ("check", "certificate"):
        yield f"/api/v1/{name}/", {"data": json.dumps({"items": [*ids, *words]}), "content_type": "application/json"}
    queries = {str(number): {"query": word} for number, word in enumerate(words[:20])}
    for told in ({"queries": json.dumps(queries)}, {"extend": json.dumps(extend)}):
        yield "/reconcile/", {"data": urlencode(told), "content_type": form}
    for language in ("", "/en"):
        for wanted in ("", "csv", "certificate"):
            yield f"{language}/check/", {"data": {"lines": "\n".join([*ids, *words]), "format": wanted}}


def test_no_address_and_nothing_it_leads_to_tells_what_is_not_public(client, planted):
    walk, values = Walk(client, planted), planted.values()
    walk.queue = [path for path, _ in addresses(values)]
    for path in {*walk.queue}:
        walk.read(path)
    for path in asked(client, ["云汀", planted.company.code]):
        walk.read(path)
    for path, body in sent(planted, ["云汀"]):
        walk.read(path, **body)
    walk.follow()
    assert {walk.seen[f"/bulk/{path}"] for path in values["path"]} == {200}
    assert {walk.seen[f"/api/v1/records/{record.key}/"] for record in planted.before[:2]} == {410}
    assert {walk.seen[f"/api/v1/records/{key}/"] for key in planted.hidden_keys} == {404}
    answered = {urlsplit(path).path for path, status in walk.seen.items() if status in (200, 301, 302, 308)}
    for route, pattern in patterns():
        shape = "[^/]+".join(map(re.escape, PLACE.split(route)[::2]))
        closed = pattern.name == "api-unknown" or "/restricted/" in route
        assert closed or any(re.fullmatch(shape, path) for path in answered), f"{route} was never read"


def test_nobody_finds_by_asking_what_is_not_public(client, planted):
    walk = Walk(client, planted)
    # Without their last letter: an answer may repeat what it was asked, and may not complete it.
    words = [planted.gone.code, *planted.hidden_keys, "LEAK", *(mark[:-1] for mark in planted.marks)]
    for path in asked(client, words):
        walk.read(path)
    for path, body in sent(planted, words):
        walk.read(path, **body)
    assert {status for path, status in walk.seen.items() if "/search" in path} == {200}
    assert {walk.seen[path] for path in ("/api/v1/check/", "/api/v1/certificate/", "/check/", "/en/check/", "/reconcile/")} == {200}

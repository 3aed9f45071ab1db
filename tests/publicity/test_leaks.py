"""What is not public stands nowhere: a walk over every address, format and feed that can be reached from the front door."""

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace
from urllib.parse import urldefrag, urlencode, urlsplit

import pytest
from django.utils import timezone

from publicity.bulk.exporting import export
from records import registration
from records.catalog import catalog
from records.dataset import Disclosure
from records.models import Batch, Event, EventCounter
from tests.factories import end_record, make_code, make_company, make_record

pytestmark = pytest.mark.django_db
ORIGIN = "http://testserver"
LINK = re.compile(r"""(?:href|src|action)="([^"#]+)|<loc>([^<]+)|"(https?://testserver/[^"\s]+|/[a-z][^"\s]*)\"""")
# Walked to their ends elsewhere, and the same for every dataset: a few of each are enough here.
SAMPLED = re.compile(r"^(/en)?/(datasets/(?!tax-|samr-abnormal)|lists/(?!samr-|tax-)|help/|static/|api/v1/datasets/(?!tax-))")
SEEDS = ["/", "/sitemap.xml", "/robots.txt", "/llms.txt", "/api/v1/", "/api/v1/schema/", "/reconcile/", "/bulk/", "/healthz", "/readyz"]
SECRET = "泄漏标记"
FEW = 3


def secrets(company) -> list[str]:
    """One record of each kind that may not be seen; the texts that would betray it."""
    told = []

    def tell(record) -> None:
        told.extend([record.key, record.document_no])

    tell(make_record(company, "tax-arrears_detail", document_no=f"{SECRET}政务"))
    tell(make_record(company, "housingfund-contribution", document_no=f"{SECRET}授权"))
    for kind in (Event.Kind.WITHDRAWN, Event.Kind.REPAIRED, Event.Kind.EXPIRED):
        record = make_record(company, "tax-penalty", facts=f"{SECRET}{kind}", decision_no=f"{SECRET}{kind}号")
        end_record(record, kind)
        told.append(record.document_no)
    over = make_record(company, published_until=timezone.localdate(), decision_no=f"{SECRET}期满")
    early = make_record(company, published_from=timezone.localdate().replace(year=2999), decision_no=f"{SECRET}未到期")
    told.extend([over.document_no, early.document_no])
    make_record(company, "tax-penalty", person_id=f"{SECRET}证件")
    return [*filter(None, told), SECRET]


def text_of(response) -> str:
    """Everything an answer holds: its headers and its body, archives unpacked."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    head = " ".join(f"{name}: {value}" for name, value in response.items())
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:2] == b"PK":
        archive = zipfile.ZipFile(io.BytesIO(content))
        content = b"\n".join(archive.read(name) for name in archive.namelist())
    return head + content.decode("utf-8", "replace")


def links(path: str, text: str):
    for found in LINK.finditer(text):
        address = next(filter(None, found.groups())).replace("&amp;", "&").removeprefix(ORIGIN)
        if address.startswith("/") and not address.startswith("//") and "{" not in address:
            yield urldefrag(address).url
        elif address.startswith("?"):
            yield urlsplit(path).path + urldefrag(address).url


def test_nothing_that_is_not_public_can_be_reached(client):
    company = make_company("青岚市云汀光学仪器有限公司")
    make_record(company, "samr-abnormal", decided_on="2026-05-18"), make_record(company, "tax-credit_rating")
    export()
    told = secrets(company)
    export()
    queue, seen, counts = [*SEEDS, *(f"/search/?q={one}" for one in told), f"/record/{told[0]}/"], set(), {}
    while queue:
        path = queue.pop()
        shape = re.sub(r"=[^&]*", "=", re.sub(r"\d+|[0-9a-z]{26}", "*", path)) if SAMPLED.match(path) else path
        general = re.sub(r"^(/en)?/(\w+)/[^/]+", r"\1/\2/*", shape) if SAMPLED.match(path) else shape
        counts[general] = counts.get(general, 0) + 1
        if path in seen or counts[general] > FEW or path.startswith(("/admin", "/en/admin", "/display")):
            continue
        seen.add(path)
        response = client.get(path)
        text = text_of(response)
        # What was asked for stands in the answer to a search, and nowhere else.
        searched = "/search/" in path or path.endswith(f"{told[0]}/")
        assert searched or not [one for one in told if one in text], path
        if response.status_code in (301, 302, 308):
            queue.append(response["Location"].removeprefix(ORIGIN))
        elif not searched:
            queue.extend(links(path, text))
    families = {re.sub(r"[^/]+$", "", urlsplit(path).path) for path in seen}
    assert len(seen) > 100
    assert {"/", f"/company/{company.code}/", "/lists/samr-abnormal/", "/api/v1/events/", "/reconcile/"} <= families
    assert {"/bulk/full/", "/bulk/deltas/"} <= {re.sub(r"(deltas/).*", r"\1", family) for family in families}


def test_searches_suggestions_and_tables_do_not_find_it_either(client):
    company = make_company("青岚市云汀光学仪器有限公司")
    told = secrets(company)
    for one in told:
        for path in (f"/search/?q={one}", f"/api/v1/companies/?q={one}", f"/api/v1/records/?document_no={one}"):
            assert re.sub(re.escape(one), "", text_of(client.get(path))).count(SECRET) == 0, path
            results = client.get(path).json().get("results") if "/api/" in path else None
            assert not results, path
    asked = {"ids": [company.code], "properties": [{"id": "lists"}, {"id": "ratings"}]}
    form = urlencode({"extend": json.dumps(asked)})
    answer = client.post("/reconcile/", form, content_type="application/x-www-form-urlencoded")
    assert answer.json()["rows"][company.code] == {"lists": [], "ratings": []}


def test_a_company_withdrawn_or_to_come_is_in_no_suggestion_facet_or_table(client, reviewer):
    shown = make_company("青岚市云汀光学仪器有限公司")
    gone = make_company("青岚市云汀消失贸易有限公司", status="revoked", code=make_code(region="440305"), legal_representative=SECRET)
    make_record(gone, "samr-abnormal")
    gone.records.get(dataset="samr-registration").withdraw(by=reviewer, because="误报")
    coming = make_company("青岚市云汀未来贸易有限公司", status="revoked", code=make_code(region="440305"), legal_representative=SECRET)
    EventCounter.objects.update(last=coming.id - 1)
    for path in ("search/", "search/suggest/", "search/companies.csv"):
        for query in ("云汀", "yunting", gone.code, coming.code[-8:], "云汀消失", SECRET):
            text = text_of(client.get(f"/{path}", {"q": query})).replace(f'value="{query}"', "").replace(f"“{query}”", "")
            assert not [word for word in ("消失", "未来", "广东省</span>", "吊销，未注销</span>", SECRET) if word in text], (path, query)
    assert shown.code in text_of(client.get("/search/suggest/", {"q": "云汀"}))


def test_of_a_registration_only_what_anybody_may_see_is_known_to_the_search():
    declared = catalog().datasets["samr-registration"]
    closed = ("legal_representative", "former_names", "industry")
    fields = [replace(field, disclosure=Disclosure.AUTHORIZED) if field.role in closed else field for field in declared.fields]
    values = {"company_name": "青岚市云汀贸易有限公司", "legal_representative": SECRET, "former_names": SECRET, "industry": "F"}
    columns = registration.projection(replace(declared, fields=tuple(fields)), values, make_code())
    assert (columns["name"], columns["legal_representative"], columns["industry"]) == ("青岚市云汀贸易有限公司", "", "")
    assert [name for name, *_ in registration.names(replace(declared, fields=tuple(fields)), values)] == ["current"]


def test_a_record_that_is_not_public_changes_nothing_that_can_be_seen_of_its_company(client):
    company = make_company("青岚市云汀光学仪器有限公司")
    paths = (f"/company/{company.code}/", f"/api/v1/companies/{company.code}/", f"/api/v1/companies/{company.code}/records/",
             f"/api/v1/events/?company={company.code}")  # fmt: skip
    before = [(client.get(path).get("ETag"), stable(client.get(path))) for path in paths]
    make_record(company, "tax-arrears_detail"), make_record(company, "housingfund-contribution")
    after = [(client.get(path).get("ETag"), stable(client.get(path))) for path in paths]
    for path, was, is_now in zip(paths, before, after, strict=True):
        assert was[1] == is_now[1], path
        assert was[0] == is_now[0] or "events" in path, path


def test_reporting_what_is_not_public_shows_on_no_page_that_it_has_come(client, importer, reviewer):
    # Only the log tells that a number is taken, sealed, since it has no gaps.
    company = make_company("青岚市云汀光学仪器有限公司")
    paths = ("/", "/en/", "/datasets/", "/datasets/tax-arrears_detail/", "/lists/", "/api/v1/", "/api/v1/status/", "/api/v1/datasets/",
             "/api/v1/datasets/tax-arrears_detail/", "/api/v1/companies/", "/api/v1/records/", "/robots.txt", "/sitemap.xml",
             "/feeds/corrections.atom", f"/feeds/company/{company.code}.atom", f"/company/{company.code}/")  # fmt: skip
    before = [stable(client.get(path)) for path in paths]
    for slug in ("tax-arrears_detail", "housingfund-contribution"):
        make_record(company, slug)
        Batch.objects.create(
            dataset=slug, file="x", file_name="x", file_size=1, file_sha256="0" * 64, state=Batch.State.PUBLISHED,
            uploaded_by=importer, reviewed_by=reviewer, published_at=timezone.now(),
        )  # fmt: skip
    for path, was in zip(paths, before, strict=True):
        assert stable(client.get(path)) == was, path


def stable(response) -> str:
    """The body without the number of the log's head, which counts the events of every dataset."""
    return re.sub(r'"(head|resume_after)":\d+|"head":{"number":\d+', "", response.content.decode())

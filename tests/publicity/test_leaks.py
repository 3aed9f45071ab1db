"""What is not public is not found, counted or hinted at; ``test_leaks_everywhere.py`` reads every address for its values."""

import json
import re
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from records import registration
from records.catalog import catalog
from records.dataset import Disclosure
from records.models import Batch, Event, EventCounter
from tests.factories import end_record, make_code, make_company, make_record
from tests.publicity.walking import text_of

pytestmark = pytest.mark.django_db
SECRET = "泄漏标记"


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

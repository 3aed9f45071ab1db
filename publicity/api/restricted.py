"""What is not public, for those who hold a token: ``/api/v1/restricted/``.

An address space of its own, so that no public answer ever depends on who asks and no shared cache can mix them up. Without a valid
token every address here answers 401 before anything is looked up. Each use is written down before its answer is given.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from publicity.api.base import ListView, encoded
from publicity.api.companies import company_gone
from publicity.api.events import AFTER, COMPANY, EventPages
from publicity.api.labels import Addresses, day, label, titles
from publicity.api.pagination import page_by_id
from publicity.api.parameters import COMPANY_CODE, LIMIT, ORDER, RECORD_KEY, SLUG, Parameter, check
from publicity.api.problems import Kind, Problem, not_found
from publicity.api.record_shapes import column, value_of
from publicity.api.selection import SINCE, acted_since
from records.models import AccessToken, AccessUse, Company, Event, Record, origin

REALM = 'Bearer realm="restricted"'
DATASET = Parameter("dataset", "Slug of a dataset.", "信息类目标识。", {"type": "string", "pattern": SLUG}, "mohrss-social_insurance")


class RestrictedView(ListView):
    """An address that answers holders of a token only, never from a cache."""

    # Described to the holders of tokens, in the guide; the public document tells what everybody may ask.
    schema = None

    def get(self, request, **address: str) -> HttpResponse:  # noqa: ARG002 - views read ``self.kwargs``
        self.token, self.shown = holder(request.headers.get("Authorization", "")), 0
        try:
            self.asked = check(request.query_params, self.known_parameters())
            self.addresses = Addresses(request)
            content = encoded(self.answer())
        finally:
            # What was asked, as it was understood: nothing can be put before it to hide it.
            asked = urlencode(getattr(self, "asked", None) or request.query_params.dict())
            self.write_down(f"{request.path}?{asked}" if asked else request.path)
        return HttpResponse(content, content_type=self.media_type)

    def write_down(self, asked: str) -> None:
        """Log this use of the token, also one that asked for too much."""
        where = origin.get()
        AccessUse.objects.create(token=self.token, asked=asked[:500], address=where.address, request=where.request, shown=self.shown)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        if response.status_code == 401:
            given = "Authorization" in request.headers
            response["WWW-Authenticate"] = f'{REALM}, error="invalid_token"' if given else REALM
        return response

    def records(self):
        """What this token may see today: of its datasets, within their publication periods, not withdrawn and not repaired."""
        return Record.objects.disclosable(self.token.audience).filter(dataset__in=self.token.reach())

    def of_dataset(self, rows):
        """Those of the dataset asked for, if any."""
        if "dataset" not in self.asked:
            return rows
        if self.asked["dataset"] not in self.token.reach():
            raise Problem(Kind.FORBIDDEN, "The token does not open this dataset.", "该信息类目不在令牌的范围之内。")
        return rows.filter(dataset=self.asked["dataset"])

    def allow_all(self) -> None:
        """Raises ``Problem`` 403 for a token that opens one company at a time."""
        if self.token.level != AccessToken.Level.GOVERNMENT:
            raise Problem(Kind.FORBIDDEN, "The token is for one company at a time.", "该令牌只能逐个企业查询。")

    def pages(self, rows) -> dict[str, Any]:
        rows = self.of_dataset(rows)
        if (after := acted_since(self.asked)) is not None:
            # A version has the number of the event that published it.
            rows = rows.filter(id__gt=after)
        newest = self.asked.get("order", "newest") == "newest"
        page = page_by_id(rows.select_related("company"), self.cursor, self.limit, newest_first=newest)
        self.shown = len(page.rows)
        return self.paged(page, [restricted_shape(record, self.token, self.addresses) for record in page.rows])


class TokenFacts(RestrictedView):
    """What the token opens, and until when."""

    parameters = ()

    @classmethod
    def known_parameters(cls):
        return ()

    def answer(self) -> dict[str, Any]:
        token = self.token
        return {
            "token": token.prefix,
            "holder": token.holder,
            "level": label(token.audience),
            "expires_on": day(token.expires_on),
            "datasets": [{"slug": one.slug, "title": titles(one)} for one in token.reach().values()],
        }


class CompanyRestricted(RestrictedView):
    """Records of one company."""

    parameters = (ORDER, DATASET, *SINCE)
    path_parameters = (COMPANY_CODE,)

    def answer(self) -> dict[str, Any]:
        company = Company.objects.public().by_code(self.kwargs["code"]).first()
        if company is None:
            raise company_gone(self.kwargs["code"], self.addresses)
        return self.pages(self.records().filter(company=company))


class AllRestricted(RestrictedView):
    """Records of all companies, for holders at government level."""

    parameters = (ORDER, DATASET, *SINCE)

    def answer(self) -> dict[str, Any]:
        self.allow_all()
        return self.pages(self.records())


class RestrictedEvents(RestrictedView, EventPages):
    """Every change of what the token opens, removals included; of one company at a time below government level."""

    record_view = "api-restricted-record"

    @classmethod
    def known_parameters(cls):
        return AFTER, DATASET, COMPANY, LIMIT

    def told(self) -> set[str]:
        return set(self.token.reach())

    def answer(self) -> dict[str, Any]:
        events = self.of_told(self.of_dataset(Event.objects.all()))
        if "company" in self.asked:
            events = self.of_company(events)
        else:
            self.allow_all()
        answer = self.page_after(int(self.asked.get("after", 0)), events)
        self.shown = len(answer["results"])
        return answer


class RecordRestricted(RestrictedView):
    """One record."""

    path_parameters = (RECORD_KEY,)

    @classmethod
    def known_parameters(cls):
        return ()

    def answer(self) -> dict[str, Any]:
        record = self.records().filter(key=self.kwargs["key"]).select_related("company").first()
        if record is None:
            raise not_found()
        self.shown = 1
        return restricted_shape(record, self.token, self.addresses)


class UnknownRestricted(RestrictedView):
    """404 for any other address below, for those who hold a token."""

    def answer(self) -> dict[str, Any]:
        raise not_found()


def holder(header: str) -> AccessToken:
    """The valid token of an ``Authorization`` header. Raises ``Problem`` 401, which does not tell what is wrong with it."""
    scheme, _, text = header.partition(" ")
    token = AccessToken.of_text(text.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Problem(Kind.UNAUTHORIZED, "Send a valid token: Authorization: Bearer …", "请提供有效的访问令牌：Authorization: Bearer …")
    return token


def restricted_shape(record: Record, token: AccessToken, addresses: Addresses) -> dict[str, Any]:
    """A record as the holder of a token may see it."""
    values, dataset = record.disclosed(token.audience), record.declaration
    shown = {field.name for field in values}
    return {
        "id": record.key,
        "url": addresses.of("api-restricted-record", record.key),
        "disclosure": label(dataset.disclosure),
        "category": label(dataset.category),
        "polarity": label(dataset.polarity),
        "dataset": {"slug": dataset.slug, "title": titles(dataset), "url": addresses.of("api-dataset", dataset.slug)},
        "source": {"slug": dataset.agency.slug, "title": titles(dataset.agency)},
        "legal_basis": titles(dataset, "legal_basis"),
        "objection": titles(dataset.agency, "objection"),
        "company": {"code": record.company.code, "name": record.company.name, "url": addresses.of("api-company", record.company.code)},
        "document_no": column(record, "document_no", shown),
        "decided_on": day(column(record, "decided_on", shown)),
        "published_from": day(record.published_from),
        "published_until": day(record.published_until),
        "event": record.id,
        "values": {field.name: value_of(field, value) for field, value in values.items()},
    }

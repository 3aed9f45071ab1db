"""The habits of every address of the API, in one view class and one for lists."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import parse_etags, urlencode
from django.utils.translation import override
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.views import APIView

from publicity.api.labels import CHINESE, Addresses
from publicity.api.pagination import Cursor, Page, page_by_rank
from publicity.api.parameters import CURSOR, LIMIT, PAGE_SIZE, Parameter, bad_value, check, of_filters
from publicity.api.problems import not_found
from publicity.api.schema import PublicSchema
from publicity.api.throttling import PublicThrottle, Quota
from records.catalog import DECLARATIONS
from records.models import Event, EventCounter

CACHED = "public, max-age=60"
SOURCES = ("publicity/**/*.py", "blacklists/**/*.py", "records/**/*.py", "locale/**/*.mo")


class AlwaysJson(BaseContentNegotiation):
    """There is one representation, so nobody is turned away for what they said they accept."""

    def select_parser(self, request, parsers):  # noqa: ARG002 - DRF's shape
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class PublicView(APIView):
    """An address of the API.

    A view declares ``operation``, ``title``, ``title_zh``, ``text``, ``tag``, ``shape``, ``parameters``, ``statuses``
    and gives ``answer()``; it may give ``version()``, which tells cheaply whether the answer has changed.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = (PublicThrottle,)
    content_negotiation_class = AlwaysJson
    schema = PublicSchema()
    http_method_names = ("get", "head", "options")

    operation = title = title_zh = text = tag = ""
    shape: Any = None
    body_shape: Any = None
    parameters: tuple[Parameter, ...] = ()
    path_parameters: tuple[Parameter, ...] = ()
    statuses: tuple[int, ...] = ()
    media_type = "application/json"
    quota: Quota | None = None

    def answer(self) -> Any:
        """What to send, ready for JSON."""
        raise NotImplementedError

    def version(self) -> tuple | None:
        """What the answer depends on besides address, day and code; None when only the answer itself can tell."""

    @classmethod
    def known_parameters(cls) -> tuple[Parameter, ...]:
        return cls.parameters

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if any(parameter.problem(kwargs[parameter.name]) for parameter in self.path_parameters):
            raise not_found()

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        # Answers hold both languages and must not depend on the one a browser prefers.
        with override(CHINESE):
            return super().dispatch(request, *args, **kwargs)

    def get(self, request, **address: str) -> HttpResponse:  # noqa: ARG002 - views read ``self.kwargs``
        self.asked = check(request.query_params, self.known_parameters())
        self.addresses = Addresses(request)
        version = self.version()
        tag = version and _tag(repr((version, request.build_absolute_uri(), timezone.localdate(), build())).encode())
        if tag and self.unchanged(tag):
            return self.not_modified(tag)
        answer = self.answer()
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        tag = tag or _tag(content)
        if self.unchanged(tag):
            return self.not_modified(tag)
        response = HttpResponse(content, content_type=self.media_type)
        response["ETag"] = tag
        response["Cache-Control"] = CACHED
        return response

    def options(self, request, **address: str) -> HttpResponse:  # noqa: ARG002
        return HttpResponse(status=204)

    def unchanged(self, tag: str) -> bool:
        """True when the client has this version (weak comparison, RFC 9110 section 13.1.2)."""
        known = parse_etags(self.request.headers.get("If-None-Match", ""))
        return tag in (one.removeprefix("W/") for one in known)

    def not_modified(self, tag: str) -> HttpResponse:
        if self.quota:
            self.quota.give_back()
        return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": CACHED})

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.quota.headers() if self.quota else {}).items():
            response[name] = value
        response["Vary"] = "Accept-Encoding"
        return response


class ListView(PublicView):
    """A list in pages: ``{"next", "previous", "results"}`` and the same two as ``Link`` headers."""

    filters: Any = None

    @classmethod
    def known_parameters(cls) -> tuple[Parameter, ...]:
        return (*cls.parameters, *(of_filters(cls.filters) if cls.filters else ()), LIMIT, CURSOR)

    @property
    def limit(self) -> int:
        return int(self.asked.get("limit", PAGE_SIZE))

    @property
    def cursor(self) -> Cursor | None:
        return Cursor.read(self.asked.get("cursor"))

    def filtered(self, rows):
        """The rows that the filters leave."""
        chosen = self.filters(self.asked, queryset=rows)
        for name, errors in {} if chosen.is_valid() else chosen.errors.items():
            raise bad_value(name, self.asked.get(name, ""), "It cannot be used.", " ".join(errors))
        return chosen.qs

    def page_of_declared(self, items: list) -> Page:
        """A page of things that are declared in files, by their place in the catalogue."""
        places, page = page_by_rank([*range(1, len(items) + 1)], self.cursor, self.limit)
        return replace(page, rows=[items[place] for place in places])

    def paged(self, page: Page, results: list, **members: Any) -> dict[str, Any]:
        """The answer for a page whose rows were rendered as ``results``."""
        answer = {
            "next": self.page_at(page.next),
            "previous": self.page_at(page.previous),
            **members,
            "results": results,
        }
        self.links(answer)
        return answer

    def page_at(self, cursor: Cursor | None) -> str | None:
        return cursor and self.with_parameters(cursor=str(cursor))

    def with_parameters(self, **changed: Any) -> str:
        """This address with some parameters changed."""
        return f"{self.addresses.origin}{self.request.path}?{urlencode(self.asked | changed)}"

    def links(self, answer: Mapping[str, Any]) -> None:
        """Remember the ``Link`` header (RFC 8288) of an answer."""
        relations = (("next", "next"), ("previous", "prev"))
        known = [f'<{answer[name]}>; rel="{relation}"' for name, relation in relations if answer.get(name)]
        if known:
            self.headers["Link"] = ", ".join(known)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@functools.cache
def build() -> str:
    """Changes with the code and the declarations: an answer may differ after either was changed."""
    digest = hashlib.sha256()
    sources = [path for pattern in SOURCES for path in settings.BASE_DIR.glob(pattern)]
    for path in sorted([*sources, *DECLARATIONS.rglob("*.toml")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def last_act(company_id: int | None = None) -> tuple[int, int]:
    """The numbers of the last event the public sees and of the last written, about one company or at all.

    Both, because a withdrawal takes a record off the site at once, while a batch that is being written becomes visible
    all at one moment.
    """
    if company_id is None:
        return Event.objects.head(), EventCounter.objects.values_list("last", flat=True).get(id=1)
    about = Event.objects.told().filter(company_id=company_id).order_by("-number").values_list("number", flat=True)
    return Event.objects.last_of(company_id), about.first() or 0

"""The habits of every address of the API, in one view class and one for lists."""

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import override
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.views import APIView

from publicity.api.labels import CHINESE, Addresses
from publicity.api.pagination import Cursor, Page, page_by_rank
from publicity.api.parameters import CURSOR, LIMIT, PAGE_SIZE, Parameter, bad_value, check, of_filters
from publicity.api.problems import not_found
from publicity.api.schema import PublicSchema
from publicity.api.selection import SPARSE, fields_of, sparse
from publicity.api.throttling import PublicThrottle, Quota
from publicity.remembered import Remembered
from publicity.views import caching
from records.catalog import DECLARATIONS

# Answers of this process by what they were made of, in bytes.
ANSWERS = Remembered(room=32 << 20)
SOURCES = ("publicity/**/*.py", "blacklists/**/*.py", "records/**/*.py", "locale/**/*.mo")


@dataclass(frozen=True)
class Made:
    """An answer as it is sent, with its ETag and ``Link``."""

    content: bytes
    tag: str
    link: str | None

    def __len__(self) -> int:
        return len(self.content)


class AlwaysJson(BaseContentNegotiation):
    """There is one representation, so nobody is turned away for what they said they accept."""

    def select_parser(self, request, parsers):  # noqa: ARG002 - DRF's shape
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class PublicView(APIView):
    """An address of the API.

    A view declares ``operation``, ``title``, ``title_zh``, ``text``, ``tag``, ``shape``, ``parameters``, ``statuses``
    and gives ``answer()``; it may give ``version()``, which tells cheaply whether the answer has changed, and
    ``changed_at()``, when it last did.
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
    # The shape of one result, where ``fields`` may choose among its members.
    row_shape: Any = None
    parameters: tuple[Parameter, ...] = ()
    path_parameters: tuple[Parameter, ...] = ()
    statuses: tuple[int, ...] = ()
    media_type = "application/json"
    # Whether parameters nobody knows here are left aside instead of refused.
    takes_others = False
    quota: Quota | None = None

    def answer(self) -> Any:
        """What to send, ready for JSON."""
        raise NotImplementedError

    def version(self) -> tuple | None:
        """What the answer depends on besides address, day and code; None when only the answer itself can tell."""

    def changed_at(self) -> datetime | None:
        """When the answer last changed; None when nobody knows, or a date cannot tell its versions apart."""

    @classmethod
    def known_parameters(cls) -> tuple[Parameter, ...]:
        return (*cls.parameters, *([fields_of(cls.row_shape)] if cls.row_shape else ()))

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if any(parameter.problem(kwargs[parameter.name]) for parameter in self.path_parameters):
            raise not_found()

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        # Answers hold both languages and must not depend on the one a browser prefers.
        with override(CHINESE):
            return super().dispatch(request, *args, **kwargs)

    def state(self) -> tuple | None:
        """What an answer without a version depends on besides address, day and code, so that it can be remembered; None forbids it."""

    def get(self, request, **address: str) -> HttpResponse:  # noqa: ARG002 - views read ``self.kwargs``
        self.asked = check(request.query_params, self.known_parameters(), others=self.takes_others)
        self.addresses = Addresses(request)
        version, changed_at = self.version(), self.changed_at()
        place = request.build_absolute_uri(), timezone.localdate(), build()
        tag = version and _tag(repr((version, *place)).encode())
        if tag and caching.is_known(request, tag, changed_at):
            return self.not_modified(tag, changed_at)
        state = version or self.state()
        made = ANSWERS.get((state, *place), lambda: self.made(tag)) if state else self.made(tag)
        if caching.is_known(request, made.tag, changed_at):
            return self.not_modified(made.tag, changed_at)
        if made.link:
            self.headers["Link"] = made.link
        media_type = SPARSE if "fields" in self.asked else self.media_type
        return caching.marked(HttpResponse(made.content, content_type=media_type), made.tag, changed_at)

    def made(self, tag: str | None) -> Made:
        answer, fields = self.answer(), self.asked.get("fields")
        content = encoded(sparse(answer, fields) if fields else answer)
        return Made(content, tag or _tag(content), self.headers.get("Link"))

    def not_modified(self, tag: str, changed_at: datetime | None) -> HttpResponse:
        # Who says "*" has no copy to spare us the work for.
        if self.quota and self.request.headers.get("If-None-Match", "").strip() != "*":
            self.quota.give_back()
        return caching.marked(HttpResponse(status=304), tag, changed_at)

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
        return (*super().known_parameters(), *(of_filters(cls.filters) if cls.filters else ()), LIMIT, CURSOR)

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


def encoded(answer: Any) -> bytes:
    """JSON, compact, characters as they are."""
    try:
        return orjson.dumps(answer)
    except TypeError:
        # A whole number of more than 64 bits.
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


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

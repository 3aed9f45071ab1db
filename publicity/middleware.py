"""Response headers that every answer carries, and where a request comes from."""

import re
import uuid

from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers
from rest_framework.throttling import BaseThrottle

from publicity.request_log import current
from publicity.views import errors
from records.models import origin
from records.models.trail import Origin
from records.search import QueryTooLong

_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{8,64}").fullmatch
# A quality of nothing says "not acceptable" (RFC 9110 section 12.4.2); Django reads the name alone.
_NO_GZIP = re.compile(r"\bgzip\s*;\s*q=0(\.0{0,3})?\s*(,|$)", re.IGNORECASE).search


def request_id(get_response):
    """Give every request an id, ``X-Request-ID`` in the answer; one from a front door is kept when it is well formed."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if _REQUEST_ID(given) else uuid.uuid4().hex
        held = current.set(request.id)
        try:
            response = get_response(request)
        finally:
            current.reset(held)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def without_body(get_response):
    """Answer HEAD with the headers of GET, its length among them, and no body (RFC 9110 section 9.3.2).

    Where there is no content, nothing is told of it: a length of nothing is forbidden (section 8.6), and a cache would take the type
    of a 304 for that of what it keeps (RFC 9111 section 3.2).
    """

    def middleware(request):
        response = get_response(request)
        if response.status_code in (204, 304):
            del response["Content-Type"], response["Content-Length"]
        elif request.method == "HEAD" and not response.streaming:
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    return middleware


def request_origin(get_response):
    """Let the audit trail know the address, browser and id of the request; behind proxies as ``NUM_PROXIES`` says."""

    def middleware(request):
        address = BaseThrottle().get_ident(request) or ""
        held = origin.set(Origin(address[:45], request.headers.get("User-Agent", "")[:300], request.id))
        try:
            return get_response(request)
        finally:
            origin.reset(held)

    return middleware


def cut_searches(get_response):
    """Answer kindly when a search was cut because it took too long; the API has an answer of its own."""

    def middleware(request):
        return get_response(request)

    middleware.process_exception = lambda request, exception: (
        errors.query_too_long(request) if isinstance(exception, QueryTooLong) else None
    )
    return middleware


def content_policy(get_response):
    """The content security policy of settings; written once, since hardly any view asks for another (``csp.decorators``)."""
    csp = CSPMiddleware(get_response)
    usual = build_policy()

    def middleware(request):
        response = get_response(request)
        if any(name.startswith("_csp") for name in vars(response)):
            return csp.process_response(request, response)
        response.setdefault("Content-Security-Policy", usual)
        return response

    return middleware


def response_headers(get_response):
    """Switch off what a page of this site never uses, and say that no answer depends on the languages of a browser: addresses do."""
    policy = ", ".join(f"{name}=()" for name in ("camera", "geolocation", "microphone", "payment", "usb"))

    def middleware(request):
        response = get_response(request)
        response.setdefault("Permissions-Policy", policy)
        varies = [name for name in map(str.strip, response.get("Vary", "").split(",")) if name not in ("", "Accept-Language")]
        if "Vary" in response:
            del response["Vary"]
        if varies:
            response["Vary"] = ", ".join(varies)
        return response

    return middleware


def compressed(get_response):
    """Compress what everybody may read, for those who accept it.

    Not files and streams, which have their own length and ranges, and nothing for a reader with a session or a token: an answer that holds
    a secret beside something the sender of a link chose must not tell by its length what they have in common (BREACH).
    A 304 names the version as the copy that the reader keeps is named, which a cache needs to find it (RFC 9111 section 4.3.4).
    """

    compression = GZipMiddleware(get_response)

    def middleware(request):
        response = get_response(request)
        private = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers or response.cookies
        accepted = request.headers.get("Accept-Encoding", "")
        weak = f"W/{response.get('ETag')}"
        if response.status_code == 304 and "gzip" in accepted and weak in request.headers.get("If-None-Match", ""):
            response["ETag"] = weak
        if private or response.streaming or response.status_code != 200:
            return response
        if _NO_GZIP(accepted):
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        return compression.process_response(request, response)

    return middleware

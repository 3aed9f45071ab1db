"""Response headers that every answer carries, and where a request comes from."""

import uuid

from rest_framework.throttling import BaseThrottle

from publicity.views import errors
from records.models import origin
from records.models.trail import Origin
from records.search import QueryTooLong


def request_id(get_response):
    """Give every request an id, ``X-Request-ID`` in the answer; one from a front door is kept when it is well formed."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex
        response = get_response(request)
        response["X-Request-ID"] = request.id
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


def response_headers(get_response):
    """Switch off what a page of this site never uses."""
    policy = ", ".join(f"{name}=()" for name in ("camera", "geolocation", "microphone", "payment", "usb"))

    def middleware(request):
        response = get_response(request)
        response.setdefault("Permissions-Policy", policy)
        return response

    return middleware

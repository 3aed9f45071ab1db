"""What holds for every answer below one of ``PREFIXES``, also for those that no view of the API made."""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from publicity.api import problems

PREFIXES = ("/api/v1", "/reconcile", "/bulk/", "/feeds/")
PAGES = ("/bulk/",)
RESTRICTED = "/api/v1/restricted/"
# Where a question too long for an address is posted. Nothing is written there either.
POSTED = {"/reconcile": "GET, HEAD, POST, OPTIONS", "/api/v1/check": "POST, OPTIONS", "/api/v1/certificate": "POST, OPTIONS"}
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Allow, Content-Range, ETag, Last-Modified, Link, Location, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, "
        "X-RateLimit-Reset, X-Request-ID"
    ),
    # For programs. What a web search engine shows of a record it would keep showing after the record has left the site.
    "X-Robots-Tag": "noindex",
}
PREFLIGHT = {
    # Whatever else a client sends does no harm (``traceparent``, a name of its own); the star never covers Authorization (Fetch standard).
    "Access-Control-Allow-Headers": (
        "*, Accept, Accept-Language, Cache-Control, Content-Type, If-Modified-Since, If-None-Match, If-Range, Range, X-Requested-With"
    ),
    "Access-Control-Max-Age": "86400",
}


def public_api(get_response: Callable) -> Callable:
    """Let any website read the API: CORS on every answer, preflight and errors included, and no error that is a page."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES) or request.path_info in PAGES:
            return get_response(request)
        response = _refusal(request) or _options(request) or get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != problems.MEDIA_TYPE:
            response = problems.answer(problems.of_status(response.status_code), request)
        if "Allow" in response or response.status_code == 405:
            response["Allow"] = _methods(request)
        for name, value in HEADERS.items():
            response[name] = value
        # Every answer holds both languages and knows no session; only what is not public depends on who asks.
        response["Vary"] = "Authorization, Accept-Encoding" if request.path_info.startswith(RESTRICTED) else "Accept-Encoding"
        return response

    return middleware


def _refusal(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request for a host that is not ours, of which no address can be told."""
    try:
        request.get_host()
    except DisallowedHost:
        return problems.answer(problems.of_status(400), request)
    return None


def _methods(request: HttpRequest) -> str:
    return POSTED.get(request.path_info.rstrip("/"), "GET, HEAD, OPTIONS")


def _options(request: HttpRequest) -> HttpResponse | None:
    """The answer to a preflight, and to anybody else who asks what is allowed."""
    if request.method != "OPTIONS":
        return None
    methods = _methods(request)
    return HttpResponse(status=204, headers=PREFLIGHT | {"Access-Control-Allow-Methods": methods, "Allow": methods})

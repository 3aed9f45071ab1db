"""Pages for what went wrong. None of them needs the database."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from publicity.endings import Ending


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "400.html", {"problem": str(exception or "")}, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's shape
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's shape
    return render(request, "404.html", status=404)


def gone(request: HttpRequest, ending: Ending | None) -> HttpResponse:
    """What may still be said of what is no longer public; 404 for what never was."""
    if ending is None:
        raise Http404
    return render(request, "410.html", {"ending": ending}, status=410)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without context processors: whatever failed must not fail here again."""
    return HttpResponse(render_to_string("500.html", {"request_id": getattr(request, "id", "")}), status=500)


def query_too_long(request: HttpRequest) -> HttpResponse:
    """A search that was cut (``records.search.within``); no cache may keep the answer."""
    response = render(request, "503.html", {"query": request.GET.get("q", "")}, status=503)
    response["Cache-Control"] = "no-store"
    return response

"""Response headers that every answer carries."""

import uuid


def request_id(get_response):
    """Give every request an id, ``X-Request-ID`` in the answer; one from a front door is kept when it is well formed."""

    def middleware(request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex
        response = get_response(request)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def response_headers(get_response):
    """Switch off what a page of this site never uses."""
    policy = ", ".join(f"{name}=()" for name in ("camera", "geolocation", "microphone", "payment", "usb"))

    def middleware(request):
        response = get_response(request)
        response.setdefault("Permissions-Policy", policy)
        return response

    return middleware

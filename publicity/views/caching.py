"""How long answers may be kept, and when they are still the same."""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from publicity.context import display_classes
from records.catalog import DECLARATIONS


def public_page(seconds: int) -> Callable:
    """Let shared caches keep a page for some seconds. The display cookies are all that makes readers differ."""

    def decorate(view):
        @require_safe
        @functools.wraps(view)
        def wrapped(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["Cookie"])
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, public=True, max_age=seconds if response.status_code < 400 else 0)
            return response

        return wrapped

    return decorate


@functools.cache
def release() -> str:
    """A digest of templates, stylesheet and declarations: a new release makes every remembered page stale."""
    digest = hashlib.sha256()
    for root in (
        settings.BASE_DIR / "templates",
        settings.BASE_DIR / "static",
        settings.BASE_DIR / "locale",
        DECLARATIONS,
    ):
        for path in sorted(Path(root).rglob("*.*")):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def unless_unchanged(request: HttpRequest, parts: tuple, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """304 when the reader holds the page made of the same parts on the same day, else the answer with its ETag."""
    told = (*parts, timezone.localdate(), get_language(), *display_classes(request), release())
    etag = f'W/"{hashlib.sha256(repr(told).encode()).hexdigest()[:24]}"'
    response = get_conditional_response(request, etag=etag) or answer()
    response["ETag"] = etag
    return response

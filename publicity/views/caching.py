"""How long answers may be kept, and when they are still the same."""

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import http_date, parse_etags
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from publicity.context import display_classes
from publicity.remembered import Remembered
from records.catalog import DECLARATIONS
from records.models import Event

MINUTE = 60
# Pages of this process by their ETag and address, in bytes.
PAGES = Remembered(room=32 << 20)


def public_page(seconds: int) -> Callable:
    """Let shared caches keep a page for some seconds. The display cookies are all that makes readers differ.

    Nothing is ever sent to such a page: who tries is told what is allowed (405), not that a token is missing.
    """

    def decorate(view):
        @csrf_exempt
        @require_safe
        @functools.wraps(view)
        def wrapped(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["Cookie"])
            if not response.has_header("Cache-Control"):
                seconds_left = fresh_for(seconds) if response.status_code < 400 else 0
                patch_cache_control(response, public=True, max_age=seconds_left)
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


@functools.cache
def released_at() -> float:
    """When the newest file of the site was written: what it makes of the same data may have changed then."""
    roots = (settings.BASE_DIR / name for name in ("publicity", "records", "blacklists", "templates", "static", "locale"))
    return max(path.stat().st_mtime for root in roots for path in Path(root).rglob("*.*") if path.is_file())


def unless_unchanged(
    request: HttpRequest,
    parts: tuple,
    changed_at: datetime | None,
    answer: Callable[[], HttpResponse],
    *,
    remember: bool = False,
) -> HttpResponse:
    """304 when the reader holds the page made of the same parts on the same day, else the answer with its ETag.

    A page to ``remember`` is drawn once for all who ask for it while its parts are the same.
    """
    told = (*parts, timezone.localdate(), get_language(), *display_classes(request), release())
    etag = f'W/"{hashlib.sha256(repr(told).encode()).hexdigest()[:24]}"'
    if is_known(request, etag, changed_at):
        return marked(HttpResponse(status=304), etag, changed_at)
    response = _remembered((etag, request.build_absolute_uri()), answer) if remember else answer()
    return marked(response, etag, changed_at) if response.status_code == 200 else response


def while_log_stands(request: HttpRequest, answer: Callable[[int | None], HttpResponse]) -> HttpResponse:
    """An answer made of many companies as of an event, drawn once for all who ask for it until the next public act."""
    clock = Event.objects.state()
    return unless_unchanged(request, clock, None, lambda: answer(clock[0]), remember=True) if clock else answer(None)


def _remembered(place: tuple[str, str], answer: Callable[[], HttpResponse]) -> HttpResponse:
    """The page of this place; what is no page (an error, an address elsewhere) is made for each who asks."""
    made: list[HttpResponse] = []

    def draw() -> bytes | None:
        made.append(answer())
        return made[0].content if made[0].status_code == 200 else None

    content = PAGES.get(place, draw)
    return made[0] if made else HttpResponse(content)


def is_known(request: HttpRequest, etag: str, changed_at: datetime | None) -> bool:
    """Whether the client holds this version: by its ETag, compared weakly, or by exactly its date (RFC 9110, section 13).

    A later date than ours is no proof: a client that made it up may have asked just before the change.
    """
    known = request.headers.get("If-None-Match")
    if known is not None:
        return known.strip() == "*" or etag.removeprefix("W/") in (one.removeprefix("W/") for one in parse_etags(known))
    return changed_at is not None and request.headers.get("If-Modified-Since") == _date(changed_at)


def marked(response: HttpResponse, etag: str, changed_at: datetime | None) -> HttpResponse:
    """The answer with what identifies its version and how long it may be kept."""
    response["ETag"] = etag
    if changed_at is not None:
        response["Last-Modified"] = _date(changed_at)
    response["Cache-Control"] = f"public, max-age={fresh_for(MINUTE)}"
    return response


def _date(changed_at: datetime) -> str:
    return http_date(max(changed_at.timestamp(), released_at()))


def fresh_for(seconds: int) -> int:
    """So many seconds, but not past midnight: then publication periods end, and what they end for may not be served again."""
    now = timezone.localtime()
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(seconds, int((midnight - now).total_seconds()))

"""Handing out the files of the newest export: ranges, validators, and nothing that has stopped being public since."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import http_date, parse_etags, parse_http_date_safe
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from publicity.api import problems
from publicity.bulk.catalogues import TERMS, TERMS_EN
from publicity.bulk.manifest import NAME, File, Manifest, Part, current, held_back
from publicity.bulk.rows import FTM
from publicity.views.caching import public_page

BLOCK = 256 * 1024
# Short, because what is recalled has to leave shared caches too; asking again with the ETag costs nothing.
CACHED = "public, max-age=60"
RETRY_SECONDS = 600
_TYPES = {".gz": "application/gzip", ".json": "application/json", ".jsonld": "application/ld+json"}


@public_page(60)
def index(request):
    """What there is to download, how big, as of when, on which terms."""
    manifest = (current() or (None,))[0]
    tables = [part for name, part in manifest.parts.items() if name != FTM] if manifest else []
    parts = sorted(tables, key=lambda part: -part.rows)
    shown = [_line(part) for part in parts if part.rows or _deltas(part)]
    context = {"manifest": manifest, "parts": shown, "empty": len(parts) - len(shown)}
    if manifest:
        context["ftm"] = manifest.parts[FTM].files[0]
        context["exported_at"] = datetime.fromisoformat(manifest.exported_at)
    return render(request, "bulk.html", context | {"terms": TERMS, "terms_en": TERMS_EN})


def _line(part: Part) -> dict:
    full = {file.format: file for file in part.files if file.kind == "full"}
    title = part.title_en if (get_language() or "").startswith("en") else part.title
    return {"title": title, "part": part, "ndjson": full["ndjson"], "csv": full["csv"], "deltas": _deltas(part)[-1:]}


def _deltas(part: Part) -> list[File]:
    return [file for file in part.files if file.kind == "delta"]


@csrf_exempt
@require_safe
def file(request, path):
    """A file of the newest export; 503 while it may hold something that has stopped being public since it was made."""
    manifest, directory = current() or (None, None)
    found = find(manifest, path) if manifest else None
    if found is None:
        return problems.answer(problems.not_found(), request)
    name, etag = found
    if name and held_back(name, manifest):
        return problems.answer(_held_back(), request)
    modified = datetime.fromisoformat(manifest.exported_at).timestamp()
    try:
        return send(request, directory / path, f'"{etag}"', int(modified))
    except FileNotFoundError:
        # The next export came between the two looks.
        return problems.answer(_held_back(), request)


def find(manifest: Manifest, path: str) -> tuple[str, str] | None:
    """The part a file belongs to ("" for descriptions) and what its content is known by; None when it is not in the export."""
    if path == NAME:
        return "", manifest.sha256[:32]
    for name, part in (("", manifest), *manifest.parts.items()):
        for known in part.files:
            if known.path == path:
                return name, known.sha256[:32]
    return None


def _held_back() -> problems.Problem:
    return problems.Problem(
        problems.Kind.UNAVAILABLE,
        "Something in this file is no longer public. A new one is being made; the events feed tells what has changed.",
        "该文件中有信息已停止公示，正在重新生成；变化见公示日志接口。",
        retry_after=RETRY_SECONDS,
    )


def send(request: HttpRequest, path: Path, etag: str, modified: int) -> HttpResponse:
    """A file whole, in part (RFC 9110 section 14, one range), or 304 when the client has it."""
    size = path.stat().st_size
    headers = {"ETag": etag, "Last-Modified": http_date(modified), "Cache-Control": CACHED, "Accept-Ranges": "bytes"}
    if _another_wanted(request, etag, modified):
        return problems.answer(problems.of_status(412), request)
    if _known(request, etag, modified):
        return HttpResponse(status=304, headers=headers)
    wanted = _range(request, size, etag, modified)
    first, last = wanted or (0, size - 1)
    if first > last:
        answer = problems.answer(problems.of_status(416), request)
        answer["Content-Range"] = f"bytes */{size}"
        return answer
    headers["Content-Length"] = str(last - first + 1)
    if wanted:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    kind = _TYPES.get(path.suffix, "text/plain; charset=utf-8")
    body = () if request.method == "HEAD" else _blocks(path, first, last - first + 1)
    return StreamingHttpResponse(body, status=206 if wanted else 200, headers=headers, content_type=kind)


def _another_wanted(request: HttpRequest, etag: str, modified: int) -> bool:
    """Whether who asks wants to go on with another version of the file than there is (RFC 9110, section 13.2.2)."""
    if asked := request.headers.get("If-Match"):
        return not any(one in ("*", etag) for one in parse_etags(asked))
    since = parse_http_date_safe(request.headers.get("If-Unmodified-Since", ""))
    return since is not None and modified > since


def _known(request: HttpRequest, etag: str, modified: int) -> bool:
    if asked := request.headers.get("If-None-Match"):
        return any(one in ("*", etag) for one in (known.removeprefix("W/") for known in parse_etags(asked)))
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and modified <= since


def _range(request: HttpRequest, size: int, etag: str, modified: int) -> tuple[int, int] | None:
    """First and last byte asked for; None for the whole file; first after last when there are no such bytes.

    Several ranges, and ranges of another version (``If-Range``), are answered with the whole.
    """
    found = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", request.headers.get("Range", "").replace(" ", ""), re.IGNORECASE)
    if request.method != "GET" or not found or not any(found.groups()):
        return None
    if request.headers.get("If-Range", etag) not in (etag, http_date(modified)):
        return None
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size - 1) if int(last) else (size, size - 1)
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last or size), size - 1)


def _blocks(path: Path, first: int, count: int) -> Iterator[bytes]:
    with path.open("rb") as opened:
        opened.seek(first)
        while count and (block := opened.read(min(BLOCK, count))):
            count -= len(block)
            yield block

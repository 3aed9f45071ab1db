"""Atom feeds (RFC 4287) of what changed: of a company, of a list, and of corrections; tombstones (RFC 6721) for what is gone.

An entry is a record, its id the same for all versions; it tells who, what, by whom and until when, never the values.
"""

import hashlib
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from blacklists.models import lists
from publicity.api import problems
from publicity.api.companies import company_gone
from publicity.api.labels import CHINESE, Addresses
from records.catalog import catalog
from records.models import Company, Event, Record

ATOM, TOMBSTONES = "http://www.w3.org/2005/Atom", "http://purl.org/atompub/tombstones/1.0"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MEDIA_TYPE = "application/atom+xml"
ENTRIES, READ = 50, 400
# Names below ours for ids (RFC 4122): a record keeps its id on every host the site is read from.
IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:enterprise-credit-publicity")
CORRECTIONS = (Event.Kind.CORRECTED, Event.Kind.WITHDRAWN, Event.Kind.REPAIRED, Event.Kind.RESTORED)
# XML 1.0 has no way to write these.
_CONTROLS = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
ET.register_namespace("", ATOM)
ET.register_namespace("at", TOMBSTONES)


@dataclass(frozen=True)
class Change:
    """The last thing that happened to a record: ``record`` when it is public, else only how it went."""

    key: str
    at: datetime
    kind: str
    dataset: str
    record: Record | None


@dataclass(frozen=True)
class Page:
    """Changes, last first; ``older`` is the number before which there may be others, None when there are none."""

    changes: list[Change]
    older: int | None


def page_of(events: QuerySet, request: HttpRequest) -> Page:
    """The records that events are about, last changed first, each once; none that never was public. ``?before=`` goes on from a number."""
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        events = events.filter(number__lt=int(before))
    last: dict[str, Event] = {}
    read = list(events.order_by("-number")[: READ + 1])
    for event in read[:READ]:
        if len(last) == ENTRIES and event.record_key not in last:
            return Page(_changes(last), event.number + 1)
        last.setdefault(event.record_key, event)
    return Page(_changes(last), read[READ].number + 1 if len(read) > READ else None)


def _changes(last: dict[str, Event]) -> list[Change]:
    public = {record.key: record for record in Record.objects.public().filter(key__in=last).select_related("company")}
    gone = _gone([key for key in last if key not in public])
    found = [Change(key, last[key].at, last[key].kind, last[key].dataset, record) for key, record in public.items()]
    return sorted([*found, *gone], key=lambda change: (change.at, change.key), reverse=True)


def _gone(keys: list[str]) -> list[Change]:
    """How records went that were public once: by an event, or because their period was over."""
    known = Record.objects.filter(key__in=keys, id__lte=Event.objects.head(), published_from__lte=timezone.localdate())
    versions = {record.key: record for record in known.order_by("id").only("key", "dataset", "ended_event", "published_until")}
    ends = Event.objects.in_bulk([record.ended_event for record in versions.values() if record.ended_event])
    found = []
    for key, record in versions.items():
        end = ends.get(record.ended_event)
        if end or record.published_until:
            at = end.at if end else timezone.make_aware(datetime.combine(record.published_until, time()))
            found.append(Change(key, at, end.kind if end else Event.Kind.EXPIRED, record.dataset, None))
    return found


@csrf_exempt
@require_safe
def company(request: HttpRequest, code: str) -> HttpResponse:
    """What changed about a company."""
    found = Company.objects.public().by_code(code).first()
    if found is None:
        return problems.answer(company_gone(code, Addresses(request)), request)
    if found.code != code:
        return HttpResponsePermanentRedirect(reverse("feed-company", args=[found.code]), preserve_request=True)
    events = Event.objects.public().told().filter(company_id=found.id)
    return _answer(request, f"company:{found.code}", f"{found.name}：信用信息变化", found.get_absolute_url(), page_of(events, request))


@csrf_exempt
@require_safe
def entries(request: HttpRequest, slug: str) -> HttpResponse:
    """Who came onto a list or left it."""
    found = next((dataset for dataset in lists() if dataset.slug == slug), None)
    if found is None:
        return problems.answer(problems.not_found(), request)
    events = Event.objects.public().filter(dataset=slug)
    return _answer(request, f"list:{slug}", f"{found.title}：变化", reverse("list", args=[slug]), page_of(events, request))


@csrf_exempt
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """What was corrected, withdrawn, repaired or restored, on the whole site: who keeps a copy should read it."""
    events = Event.objects.public().told().of_acts().filter(kind__in=CORRECTIONS)
    return _answer(request, "corrections", "更正、撤销与修复", reverse("bulk"), page_of(events, request))


def _answer(request: HttpRequest, name: str, title: str, page: str, found: Page) -> HttpResponse:
    with override(CHINESE):
        content = _feed(request, name, title, page, found)
    response = HttpResponse(content, content_type=f"{MEDIA_TYPE}; charset=utf-8")
    response["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response["Cache-Control"] = "public, max-age=60"
    return get_conditional_response(request, etag=response["ETag"], response=response)


def _feed(request: HttpRequest, name: str, title: str, page: str, found: Page) -> bytes:
    addresses = Addresses(request)
    feed = ET.Element(f"{{{ATOM}}}feed", {XML_LANG: "zh-Hans"})
    _add(feed, "id", _urn(f"feed:{name}"))
    _add(feed, "title", title)
    _add(feed, "updated", _moment(max((change.at for change in found.changes), default=datetime(1970, 1, 1, tzinfo=UTC))))
    _add(feed, "link", rel="self", type=MEDIA_TYPE, href=addresses.origin + (request.get_full_path() if request.GET else request.path))
    _add(feed, "link", rel="alternate", type="text/html", href=addresses.origin + page)
    if found.older:
        # RFC 5005, section 3: who was away for long goes on to what is older.
        _add(feed, "link", rel="next", type=MEDIA_TYPE, href=f"{addresses.origin}{request.path}?before={found.older}")
    _add(_add(feed, "author"), "name", settings.SITE_OPERATOR)
    _add(feed, "rights", "使用时注明来源和数据日期；停止公示后应同步停止公开。")
    for change in found.changes:
        _entry(feed, change, addresses) if change.record else _tombstone(feed, change)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _entry(feed: ET.Element, change: Change, addresses: Addresses) -> None:
    record, dataset = change.record, catalog().datasets[change.dataset]
    act = Event.Kind(change.kind).label
    entry = _add(feed, "entry")
    _add(entry, "id", _urn(change.key))
    _add(entry, "title", f"{record.company.name}：{dataset.title}（{act}）")
    _add(entry, "updated", _moment(change.at))
    _add(entry, "link", rel="alternate", type="text/html", href=addresses.of("record", change.key))
    _add(entry, "link", rel="related", type="application/json", href=addresses.of("api-record", change.key))
    _add(_add(entry, "author"), "name", dataset.agency.title)
    _add(entry, "category", term=change.kind, label=str(act))
    _add(entry, "category", term=dataset.slug, label=dataset.title)
    _add(entry, "content", "\n".join(_told(record)), type="text")


def _told(record: Record) -> list[str]:
    """Whom it is about, where it comes from, until when, on what basis, and how to object."""
    dataset = record.declaration
    return [
        f"主体：{record.company.name}（{record.company.code}）",
        f"信源单位：{dataset.agency.title}",
        f"依据：{dataset.legal_basis}",
        f"公示日期：{record.published_from}",
        f"停止公示：{record.published_until} 起" if record.published_until else "停止公示：未定",
        f"异议：{dataset.agency.objection or '可以在本网站提出异议申诉'}",
    ]


def _tombstone(feed: ET.Element, change: Change) -> None:
    gone = ET.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", ref=_urn(change.key), when=_moment(change.at))
    dataset = catalog().datasets[change.dataset]
    ET.SubElement(gone, f"{{{TOMBSTONES}}}comment").text = f"{dataset.title}：{Event.Kind(change.kind).label}，已不再公示"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = text and text.translate(_CONTROLS)
    return element


def _urn(name: str) -> str:
    return uuid.uuid5(IDS, name).urn


def _moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")

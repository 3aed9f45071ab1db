"""The service itself: where everything is, how fresh it is, and answers to addresses that are none."""

import contextlib
from typing import Annotated, Any, TypedDict

from django.conf import settings
from django.http import HttpResponsePermanentRedirect
from django.urls import resolve
from rest_framework.exceptions import MethodNotAllowed

from publicity.api.base import PublicView
from publicity.api.labels import moment, titles
from publicity.api.parameters import MAX_PAGE_SIZE, PAGE_SIZE
from publicity.api.problems import Problem, not_found
from publicity.api.record_shapes import DatasetTitle
from publicity.api.schema import VERSION
from publicity.api.shapes import Bilingual, Moment, Uri, words
from publicity.api.throttling import public_rate
from publicity.bulk import manifest
from publicity.figures import freshness, last_event_at
from records.catalog import catalog
from records.models import Event

ADDRESSES = {
    "companies": "api-companies",
    "records": "api-records",
    "agencies": "api-agencies",
    "datasets": "api-datasets",
    "lists": "api-lists",
    "events": "api-events",
    "check": "api-check",
    "certificate": "api-certificate",
    "checkpoint": "api-checkpoint",
    "quality": "api-quality",
    "codes": "api-code-lists",
    "status": "api-status",
    "schema": "api-schema",
    "docs": "api-docs",
    "guide": "api-guide",
    "reconcile": "reconcile",
    "bulk": "bulk",
    "corrections": "feed-corrections",
}


class Limits(TypedDict):
    """What one address may ask. 限流与分页。"""

    requests: Annotated[int, "Requests per window. 窗口期请求次数。", {"examples": [600]}]
    seconds: Annotated[int, "Length of the window. 窗口期秒数。", {"examples": [300]}]
    page_size: Annotated[int, {"examples": [25]}]
    max_page_size: Annotated[int, {"examples": [100]}]


class Head(TypedDict):
    """The last event of the log. 最后一条公示日志。"""

    number: Annotated[int, {"examples": [2048]}]
    at: Moment | None


class Freshness(TypedDict):
    """When a dataset was last published. 信息类目的最近公示时间。"""

    slug: Annotated[str, {"examples": ["tax-penalty"]}]
    title: DatasetTitle
    published_at: Annotated[Moment | None, "Null when nothing was published yet. 尚未公示时为 null。"]


class Terms(TypedDict):
    """How the data may be used. 使用条款。"""

    url: Uri
    attribution: Annotated[Bilingual, "Name as the source, with the date of the data. 应注明的来源，并附数据日期。",
                           words(settings.SITE_NAME, settings.SITE_NAME_EN)]  # fmt: skip


class Bulk(TypedDict):
    """The files of the newest bulk export. 最近一次批量文件。"""

    url: Uri
    exported_at: Moment
    event: Annotated[int, "Number of the last event they hold. 所含的最后序号。", {"examples": [2048]}]
    behind: Annotated[int, "Events since. 此后的事项数。", {"examples": [0]}]


class Status(TypedDict):
    """The service and its data today. 服务与数据状态。"""

    version: Annotated[str, {"examples": [VERSION]}]
    terms: Terms
    head: Head
    bulk: Annotated[Bulk | None, "Null before the first export. 尚未生成时为 null。"]
    limits: Limits
    datasets: list[Freshness]


class ServiceStatus(PublicView):
    operation, title, title_zh, tag = "getStatus", "Status and freshness", "服务状态与数据时效", "service"
    text = "The last event, the limits, and when each public dataset was last published. 最后事项、限流及各信息类目的最近公示时间。"
    shape = Status

    def answer(self) -> Status:
        fresh, rate, head = freshness(), public_rate(), Event.objects.head()
        return {
            "version": VERSION,
            "terms": {
                "url": self.addresses.of("help", "terms"),
                "attribution": {"zh": settings.SITE_NAME, "en": settings.SITE_NAME_EN},
            },
            "head": {"number": head, "at": moment(last_event_at())},
            "bulk": self.bulk(head),
            "limits": {
                "requests": rate.requests,
                "seconds": rate.seconds,
                "page_size": PAGE_SIZE,
                "max_page_size": MAX_PAGE_SIZE,
            },
            "datasets": [
                {"slug": one.slug, "title": titles(one), "published_at": moment(fresh.get(one.slug))}
                for one in catalog().of()
            ],
        }

    def bulk(self, head: int) -> Bulk | None:
        served = manifest.current()
        if served is None:
            return None
        made = served[0]
        url = self.addresses.of("bulk")
        return {"url": url, "exported_at": made.exported_at, "event": made.head, "behind": max(0, head - made.head)}


class Index(PublicView):
    operation, title, title_zh, tag = "getIndex", "Addresses of this API", "接口目录", "service"
    text = "Where to start. 各接口的地址。"
    shape = Annotated[dict[str, Uri], {"examples": [{"companies": "https://credit.example/api/v1/companies/"}]}]

    def answer(self) -> dict[str, Any]:
        return {name: self.addresses.of(view) for name, view in ADDRESSES.items()}


class UnknownAddress(PublicView):
    """404 for any other address below the API, or the address with the slash that was forgotten."""

    schema = None
    http_method_names = ("get", "head", "options", "post")

    @property
    def allowed_methods(self) -> list[str]:
        """A POST is only led on, to the address with its slash."""
        return ["GET", "HEAD", "OPTIONS"]

    def get(self, request, rest: str):
        if not rest.endswith("/") and resolve(f"{request.path_info}/").url_name != "api-unknown":
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True), preserve_request=True)
        raise not_found()

    def post(self, request, rest: str):
        with contextlib.suppress(Problem):
            return self.get(request, rest)
        raise MethodNotAllowed(request.method)

"""Checking up to 500 names or codes in one request; the page ``/check/`` is the same code."""

import json
from typing import Annotated, Any

from django.http import HttpResponse

from blacklists import asked, screening
from blacklists.asked import Line
from blacklists.screening import Checked
from publicity.api.base import PublicView, encoded
from publicity.api.check_shapes import (
    MEMBERS,
    CheckAnswer,
    CheckRequest,
    check_answer,
)
from publicity.api.labels import Addresses
from publicity.api.parameters import check as check_parameters
from publicity.api.problems import Kind, Problem
from publicity.api.throttling import LINE, REQUEST, Quota
from records.models import Event

# The longest lines there may be, every character escaped.
MOST_BYTES = 1024 * 1024


class Check(PublicView):
    operation, title, title_zh, tag = "check", "Check names or codes", "批量核查", "companies"
    text = (
        "For each item the company meant, how sure that is, the lists it is on and its ratings. Nothing sent is stored, and nothing "
        f"is cached. {REQUEST // LINE} items cost one request. Items that no code or whole name answers are searched for within a "
        "few seconds; what was not reached says `unsearched`, which is not `none`. "
        f"逐项给出所指企业、把握程度、当前在列名单和各方评价。提交内容不留存、不缓存；每 {REQUEST // LINE} 项计一次请求。"
        "未能按代码或全称确认的，在数秒内作近似查找；来不及查找的标为 unsearched，不等于未找到。"
    )
    shape = CheckAnswer
    body_shape = Annotated[CheckRequest, {"propertyNames": {"enum": ["items"]}}]
    statuses = (413, 415)
    http_method_names = ("post", "options")

    def post(self, request) -> HttpResponse:
        check_parameters(request.query_params, ())
        lines = read_items(self.body(request))
        if not self.quota.take_lines(len(lines)):
            raise _too_many(self.quota)
        event = Event.objects.head()
        return HttpResponse(encoded(self.told(screening.check(lines), event)), content_type=self.media_type)

    def told(self, results: list[Checked], event: int) -> CheckAnswer:
        """What to send of a check that knows of the events up to this one."""
        return check_answer(results, event, Addresses(self.request))

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def body(self, request) -> Any:
        """The JSON that was sent."""
        if request.content_type.split(";")[0].strip().lower() != self.media_type:
            raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, f"Send {self.media_type}.", f"请以 {self.media_type} 提交。")
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            most = MOST_BYTES // 1024
            raise Problem(Kind.CONTENT_TOO_LARGE, f"The body may have {most} kB.", f"请求体不得超过 {most} kB。")
        try:
            return json.loads(request.body.decode())
        except (ValueError, RecursionError):
            raise _bad("The body must be JSON in UTF-8.", "请求体须为 UTF-8 编码的 JSON。") from None


def read_items(body: Any) -> list[Line]:
    """The lines of a request. Raises ``Problem`` naming the item and what is wrong with it, never its text."""
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or len(body) != 1:
        raise _bad('Send {"items": […]} and nothing else.', "请求体须为 {\"items\": […]}，不得有其他成员。")
    if not 1 <= len(items) <= asked.MOST_LINES:
        most = asked.MOST_LINES
        raise _bad(f"Send 1 to {most} items, not {len(items)}.", f"应有 1 至 {most} 项，实为 {len(items)} 项。")
    return [_read_item(place, item) for place, item in enumerate(items, start=1)]


def _read_item(place: int, item: Any) -> Line:
    texts = item if isinstance(item, dict) else {"name": item}
    if not texts or not set(texts) <= set(MEMBERS) or not all(isinstance(text, str) for text in texts.values()):
        raise _bad(
            f"Item {place} must be a text or an object with name, uscc or both.",
            f"第 {place} 项须为文本，或含 name、uscc 之一或两者的对象。",
            place,
        )
    for text in texts.values():
        if wrong := asked.wrong_text(text):
            raise _bad(f"Item {place}: {wrong['en']}.", f"第 {place} 项：{wrong['zh']}。", place)
    if not isinstance(item, dict):
        return asked.read_line(item)
    return asked.named_line(texts.get("name", ""), texts.get("uscc", ""))


def _too_many(quota: Quota) -> Problem:
    wait, left = quota.reset, quota.lines_left
    fewer, fewer_zh = (f", or send at most {left} items now", f"，或现在提交不超过 {left} 项") if left else ("", "")
    detail, detail_zh = f"Ask again in {wait} seconds{fewer}.", f"请在 {wait} 秒后重试{fewer_zh}。"
    return Problem(Kind.TOO_MANY_REQUESTS, detail, detail_zh, retry_after=wait)


def _bad(detail: str, detail_zh: str, item: int | None = None) -> Problem:
    return Problem(Kind.BAD_BODY, detail, detail_zh, **({"item": item} if item else {}))

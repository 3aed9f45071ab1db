"""Errors as problem details (RFC 9457), in English with a Chinese twin of every sentence."""

import json
import logging
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, NotRequired, TypedDict

from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from records.search import QueryTooLong

MEDIA_TYPE = "application/problem+json"
# The guide explains every kind of problem under this address, at an anchor named like the kind.
GUIDE = "/api/"
RETRY_SECONDS = 30
log = logging.getLogger("publicity.api")


@dataclass(frozen=True)
class _Kind:
    code: str
    status: int
    title: str
    title_zh: str


class Kind(_Kind, Enum):
    """Every kind of problem an answer can be."""

    UNKNOWN_PARAMETER = "unknown-parameter", 400, "Unknown query parameter", "未知的查询参数"
    BAD_VALUE = "bad-value", 400, "Bad value of a query parameter", "查询参数的值无效"
    BAD_BODY = "bad-body", 400, "Bad request body", "请求体无效"
    BAD_REQUEST = "bad-request", 400, "Bad request", "请求无效"
    UNAUTHORIZED = "unauthorized", 401, "No valid token", "没有有效的访问令牌"
    FORBIDDEN = "forbidden", 403, "Forbidden", "禁止访问"
    NOT_FOUND = "not-found", 404, "Never existed", "不存在"
    METHOD_NOT_ALLOWED = "method-not-allowed", 405, "Method not allowed here", "此地址不接受该方法"
    GONE = "gone", 410, "Was public and is no longer", "曾经公示，现已不再公示"
    PRECONDITION_FAILED = "precondition-failed", 412, "Another version than you have", "内容已是另一版本"
    CONTENT_TOO_LARGE = "content-too-large", 413, "Too much at once", "一次提交的内容过多"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", 415, "Unsupported media type", "不支持的内容类型"
    RANGE_NOT_SATISFIABLE = "range-not-satisfiable", 416, "No such bytes", "没有所请求的字节范围"
    TOO_MANY_REQUESTS = "too-many-requests", 429, "Too many requests", "请求过于频繁"
    SERVER_ERROR = "server-error", 500, "Error on our side", "服务器内部错误"
    QUERY_TOO_LONG = "query-too-long", 503, "The search took too long", "检索用时过长"
    UNAVAILABLE = "unavailable", 503, "Temporarily unavailable", "暂时无法提供服务"


class ProblemShape(TypedDict):
    """Problem details, RFC 9457. 问题详情。"""

    type: Annotated[
        str, "Address of an explanation of this kind of problem. 该类问题说明的地址。", {"format": "uri-reference"}
    ]
    title: Annotated[str, "What kind of problem, in English. 问题种类（英文）。"]
    title_zh: Annotated[str, "What kind of problem, in Chinese. 问题种类（中文）。"]
    status: Annotated[int, "The HTTP status. HTTP 状态码。"]
    detail: Annotated[str, "This problem, in English. 具体问题（英文）。"]
    detail_zh: Annotated[str, "This problem, in Chinese. 具体问题（中文）。"]
    instance: Annotated[str, "The path asked for. 所请求的路径。"]
    request_id: NotRequired[Annotated[str, "Quote it when you ask us about this answer. 咨询时请提供。"]]
    parameter: NotRequired[Annotated[str, "The parameter that cannot be used. 无法使用的参数。"]]
    value: NotRequired[Annotated[str, "Its value. 该参数的值。"]]
    known: NotRequired[Annotated[list[str], "The parameters of this address. 此地址的参数。"]]
    item: NotRequired[Annotated[int, "Which of the items sent, from 1. 所提交的第几项，从 1 起。"]]
    retry_after: NotRequired[Annotated[int, "Ask again after so many seconds. 多少秒后可重试。"]]


class Problem(Exception):
    """Answer with this problem. ``members`` are further members of the answer, such as ``parameter``."""

    def __init__(self, kind: Kind, detail: str, detail_zh: str, **members: Any):
        super().__init__(detail)
        self.kind, self.detail, self.detail_zh, self.members = kind, detail, detail_zh, members


def not_found() -> Problem:
    return Problem(Kind.NOT_FOUND, "Nothing was ever published at this address.", "该地址从未公示过任何信息。")


def unavailable() -> Problem:
    return Problem(Kind.UNAVAILABLE, "Ask again in a moment.", "请稍后重试。", retry_after=RETRY_SECONDS)


def problem_response(problem: Exception, context: dict) -> HttpResponse:
    """DRF's exception handler: every exception becomes an answer; one that nobody expected is logged with its traceback."""
    set_rollback()
    return answer(as_problem(problem, context["view"].allowed_methods), context["request"])


def as_problem(problem: Exception, allowed: list[str]) -> Problem:
    """The problem an exception of an address that knows these methods stands for."""
    match problem:
        case Problem():
            return problem
        case Http404() | exceptions.NotFound():
            return not_found()
        case exceptions.MethodNotAllowed():
            return Problem(Kind.METHOD_NOT_ALLOWED, f"Use {', '.join(allowed)}.", f"请使用 {'、'.join(allowed)}。")
        case exceptions.Throttled():
            wait = max(1, round(problem.wait or 1))
            return Problem(
                Kind.TOO_MANY_REQUESTS, f"Ask again in {wait} seconds.", f"请在 {wait} 秒后重试。", retry_after=wait
            )
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem(Kind.FORBIDDEN, "This is not public.", "该信息不向社会公开。")
        case exceptions.APIException() if problem.status_code < 500:
            return Problem(Kind.BAD_REQUEST, "The request cannot be understood.", "无法理解该请求。")
        case QueryTooLong():
            return Problem(Kind.QUERY_TOO_LONG, "Ask with a longer or rarer word.", "请换一个更长或更少见的词。")
        case OperationalError() | InterfaceError():
            log.exception("database unavailable", exc_info=problem)
            return unavailable()
        case _:
            log.error("unexpected error", exc_info=problem)
            return Problem(Kind.SERVER_ERROR, "The error has been logged.", "错误已记录。")


def body(problem: Problem, request: HttpRequest) -> dict[str, Any]:
    """The members of a problem answer."""
    kind = problem.kind
    members = {
        "type": _explanation(kind, request),
        "title": kind.title,
        "title_zh": kind.title_zh,
        "status": kind.status,
        "detail": problem.detail,
        "detail_zh": problem.detail_zh,
        "instance": request.path,
        **problem.members,
    }
    request_id = getattr(request, "id", None)
    return members | {"request_id": request_id} if request_id else members


def _explanation(kind: Kind, request: HttpRequest) -> str:
    address = f"{GUIDE}#{kind.code}"
    try:
        return request.build_absolute_uri(address)
    except DisallowedHost:
        return address


def answer(problem: Problem, request: HttpRequest) -> HttpResponse:
    """The problem as an HTTP answer."""
    content = json.dumps(body(problem, request), ensure_ascii=False).encode()
    response = HttpResponse(content, status=problem.kind.status, content_type=MEDIA_TYPE)
    passing = problem.kind.status == 429 or problem.kind.status >= 500
    response["Cache-Control"] = "no-store" if passing else "public, max-age=60"
    if "retry_after" in problem.members:
        response["Retry-After"] = str(problem.members["retry_after"])
    return response


def of_status(status: int) -> Problem:
    """The problem for an error answer that was made outside the API's views."""
    kind = next((kind for kind in Kind if kind.status == status and kind is not Kind.UNKNOWN_PARAMETER), None)
    if kind is None or kind is Kind.BAD_VALUE:
        kind = Kind.BAD_REQUEST if status < 500 else Kind.SERVER_ERROR
    return Problem(kind, f"{kind.title}.", f"{kind.title_zh}。")

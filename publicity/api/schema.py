"""The OpenAPI 3.1 document, made from the views: their parameters, shapes, problems and headers."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework.exceptions import MethodNotAllowed, Throttled

from publicity.api import problems
from publicity.api.parameters import Parameter, bad_value, unknown
from publicity.api.problems import Kind, Problem
from publicity.api.selection import SPARSE, fields_of, sparse
from publicity.api.shapes import json_schema, sample, shape_name
from records.search import QueryTooLong

VERSION = "1.0.0"
ALWAYS = (400, 405, 429, 503)
DESCRIPTION = """\
Read-only access to everything the pages show, without a key. Every answer holds Chinese and English, dates as ISO 8601,
numbers with their unit, and for each record its source, its dates and the event that published it.

- **Pages**: `limit` rows (at most 100); follow `next` until it is null. Any parameter not listed is refused with 400.
- **Changes**: `/events/?after=N` gives every act in order, without gaps, deletions included.
- **Caching**: answers carry a strong `ETag`; ask with `If-None-Match` and a 304 costs a tenth of a request.
- **Codes**: every label names its list by `x-codes`; `codes/` gives them all.
- **Less or more**: `fields=` leaves out what you do not need, `expand=` puts in what is only referred to, `updated_after=` and
  `updated_since=` give what changed.
- **Limit**: {limit} per address, over `/api/v1/` and `/reconcile` together; each of these answers says what is left, a 429 says
  when to come back. Previews of reconciliation, files (`/bulk/`) and feeds (`/feeds/`) are not counted and say nothing of it.
- **Errors**: problem details (RFC 9457). 404: never existed. 410: was public and is no longer, with what may still be said.
- There is no composite score: ratings of different issuers stand side by side.

网页上公示的全部信息均可通过本接口只读访问，无需密钥。回答同时包含中英文，日期采用 ISO 8601，数值附计量单位，
每条信息注明信源单位、日期和公示日志序号。

- **分页**：每页 `limit` 行（不超过 100），沿 `next` 翻页直至为 null；未列出的参数一律返回 400。
- **变化**：`/events/?after=N` 按序号给出全部公示、更正、撤销和修复，不缺号。
- **缓存**：回答带强 `ETag`；附 `If-None-Match` 再次请求时，304 只计十分之一次。
- **代码**：各代码所属的代码表由 x-codes 注明，全部代码见 `codes/`。
- **取舍**：`fields=` 仅给出所需成员，`expand=` 展开引用，`updated_after=`、`updated_since=` 仅给出有变化的内容。
- **限流**：每个地址 {limit}，`/api/v1/` 与 `/reconcile` 合并计算，回答注明剩余次数，429 注明何时重试；
  对账预览、批量文件（`/bulk/`）和订阅（`/feeds/`）不计次数，也不注明。
- **错误**：问题详情（RFC 9457）。404 表示从未存在；410 表示曾经公示、现已不再公示，并给出仍可说明的内容。
- 本平台不计算综合评分：各评价机构的评价并列展示。
"""
TAGS = {
    "companies": "Companies. 信用主体。",
    "records": "Credit records. 信用信息。",
    "lists": "Lists of companies. 名单。",
    "catalogue": "The catalogue of datasets. 公共信用信息目录。",
    "events": "The public log: every change in order. 公示日志。",
    "log": "What the log proves: its states, and certificates bound to it. 日志证明与核查凭证。",
    "service": "The service itself. 服务状态。",
}
_WHOLE = {"type": "integer"}
HEADERS = {
    "Last-Modified": (
        "When what is shown last changed, where that is known; for `If-Modified-Since`, repeated exactly. 最后变化时间。",
        {"type": "string"},
    ),
    "X-Request-ID": ("Quote it when you ask us about this answer; one you send is kept. 请求编号。", {"type": "string"}),
    "ETag": ("Version of this answer, for `If-None-Match`. 回答的版本。", {"type": "string"}),
    "Link": ("Next and previous page (RFC 8288). 上一页、下一页。", {"type": "string"}),
    "Retry-After": ("Seconds to wait. 需等待的秒数。", _WHOLE),
    "Allow": ("Methods of this address. 允许的方法。", {"type": "string"}),
    "Location": ("Where it is. 所在地址。", {"type": "string", "format": "uri-reference"}),
    "X-RateLimit-Limit": ("Requests per window. 窗口期内的请求次数上限。", _WHOLE),
    "X-RateLimit-Remaining": ("Requests left. 剩余次数。", _WHOLE),
    "X-RateLimit-Reset": ("Seconds until the window ends. 距窗口期结束的秒数。", _WHOLE),
}
RATE = ("X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
# A value that no parameter with a form of its own takes.
UNUSABLE = "?"


class PublicSchema(AutoSchema):
    """Describes a ``PublicView`` from what it declares."""

    def get_operation(self, path, path_regex, path_prefix, method, registry):  # noqa: ARG002 - spectacular's shape
        view, self.path = self.view, path
        answer = self.component_schema(view.shape, registry)
        if view.body_shape:
            return self.asking_operation(view, answer, registry)
        parameters = (*view.path_parameters, *view.known_parameters())
        return {
            "operationId": view.operation,
            "summary": f"{view.title} {view.title_zh}",
            "description": view.text,
            "tags": [view.tag],
            "parameters": [*(parameter.described() for parameter in parameters), IF_NONE_MATCH.described()],
            "responses": self.good_answers(view, answer, registry) | self.problem_answers(view, registry),
        }

    def asking_operation(self, view, answer: dict[str, Any], registry) -> dict[str, Any]:
        """An operation whose question stands in the body of a POST and whose answer nobody keeps."""
        body = self.component_schema(view.body_shape, registry)
        content = {view.media_type: {"schema": body, "example": sample(body, self.found)}}
        self.component_schema(view.shape, registry)
        good = {
            "description": "The answer. 查询结果。",
            "headers": _headers(*RATE),
            "content": {view.media_type: {"schema": answer, "example": sample(answer, self.found)}},
        }
        return {
            "operationId": view.operation,
            "summary": f"{view.title} {view.title_zh}",
            "description": view.text,
            "tags": [view.tag],
            "requestBody": {"required": True, "content": content},
            "responses": {"200": good} | self.problem_answers(view, registry),
        }

    def component_schema(self, shape: Any, registry) -> dict[str, Any]:
        """The schema of a shape; the components it needs go to the registry."""
        self.found: dict[str, Any] = {}
        schema = json_schema(shape, self.found)
        for name, part in self.found.items():
            registry.register_on_missing(
                ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=part, object=name)
            )
        return schema

    def good_answers(self, view, answer: dict[str, Any], registry) -> dict[str, Any]:
        link = ("Link",) if "cursor" in {parameter.name for parameter in view.known_parameters()} else ()
        example = sample(answer, self.found)
        content = {view.media_type: {"schema": answer, "example": example}}
        if view.row_shape:
            # Named first, and as either: generators of clients know one form of a 200, the first, and fail at an answer that lacks members.
            content = {SPARSE: self.sparse(view, answer, example, registry)} | content
        found = {
            "200": {
                "description": "The answer. 查询结果。",
                "headers": _headers("ETag", "Last-Modified", *link, *RATE),
                "content": content,
            },
            "304": {"description": "You have this version. 内容没有变化。", "headers": _headers("ETag", "Last-Modified", *RATE)},
        }
        if 308 in view.statuses:
            text = "The same company under its present code. 同一主体，请使用现行代码。"
            found["308"] = {"description": text, "headers": _headers("Location", *RATE)}
        return found

    def sparse(self, view, answer: dict[str, Any], example: dict[str, Any], registry) -> dict[str, Any]:
        """The answer to ``fields``: the same members, none of them sure to be there."""
        row, whole = shape_name(view.row_shape), shape_name(view.shape)
        some = {name: value for name, value in self.found[row].items() if name != "required"}
        parts = {f"Some{row}": some | {"description": "With `fields`. 使用 fields 时。"}}
        chosen = fields_of(view.row_shape).example
        if whole != row:
            results = {"type": "array", "items": _reference(f"Some{row}")}
            members = self.found[whole]["properties"] | {"results": results}
            parts[f"Some{whole}"] = self.found[whole] | {"properties": members, "description": "With `fields`. 使用 fields 时。"}
        for name, part in parts.items():
            registry.register_on_missing(ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=part, object=name))
        return {"schema": {"anyOf": [answer, _reference(f"Some{whole}")]}, "example": sparse(example, chosen)}

    def problem_answers(self, view, registry) -> dict[str, Any]:
        statuses = [status for status in (*ALWAYS, *view.statuses) if status >= 400]
        return {str(status): self.problem_answer(view, status, registry) for status in sorted(statuses)}

    def problem_answer(self, view, status: int, registry) -> dict[str, Any]:
        other = (Kind.BAD_VALUE,) if view.body_shape else (Kind.BAD_BODY,)
        kinds = [kind for kind in Kind if kind.status == status and kind not in (Kind.BAD_REQUEST, *other)]
        shape = view.gone_shape if status == 410 else problems.ProblemShape
        schema = self.component_schema(shape, registry)
        members = sample(schema, self.found) | {"instance": self.asked(view), "request_id": "4f9c2a6e-1b7d-4f27-9d0a-1f5f8e3c7b11"}
        examples = {kind.code: {"value": members | told} for kind in kinds if (told := _told(kind, view))}
        kinds = [kind for kind in kinds if kind.code in examples]
        extra = {405: ("Allow",), 429: ("Retry-After",), 503: ("Retry-After",)}.get(status, ())
        return {
            "description": " / ".join(f"{kind.title} {kind.title_zh}" for kind in kinds),
            "headers": _headers(*extra, *RATE),
            "content": {problems.MEDIA_TYPE: {"schema": schema, "examples": examples}},
        }

    def asked(self, view) -> str:
        """The path of the operation, the examples of its parameters in it."""
        return self.path.format(**{parameter.name: parameter.example for parameter in view.path_parameters})


IF_NONE_MATCH = Parameter(
    "If-None-Match",
    "The `ETag` of the version you have: 304 when it is still the present one.",
    "已有版本的 ETag；内容没有变化时返回 304。",
    where="header",
)


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _told(kind: Kind, view) -> dict[str, Any]:
    """What an example of this kind tells at this address; nothing when it cannot occur there."""
    problem = _problem(kind, view)
    if problem is None:
        return {}
    return {
        "type": f"https://credit.example{problems.GUIDE}#{kind.code}",
        "title": kind.title,
        "title_zh": kind.title_zh,
        "status": kind.status,
        "detail": problem.detail,
        "detail_zh": problem.detail_zh,
        **problem.members,
    }


def _problem(kind: Kind, view) -> Problem | None:
    """A problem of this kind as this address tells of it."""
    known = view.known_parameters()
    match kind:
        case Kind.UNKNOWN_PARAMETER:
            return unknown("page", sorted(parameter.name for parameter in known))
        case Kind.BAD_VALUE:
            wrong = ((parameter.name, parameter.problem(UNUSABLE)) for parameter in known)
            return next((bad_value(name, UNUSABLE, *told) for name, told in wrong if told), None)
        case Kind.BAD_BODY:
            return Problem(kind, "Item 17: it is empty.", "第 17 项：没有内容。", item=17)
        case Kind.NOT_FOUND:
            return problems.not_found()
        case Kind.METHOD_NOT_ALLOWED:
            return problems.as_problem(MethodNotAllowed("DELETE"), ["POST", "OPTIONS"] if view.body_shape else ["GET", "HEAD", "OPTIONS"])
        case Kind.TOO_MANY_REQUESTS:
            return problems.as_problem(Throttled(87), [])
        case Kind.QUERY_TOO_LONG:
            return problems.as_problem(QueryTooLong(), [])
        case Kind.UNAVAILABLE:
            return problems.unavailable()
        case _:
            return Problem(kind, f"{kind.title}.", f"{kind.title_zh}。")


def document(patterns: list, site: str) -> dict[str, Any]:
    """The OpenAPI document of these URL patterns of a ``site`` such as ``https://credit.example``."""
    terms = f"{site}{reverse('help', args=('terms',))}"
    generator = SchemaGenerator(patterns=patterns, api_version=VERSION)
    schema = generator.get_schema(public=True)
    rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["public"]
    schema["openapi"] = "3.1.0"
    schema["info"] = {
        "title": f"{settings.SITE_NAME} / {settings.SITE_NAME_EN}",
        "version": VERSION,
        "description": DESCRIPTION.format(limit=rate),
        "license": {"name": "Free to use with attribution 注明来源即可免费使用", "url": terms},
        "termsOfService": terms,
        "contact": {"name": f"{settings.SITE_OPERATOR} / {settings.SITE_OPERATOR_EN}", "url": f"{site}{problems.GUIDE}"},
    }
    schema["servers"] = [{"url": "/"}]
    schema["security"] = []
    schema["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    schema["components"]["headers"] = {
        name: {"description": text, "schema": dict(of)} for name, (text, of) in HEADERS.items()
    }
    return schema

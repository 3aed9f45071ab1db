"""The endpoint of reconciliation: its manifest, batches of queries, and data extension, by GET and by POST."""

import json
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import HttpResponse
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import Throttled

from publicity.api.base import PublicView
from publicity.api.labels import Addresses
from publicity.api.parameters import Parameter, check
from publicity.api.problems import Kind, Problem
from publicity.api.schema import VERSION
from publicity.reconcile import matching
from publicity.reconcile.extending import extended
from publicity.reconcile.preview import HEIGHT, WIDTH
from publicity.reconcile.reading import BATCH, LANGUAGES, Query, read_extension, read_queries
from publicity.reconcile.vocabulary import TYPES, type_of
from publicity.reconcile.words import brief

FORM = "application/x-www-form-urlencoded"
MAX_BYTES = 256 * 1024
SCHEMA_SPACE = "https://schema.org/Organization"
_TEXT = {"type": "string", "maxLength": MAX_BYTES}
QUERIES = Parameter("queries", "A batch of queries.", "一批查询。", _TEXT)
EXTEND = Parameter("extend", "A data extension query.", "数据扩展查询。", _TEXT)


class ReconcileView(PublicView):
    """An address of the reconciliation protocol: it describes itself by the manifest, not by the OpenAPI document."""

    schema = None

class Endpoint(ReconcileView):
    """The manifest without parameters; ``queries`` or ``extend``, as a form or in the address, asks for companies."""

    parameters = (QUERIES, EXTEND)
    http_method_names = ("get", "head", "post", "options")

    def post(self, request) -> HttpResponse:
        self.asked, self.addresses = check(_form(request), self.parameters), Addresses(request)
        if not self.asked:
            raise Problem(Kind.BAD_REQUEST, "Send queries or extend.", "请提交 queries 或 extend。")
        content = json.dumps(self.answer(), ensure_ascii=False, separators=(",", ":")).encode()
        return HttpResponse(content, content_type=self.media_type, headers={"Cache-Control": "no-store"})

    def answer(self) -> dict[str, Any]:
        if len(self.asked) > 1:
            raise Problem(Kind.BAD_REQUEST, "Send queries or extend, not both.", "queries 与 extend 不能同时提交。")
        if "queries" in self.asked:
            return results(self.counted(read_queries(self.asked["queries"])))
        return extended(read_extension(self.asked["extend"]), self.addresses) if self.asked else manifest(self.addresses)

    def counted(self, queries: dict[str, Query]) -> dict[str, Query]:
        """The queries, when the quota of this address has room for them: ten cost one request."""
        if not self.quota.take_lines(len(queries)):
            raise Throttled(self.quota.reset)
        return queries


def _form(request) -> MultiValueDict:
    """The fields of the form posted."""
    if request.content_type.partition(";")[0].strip().lower() != FORM:
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, f"Post a form: {FORM}.", f"请以表单提交：{FORM}。")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024} KB"
        raise Problem(Kind.CONTENT_TOO_LARGE, f"At most {limit} at once.", f"每次最多 {limit}。")
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=4)
    except ValueError as error:
        raise Problem(Kind.BAD_REQUEST, "The form cannot be read.", "无法读取表单。") from error
    fields: MultiValueDict = MultiValueDict()
    for name, value in pairs:
        fields.appendlist(name, value)
    return fields


def results(queries: dict[str, Query]) -> dict[str, Any]:
    """The result batch for a query batch."""
    return {
        key: {
            "result": [
                {
                    "id": candidate.company.code,
                    "name": candidate.company.name,
                    "description": brief(candidate.company, found_by=candidate.found_by),
                    "type": type_of(candidate.company),
                    "score": candidate.score,
                    "features": [{"id": name, "value": value} for name, value in candidate.features.items()],
                    "match": candidate.match,
                }
                for candidate in candidates
            ]
        }
        for key, candidates in matching.match(queries).items()
    }


def manifest(addresses: Addresses) -> dict[str, Any]:
    """The service manifest."""
    base = addresses.of("reconcile")
    entity = addresses.of("company", "0").removesuffix("0/")

    def suggest(what: str) -> dict[str, str]:
        flyout = {"flyout_service_path": "/flyout/entity?id=${id}"} if what == "entity" else {}
        return {"service_url": base.rstrip("/"), "service_path": f"/suggest/{what}", **flyout}

    language = {"name": "language", "label": "语言 Language", "type": "select", "default": LANGUAGES[0],
                "help_text": "登记状态、主体类别等以何种语言给出 Language of status, kind and the like",
                "choices": [{"value": "zh", "name": "中文"}, {"value": "en", "name": "English"},
                            {"value": "code", "name": "代码 Code"}]}  # fmt: skip
    return {
        "versions": ["0.2"],
        "name": f"{settings.SITE_NAME} {settings.SITE_NAME_EN}",
        "identifierSpace": entity,
        "schemaSpace": SCHEMA_SPACE,
        "defaultTypes": [{"id": id_, "name": type_["name"]} for id_, type_ in TYPES.items()],
        "documentation": f"{addresses.of('api-guide')}#reconcile",
        "serviceVersion": VERSION,
        "batchSize": BATCH,
        "view": {"url": f"{entity}{{{{id}}}}/"},
        "feature_view": {"url": f"{addresses.of('api-guide')}#feature-{{{{id}}}}"},
        "preview": {"url": f"{base}preview/{{{{id}}}}/", "width": WIDTH, "height": HEIGHT},
        "suggest": {what: suggest(what) for what in ("entity", "property", "type")},
        "extend": {
            "propose_properties": {"service_url": base.rstrip("/"), "service_path": "/properties"},
            "property_settings": [language],
        },
    }

"""What the Reconciliation Service API 0.2 asks of requests and answers, as JSON Schemas.

Written for these tests after the text and the appendix "JSON Schemas" of the final report of the W3C Entity Reconciliation
Community Group, 2023-04-10: https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
They are stricter where the text is: an array sorted by score cannot be said in a schema, see ``falling``.
"""

TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": "^https?://"}
WITH_ID = {"type": "string", "pattern": r"\{\{id\}\}"}
REFERENCE = {"type": "object", "required": ["id"], "properties": {"id": TEXT, "name": TEXT}}
TYPE = {"oneOf": [REFERENCE, TEXT]}


def listed(items: dict) -> dict:
    return {"type": "array", "items": items}


def record(required: str = "", /, *, closed: bool = False, **properties) -> dict:
    found = {"type": "object", "required": required.split(), "properties": properties}
    return found | ({"additionalProperties": False} if closed else {})


SUGGEST = record(
    "service_url service_path",
    service_url=ADDRESS,
    service_path=TEXT,
    flyout_service_url=ADDRESS,
    flyout_service_path={"type": "string", "pattern": r"\$\{id\}"},
)
SETTING = {
    **record("type label name", name=TEXT, label=TEXT, help_text=TEXT, type={"enum": ["number", "text", "checkbox", "select"]}),
    "if": {"properties": {"type": {"const": "select"}}},
    "then": {"required": ["choices"], "properties": {"choices": listed(record("value name", value=TEXT, name=TEXT))}},
}
MANIFEST = record(
    "versions name identifierSpace schemaSpace",
    versions={"type": "array", "items": TEXT, "contains": {"const": "0.2"}},
    name=TEXT,
    identifierSpace=ADDRESS,
    schemaSpace=ADDRESS,
    documentation=ADDRESS,
    serviceVersion=TEXT,
    logo=ADDRESS,
    batchSize={"type": "integer", "minimum": 1},
    view=record("url", url=WITH_ID),
    feature_view=record("url", url=WITH_ID),
    defaultTypes={**listed(REFERENCE), "uniqueItems": True},
    suggest=record(entity=SUGGEST, property=SUGGEST, type=SUGGEST),
    preview=record("url width height", url=WITH_ID, width={"type": "integer"}, height={"type": "integer"}),
    extend=record(
        propose_properties=record("service_url service_path", service_url=ADDRESS, service_path=TEXT),
        property_settings=listed(SETTING),
    ),
)
CANDIDATE = record(
    "id name score",
    id=TEXT,
    name=TEXT,
    description={"type": "string"},
    score={"type": "number"},
    features=listed(record("id value", id=TEXT, value={"type": ["boolean", "number"]})),
    match={"type": "boolean"},
    type=listed(TYPE),
)
RESULTS = {"type": "object", "additionalProperties": record("result", result=listed(CANDIDATE))}
SUGGESTIONS = record(
    "result", result=listed(record("id name", id=TEXT, name=TEXT, description={"type": "string"}, notable=listed(TYPE)))
)
PROPOSALS = record("properties", properties=listed(record("id name", id=TEXT, name=TEXT)), type=TEXT, limit={"type": "integer"})
DATE = {
    "type": "string",
    "pattern": r"^-?[0-9]{4,}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?$",
}
VALUE = {
    "oneOf": [
        record(closed=True),
        record("id name", closed=True, id=TEXT, name=TEXT, description={"type": "string"}),
        record("str", closed=True, str={"type": "string"}),
        record("float", closed=True, float={"type": "number"}),
        record("int", closed=True, int={"type": "integer"}),
        record("bool", closed=True, bool={"type": "boolean"}),
        record("date", closed=True, date=DATE),
    ]
}
EXTENSION = record(
    "meta rows",
    meta=listed(record("id name", id=TEXT, name=TEXT, type=REFERENCE, service=ADDRESS)),
    rows={"type": "object", "additionalProperties": {"type": "object", "additionalProperties": listed(VALUE)}},
)
FLYOUT = record("id html", id=TEXT, html=TEXT)


def falling(result: list[dict]) -> bool:
    """Whether candidates are sorted by decreasing score, and at most the first is a match."""
    scores = [candidate["score"] for candidate in result]
    return scores == sorted(scores, reverse=True) and not any(candidate["match"] for candidate in result[1:])

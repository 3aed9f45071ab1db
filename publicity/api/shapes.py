"""Shapes of answers as typed dictionaries, and their JSON Schema for the OpenAPI document.

A shape is a ``TypedDict`` whose docstring and annotations say what a reader needs: ``Annotated[str, "what it is", {…}]``
gives the description and any further JSON Schema keys (``format``, ``examples`` …), or a function that makes them. The functions
that render answers are typed with the same shapes, and the tests compare real answers with the schema made from them.
"""

import inspect
import types
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    TypedDict,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)
from typing import is_typeddict as is_shape


class Keys(dict):
    """JSON Schema keys of a type that is to stand in ``Type | None``, for which it must be hashable."""

    __hash__ = object.__hash__


Date = Annotated[str, Keys(format="date", examples=["2026-06-15"])]
Moment = Annotated[str, Keys({"format": "date-time", "examples": ["2026-06-15T09:30:00+08:00"]})]
Uri = Annotated[str, Keys(format="uri")]
SIMPLE = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    type(None): {"type": "null"},
}  # fmt: skip
SAMPLES = {"string": "…", "integer": 1, "number": 0.5, "boolean": True, "null": None, "object": {}, "array": []}


class Bilingual(TypedDict):
    """The same words in Chinese and English. 中英文文字。"""

    zh: str
    en: str


class Label(TypedDict):
    """A code with what it means; `x-codes` beside each names its list under `codes/`. 代码及其含义；x-codes 为其代码表，见 codes/。"""

    code: Annotated[str, "Stable code. 固定代码。"]
    zh: str
    en: str


def words(zh: str, en: str) -> Keys:
    """An example of words in two languages."""
    return Keys(examples=[{"zh": zh, "en": en}])


def json_schema(hint: Any, found: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a type hint. Shapes become references; their own schemas are put into ``found`` by name."""
    origin, arguments = get_origin(hint), get_args(hint)
    if is_shape(hint):
        return _reference(hint, found)
    if hint is Any:
        return {}
    if origin is None and hint in SIMPLE:
        return dict(SIMPLE[hint])
    if origin in (NotRequired, Required):
        return json_schema(arguments[0], found)
    if origin is Annotated:
        return _annotated(json_schema(arguments[0], found), arguments[1:])
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": json_schema(arguments[0], found)}
    if origin is dict:
        return {"type": "object", "additionalProperties": json_schema(arguments[1], found)}
    if origin in (Union, types.UnionType):
        return _either([json_schema(argument, found) for argument in arguments])
    raise TypeError(f"{hint} cannot stand in a shape")


def shape_name(shape: type) -> str:
    """The name of a shape in the document."""
    return shape.__name__.removesuffix("Shape")


def _reference(shape: type, found: dict[str, Any]) -> dict[str, Any]:
    name = shape_name(shape)
    if name not in found:
        found[name] = {}  # before its members, for shapes that hold themselves
        members = get_type_hints(shape, include_extras=True)
        found[name] |= {
            "type": "object",
            "description": inspect.getdoc(shape) or "",
            "properties": {member: json_schema(hint, found) for member, hint in members.items()},
            "required": [member for member in members if member in shape.__required_keys__],
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _annotated(schema: dict[str, Any], notes: tuple) -> dict[str, Any]:
    for note in notes:
        told = note() if callable(note) else note
        schema = schema | ({"description": told} if isinstance(told, str) else told)
    return schema


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several: ``type: [string, null]`` where that is enough, ``anyOf`` otherwise."""
    plain = [schema for schema in schemas if schema != SIMPLE[type(None)]]
    nullable = len(plain) < len(schemas)
    if len(plain) == 1 and "type" in plain[0] and nullable:
        schema = plain[0] | {"type": [plain[0]["type"], "null"]}
        return schema | {"enum": [*schema["enum"], None]} if "enum" in schema else schema
    return {"anyOf": schemas}


def sample(schema: dict[str, Any], found: dict[str, Any]) -> Any:
    """An example for a schema, made of the examples of its parts; members that may be missing are left out."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(found[schema["$ref"].rsplit("/", 1)[1]], found)
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], found)
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {name: sample(schema["properties"][name], found) for name in schema.get("required", schema["properties"])}
    if "items" in schema:
        return [sample(schema["items"], found)]
    if schema.get("format") == "uri":
        return "https://credit.example/api/v1/"
    kind = schema.get("type", "string")
    return SAMPLES[kind if isinstance(kind, str) else kind[0]]

"""Requests taken apart: batches of queries and data extension queries, read strictly.

A request of the wrong form is refused as a whole, naming the place. What merely cannot be a name or a code (a cell of
punctuation, a whole paragraph) is no mistake of the program that asks: it has no candidates.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publicity.api.problems import Kind, Problem
from publicity.reconcile.vocabulary import ANY_TYPE, COMPARED, PROPERTIES, TYPES

BATCH = 50
EXTEND_IDS = 200
LIMIT, MAX_LIMIT = 10, 50
MAX_VALUES = 20
STRICTNESS = ("any", "should", "all")
LANGUAGES = ("zh", "en", "code")


@dataclass(frozen=True)
class Query:
    """One query of a batch; ``kinds`` are the types wanted (all when empty), ``values`` given values by property."""

    text: str = ""
    kinds: frozenset[str] = frozenset()
    strict: bool = True
    limit: int = LIMIT
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Extension:
    """A data extension query: the ids as given, and the language asked for by property."""

    ids: list[str]
    properties: dict[str, str]


def read_queries(text: str) -> dict[str, Query]:
    """The queries of a batch by their keys. Raises ``Problem``, 413 for more than ``BATCH``."""
    batch = _members(_json("queries", text), "queries")
    if len(batch) > BATCH:
        raise Problem(
            Kind.CONTENT_TOO_LARGE,
            f"queries: {len(batch)} queries; at most {BATCH} at once.",
            f"queries：共 {len(batch)} 个查询，每批最多 {BATCH} 个。",
            batch_size=BATCH,
        )
    return {key: _query(value, f"queries.{key}") for key, value in batch.items()}


def _query(value: Any, place: str) -> Query:
    found = _members(value, place, "query", "type", "limit", "properties", "type_strict")
    text, strictness = found.get("query", ""), found.get("type_strict", "any")
    if not isinstance(text, str):
        raise wrong(f"{place}.query", text, "it must be a text", "应为文本")
    if strictness not in STRICTNESS:
        raise wrong(f"{place}.type_strict", strictness, "it must be any, should or all", "应为 any、should 或 all")
    values = _values(found.get("properties", []), f"{place}.properties")
    if "query" not in found and not found.get("properties"):
        raise wrong(place, value, "it needs query or properties", "须有 query 或 properties")
    kinds = _kinds(found.get("type", []), f"{place}.type")
    if strictness == "all" and len(kinds - {ANY_TYPE}) > 1:
        raise wrong(f"{place}.type", sorted(kinds), "no subject is of two kinds at once", "一个主体只有一个类别")
    kinds = kinds - {ANY_TYPE} if strictness == "all" else frozenset() if ANY_TYPE in kinds else kinds
    return Query(text, kinds, strictness != "should", _limit(found.get("limit", LIMIT), f"{place}.limit"), values)


def _kinds(value: Any, place: str) -> frozenset[str]:
    named = value if isinstance(value, list) else [value]
    for one in named:
        if not isinstance(one, str) or one not in TYPES:
            raise wrong(place, one, f"known types are {', '.join(TYPES)}", f"可用类型：{'、'.join(TYPES)}")
    return frozenset(named)


def _limit(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= MAX_LIMIT or value != int(value):
        raise wrong(place, value, f"it must be a whole number from 1 to {MAX_LIMIT}", f"应为 1 至 {MAX_LIMIT} 的整数")
    return int(value)


def _values(given: Any, place: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, list):
        raise wrong(place, given, "it must be a list", "应为列表")
    found: dict[str, tuple[str, ...]] = {}
    for at, one in enumerate(given):
        here = f"{place}.{at}"
        member = _members(one, here, "pid", "v")
        if member.keys() != {"pid", "v"}:
            raise wrong(here, one, "it needs pid and v", "须有 pid 和 v")
        pid = member["pid"]
        if not isinstance(pid, str) or pid not in PROPERTIES:
            raise wrong(f"{here}.pid", pid, f"known are {', '.join(PROPERTIES)}", f"可用属性：{'、'.join(PROPERTIES)}")
        if pid in found:
            raise wrong(f"{here}.pid", pid, "it was given before; list its values in one v", "已出现过，请把各值列在同一个 v 中")
        values = member["v"] if isinstance(member["v"], list) else [member["v"]]
        if len(values) > MAX_VALUES:
            raise wrong(f"{here}.v", len(values), f"at most {MAX_VALUES} values", f"最多 {MAX_VALUES} 个值")
        found[pid] = tuple(_text(each, f"{here}.v") for each in values)
    # Every property that is suggested may be sent; what cannot be compared counts neither for nor against anybody.
    return {pid: values for pid, values in found.items() if pid in COMPARED}


def _text(value: Any, place: str) -> str:
    """A property value as text: an entity by its id."""
    match value:
        case bool() | str():
            return str(value)
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case {"id": str(id_)} if value.keys() <= {"id", "name"}:
            return id_
    raise wrong(place, value, "it must be text, a number, true, false, or an object with id", "应为文本、数字、布尔值或带 id 的对象")


def read_extension(text: str) -> Extension:
    """A data extension query. Raises ``Problem``, 413 for more than ``EXTEND_IDS`` ids."""
    found = _members(_json("extend", text), "extend", "ids", "properties")
    ids, properties = found.get("ids"), found.get("properties")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise wrong("extend.ids", ids, "it must be a list of ids", "应为编号的列表")
    if len(ids) > EXTEND_IDS:
        raise Problem(
            Kind.CONTENT_TOO_LARGE,
            f"extend.ids: {len(ids)} ids; at most {EXTEND_IDS} at once.",
            f"extend.ids：共 {len(ids)} 个编号，每次最多 {EXTEND_IDS} 个。",
            batch_size=EXTEND_IDS,
        )
    if not isinstance(properties, list):
        raise wrong("extend.properties", properties, "it must be a list", "应为列表")
    return Extension(ids, dict(_wanted(one, f"extend.properties.{at}") for at, one in enumerate(properties)))


def _wanted(value: Any, place: str) -> tuple[str, str]:
    found = _members(value, place, "id", "settings", "name")
    settings = _members(found.get("settings") or {}, f"{place}.settings", "language")
    id_, language = found.get("id"), settings.get("language") or LANGUAGES[0]
    if not isinstance(id_, str) or id_ not in PROPERTIES:
        raise wrong(f"{place}.id", id_, f"known are {', '.join(PROPERTIES)}", f"可用属性：{'、'.join(PROPERTIES)}")
    if language not in LANGUAGES:
        raise wrong(f"{place}.settings.language", language, "it must be zh, en or code", "应为 zh、en 或 code")
    return id_, language


def _json(name: str, text: str) -> Any:
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise wrong(name, text, "it must be JSON, each key once", "应为 JSON，且每个键只出现一次") from error
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _members(value: Any, place: str, *known: str) -> dict[str, Any]:
    """An object, with no other members than the ``known`` ones where any are named."""
    if not isinstance(value, dict):
        raise wrong(place, value, "it must be an object", "应为对象")
    for name in value.keys() - known if known else ():
        raise wrong(f"{place}.{name}", value[name], f"known members are {', '.join(known)}", f"可用成员：{'、'.join(known)}")
    return value


def wrong(place: str, value: Any, why: str, why_zh: str) -> Problem:
    """The problem of a value at a place of the request."""
    shown = json.dumps(value, ensure_ascii=False)[:80].encode("utf-8", "replace").decode()
    place = place[:120].encode("utf-8", "replace").decode()
    return Problem(
        Kind.BAD_VALUE, f"{place}={shown}: {why}.", f"“{place}”的值 {shown} 无效：{why_zh}。", parameter=place, value=shown
    )

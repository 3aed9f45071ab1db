"""Suggestions while a person types: companies, properties, types; and properties proposed for a type."""

from typing import Any

from publicity.api.companies import company_gone
from publicity.api.parameters import Parameter, bad_value
from publicity.reconcile.endpoint import ReconcileView
from publicity.reconcile.vocabulary import PROPERTIES, TYPES, type_of
from publicity.reconcile.words import brief, flyout
from records import search
from records.models import Company

SUGGESTED = 20
ANYTHING = r"^[^\u0000-\u001f\u007f]*$"
PREFIX = Parameter("prefix", "What was typed.", "已输入的文字。", {"type": "string", "maxLength": 300, "pattern": ANYTHING}, "青岚")
CURSOR = Parameter("cursor", "Suggestions to skip.", "跳过的条数。", {"type": "integer", "minimum": 0, "maximum": 1000}, 20)
TYPE = Parameter("type", "Type.", "类型。", {"type": "string", "enum": [*TYPES]}, "company")
LIMIT = Parameter("limit", "Properties wanted.", "属性个数。", {"type": "integer", "minimum": 1, "maximum": 1000}, 10)
ID = Parameter("id", "Code of a company.", "企业代码。", {"type": "string", "maxLength": 20, "pattern": ANYTHING}, "91330110MF1000015W")


class Helping(ReconcileView):
    """What helps a person who is using a table tool. OpenRefine sends wishes of its own along (``spell``, ``scoring``, ``type`` …)."""

    takes_others = True


class Suggest(Helping):
    """``{"result": [{"id", "name", …}]}``, at most 20 from ``cursor`` on."""

    parameters = (PREFIX, CURSOR)

    def answer(self) -> dict[str, Any]:
        if "prefix" not in self.asked:
            raise bad_value("prefix", "", "It is needed.", "必须提供。")
        at = int(self.asked.get("cursor", 0))
        return {"result": self.found(self.asked["prefix"], slice(at, at + SUGGESTED))}

    def found(self, prefix: str, part: slice) -> list[dict[str, Any]]:
        raise NotImplementedError


class SuggestEntity(Suggest):
    def found(self, prefix: str, part: slice) -> list[dict[str, Any]]:
        matches = Company.objects.public().search(prefix[: search.MAX_QUERY]).matches[part]
        return [
            {
                "id": match.company.code,
                "name": match.company.name,
                "description": brief(match.company, found_by=match.text),
                "notable": [{"id": one["id"], "name": one["name"]} for one in type_of(match.company)],
            }
            for match in matches
        ]


class SuggestProperty(Suggest):
    def found(self, prefix: str, part: slice) -> list[dict[str, Any]]:
        return _fitting([one.shape for one in PROPERTIES.values()], prefix)[part]


class SuggestType(Suggest):
    def found(self, prefix: str, part: slice) -> list[dict[str, Any]]:
        return _fitting([{"id": one["id"], "name": one["name"]} for one in TYPES.values()], prefix)[part]


def _fitting(items: list[dict[str, str]], prefix: str) -> list[dict[str, str]]:
    wanted = search.fold(prefix)
    return [item for item in items if wanted in search.fold(item["id"]) or wanted in search.fold(item["name"])]


class Properties(Helping):
    """Properties that data extension has values of; every type has the same."""

    parameters = (TYPE, LIMIT)

    def answer(self) -> dict[str, Any]:
        type_ = self.asked.get("type")
        limit = int(self.asked["limit"]) if "limit" in self.asked else None
        shapes = [one.shape for one in PROPERTIES.values()][:limit]
        asked = {"type": type_} if type_ else {}
        return {**asked, **({"limit": limit} if limit else {}), "properties": shapes}


class Flyout(Helping):
    parameters = (ID,)

    def answer(self) -> dict[str, Any]:
        company = Company.objects.public().by_code(self.asked.get("id", "")).first()
        if company is None:
            raise company_gone(self.asked.get("id", ""), self.addresses)
        return {"id": self.asked["id"], "html": flyout(company)}

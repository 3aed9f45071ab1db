"""The public credit information catalogue (公共信用信息目录): every dataset, agency and column, as declared in TOML.

``catalog()`` reads ``records/datasets/`` once and returns frozen objects. ``datasets/README.md`` is the reference of every
key. A wrong declaration raises ``DeclarationError``, whose message names the file, the column and the key.
"""

import functools
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from records.dataset import (
    POLARITY_OF,
    Agency,
    Category,
    Dataset,
    Disclosure,
    Field,
    Grade,
    ListTerms,
    Polarity,
    RatingScheme,
)
from records.fieldtypes import TYPES

DECLARATIONS = Path(__file__).parent / "datasets"

PERIODS = ("none", "valid_until", "order36", "samr45", "term")
# What is decided by a document of a day, and the periods that count from that day.
_DECIDED = (Category.LICENCE, Category.PENALTY, Category.ABNORMAL, Category.BLACKLIST, Category.JUDICIAL)
_COUNTED = ("order36", "samr45", "term")
FREQUENCIES = ("daily", "weekly", "monthly", "quarterly", "yearly", "irregular")
AGENCIES = ("government", "court", "association", "rating_agency", "enterprise")
TONES = ("good", "fair", "neutral", "poor", "bad")
RECORD_ROLES = frozenset(
    [
        "name", "uscc", "legacy_no", "document_no", "decided_on", "valid_from", "valid_until", "publish_until",
        "authority", "authority_uscc", "severity", "grade", "listed_reason", "ended_on", "ended_reason",
        "party_kind",
    ]
)
COMPANY_ROLES = frozenset(
    [
        "english_name", "former_names", "company_type", "status", "established_on", "legal_representative",
        "address", "capital", "scope", "registered_by", "approved_on", "revoked_on", "cancelled_on", "industry",
    ]
)


class DeclarationError(ValueError):
    """A declaration that cannot be used; the message names the file, the column and the key."""


@dataclass(frozen=True)
class Catalog:
    agencies: Mapping[str, Agency]
    datasets: Mapping[str, Dataset]

    def of(self, *categories: Category, disclosure: Disclosure = Disclosure.PUBLIC) -> list[Dataset]:
        """Datasets of these categories (all when none is named) that this audience may know, in catalogue order."""
        return [dataset for dataset in self._known[disclosure] if not categories or dataset.category in categories]

    @functools.cached_property
    def _known(self) -> dict[Disclosure, list[Dataset]]:
        return {
            audience: [dataset for dataset in self.datasets.values() if dataset.disclosure.reaches(audience)]
            for audience in Disclosure
        }


def catalog() -> Catalog:
    """The catalogue of ``records/datasets`` or, when set, of the directory ``DATASETS_DIR`` names."""
    return read_catalog(os.environ.get("DATASETS_DIR") or str(DECLARATIONS))


@functools.cache
def read_catalog(directory: str) -> Catalog:
    """Read and check every declaration below a directory; raises ``DeclarationError`` for the first wrong one."""
    root = Path(directory)
    agencies = {slug: _agency(slug, table, root) for slug, table in _toml(root / "agencies.toml").items()}
    datasets = [_dataset(path, agencies, root) for path in sorted(root.glob("*/*.toml")) if path.parent.name != "base"]
    order = list(Category)
    datasets.sort(key=lambda dataset: (order.index(dataset.category), dataset.slug))
    return Catalog(agencies, {dataset.slug: dataset for dataset in datasets})


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise DeclarationError(f"{path.name}: {problem}") from problem


_base = functools.cache(_toml)


def _build(kind: type, table: Mapping[str, Any], where: str) -> Any:
    """A dataclass from a table: unknown and missing keys are errors, lists become tuples."""
    known = {item.name: item for item in fields(kind)}
    for key in table:
        if key not in known:
            raise DeclarationError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(known))}")
    try:
        return kind(**{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()})
    except TypeError as problem:
        raise DeclarationError(f"{where}: {str(problem).split('__init__() ')[-1]}") from problem


def _member(kind: type[StrEnum], value: Any, where: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise DeclarationError(f"{where}: {value!r} is none of {', '.join(kind)}") from None


def _agency(slug: str, table: Mapping[str, Any], root: Path) -> Agency:
    where = f"{root.name}/agencies.toml [{slug}]"
    agency = _build(Agency, {"slug": slug, **table}, where)
    if agency.kind not in AGENCIES:
        raise DeclarationError(f"{where}: kind {agency.kind!r} is none of {', '.join(AGENCIES)}")
    return agency


def _dataset(path: Path, agencies: Mapping[str, Agency], root: Path) -> Dataset:
    table = _toml(path)
    where = str(path.relative_to(root))
    slug = f"{path.parent.name}-{path.stem}"
    if table.get("agency") != path.parent.name or table["agency"] not in agencies:
        raise DeclarationError(f"{where}: agency must be {path.parent.name!r} and stand in agencies.toml")
    category = _member(Category, table.get("category"), f"{where}: category")
    disclosure = _member(Disclosure, table.get("disclosure"), f"{where}: disclosure")
    polarity = table.get("polarity", POLARITY_OF.get(category, Polarity.NEUTRAL))
    table |= {
        "slug": slug,
        "agency": agencies[table["agency"]],
        "category": category,
        "polarity": _member(Polarity, polarity, f"{where}: polarity"),
        "disclosure": disclosure,
        "fields": _dated(_fields(table, disclosure, root, where), category, table.get("period")),
    }
    for key, kind in (("list", ListTerms), ("rating", RatingScheme)):
        if key in table:
            table[key] = _part(kind, table[key], f"{where} [{key}]")
    for key in ("extends", "codes"):
        table.pop(key, None)
    dataset = _build(Dataset, table, where)
    for problem in _wrong(dataset):
        raise DeclarationError(f"{where}: {problem}")
    return dataset


def _part(kind: type, table: dict[str, Any], where: str) -> Any:
    if "scale" in table:
        table["scale"] = [_build(Grade, step, f"{where} scale") for step in table["scale"]]
    return _build(kind, table, where)


def _fields(table: dict[str, Any], disclosure: Disclosure, root: Path, where: str) -> list[Field]:
    base = _base(root / "base" / f"{table['extends']}.toml") if "extends" in table else {}
    codes = base.get("codes", {}) | table.get("codes", {})
    columns = {column.get("name"): column for column in (*base.get("fields", ()), *table.get("fields", ()))}
    return [_field(column, codes, disclosure, f"{where}: field {name!r}") for name, column in columns.items()]


def _dated(columns: list[Field], category: Category, period: str | None) -> list[Field]:
    """With the day of the decision a whole day, where it stands on a document or a period is counted from it.

    Awards, ratings, payments and notices may be dated to a month: nothing follows from their day.
    """
    if category not in _DECIDED and period not in _COUNTED:
        return columns
    return [replace(column, whole_day=True) if column.role == "decided_on" else column for column in columns]


def _field(column: dict[str, Any], codes: Mapping[str, Any], disclosure: Disclosure, where: str) -> Field:
    column = dict(column)
    if "codes" in column:
        if column["codes"] not in codes:
            raise DeclarationError(f"{where}: codes {column['codes']!r} is not declared")
        labels = codes[column["codes"]]
        column["codes"] = {
            str(key): {"zh": label, "en": label} if isinstance(label, str) else label for key, label in labels.items()
        }
    column["disclosure"] = _member(Disclosure, column.get("disclosure", disclosure), f"{where}: disclosure")
    if column.get("type", "text") not in TYPES:
        raise DeclarationError(f"{where}: type {column['type']!r} is none of {', '.join(TYPES)}")
    return _build(Field, column, where)


def _wrong(dataset: Dataset) -> Iterable[str]:
    """What is wrong with a declaration as a whole, each in one sentence."""
    roles = RECORD_ROLES | (COMPANY_ROLES if dataset.registers else frozenset())
    headings: dict[str, str] = {}
    seen_roles: set[str] = set()
    for column in dataset.fields:
        for heading in set(column.headings()):
            if headings.setdefault(heading, column.name) != column.name:
                yield f"field {column.name!r}: heading {heading!r} also belongs to {headings[heading]!r}"
        if column.role and (column.role not in roles or column.role in seen_roles):
            yield f"field {column.name!r}: role {column.role!r} is unknown here or used twice"
        seen_roles.add(column.role)
        if column.type == "code" and not column.codes:
            yield f"field {column.name!r}: type code needs key 'codes'"
    for key in ("primary_key", "headline", "columns"):
        for name in getattr(dataset, key):
            if name not in dataset.by_name or dataset.by_name[name].withheld:
                yield f"{key}: {name!r} is not a field that is stored"
    if not dataset.primary_key:
        yield "primary_key: at least one field"
    if "uscc" not in seen_roles and "name" not in seen_roles:
        yield "fields: a field with role 'uscc' or 'name' is needed to find the company"
    if dataset.period not in PERIODS or dataset.frequency not in FREQUENCIES:
        yield f"period is one of {', '.join(PERIODS)}; frequency is one of {', '.join(FREQUENCIES)}"
    for step in dataset.rating.scale if dataset.rating else ():
        if step.tone not in TONES:
            yield f"scale: tone {step.tone!r} of {step.grade!r} is none of {', '.join(TONES)}"
    if dataset.category is Category.RATING and dataset.rating is None:
        yield "a rating needs a [rating] table: issuer, method, cycle, scale"
    if dataset.category in (Category.BLACKLIST, Category.ABNORMAL) and dataset.list is None:
        yield "a list needs a [list] table: short, authority, measures, term_years"

"""What a declaration says: datasets, their columns and agencies, as frozen objects without any reading or checking.

Each object stands for one declaration and is equal to itself alone, so that it can be a key that costs nothing.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from records.fieldtypes import TYPES, fold


class Category(StrEnum):
    REGISTRATION = "registration"
    LICENCE = "licence"
    PENALTY = "penalty"
    INSPECTION = "inspection"
    ABNORMAL = "abnormal"
    BLACKLIST = "blacklist"
    HONOUR = "honour"
    COMMITMENT = "commitment"
    RATING = "rating"
    JUDICIAL = "judicial"
    SELF_REPORTED = "self_reported"
    ANNOUNCEMENT = "announcement"
    OTHER = "other"


class Polarity(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Disclosure(StrEnum):
    """Who may see a value, widest first."""

    PUBLIC = "public"
    AUTHORIZED = "authorized"
    GOVERNMENT = "government"
    WITHHELD = "withheld"

    def reaches(self, audience: "Disclosure") -> bool:
        """True when an audience of this kind may see a value declared with this disclosure."""
        order = list(Disclosure)
        return self is not Disclosure.WITHHELD and order.index(self) <= order.index(audience)


POLARITY_OF = {
    Category.HONOUR: Polarity.POSITIVE,
    Category.COMMITMENT: Polarity.POSITIVE,
    Category.PENALTY: Polarity.NEGATIVE,
    Category.ABNORMAL: Polarity.NEGATIVE,
    Category.BLACKLIST: Polarity.NEGATIVE,
    Category.JUDICIAL: Polarity.NEGATIVE,
}
class Titled:
    """Something declared in Chinese with an English twin: ``title`` and ``title_en``, ``note`` and ``note_en``."""

    def text(self, attribute: str, language: str = "zh") -> str:
        """The attribute in the language asked for, in Chinese where no English was declared."""
        if language.startswith("en"):
            return getattr(self, f"{attribute}_en", "") or getattr(self, attribute)
        return getattr(self, attribute)


@dataclass(frozen=True, eq=False)
class Agency(Titled):
    """A reporting agency (信源单位)."""

    slug: str
    title: str
    title_en: str
    short: str
    short_en: str
    kind: str
    region: str = "100000"
    contact: str = ""
    objection: str = ""
    objection_en: str = ""


@dataclass(frozen=True, eq=False)
class Field(Titled):
    """One column of a dataset (数据项)."""

    name: str
    title: str
    title_en: str = ""
    code: str = ""
    also: tuple[str, ...] = ()
    type: str = "text"
    role: str = ""
    required: bool = False
    unit: str = ""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    separator: str = ""
    disclosure: Disclosure = Disclosure.PUBLIC
    mask: bool = False
    max_length: int = 0
    whole_day: bool = False
    example: str = ""
    note: str = ""
    note_en: str = ""
    retired: bool = False
    searchable: bool = False

    @property
    def withheld(self) -> bool:
        return self.disclosure is Disclosure.WITHHELD

    @functools.cached_property
    def parse(self):
        """``parse(text)``: the value to store, or None for nothing; raises ``ValueProblem``. Never change the value.

        Most columns hold few different texts, so what was parsed before is remembered, free text excepted.
        """
        parse = functools.partial(TYPES[self.type].parse, field=self)
        return parse if self.type == "long_text" else functools.lru_cache(maxsize=2048)(parse)

    def show(self, value: Any, language: str = "zh") -> str:
        """A stored value as a reader sees it, in ``zh`` or ``en``."""
        if value is None:
            return ""
        if self.type in _RECURRING and not isinstance(value, list):
            return _shown(self, value, language)
        return TYPES[self.type].show(value, self, language)

    def headings(self) -> Iterable[str]:
        """Every heading by which the column is recognised in a file, folded."""
        return (fold(text) for text in (self.title, *self.also, self.code) if text)


# Types of which many rows hold the same values.
_RECURRING = frozenset({"date", "decimal", "integer", "boolean", "code"})


@functools.lru_cache(maxsize=20_000)
def _shown(column: Field, value: str | int, language: str) -> str:
    return TYPES[column.type].show(value, column, language)


@dataclass(frozen=True, eq=False)
class ListTerms(Titled):
    """What being on a list means: who decides, for how long, and what follows."""

    short: str
    short_en: str
    authority: str
    authority_en: str
    measures: tuple[str, ...] = ()
    measures_en: tuple[str, ...] = ()
    term_years: int = 0
    removed_visible: bool = False
    repair_months: int = 0


@dataclass(frozen=True, eq=False)
class Grade(Titled):
    """One step of a rating scale; ``tone`` is good, fair, neutral, poor or bad."""

    grade: str
    title: str
    title_en: str
    tone: str


@dataclass(frozen=True, eq=False)
class RatingScheme(Titled):
    """How one issuer rates. Schemes stand side by side; nothing combines them."""

    issuer: str
    issuer_en: str
    method: str
    method_en: str
    cycle: str
    cycle_en: str
    scale: tuple[Grade, ...]
    method_url: str = ""

    def find(self, grade: str) -> Grade | None:
        return next((step for step in self.scale if step.grade == grade), None)


@dataclass(frozen=True, eq=False)
class Dataset(Titled):
    """One declared kind of record (信息类目)."""

    slug: str
    title: str
    title_en: str
    summary: str
    summary_en: str
    agency: Agency
    category: Category
    polarity: Polarity
    disclosure: Disclosure
    legal_basis: str
    legal_basis_en: str
    frequency: str
    primary_key: tuple[str, ...]
    fields: tuple[Field, ...]
    period: str = "none"
    registers: bool = False
    headline: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    list: ListTerms | None = None
    rating: RatingScheme | None = None

    @property
    def projected(self) -> bool:
        """Whether what searches and filters know of a company follows from its records."""
        return self.registers or self.list is not None

    @functools.cached_property
    def by_name(self) -> dict[str, Field]:
        return {column.name: column for column in self.fields}

    @functools.cached_property
    def by_role(self) -> dict[str, Field]:
        return {column.role: column for column in self.fields if column.role}

    @functools.cached_property
    def name_of_role(self) -> dict[str, str]:
        return {role: column.name for role, column in self.by_role.items()}

    @functools.cached_property
    def public_of_role(self) -> dict[str, str]:
        """The names of the columns with a role that anybody may see."""
        return {role: column.name for role, column in self.by_role.items() if column.disclosure is Disclosure.PUBLIC}

    @functools.cached_property
    def by_heading(self) -> dict[str, Field]:
        return {heading: column for column in self.fields for heading in column.headings()}

    def shown_to(self, audience: Disclosure) -> tuple[Field, ...]:
        """The columns this audience may see, in declared order; none when the dataset itself is not for it."""
        return self._shown[audience]

    @functools.cached_property
    def _shown(self) -> dict[Disclosure, tuple[Field, ...]]:
        return {
            audience: tuple(column for column in self.fields if column.disclosure.reaches(audience))
            if self.disclosure.reaches(audience)
            else ()
            for audience in Disclosure
        }

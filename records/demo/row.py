"""What the columns of one row have in common, and the phrases that rows are made of."""

import string
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from records.dataset import Dataset
from records.demo.companies import Firm, person

_PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8"))
TEXT, REASONS, OFFICES, CERTIFICATES = (_PHRASES[part] for part in ("text", "reasons", "offices", "certificates"))
_BLANKS = string.Formatter()

Cell = str | date


@dataclass
class Row:
    """What the columns of one row have in common."""

    random: Random
    dataset: Dataset
    firm: Firm
    on: date
    today: date
    number: int
    # Values that belong together, by column name or role, and those a story fixes.
    fixed: dict[str, Cell] = field(default_factory=dict)

    def say(self, phrase: str) -> str:
        """A phrase with its blanks filled in."""
        wanted = {name for _, name, _, _ in _BLANKS.parse(phrase) if name}
        return phrase.format(**{name: _BLANK[name](self) for name in wanted})

    @property
    def office(self) -> str:
        """The name of the body that sent the row, as local as it is."""
        agency = self.dataset.agency
        if agency.slug in OFFICES:
            return f"{self.firm.place.city}{OFFICES[agency.slug][0]}"
        return agency.title if agency.kind not in ("government", "court") else f"{self.firm.place.city}{agency.short}局"

    @property
    def certificates(self) -> list[str]:
        return CERTIFICATES.get(self.dataset.agency.slug) or CERTIFICATES["other"]

    @property
    def money(self) -> str:
        """An amount in 万元, small ones most often."""
        return f"{round(min(self.random.lognormvariate(1, 1.3), 900), 2):g}"


_BLANK = {
    "name": lambda row: row.firm.name,
    "city": lambda row: row.firm.place.city,
    "district": lambda row: row.firm.place.district,
    "address": lambda row: row.firm.address,
    "trade": lambda row: row.firm.trade.name,
    "industry": lambda row: row.firm.trade.industry,
    "scope": lambda row: "、".join(row.firm.trade.scope[:3]),
    "person": lambda row: person(row.random),
    "year": lambda row: row.on.year,
    "number": lambda row: row.number,
    "small": lambda row: row.random.randint(1, 90),
    "money": lambda row: row.money,
    "certificate": lambda row: row.random.choice(row.certificates),
    "office": lambda row: row.office,
}

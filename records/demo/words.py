"""The vocabulary of the demonstration, read from ``words.toml``: invented places, syllables, and trades."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """An invented district, with the division code of its registration authority."""

    code: str
    city: str
    city_en: str
    district: str

    @property
    def registry(self) -> str:
        return f"{self.city}{self.district}市场监督管理局"


@dataclass(frozen=True)
class Trade:
    """A line of business: what its firms do, which agencies deal with them, and what goes wrong (kind → facts).

    ``shop`` is how an individual's business of this line is called, "" where individuals do not do it.
    """

    name: str
    name_en: str
    industry: str
    agencies: str
    scope: list[str]
    faults: dict[str, str]
    shop: str = ""


_WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
SURNAMES: str = _WORDS["surnames"]
GIVEN_NAMES: list[str] = _WORDS["given_names"].split()
STREETS: list[str] = _WORDS["streets"].split()
SYLLABLES: dict[str, str] = _WORDS["syllables"]
FAULTS: dict[str, str] = _WORDS["faults"]
TRADES = tuple(Trade(**trade) for trade in _WORDS["trades"])
PLACES = tuple(
    Place(f"{city['code']}{number:02}", city["name"], city["name_en"], district)
    for city in _WORDS["cities"]
    for number, district in enumerate(city["districts"].split(), start=1)
)

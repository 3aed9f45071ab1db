"""Which agency sends which rows about which firm: most have a few, some very many, the cast its stories."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from records.catalog import Catalog
from records.dataset import Category, Dataset
from records.demo.companies import ACTIVE, Firm, code_of
from records.demo.files import Style, style_of
from records.demo.row import Cell, Row
from records.demo.values import cells as cells_of

# Rows per company, by dataset or for all datasets of a category together.
RATES = {
    "samr-shareholders": 1.8, "samr-key_personnel": 2.0, "samr-changes": 1.2, "samr-annual_report": 1.3,
    "samr-licence": 0.5, "samr-penalty": 0.2, "samr-abnormal": 0.05, "samr-double_random": 0.4,
    Category.REGISTRATION: 0.5, Category.LICENCE: 1.4, Category.PENALTY: 0.5, Category.INSPECTION: 0.5,
    Category.ABNORMAL: 0.02, Category.BLACKLIST: 0.06, Category.HONOUR: 0.3, Category.COMMITMENT: 0.3,
    Category.RATING: 0.9, Category.JUDICIAL: 0.08, Category.SELF_REPORTED: 0.2, Category.ANNOUNCEMENT: 0.12,
    Category.OTHER: 0.15,
}
# How many rows the members of the cast have, by dataset or category; only of agencies their trade deals with.
CAST = {
    "everything": {"ecology-licence": 40, "samr-licence": 22, "samr-double_random": 8, "samr-shareholders": 4}
    | {"samr-key_personnel": 5, "samr-changes": 6, "samr-annual_report": 2, "ecology-penalty": 3},
    "repaired": {"samr-penalty": 2, "samr-annual_report": 2, Category.LICENCE: 1, "tax-credit_rating": 1},
    "delisted": {"samr-abnormal": 1, "samr-annual_report": 1, Category.LICENCE: 2},
    "renamed": {"samr-changes": 2, "samr-annual_report": 1, Category.LICENCE: 1, Category.HONOUR: 1},
    "deregistered": {"samr-simplified_cancellation": 1, "samr-liquidation": 1, Category.LICENCE: 1},
    "individual": {"samr-penalty": 1, "samr-licence": 2, "samr-individual_abnormal": 1, "tobacco-licence": 1},
    "branch": {"samr-licence": 1, Category.INSPECTION: 1},
    "legacy": {"samr-licence": 2, "samr-annual_report": 1},
    "listed": {"samr-serious_violation": 1, Category.BLACKLIST: 1, "samr-penalty": 2, Category.RATING: 1},
}
EVERYBODY = ("samr", "tax", "court", "mohrss", "finance")
INDIVIDUALS_TOO = (Category.LICENCE, Category.PENALTY, Category.INSPECTION, Category.RATING)
# Days from a decision to its publication, on average, in the latest file of some offices: not all are prompt.
LATEST = {
    "ecology-licence": 3, "health-licence": 6, "transport-licence": 9, "tobacco-licence": 2, "housing-licence": 5,
    "samr-penalty": 5, "tax-penalty": 3, "ecology-penalty": 8, "emergency-penalty": 12, "transport-penalty": 7,
}  # fmt: skip
STILL_LISTED = {"ended_on": "", "ended_reason": "", "removal_authority": "", "restored": "否"}


@dataclass
class Delivery:
    """One file. ``then``: what becomes of it, ``published``, ``submitted`` (waits for a reviewer) or ``kept`` as a file."""

    dataset: Dataset
    rows: list[dict[str, Cell]]
    style: Style
    name: str
    then: str = "published"


@dataclass
class Office:
    """Writes the rows of the demonstration; no two of a dataset have the same primary key."""

    random: Random
    catalogue: Catalog
    firms: list[Firm]
    today: date
    written: set[tuple] = field(default_factory=set)
    number: int = 1000

    def __post_init__(self):
        self.cast = {firm.story: firm for firm in self.firms if firm.story}
        self.crowd = [firm for firm in self.firms if firm.weight]
        rest = [dataset for slug, dataset in self.catalogue.datasets.items() if slug not in RATES]
        self.together = Counter(dataset.category for dataset in rest)

    def row(self, dataset: Dataset, firm: Firm, on: date | None = None, **fixed: Cell) -> Iterator[dict[str, Cell]]:
        """A row with a new primary key; none when eight tries gave none."""
        for _ in range(8):
            self.number += 1
            day = on or self._day(firm)
            cells = cells_of(Row(self.random, dataset, firm, day, self.today, self.number, dict(fixed)))
            subject = firm.code or firm.registration_no
            key = (dataset.slug, subject, *(cells.get(name) for name in dataset.primary_key))
            if key not in self.written:
                self.written.add(key)
                yield cells
                return

    def _day(self, firm: Firm) -> date:
        """A day of the last two years on which the firm existed."""
        first = max(self.today - timedelta(days=730), firm.established_on)
        last = min(self.today - timedelta(days=1), firm.ended_on or self.today)
        return first + timedelta(days=self.random.randint(0, max((last - first).days, 0)))

    def registrations(self) -> Iterator[Delivery]:
        """Who there is: the register as it was, for companies that change later."""
        for dataset in self.catalogue.datasets.values():
            if dataset.registers:
                rows = [cells for firm in self.firms for cells in self.row(dataset, firm, **self._before(firm))]
                yield Delivery(dataset, rows, Style(encoding="gb18030", explained=True, shuffled=True), dataset.slug)

    def _before(self, firm: Firm) -> dict[str, Cell]:
        if firm.story == "renamed":
            return {"name": firm.former_name, "former_names": ""}
        if firm.story == "deregistered":
            return {"status": ACTIVE, "cancelled_on": ""}
        return {}

    def about(self, dataset: Dataset) -> Iterator[dict[str, Cell]]:
        """The rows of one dataset: those of the cast, then the crowd's."""
        for story, firm in self.cast.items():
            fixed = STILL_LISTED if dataset.list else {}
            for _ in range(self._wanted(dataset, story, firm)):
                yield from self.row(dataset, firm, on=self._story_day(dataset), **fixed)
        eligible = [firm for firm in self.crowd if _concerns(dataset, firm)]
        rate = RATES.get(dataset.slug) or RATES[dataset.category] / self.together[dataset.category]
        count = max(round(rate * len(self.firms)), 3)
        # Everybody has owners and officers; dealings with authorities are what differs so much.
        power = 0.2 if dataset.category is Category.REGISTRATION else 1
        weights = [firm.weight**power * (1 if _deals_with(dataset, firm) else 0.04) for firm in eligible]
        for firm in self.random.choices(eligible, weights, k=count) if eligible else ():
            yield from self.row(dataset, firm)

    def _story_day(self, dataset: Dataset) -> date | None:
        """Entries the stories need are recent, so that they are in effect."""
        recent = dataset.list or dataset.category in (Category.PENALTY, Category.RATING, Category.HONOUR)
        return self.today - timedelta(days=self.random.randint(15, 80)) if recent else None

    def _wanted(self, dataset: Dataset, story: str, firm: Firm) -> int:
        script = CAST.get(story, {})
        if dataset.slug in script:
            return script[dataset.slug]
        if story == "everything":
            return int(_concerns(dataset, firm))
        return script.get(dataset.category, 0) if _deals_with(dataset, firm) and _concerns(dataset, firm) else 0

    def strangers(self, dataset: Dataset, count: int) -> Iterator[dict[str, Cell]]:
        """Rows about companies the register does not know yet; they wait for their company."""
        for number in range(count):
            like = self.crowd[number]
            name = f"青岚市未登记{'甲乙丙丁'[number]}号商贸有限公司"
            code = code_of("91", like.place.code, 800_000 + number)
            yield from self.row(dataset, replace(like, name=name, code=code, registration_no=""))

    def first_deliveries(self) -> Iterator[Delivery]:
        """A file of every dataset but the register."""
        for number, dataset in enumerate(self.catalogue.datasets.values()):
            if not dataset.registers:
                rows = list(self.about(dataset))
                if dataset.slug in ("samr-licence", "samr-penalty"):
                    rows += self.strangers(dataset, 2)
                yield Delivery(dataset, _with_personal_numbers(dataset, rows), style_of(number), dataset.slug)

    def second_deliveries(self, first: dict[str, Delivery]) -> Iterator[Delivery]:
        """What changed since: names, endings, removals; and a file that waits for its reviewer."""
        for slug, delivery in first.items():
            if delivery.dataset.registers:
                changed = [*self._changed_firms()]
                self.written = {key for key in self.written if key[0] != slug}
                rows = [cells for firm in changed for cells in self.row(delivery.dataset, firm)]
                yield replace(delivery, rows=rows, style=Style(suffix="xlsx", explained=True), name=f"{slug}-2")
            if slug in LATEST:
                yield replace(delivery, rows=[*self._latest(delivery.dataset)], name=f"{slug}-2")
        if abnormal := first.get("samr-abnormal"):
            yield replace(abnormal, rows=[*self._removed(abnormal.rows)], name="samr-abnormal-2")
        if licences := first.get("samr-licence"):
            new = [cells for firm in self.crowd[20:44] for cells in self.row(licences.dataset, firm)]
            rows = [*new, *licences.rows[:3], licences.rows[3] | {"content": "（更正）准予从事预包装食品销售。"}]
            rows += self.strangers(licences.dataset, 3)
            rows += [new[0] | {"uscc": "91980101MF20000091"}, new[1] | {"decided_on": "2026年13月1日"}]
            style = Style(encoding="gb18030", explained=True, shuffled=True)
            yield Delivery(licences.dataset, rows, style, "samr-licence-2", then="submitted")

    def _latest(self, dataset: Dataset) -> Iterator[dict[str, Cell]]:
        """Decisions of the last weeks, as an office reports them day by day."""
        firms = [firm for firm in self.crowd if _concerns(dataset, firm) and not firm.ended_on]
        for firm in self.random.choices(firms, k=40):
            days = min(1 + round(self.random.expovariate(1 / LATEST[dataset.slug])), 60)
            for cells in self.row(dataset, firm, on=self.today - timedelta(days=days)):
                # Who is slow is careless too: some rows are refused.
                careless = days > 10 and LATEST[dataset.slug] > 6
                yield cells | {"decided_on": "2026年13月1日"} if careless and days % 3 == 0 else cells

    def _changed_firms(self) -> Iterator[Firm]:
        yield from (self.cast[story] for story in ("renamed", "deregistered") if story in self.cast)
        for firm in self.crowd[::50]:
            yield replace(firm, capital="2000万元人民币", approved_on=self.today - timedelta(days=3))

    def _removed(self, rows: Iterable[dict[str, Cell]]) -> Iterator[dict[str, Cell]]:
        """The delisted one's entry and a third of the others, now with the day and the reason of the removal."""
        name = self.cast["delisted"].name if "delisted" in self.cast else ""
        day = self.today - timedelta(days=5)
        for number, cells in enumerate(rows):
            if cells["ended_on"] or cells["decided_on"] > day:
                continue
            if cells["company_name"] == name or (number % 3 == 0 and number > 12):
                removed = {"ended_on": day, "ended_reason": "已办理住所变更登记，申请移出"}
                yield cells | removed | {"removal_authority": cells["authority"]}


def _concerns(dataset: Dataset, firm: Firm) -> bool:
    """Individual businesses have lists of their own, and no annual accounts or capital."""
    individual = firm.kind == "individual"
    if "individual" in dataset.slug:
        return individual
    return not individual or dataset.category in INDIVIDUALS_TOO


def _deals_with(dataset: Dataset, firm: Firm) -> bool:
    agency = dataset.agency
    return agency.slug in EVERYBODY or agency.slug in firm.trade.agencies.split() or agency.kind != "government"


def _with_personal_numbers(dataset: Dataset, rows: list[dict[str, Cell]]) -> list[dict[str, Cell]]:
    """Some offices send what must never be published; it is dropped on arrival. The numbers are of no place."""
    column = dataset.by_name.get("legal_representative_id")
    if column is None or dataset.slug not in ("samr-penalty", "tax-penalty"):
        return rows
    return [cells | {column.name: f"98010119800101{number:04}"} for number, cells in enumerate(rows)]

"""What a profile shows of a company: sections of blocks of rows, banners, ratings, the timeline.

A section is one category; a block is the rows of one dataset, so that one line of source holds for all of them. Values come
from ``record.disclosed()`` alone.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from blacklists.models import lists
from publicity.dossier import Group
from publicity.figures import Count
from publicity.filters import CATEGORIES
from publicity.standing import Standing
from records import periods
from records.dataset import Category, Dataset, Field, Grade, Polarity
from records.models import Company, Record

PREVIEW = 10
BANNERS = 6
PAGE = 25
# The subject's own name and number stand at the head of the page and not in every row.
SUBJECT_ROLES = frozenset({"name", "uscc", "legacy_no", "party_kind"})
FALLBACK_COLUMNS = 5


def language() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


@dataclass(frozen=True)
class Cell:
    """One value as shown, with its column."""

    column: Field
    label: str
    shown: str
    wide: bool = False

    @property
    def role(self) -> str:
        return self.column.role


class Row:
    """One record as pages show it."""

    def __init__(self, record: Record):
        self.record = record
        self.dataset = record.declaration

    @cached_property
    def values(self) -> dict[Field, object]:
        return self.record.disclosed()

    @cached_property
    def cells(self) -> list[Cell]:
        """Every disclosed value that was reported, in declared order."""
        tongue = language()
        return [_cell(column, value, tongue) for column, value in self.values.items()]

    @property
    def columns(self) -> list[Cell]:
        """One cell for each column of the block, empty where nothing was reported."""
        tongue = language()
        return [_cell(column, self.values.get(column), tongue) for column in columns_of(self.dataset)]

    @property
    def reported(self) -> list[Cell]:
        """The cells of the block's columns that hold something beyond the title."""
        return [cell for cell in self.columns if cell.shown and cell.shown != self.title]

    @cached_property
    def title(self) -> str:
        """What tells this record from its neighbours: the first headline value, or its number, or what it is."""
        named = [self._shown(self.dataset.by_name[name]) for name in self.dataset.headline]
        named += [self._shown(self.dataset.by_role.get("document_no")), self.dataset.text("title", language())]
        return next(filter(None, named))

    @property
    def authority(self) -> str:
        return self._shown(self.dataset.by_role.get("authority"))

    def _shown(self, column: Field | None) -> str:
        return column.show(self.values.get(column), language()) if column else ""

    @property
    def expired(self) -> bool:
        """What was granted or rated no longer holds, while the record stays public as history."""
        until = self.record.valid_until
        return until is not None and until < timezone.localdate() and not self.record.negative

    @cached_property
    def state(self) -> tuple[str, str]:
        """What holds for the record today: a word and the tone it is shown in."""
        record = self.record
        if record.removed:
            return _("已移出"), "neutral"
        if self.dataset.list:
            return _("在列"), "bad" if record.negative else "good"
        if self.expired:
            return _("已到期"), "neutral"
        if self.dataset.category is Category.LICENCE and record.valid_until:
            return _("有效期内"), "good"
        return _("公示中"), "neutral"

    @property
    def grade(self) -> Grade | None:
        return self.dataset.rating.find(self.record.grade) if self.dataset.rating else None

    @property
    def rule(self) -> str:
        """The rule that fixes how long the record is public, as cited."""
        return periods.rule_source(self.dataset.period, self.record.published_from)[language() == "en"]

    @property
    def repair_note(self) -> str:
        """When repair may be applied for, in one sentence; empty where no rule fixes it."""
        day = self.record.earliest_repair_on
        if day is None or self.record.removed:
            return ""
        if self.dataset.list and not self.dataset.list.repair_months:
            return _("纠正违法失信行为后可随时申请")
        return day.isoformat()


def _cell(column: Field, value: object, tongue: str) -> Cell:
    shown = column.show(value, tongue)
    # The official titles name the unit that stands beside the number.
    label = column.text("title", tongue).removesuffix(f"（{column.unit}）")
    return Cell(column, label, shown, wide=len(shown) > 60)


def columns_of(dataset: Dataset) -> list[Field]:
    """The columns of a block: those declared, or the first few that are no name or number of the subject."""
    open_columns = dataset.shown_to(dataset.disclosure)
    if dataset.columns:
        return [dataset.by_name[name] for name in dataset.columns if dataset.by_name[name] in open_columns]
    return [column for column in open_columns if column.role not in SUBJECT_ROLES][:FALLBACK_COLUMNS]


@dataclass
class Block:
    """The newest rows of one dataset, and how many there are."""

    dataset: Dataset
    count: Count
    rows: list[Row] = field(default_factory=list)

    @property
    def columns(self) -> list[Field]:
        return columns_of(self.dataset)

    @property
    def published_on(self):
        return max(row.record.published_from for row in self.rows)

    @property
    def batches(self) -> tuple[int, ...]:
        return tuple(sorted({row.record.batch_id for row in self.rows if row.record.batch_id}))

    @property
    def negative(self) -> bool:
        return self.dataset.polarity is Polarity.NEGATIVE

    @property
    def more(self) -> bool:
        return self.count.number > len(self.rows)

    @property
    def stateful(self) -> bool:
        """Whether more can be said of the rows than that they are public: valid or expired, listed or removed."""
        return any(row.state[0] != _("公示中") for row in self.rows)


@dataclass
class Section:
    """One category of a profile."""

    category: Category
    blocks: list[Block]

    @property
    def title(self) -> str:
        return str(CATEGORIES[self.category])

    @property
    def count(self) -> Count:
        counts = [block.count for block in self.blocks]
        return Count(sum(count.number for count in counts), more=any(count.more for count in counts))

    @property
    def more(self) -> bool:
        return any(block.more for block in self.blocks)

    @property
    def polarity(self) -> Polarity:
        """What an entry here means, for the look of the counts; neutral where there is none or they differ."""
        found = {block.dataset.polarity for block in self.blocks}
        return found.pop() if len(found) == 1 else Polarity.NEUTRAL


@dataclass
class Profile:
    registration: Row | None
    sections: list[Section]

    def find(self, category: Category) -> Section:
        return next(section for section in self.sections if section.category is category)


def public_records(standing: Standing) -> QuerySet:
    return Record.objects.disclosable(head=standing.head).filter(company_id=standing.company.id)


def profile_of(groups: list[Group]) -> Profile:
    """All sections in the order of the catalogue, each block with its newest rows."""
    blocks = blocks_of(groups, PREVIEW)
    registration = next((block.rows[0] for block in blocks if block.dataset.registers), None)
    sections = [
        Section(
            category, [block for block in blocks if block.dataset.category is category and not block.dataset.registers]
        )
        for category in Category
    ]
    return Profile(registration, sections)


def blocks_of(groups: list[Group], size: int) -> list[Block]:
    """What a company has, each dataset with its newest rows."""
    return [Block(group.dataset, group.count, [Row(record) for record in group.rows[:size]]) for group in groups]


@dataclass(frozen=True)
class Banner:
    """A company is on a list today: since when, and how many entries say so."""

    dataset: Dataset
    count: int
    since: object
    individual: bool = False


def banners_of(company: Company, groups: list[Group]) -> dict[str, list[Banner]]:
    """The lists the company is on today by polarity, discredit before abnormal operation."""
    found = {group.dataset.slug: group for group in groups if group.dataset.list and group.current}
    order = lists(Category.BLACKLIST) + lists(Category.ABNORMAL) + lists(Category.HONOUR)
    individual = company.kind == Company.Kind.INDIVIDUAL
    banners = [
        Banner(dataset, found[dataset.slug].current.number, since(found[dataset.slug]), individual)
        for dataset in order
        if dataset.slug in found
    ]
    return {polarity: [banner for banner in banners if banner.dataset.polarity is polarity] for polarity in Polarity}


def since(group: Group) -> date | None:
    """The day of the newest entry in force of a list."""
    return next((record.decided_on for record in group.rows if not record.removed), None)

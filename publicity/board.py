"""The board of data quality (数据质量): the figures of ``records.models.quality`` by agency and dataset, as charts and tables."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from records.catalog import catalog
from records.dataset import Agency, Dataset
from records.models.quality import DUTY_DAYS, LONGEST, Quality, qualities, together, under_duty

TEN_MINUTES = 600
# Working days from decision to publication: the columns of the chart, by their last day. The duty ends between two of them.
STEPS = (3, DUTY_DAYS, 10, 20, 60, LONGEST)
# The chart in its own units: columns this wide at this distance, the highest so high, above them room for a figure.
WIDTH, DISTANCE, HIGHEST, ABOVE = 56, 76, 120, 30
# The bar of an agency; the strip of a dataset: so many units for a day, and days beyond the end are cut off.
BAR, DAY, STRIP_DAYS = 100, 4, 30


@dataclass(frozen=True)
class Column:
    """Decisions published within ``first`` to ``last`` working days, as a column of the chart."""

    first: int
    last: int
    rows: int
    share: float
    highest: float
    x: int

    @property
    def label(self) -> str:
        return f"{self.first}+" if self.last == LONGEST else f"{self.first}–{self.last}"

    @property
    def in_time(self) -> bool:
        return self.last <= DUTY_DAYS

    @property
    def height(self) -> int:
        return max(round(self.share / self.highest * HIGHEST), 1 if self.rows else 0)

    @property
    def y(self) -> int:
        return ABOVE + HIGHEST - self.height

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class Line:
    """One agency or dataset with its figures and what its small chart is drawn from."""

    of: Agency | Dataset
    figures: Quality
    duty: bool

    @property
    def bar(self) -> int:
        return round((self.figures.in_time or 0) * BAR)

    @property
    def median_at(self) -> int:
        return min(self.figures.median, STRIP_DAYS) * DAY

    @property
    def slowest_at(self) -> int:
        return min(self.figures.slowest, STRIP_DAYS) * DAY


def remembered() -> tuple[datetime, dict[str, Quality]]:
    """Up to when they count, and the figures by dataset; made anew every ten minutes.

    They count what was reported before these ten minutes began, so that processes which remember each for itself tell the same.
    """
    begun = int(timezone.now().timestamp()) // TEN_MINUTES * TEN_MINUTES
    until = datetime.fromtimestamp(begun, UTC)
    return cache.get_or_set(f"quality:{begun}", lambda: (until, qualities(until)), TEN_MINUTES)


def reported(datasets: Iterable[Dataset]) -> list[tuple[Dataset, Quality]]:
    """Those of these datasets that ever published a batch, with their figures, in the order given."""
    known = remembered()[1]
    return [(dataset, known[dataset.slug]) for dataset in datasets if dataset.slug in known]


def context(datasets: Iterable[Dataset]) -> dict[str, Any]:
    """What the templates of the board need for these datasets."""
    asked = list(datasets)
    parts = reported(asked)
    by_agency: dict[Agency, list[tuple[Dataset, Quality]]] = {}
    for dataset, figures in parts:
        by_agency.setdefault(dataset.agency, []).append((dataset, figures))
    agencies = [
        (Line(agency, together(found), any(under_duty(dataset) for dataset, _figures in found)), lines(found))
        for agency, found in by_agency.items()
    ]
    total, order = together(parts), list(catalog().agencies)
    return {
        "made_at": remembered()[0], "agencies": sorted(agencies, key=lambda entry: order.index(entry[0].of.slug)), "total": total,
        "columns": columns(total.delays), "silent": len(asked) - len(parts), "duty_days": DUTY_DAYS, "longest": LONGEST,
        "strip": {"width": STRIP_DAYS * DAY, "duty": DUTY_DAYS * DAY}, "bar": BAR,
        "chart": {"width": DISTANCE * len(STEPS), "height": ABOVE + HIGHEST + 28, "floor": ABOVE + HIGHEST, "column": WIDTH,
                  "labels": ABOVE + HIGHEST + 20, "duty": DISTANCE * (STEPS.index(DUTY_DAYS) + 1)},
    }  # fmt: skip


def lines(parts: Iterable[tuple[Dataset, Quality]]) -> list[Line]:
    return [Line(dataset, figures, under_duty(dataset)) for dataset, figures in parts]


def columns(delays: Counter) -> list[Column]:
    """The decisions by how long they took; [] when none has a date."""
    if not delays:
        return []
    firsts = (0, *(last + 1 for last in STEPS))
    counts = [sum(rows for days, rows in delays.items() if first <= days <= last) for first, last in zip(firsts, STEPS, strict=False)]
    total, places = delays.total(), range((DISTANCE - WIDTH) // 2, DISTANCE * len(STEPS), DISTANCE)
    return [
        Column(first, last, rows, rows / total, max(counts) / total, x)
        for first, last, rows, x in zip(firsts, STEPS, counts, places, strict=False)
    ]


def table(parts: Iterable[tuple[Dataset, Quality]], *, pending: bool = False) -> Iterator[list[Any]]:
    """The header, then one row per dataset: shares from 0 to 1, days are working days; ``pending`` for staff alone."""
    language = "en" if (get_language() or "").startswith("en") else "zh"
    header = [_("信源单位"), _("信息类目"), _("类目标识"), _("最近报送"), _("批次数"), _("报送行数"), _("拒收比例"), _("计时的决定数"),
              _("公示用时中位数（工作日）"), _("公示用时 95% 分位（工作日）"), _("按期公示比例"), _("更正与撤销")]  # fmt: skip
    yield [*header, _("待匹配主体")] if pending else header
    for dataset, found in parts:
        row = [dataset.agency.text("title", language), dataset.text("title", language), dataset.slug,
               timezone.localdate(found.last) if found.last else None, found.batches, found.rows, rounded(found.refused_share),
               found.dated, found.median, found.slowest, rounded(found.in_time) if under_duty(dataset) else None,
               found.corrections]  # fmt: skip
        yield [*row, found.pending] if pending else row


def rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)

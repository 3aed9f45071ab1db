"""How promptly and how cleanly each dataset is reported: figures from what every batch keeps of itself. No record is read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import orjson
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from records.dataset import Category, Dataset
from records.models.batch import Batch
from records.models.staged import StagedRow
from records.models.trail import TrailEntry
from records.workdays import working_days

# NDRC 发改办财金〔2018〕424号: licences and penalties go online within 7 working days of the decision.
DUTY_DAYS = 7
UNDER_DUTY = (Category.LICENCE, Category.PENALTY)
WINDOW = timedelta(days=365)
# About a year of working days; what took longer is counted here, so that a batch keeps few numbers.
LONGEST = 250
_FLAWS = (TrailEntry.Kind.CORRECT, TrailEntry.Kind.WITHDRAW)


@dataclass(frozen=True)
class Quality:
    """The reports of the last year, of one dataset or several together.

    ``delays`` are new rows by working days from decision to publication (``LONGEST``: so many or more), ``pending`` all rows
    still without a company, ``corrections`` records corrected or withdrawn by hand after publication.
    """

    last: datetime | None = None
    batches: int = 0
    rows: int = 0
    refused: int = 0
    corrections: int = 0
    pending: int = 0
    delays: Counter = field(default_factory=Counter)

    @property
    def refused_share(self) -> float | None:
        """Rows refused or excluded among rows reported, 0 to 1; None when nothing was reported."""
        return self.refused / self.rows if self.rows else None

    @property
    def dated(self) -> int:
        return self.delays.total()

    @property
    def median(self) -> int | None:
        return quantile(self.delays, 0.5)

    @property
    def slowest(self) -> int | None:
        """95 of 100 decisions were public after at most so many working days."""
        return quantile(self.delays, 0.95)

    @property
    def in_time(self) -> float | None:
        """The share of decisions public within ``DUTY_DAYS``, 0 to 1; None without a dated decision."""
        prompt = sum(rows for days, rows in self.delays.items() if days <= DUTY_DAYS)
        return prompt / self.dated if self.dated else None


def under_duty(dataset: Dataset) -> bool:
    """Whether its decisions have to be public within ``DUTY_DAYS`` (双公示)."""
    return dataset.category in UNDER_DUTY


def together(parts: Iterable[tuple[Dataset, Quality]]) -> Quality:
    """The figures of several datasets as one; of delays those alone that are under the duty."""
    found = list(parts)
    sums = {name: sum(getattr(part, name) for _, part in found) for name in ("batches", "rows", "refused", "corrections", "pending")}
    delays = sum((part.delays for dataset, part in found if under_duty(dataset)), Counter())
    return Quality(last=max((part.last for _, part in found if part.last), default=None), delays=delays, **sums)


def quantile(delays: Counter, share: float) -> int | None:
    """The fewest days within which at least this share of the rows was published; None for no rows."""
    wanted, seen = share * delays.total(), 0
    for days in sorted(delays):
        seen += delays[days]
        if seen >= wanted:
            return days
    return None


def delays_of(batch: Batch, published_on: date) -> dict[str, int]:
    """New rows of a batch by working days from decision to publication, for the batch to keep (JSON wants texts as keys)."""
    new = batch.staged.filter(kind=StagedRow.Kind.NEW, decided_on__isnull=False).order_by()
    delays: Counter = Counter()
    for decided_on, rows in new.values_list("decided_on").annotate(Count("id")):
        delays[str(min(working_days(decided_on, published_on), LONGEST))] += rows
    return dict(delays)


def qualities(until: datetime | None = None) -> dict[str, Quality]:
    """The figures of every dataset that had published a batch by then, by slug, in three questions about batches and the trail.

    A dataset's first batch holds what was decided before it could report here: it says nothing of delays.
    """
    until = until or timezone.now()
    since = until - WINDOW
    recent = Q(published_at__gte=since)
    reports = Batch.objects.filter(state=Batch.State.PUBLISHED, published_at__lte=until).order_by()
    counts = reports.values("dataset").annotate(
        first=Min("published_at"),
        last=Max("published_at"),
        waiting=Sum("pending"),
        reports=Count("id", filter=recent),
        reported=Sum("rows", filter=recent, default=0),
        left_out=Sum(F("invalid") + F("excluded"), filter=recent, default=0),
    )
    corrected = TrailEntry.objects.filter(kind__in=_FLAWS, at__range=(since, until)).order_by()
    corrections = dict(corrected.values_list("dataset").annotate(Count("id")))
    found = {row["dataset"]: row for row in counts}
    delays = _delays(reports.filter(recent), {slug: row["first"] for slug, row in found.items()})
    return {
        slug: Quality(
            last=row["last"], batches=row["reports"], rows=row["reported"], refused=row["left_out"], pending=row["waiting"],
            corrections=corrections.get(slug, 0), delays=delays.get(slug, Counter()),
        )
        for slug, row in found.items()
    }  # fmt: skip


def _delays(reports: QuerySet, first: Mapping[str, datetime]) -> dict[str, Counter]:
    """The delays of these batches but each dataset's first. Read as text: Django's way to JSON takes three times as long."""
    texts = reports.filter(delays__isnull=False).annotate(text=Cast("delays", TextField())).values_list("dataset", "published_at", "text")
    found: dict[str, Counter] = {}
    for slug, at, text in texts.iterator():
        sums = found.setdefault(slug, Counter())
        for days, rows in orjson.loads(text).items() if at != first.get(slug) else ():
            sums[int(days)] += rows
    return found

"""Figures on the pages: bounded counts, freshness of datasets, what the site holds."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from blacklists.models import Listing, lists
from records.catalog import catalog
from records.dataset import Category
from records.models import Batch, Company, Event, Record

MINUTE = 60
# So many rows are counted; of more, the reports tell how many there are.
COUNTED = 10_000


@dataclass(frozen=True)
class Count:
    """A number of rows; ``more`` when there are others, which nobody counts."""

    number: int
    more: bool = False

    def __bool__(self) -> bool:
        return self.number > 0


def bounded(rows: QuerySet, limit: int = COUNTED) -> Count:
    """The number of rows, counted up to ``limit`` only: an exact count of millions takes seconds."""
    number = rows.order_by()[: limit + 1].count()
    return Count(min(number, limit), more=number > limit)


def _key(name: str, clock: tuple[int, int] | None = None) -> str:
    """Another one after every act and every day."""
    return ":".join(map(str, (name, *(clock or Event.objects.clock()), timezone.localdate())))


def freshness(clock: tuple[int, int] | None = None) -> dict[str, datetime]:
    """When each public dataset was last published, by slug; a dataset without data is not in it.

    ``clock`` is the present one of the log (``Event.objects.clock()``), for those who have asked for it already.
    """
    return cache.get_or_set(_key("freshness", clock), _freshness, MINUTE)


def _freshness() -> dict[str, datetime]:
    # Of what is not public not even the day is told on which it came.
    public = [dataset.slug for dataset in catalog().of()]
    published = Batch.objects.filter(state=Batch.State.PUBLISHED, dataset__in=public).order_by()
    return dict(published.values_list("dataset").annotate(Max("published_at")))


def last_event_at() -> datetime | None:
    """When the public side last changed."""
    told = Event.objects.public().told().values_list("at", flat=True)
    return cache.get_or_set(_key("last-event"), lambda: told.order_by("-number").first(), MINUTE)


def list_counts() -> dict[str, Count]:
    """Companies on each public list today, by slug; remembered for a minute after each change of the log."""
    key = _key("list-counts")
    return cache.get_or_set(key, _list_counts, MINUTE)


def _list_counts() -> dict[str, Count]:
    current = Listing.objects.public().current()
    return {found.slug: bounded(current.filter(dataset=found.slug)) for found in lists()}


def newest_listings(limit: int = 8) -> list[Listing]:
    """The entries decided last on the lists of abnormal operation and serious discredit."""
    current = Listing.objects.public().current()
    newest = []
    # List by list, since each has an index by date and all together have none.
    for found in lists(Category.ABNORMAL, Category.BLACKLIST):
        newest += current.filter(dataset=found.slug, decided_on__isnull=False).order_by("-decided_on", "-id")[:limit]
    return sorted(newest, key=lambda entry: (entry.decided_on, entry.id), reverse=True)[:limit]


def holdings() -> dict:
    """What the site holds, as of when; remembered for a minute after each change of the log."""
    key = _key("holdings")
    return cache.get_or_set(key, _holdings, MINUTE)


def _holdings() -> dict:
    return {
        "companies": held(Company.objects.public(), [dataset.slug for dataset in catalog().of() if dataset.registers]),
        "records": held(Record.objects.public(), [dataset.slug for dataset in catalog().of()]),
        "as_of": last_event_at(),
        "newest": newest_listings(),
        "freshness": freshness(),
    }


def held(public: QuerySet, datasets: list[str]) -> Count:
    """How many of these are public, which records of these datasets make so: exact while few, else "more than" a round number.

    Counting a million takes a second. The round number comes from the published batches, less what was taken off since.
    """
    counted = bounded(public, COUNTED)
    return Count(max(_rounded_down(_reported(datasets)), COUNTED), more=True) if counted.more else counted


def _reported(datasets: list[str]) -> int:
    """At least so many records of public datasets are in effect; what is restored, or waited for its company, comes on top."""
    published = Batch.objects.filter(state=Batch.State.PUBLISHED, dataset__in=datasets)
    gone = (Record.State.WITHDRAWN, Record.State.REPAIRED, Record.State.EXPIRED)
    ended = Record.objects.filter(state__in=gone, ended_event__isnull=False, dataset__in=datasets)
    return (published.aggregate(rows=Sum("new"))["rows"] or 0) - ended.count()


def _rounded_down(number: int) -> int:
    """To two significant digits: 2,984,311 is more than 2,900,000. What ends today before the job has told is below that."""
    step = 10 ** max(len(str(abs(number))) - 2, 0)
    return number // step * step

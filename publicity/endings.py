"""What may still be said of what is no longer public: the kind of information, the act and the day. No value, and not whose it was."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from records.catalog import catalog
from records.dataset import Dataset
from records.models import Company, Event, Record


@dataclass(frozen=True)
class Ending:
    """That something was public until the act ``event`` ended it; where no act has yet, ``event`` is that of its publication."""

    dataset: Dataset
    act: Event.Kind
    on: date | None
    event: int


def ending_of_record(key: str) -> Ending | None:
    """None for a record that never was public."""
    public, today = {dataset.slug: dataset for dataset in catalog().of()}, timezone.localdate()
    shown = Record.objects.filter(key=key, dataset__in=public, id__lte=Event.objects.head(), published_from__lte=today)
    last = shown.order_by("-id").first()
    if last is None:
        return None
    dataset, event = public[last.dataset], _event(last.ended_event)
    # Its period may be over and the act that says so not written yet.
    return _by(event, dataset) if event else Ending(dataset, Event.Kind.EXPIRED, last.published_until, last.id)


def ending_of_company(code: str) -> Ending | None:
    """How the registration of a company ended; None for one that never was public."""
    company = Company.objects.filter(id__lte=Event.objects.head()).by_code(code).first()
    event = company and _event(company.ended_event)
    public = {dataset.slug: dataset for dataset in catalog().of()}
    return _by(event, public[event.dataset]) if event and event.dataset in public else None


def _event(number: int | None) -> Event | None:
    return Event.objects.filter(number=number).first() if number else None


def _by(event: Event, dataset: Dataset) -> Ending:
    return Ending(dataset, Event.Kind(event.kind), timezone.localdate(event.at), event.number)

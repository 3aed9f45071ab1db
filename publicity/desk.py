"""The front page of a member of staff: what waits for them, what is late, what changed today, within their agencies."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from publicity.profile import language
from records.catalog import catalog
from records.dataset import Dataset
from records.models import Batch, Membership, StagedRow, TrailEntry, accounts_for
from records.rhythm import overdue

SHOWN = 10
COUNTED = 1000
_State, _Act = Batch.State, TrailEntry.Kind
# What its uploader has not finished with, and how long a batch sent back or refused is called to mind.
UNFINISHED = (_State.STAGING, _State.STAGED, _State.SUBMITTED, _State.RETURNED, _State.REFUSED, _State.FAILED)
REMEMBERED = timedelta(days=31)
CHANGES = (_Act.PUBLISH, _Act.ROLL_BACK, _Act.CORRECT, _Act.WITHDRAW, _Act.REPAIR)


@dataclass(frozen=True)
class Late:
    """A dataset whose next report is late by so many days; working days where it is reported daily."""

    dataset: Dataset
    title: str
    last: date
    days: int


def desk(user) -> dict:
    """What the front page tells this reader; what the role may not do is not there. As many questions whatever there is."""
    may = {name: user.has_perm(f"records.{name}_batch") for name in ("view", "add", "review")}
    told = {f"may_{name}": allowed for name, allowed in may.items()}
    if not may["view"]:
        return told | {"accounts": _accounts(user)}
    datasets = Membership.datasets_of(user)
    batches = Batch.objects.filter(dataset__in=[dataset.slug for dataset in datasets])
    told |= _mine(batches, user) if may["add"] else {}
    told |= _waiting(batches, user) if may["review"] else {}
    return told | {
        "pending_count": bounded(_pending(datasets)),
        "accounts": _accounts(user),
        **_late(batches, datasets),
        **_today(datasets, user),
    }


def _mine(batches: QuerySet, user) -> dict:
    """The reader's newest batches, and how many of the last weeks are in each unfinished state."""
    mine = batches.filter(uploaded_by=user)
    recent = mine.filter(state__in=UNFINISHED, uploaded_at__gte=timezone.now() - REMEMBERED).order_by()
    counted = dict(recent.values_list("state").annotate(Count("id")))
    return {
        "mine": titled(mine),
        "mine_states": [(state.value, state.label, counted[state]) for state in UNFINISHED if state in counted],
    }


def _waiting(batches: QuerySet, user) -> dict:
    waiting = batches.filter(state=_State.SUBMITTED).exclude(uploaded_by=user).order_by("submitted_at")
    return {"waiting": titled(waiting), "waiting_count": bounded(waiting)}


def _pending(datasets: list[Dataset]) -> QuerySet:
    own = [dataset.slug for dataset in datasets]
    return StagedRow.objects.filter(kind=StagedRow.Kind.PENDING, batch__state=_State.PUBLISHED, dataset__in=own)


def _late(batches: QuerySet, datasets: list[Dataset]) -> dict:
    """The datasets whose rhythm is passed, latest first, and how many were never reported."""
    last = batches.last_reports()
    today = timezone.localdate()
    found = []
    for dataset in datasets:
        if dataset.slug in last:
            day = timezone.localdate(last[dataset.slug])
            found.append(Late(dataset, title(dataset.slug), day, overdue(dataset.frequency, day, today)))
    late = sorted((each for each in found if each.days), key=lambda each: -each.days)
    return {"late": late, "never": len(datasets) - len(found)}


def _today(datasets: list[Dataset], user) -> dict:
    """The acts of today that changed what the public sees, newest first, and how many there were of each kind."""
    own = [dataset.slug for dataset in datasets]
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    acts = TrailEntry.objects.filter(at__gte=midnight, kind__in=CHANGES, dataset__in=own)
    counted = dict(acts.order_by().values_list("kind").annotate(Count("id")))
    shown = list(acts.select_related("by").order_by("-id")[:SHOWN])
    for act in shown:
        act.shown_title, act.address = title(act.dataset), _address(act)
    return {
        "today": shown,
        "today_counts": [(kind.value, kind.label, counted[kind]) for kind in CHANGES if kind in counted],
        "may_read_trail": user.has_perm("records.view_trailentry"),
    }


def _address(act: TrailEntry) -> str:
    """A batch has a page; a record is found by its key, since its newest version is another one by now."""
    if act.object_kind == "batch":
        return reverse("admin:records_batch_change", args=[act.object_id])
    return reverse("admin:records_record_changelist") + f"?q={act.object_id}"


def _accounts(user) -> dict | None:
    """For those who manage accounts: how many of these are in use, and those without a role, who can do nothing."""
    if not user.has_perm("auth.view_user"):
        return None
    active = accounts_for(user).filter(is_active=True, is_staff=True)
    return {"active": active.count(), "idle": active.filter(groups=None, is_superuser=False).count()}


def titled(batches: QuerySet) -> list[Batch]:
    """The first batches, each with the title of its dataset in the language of the page."""
    found = list(batches.select_related("uploaded_by")[:SHOWN])
    for batch in found:
        batch.shown_title = title(batch.dataset)
    return found


def title(slug: str) -> str:
    """The title of a dataset in the language of the page."""
    return catalog().datasets[slug].text("title", language())


def bounded(rows: QuerySet) -> str:
    """How many rows, counted up to a bound so that millions cost no more."""
    count = rows.order_by()[: COUNTED + 1].count()
    return f"{COUNTED}+" if count > COUNTED else str(count)

"""Working on a batch under a lease: claim, go on where the last worker stopped, hand over when killed.

A batch is claimed by one conditional UPDATE. Every chunk is one transaction that first moves the cursor under the claim's
token: a worker that was overtaken moves no row and stops (fencing), so no row is lost and none is done twice.
"""

import logging
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone

from records.ingest import publishing, rollback, settling, staging
from records.models import Batch, Record

LEASE = timedelta(seconds=settings.IMPORT_LEASE_SECONDS)
MAX_ATTEMPTS = 3
MOST_ATTEMPTS_COUNTED = 1000
_log = logging.getLogger(__name__)
_STEPS = {
    Batch.State.STAGING: staging.stage,
    Batch.State.CANCELLING: staging.clear,
    Batch.State.PUBLISHING: publishing.publish,
    Batch.State.ROLLING_BACK: rollback.roll_back,
    Batch.State.PUBLISHED: settling.settle,
    Batch.State.ROLLED_BACK: settling.settle,
}


class Fenced(Exception):
    """Another worker has taken the batch over, or a person has stopped it."""


class Job:
    """One claim of one batch. Only its methods write to the batch, and only while the claim holds."""

    def __init__(self, batch: Batch, token: str):
        self.batch, self.token = batch, token
        # The third time, so that the row at which the batch breaks off can be named.
        self.careful = batch.state == Batch.State.STAGING and batch.attempts >= MAX_ATTEMPTS

    def update(self, **columns: Any) -> None:
        """Set columns of the batch and renew the lease; ``Fenced`` when the claim is lost."""
        held = Batch.objects.filter(pk=self.batch.pk, token=self.token, cursor=self.batch.cursor)
        if not held.update(lease_until=timezone.now() + LEASE, **columns):
            raise Fenced(f"batch {self.batch.pk} is no longer this worker's")
        for name, value in columns.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.batch, name, value)

    def advance(self, cursor: int, **added: int) -> None:
        """Move the cursor and add to counters, inside the transaction that does the chunk's work."""
        calm = {} if self.careful else {"attempts": 0}
        self.update(cursor=cursor, **calm, **{name: F(name) + count for name, count in added.items()})
        for name, count in added.items():
            setattr(self.batch, name, getattr(self.batch, name) + count)

    def calm_down(self) -> None:
        """The rows that were doubtful are done: the next failure is the first of another place."""
        self.careful = False
        self.update(attempts=0, trying=0)

    def finish(self, state: str, **columns: Any) -> None:
        """Close this step: the state it leads to, the cursor back at the start, the claim given up."""
        self.update(state=state, cursor=0, attempts=0, token="", **columns)
        self.batch.refresh_from_db()


def claim(batch_id: int | None = None) -> Job | None:
    """The oldest batch that needs a worker and has none (or the one named), or None."""
    now = timezone.now()
    free = Batch.objects.waiting().filter(Q(lease_until=None) | Q(lease_until__lt=now) | Q(token=""))
    if batch_id is not None:
        free = free.filter(pk=batch_id)
    for batch in free.order_by("pk")[:20]:
        token = secrets.token_hex(16)
        taken = free.filter(pk=batch.pk, state=batch.state, attempts=batch.attempts).update(
            token=token,
            lease_until=now + LEASE,
            attempts=Least(F("attempts") + 1, MOST_ATTEMPTS_COUNTED),
            claimed_at=now,
            claimed_from=batch.progress()[0],
        )
        if taken:
            batch.refresh_from_db()
            return Job(batch, token)
    return None


def run(batch_id: int | None = None) -> Batch | None:
    """Claim a batch and do all it needs now; the batch, or None when there was nothing to claim.

    A batch that was given up ``MAX_ATTEMPTS`` times without moving on fails and says after which row.
    """
    job = claim(batch_id)
    if job is None:
        return None
    if job.batch.attempts > MAX_ATTEMPTS and job.batch.state == Batch.State.STAGING:
        job.finish(Batch.State.FAILED, problem=[_broke_off(job.batch)])
        return job.batch
    try:
        _STEPS[Batch.State(job.batch.state)](job)
    except Fenced:
        _log.warning("batch %s was taken over or stopped", job.batch.pk)
        return job.batch
    except Exception:
        Batch.objects.filter(pk=job.batch.pk, token=job.token).update(lease_until=timezone.now() + timedelta(seconds=5))
        raise
    if job.batch.unsettled or job.batch.state == Batch.State.ROLLING_BACK:
        return run(batch_id or job.batch.pk) or job.batch
    return job.batch


def _broke_off(batch: Batch) -> dict[str, str]:
    if batch.trying > batch.cursor:
        row = batch.trying
        return {"zh": f"第 {row} 行连续 {MAX_ATTEMPTS} 次处理失败，已停止", "en": f"row {row} failed {MAX_ATTEMPTS} times; stopped"}
    row = batch.cursor
    return {"zh": f"处理第 {row} 行之后的数据时多次中断", "en": f"broke off repeatedly after row {row}"}


def expire() -> int:
    """End the records whose publication period is over; they went off the site at their moment, this logs it."""
    done = 0
    for record in Record.objects.overdue()[:500]:
        with transaction.atomic():
            done += record.expire()
    return done

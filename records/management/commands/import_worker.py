"""``manage.py import_worker``: stages and publishes batches until it is stopped. Several may run."""

import gc
import logging
import signal
import time

from django.core.checks import Tags
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from records import search
from records.ingest import keeping, settling, work
from records.models import seal

_log = logging.getLogger(__name__)
HOUSEKEEPING_SECONDS = 60
SWEEPING_SECONDS = 3600


class Command(BaseCommand):
    help = "Stage and publish batches as they come; run it under a supervisor that restarts it."
    # The declarations among them. The others load every page of the site: 18 MB and half the time of a start for nothing.
    requires_system_checks = (Tags.models,)
    _stopping = False

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is waiting, then stop")
        parser.add_argument("--idle", type=float, default=1.0, help="seconds between looks at an empty queue")

    def handle(self, *, once, idle, **_options):
        signal.signal(signal.SIGTERM, self._stop)
        # Rows are many small objects without cycles; looking for cycles in them took a fifth of the time.
        gc.set_threshold(100_000, 20, 20)
        kept_house = swept = 0.0
        while not self._stopping:
            worked = self._step(work.run)
            if not worked and time.monotonic() - kept_house > HOUSEKEEPING_SECONDS:
                self._step(settling.attach_pending)
                self._step(seal)
                self._step(search.absorb_new_names)
                # Many periods can end on one day; what is left is done at the next look, batches first.
                if not self._step(work.expire):
                    kept_house = time.monotonic()
                if time.monotonic() - swept > SWEEPING_SECONDS:
                    self._step(keeping.sweep)
                    swept = time.monotonic()
            if once and not worked:
                return
            if not worked:
                time.sleep(idle)

    def _step(self, act):
        """One act; a failure is logged and, for a batch, retried when its lease is over."""
        try:
            return act()
        except OperationalError:
            _log.exception("the database is not there; trying again")
            close_old_connections()
            time.sleep(1)
        except Exception:
            _log.exception("an import failed; it is tried again")
        return None

    def _stop(self, *_):
        # Raised while a library cleans up, the exception is lost; then the loop ends after this step.
        self._stopping = True
        raise SystemExit(0)

"""``manage.py watch_dropbox DIR --by USER``: takes in the files agencies deliver by transfer; a second person publishes them.

How files are named and what becomes of them stands in ``records/dropbox.py``. Of several watchers of one folder one works and
the others wait.
"""

import fcntl
import gc
import os
import signal
import time
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError

from records.dropbox import Dropbox


class Command(BaseCommand):
    help = "Take in files delivered into a folder, named by their dataset; run it under a supervisor, or --once from cron."
    # The declarations among them. The others load every page of the site: 18 MB and half the time of a start for nothing.
    requires_system_checks = (Tags.models,)
    _stopping = False

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path)
        parser.add_argument("--by", required=True, help="user name under which the files are reported")
        parser.add_argument("--once", action="store_true", help="take what is complete now, then stop")
        parser.add_argument("--settle", type=float, default=30.0, help="seconds a file must not have changed")
        parser.add_argument("--skip-invalid", action="store_true", help="submit the valid rows of a file with invalid ones")

    def handle(self, *, folder, by, once, settle, skip_invalid, **_options):
        signal.signal(signal.SIGTERM, self._stop)
        # As in import_worker: rows are many small objects without cycles.
        gc.set_threshold(100_000, 20, 20)
        box = Dropbox(folder, by=self._reporter(by), settle=settle, skip_invalid=skip_invalid, tell=self.stdout.write)
        try:
            box.prepare()
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as problem:
            raise CommandError(f"{problem.filename}: {problem.strerror}") from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if once else 0))
            self._watch(box, pause=min(max(settle, 0.2), 5.0), once=once)
        except BlockingIOError:
            self.stdout.write("another watcher is at work in this folder")
        finally:
            os.close(lock)

    def _watch(self, box: Dropbox, *, pause: float, once: bool) -> None:
        box.look()
        while not self._stopping:
            # A file is taken when two looks have seen it unchanged.
            time.sleep(pause)
            box.look()
            if once:
                return

    def _reporter(self, name: str):
        try:
            user = get_user_model().objects.get_by_natural_key(name)
        except get_user_model().DoesNotExist:
            raise CommandError(f"no user {name!r}") from None
        if not user.has_perm("records.add_batch"):
            raise CommandError(f"user {name!r} may not report files")
        return user

    def _stop(self, *_):
        # As in import_worker: the exception can be lost.
        self._stopping = True
        raise SystemExit(0)

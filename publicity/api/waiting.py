"""Waiting for the next event inside a request (long polling), without tying up the site."""

import threading
import time
from collections.abc import Callable

from django.conf import settings

from publicity.turns import TURNS

POLL_SECONDS = 0.5
RETRY_SECONDS = 5


class Waiting:
    """Lets at most ``API_WAITERS`` requests of this process wait at a time; the others are answered at once."""

    def __init__(self):
        self._lock, self._count = threading.Lock(), 0

    def until(self, happened: Callable[[], bool], seconds: int) -> bool:
        """Wait until something has happened, for at most so many seconds; False at once when too many wait already."""
        with self._lock:
            if self._count >= settings.API_WAITERS:
                return False
            self._count += 1
        try:
            end = time.monotonic() + seconds
            while not happened() and (left := end - time.monotonic()) > 0:
                with TURNS.given_up():
                    time.sleep(min(POLL_SECONDS, left))
        finally:
            with self._lock:
                self._count -= 1
        return True


WAITING = Waiting()

"""Requests of a process take turns: threads that compute at the same time hinder each other.

Every row a database hands over lets another thread have Python's lock, and asking for it back takes longer than the row: two threads that
answer at once need twice the processor time of one that answers after the other. Threads are for those who wait.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

# While an answer takes longer than this others go in whatever: a slow one holds nobody up, and hinders a little those beside it.
PATIENCE = 0.1
# Where requests wait longer than this, another process may be free.
LONG = 0.01


class Turns:
    """Lets one request at a time through to a WSGI application, as long as each is quick. What is streamed follows outside of a turn."""

    def __init__(self, patience: float = PATIENCE):
        self._patience, self._since, self._waited = patience, 0.0, 0.0
        self._turn, self._mine = threading.Lock(), threading.local()

    def around(self, application: Callable) -> Callable:
        def in_turn(environ: dict, start_response: Callable):
            self._take()
            try:
                return application(environ, start_response)
            finally:
                self._leave()

        return in_turn

    @property
    def long(self) -> bool:
        """Whether the last request had to wait for long."""
        return self._waited > LONG

    @contextlib.contextmanager
    def given_up(self) -> Iterator[None]:
        """For a request that is going to wait: others have its turn meanwhile."""
        had = self._leave()
        try:
            yield
        finally:
            if had:
                self._take()

    def _take(self) -> None:
        begun = now = time.monotonic()
        # Each of those before has its patience.
        while not (has := self._turn.acquire(timeout=max(0.0, self._since + self._patience - now))):
            now = time.monotonic()
            if now >= self._since + self._patience:
                break
        self._mine.has, self._waited = has, time.monotonic() - begun
        if has:
            self._since = begun + self._waited

    def _leave(self) -> bool:
        had, self._mine.has = getattr(self._mine, "has", False), False
        if had:
            self._turn.release()
        return had


TURNS = Turns()

"""Requests of a process take turns (``gunicorn.conf.py``): threads that compute at the same time hinder each other.

Every row a database hands over lets another thread have Python's lock, and asking for it back takes longer than the row: two threads that
answer at once need twice the processor time of one that answers after the other. Threads are for those who wait.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

# While an answer takes longer than this others go in whatever: a slow one holds nobody up, and hinders a little those beside it.
PATIENCE = 0.1
# Where requests wait longer than this, another process may be free; one in so many of them goes and looks.
LONG, MANY = 0.01, 8


class Turns:
    """One request at a time has the turn, as long as each is quick; a thread takes it before it answers and leaves it after."""

    def __init__(self, patience: float = PATIENCE):
        self._patience, self._since, self._long = patience, 0.0, 0
        self._turn, self._mine = threading.Lock(), threading.local()

    @contextlib.contextmanager
    def given_up(self) -> Iterator[None]:
        """For a request that is going to wait: others have its turn meanwhile."""
        had = self.leave()
        try:
            yield
        finally:
            if had:
                self.take()

    def take(self) -> bool:
        """Wait for the turn, though not for a slow answer; whether others would do well to look for another process."""
        begun = now = time.monotonic()
        # Each of those before has its patience.
        while not (has := self._turn.acquire(timeout=max(0.0, self._since + self._patience - now))):
            now = time.monotonic()
            if now >= self._since + self._patience:
                break
        self._mine.has, now = has, time.monotonic()
        if has:
            self._since = now
        self._long += now - begun > LONG
        crowded = self._long >= MANY
        self._long %= MANY
        return crowded

    def leave(self) -> bool:
        """Let the next have it; whether this thread had it."""
        had, self._mine.has = getattr(self._mine, "has", False), False
        if had:
            self._turn.release()
        return had


TURNS = Turns()

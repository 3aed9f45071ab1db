"""What a process has made already, kept for the next who asks: bounded, and only under keys that change with what it was made of."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sized
from threading import Lock
from typing import TypeVar

# What keeping anything takes beside what is kept.
ENTRY = 500
Thing = TypeVar("Thing", bound=Sized)


class Remembered:
    """Things by key that come to ``room`` at most with their keys; what was not asked for the longest is forgotten first."""

    def __init__(self, room: int):
        self._room, self._held = room, 0
        self._kept: OrderedDict[Hashable, tuple[Sized, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """What is kept under the key, made now if nothing is.

        Nothing large is kept, since a few would be all there is room for, and None is not.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        made = make()
        if made is not None and len(made) <= self._room // 16:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: Sized) -> None:
        weight = len(made) + len(repr(key)) + ENTRY
        with self._lock:
            self._held += weight - self._kept.pop(key, (made, 0))[1]
            self._kept[key] = made, weight
            while self._held > self._room:
                self._held -= self._kept.popitem(last=False)[1][1]

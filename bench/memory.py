"""How much memory a process holds together with those it starts."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path


class Memory:
    """The most memory, in kB, that a process and those it started held together, looked at ten times a second."""

    def __init__(self, root: int):
        self.root, self.peak, self._done = root, 0, threading.Event()

    def __enter__(self) -> "Memory":
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, sum(map(resident, family(self.root))))


def family(process: int) -> Iterator[int]:
    yield process
    with contextlib.suppress(OSError):
        for started in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split():
            yield from family(int(started))


def resident(process: int) -> int:
    """What it holds alone and its share of what several hold."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0

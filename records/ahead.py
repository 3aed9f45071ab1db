"""A generator that works in a process of its own, or in several, while the caller uses what it made before."""

import contextlib
import gc
import itertools
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

_GIVEN, _RAISED, _DONE = "given", "raised", "done"
_NOTHING = object()
_SITE = Path(__file__).parents[1]
PROCESSORS = len(os.sched_getaffinity(0))
TWO_PROCESSORS = PROCESSORS > 1


def ahead(generate: Callable[..., Iterator], *arguments: Any, inputs: Iterable | None = None, processes: int = 1) -> Iterator:
    """What ``generate(*arguments)`` yields, each item made while the caller works on the one before.

    With ``inputs`` it is called as ``generate(inputs, *arguments)`` and has to yield one item for each; those are made here, one
    before it is needed. Several ``processes`` take the inputs in turns, so what is made of one must not depend on another; items
    come in the order of their inputs all the same. What the generator raises is raised here. Function, arguments, inputs and items
    are pickled; the function must not need Django's models, whose loading takes a second and 60 MB. Its process ends with this
    one, however that ends; should it be killed itself, ``ChildProcessError`` is raised.
    """
    coming = _messages(inputs)
    with contextlib.ExitStack() as started:
        working = [started.enter_context(_process(generate, arguments, inputs is not None)) for _ in range(processes)]
        for process in working:
            _hand_over(next(coming), process.stdin)
        items = [(_received(process.stdout), process.stdin) for process in working]
        for received, waiting in itertools.cycle(items):
            message = next(coming)
            if (item := next(received, _NOTHING)) is _NOTHING:
                return
            _hand_over(message, waiting)
            yield item
            # Here and below: or two chunks at a time were held, some 25 MB each.
            del item, message


@contextlib.contextmanager
def _process(*task: Any) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "records.ahead"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_SITE) as process:
        try:
            pickle.dump(task, process.stdin)
            process.stdin.flush()
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()


def _messages(inputs: Iterable | None) -> Iterator[tuple[str, Any] | None]:
    """Each input, and to every process that there is none any more; nothing at all where no inputs are read."""
    if inputs is not None:
        yield from ((_GIVEN, item) for item in inputs)
        yield from itertools.repeat((_DONE, None))
    yield from itertools.repeat(None)


def _hand_over(message: tuple[str, Any] | None, task: BinaryIO) -> None:
    """The process waits for a message, so that it is read at once."""
    if message is None:
        return
    # Should nobody read any more, that is told by what does not come back.
    with contextlib.suppress(BrokenPipeError):
        pickle.dump(message, task, pickle.HIGHEST_PROTOCOL)
        task.flush()


def _received(given: BinaryIO) -> Iterator:
    while True:
        try:
            kind, content = pickle.load(given)  # noqa: S301 - from our own process
        except EOFError:
            raise ChildProcessError("the other process has died") from None
        if kind == _RAISED:
            raise content
        if kind == _DONE:
            return
        yield content
        del content


def _work() -> None:
    # Whoever stops the caller stops this process through it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(100_000, 20, 20)
    given = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # A caller that no longer listens has been killed or has had enough.
    with contextlib.suppress(BrokenPipeError), given, ThreadPoolExecutor(1) as sender:
        last = sender.submit(given.flush)
        for answer in _answers():
            message = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
            del answer
            # A thread waits for the caller to take an item, while the next one is made.
            last.result()
            last = sender.submit(_send, message, given)
        last.result()


def _send(message: bytes, given: BinaryIO) -> None:
    given.write(message)
    given.flush()


def _answers() -> Iterator[tuple[str, Any]]:
    try:
        generate, arguments, fed = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
        for item in generate(_received(sys.stdin.buffer), *arguments) if fed else generate(*arguments):
            yield _GIVEN, item
            del item
    except Exception as problem:
        yield _RAISED, problem
    else:
        yield _DONE, None


if __name__ == "__main__":
    _work()

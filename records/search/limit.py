"""No query of a visitor runs longer than half a second: it is cut, on both databases, and says so."""

import contextlib
import time
from collections.abc import Iterator

from django.db import OperationalError, connection, transaction

SECONDS = 0.5
# SQLite asks whether to go on after so many instructions of its machine, a fraction of a millisecond.
_INSTRUCTIONS = 20_000
# A rare term is never looked for by reading every name, whatever PostgreSQL thinks of its frequency. Where names are just read,
# reading begins at the first, or each time it is asked a search would find others.
_PLANNER = "SET LOCAL enable_seqscan = off; SET LOCAL synchronize_seqscans = off"
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in ("enable_seqscan", "synchronize_seqscans", "statement_timeout"))


class QueryTooLong(Exception):
    """The database was still busy when the time was over; a longer or rarer word finds faster."""


@contextlib.contextmanager
def within(seconds: float | None = None) -> Iterator[None]:
    """Cut whatever the database does inside after ``seconds`` (``SECONDS``) and raise ``QueryTooLong``.

    Inside another such block the outer one rules.
    """
    if getattr(connection, "_cut_at", None):
        yield
        return
    connection.ensure_connection()
    connection._cut_at = until = time.monotonic() + (SECONDS if seconds is None else seconds)
    try:
        with _on_postgresql(until) if connection.vendor == "postgresql" else _on_sqlite(until):
            yield
    except OperationalError as error:
        # The server counts whole milliseconds.
        if time.monotonic() < until - 0.005:
            raise
        raise QueryTooLong from error
    finally:
        connection._cut_at = None


@contextlib.contextmanager
def _on_sqlite(until: float) -> Iterator[None]:
    handle = connection.connection
    handle.set_progress_handler(lambda: time.monotonic() > until, _INSTRUCTIONS)
    try:
        with connection.execute_wrapper(_refuse_after(until)):
            yield
    finally:
        handle.set_progress_handler(None, 0)


@contextlib.contextmanager
def _on_postgresql(until: float) -> Iterator[None]:
    if not connection.in_atomic_block:
        with connection.execute_wrapper(_limit_alone(until)):
            yield
        return
    with transaction.atomic(), connection.execute_wrapper(_limit_each(until)):
        yield
    with connection.cursor() as cursor:
        cursor.execute(_AS_BEFORE)


def _refuse_after(until: float):
    def execute(run, sql, parameters, many, context):
        if time.monotonic() > until:
            raise QueryTooLong
        return run(sql, parameters, many, context)

    return execute


def _left(until: float) -> int:
    """The milliseconds that are left."""
    if (left := int((until - time.monotonic()) * 1000)) <= 0:
        raise QueryTooLong
    return left


def _limit_alone(until: float):
    """Every statement goes to the server with its limits before it in one message, which is a transaction by itself."""

    def execute(run, sql, parameters, many, context):
        left, cursor = _left(until), context["cursor"].cursor
        # One that is prepared takes no other before it: that is the look at the log (records/prepared.py).
        if not hasattr(cursor, "mogrify"):
            return run(sql, parameters, many, context)
        answer = run(f"{_PLANNER}; SET LOCAL statement_timeout = {left}; {sql}", parameters, many, context)
        while cursor.nextset():
            pass
        return answer

    return execute


def _limit_each(until: float):
    """Every statement gets the time that is left; the server is told again only when that has shrunk by a tenth of a second."""
    told = None

    def execute(run, sql, parameters, many, context):
        nonlocal told
        left = _left(until)
        if told is None or told - left > 100:
            told = left
            # With a cursor of its own: that of the statement may be one that takes no two at once.
            context["connection"].connection.execute(f"{_PLANNER}; SET LOCAL statement_timeout = {left}")
        return run(sql, parameters, many, context)

    return execute

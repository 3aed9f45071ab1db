"""One management command with a look, a hundred times a second, at what it is doing.

``python bench/where_time_goes.py OUTPUT COMMAND …`` runs ``manage.py COMMAND …`` and writes ``{part: share of the time}`` as JSON.
A sample belongs to the innermost call that names a part.
"""

import json
import os
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
# What a function of a file, or any function of a file or directory, is doing.
PARTS = {
    ("records/files/reading.py", ""): "reading",
    ("records/files/parsing.py", "data_rows"): "reading",
    ("records/ahead.py", ""): "waiting for what is made ahead",
    ("records/newcomers.py", ""): "companies",
    ("records/rows.py", "parse_rows"): "parsing",
    ("records/rows.py", "row_errors"): "parsing",
    ("records/rows.py", "columns_of"): "keys and digests",
    ("records/ingest/staging.py", "compare"): "matching",
    ("records/ingest/staging.py", "_stage_chunk"): "writing",
    ("records/ingest/publishing.py", "_count_periods_from"): "periods",
    ("records/ingest/publishing.py", "_make_companies"): "companies",
    ("records/ingest/publishing.py", "_publish_chunk"): "writing",
    ("records/models/company.py", "add_entries"): "index",
    ("records/ingest/settling.py", ""): "settling",
    ("django/db/backends/base/base.py", "_commit"): "commit",
    ("django/core/management/__init__.py", "fetch_command"): "starting",
    ("django/__init__.py", "setup"): "starting",
}


def part_of(frame: FrameType | None) -> str:
    """The part that the innermost of these calls belongs to; events are told from records by the statement."""
    while frame is not None:
        path, name = frame.f_code.co_filename, frame.f_code.co_name
        if name == "execute" and "INSERT INTO records_event" in str(frame.f_locals.get("sql", "")):
            return "events"
        for (file, function), part in PARTS.items():
            if path.endswith(file) and function in ("", name):
                return part
        frame = frame.f_back
    return "other"


def watch(thread: int, found: Counter, done: threading.Event) -> None:
    while not done.wait(0.01):
        found[part_of(sys._current_frames().get(thread))] += 1


def main(output: str, *command: str) -> None:
    found, done = Counter(), threading.Event()
    watcher = threading.Thread(target=watch, args=(threading.get_ident(), found, done), daemon=True)
    watcher.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
    sys.path.insert(0, str(ROOT))
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - its time counts as well

    try:
        execute_from_command_line(["manage.py", *command])
    finally:
        done.set()
        watcher.join()
        total = max(1, found.total())
        shares = {part: count / total for part, count in found.most_common()}
        Path(output).write_text(json.dumps({"seconds": time.process_time(), "shares": shares}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

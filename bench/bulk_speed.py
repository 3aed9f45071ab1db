"""How fast a dump is made, beside reading the same rows with one SELECT and, on PostgreSQL, ``COPY … TO``, in one run.

``make bench-bulk`` runs it on SQLite and PostgreSQL; ``ROWS=1000000 make bench-bulk`` for a larger table. The rows are fictional.
The export runs in a process of its own; printed are the processors' time and the most memory it and those it starts took, each without
what a process that has nothing to export takes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import django

ROWS = int(os.environ.get("ROWS", "200000"))
ROOT = Path(__file__).resolve().parent.parent
SLUG = "tax-penalty"
CHUNK = 20_000

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
os.environ |= {"LOG_LEVEL": "ERROR", "DEBUG": "0", "SECRET_KEY": "bench" * 10, "ALLOWED_HOSTS": "localhost"}
sys.path.insert(0, str(ROOT))
WORK = tempfile.TemporaryDirectory(prefix="bench-bulk-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{WORK.name}/bench.sqlite3")
os.environ["BULK_DIR"] = f"{WORK.name}/bulk"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.memory import Memory  # noqa: E402
from bench.published import LOGGED  # noqa: E402
from records import uscc  # noqa: E402
from records.bulk import insert_rows  # noqa: E402
from records.catalog import catalog  # noqa: E402
from records.models import Company, Event, EventCounter, seal  # noqa: E402
from records.rows import COLUMNS, columns_of  # noqa: E402


def fill() -> None:
    """One fictional company with as many penalties as rows are wanted, each with every column of its example filled.

    The tree of the log is brought up to date, as a worker does it while the rows come.
    """
    dataset, today, now = catalog().datasets[SLUG], timezone.localdate(), timezone.now()
    body = "MF000001"
    first = f"91980101{body}{uscc.org_check_character(body)}"
    code = first + uscc.check_character(first)
    Company.objects.create(id=1, code=code, uscc=code, name="青岚市测试贸易有限公司", name_key="青岚市测试贸易有限公司", kind="company")
    shown = [field for field in dataset.fields if not field.withheld and field.example]
    example = {field.name: value for field in shown if (value := field.parse(field.example)) is not None}
    header = ("id", "company_id", "batch_id", "published_from", "state", "ended_event", *COLUMNS)
    for start in range(1, ROWS + 1, CHUNK):
        rows, events = [], []
        for number in range(start, min(start + CHUNK, ROWS + 1)):
            values = example | {"uscc": code, "decision_no": f"青测罚字〔2026〕{number}号", "decided_on": str(today)}
            made = columns_of(dataset, values, today)
            rows.append([number, 1, None, str(today), "current", None, *(made[column] for column in COLUMNS)])
            events.append((number, now, Event.Kind.PUBLISHED, SLUG, made["key"], number, 1, None, "", made["digest"]))
        insert_rows("records_record", header, rows)
        insert_rows("records_event", LOGGED, events)
    EventCounter.objects.update(last=ROWS)
    seal()


def select() -> float:
    """Reading the rows with one statement, values as the database holds them."""
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM records_record WHERE dataset = %s ORDER BY id", [SLUG])
        while cursor.fetchmany(2000):
            pass
    return time.perf_counter() - started


def copy() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy("COPY records_record TO STDOUT") as out:
        for _ in out:
            pass
    return time.perf_counter() - started


class Child(NamedTuple):
    """What one manage.py command took: seconds, seconds of processors, MB."""

    seconds: float
    cpu: float
    memory: int


def child(*arguments: str) -> Child:
    started = time.perf_counter()
    with (
        subprocess.Popen([sys.executable, str(ROOT / "manage.py"), *arguments], stdout=subprocess.DEVNULL, cwd=ROOT) as process,
        Memory(process.pid) as memory,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return Child(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, memory.peak >> 10)


def main() -> None:
    call_command("migrate", verbosity=0)
    nothing = child("export_bulk", "--dir", f"{WORK.name}/nothing")
    fill()
    # The same rows leave in three files: NDJSON, CSV and FollowTheMoney.
    lines = [("SELECT *", select())]
    if connection.vendor == "postgresql":
        lines.append(("COPY TO STDOUT", copy()))
    made = child("export_bulk")
    lines.append(("export_bulk: NDJSON, CSV, FtM, gzip", made.seconds - nothing.seconds))
    again = child("export_bulk")
    base = lines[0][1]
    print(f"{connection.vendor}, {ROWS:,} rows of {SLUG}, {len(os.sched_getaffinity(0))} processors")
    for name, took in lines:
        print(f"  {name:<38} {took:7.2f} s  {ROWS / took:>10,.0f} rows/s  {took / base:6.1f} × SELECT")
    cpu, memory = (made.cpu - nothing.cpu) / ROWS * 1e6, made.memory - nothing.memory
    print(f"  processors: {cpu:.0f} µs a row; memory of all its processes: {made.memory} MB, {memory} MB more than with nothing to export")
    print(f"  export_bulk again, nothing changed     {again.seconds:7.2f} s (with nothing to export: {nothing.seconds:.2f} s)")
    told = json.loads((Path(os.environ["BULK_DIR"]) / "current" / "manifest.json").read_text(encoding="utf-8"))
    if told["parts"][SLUG]["rows"] != ROWS:
        raise SystemExit("not every row was exported")


main()

"""Servers on cores of their own, and the load on them: gunicorn as deployed, Datasette over a copy of the same rows, wrk."""

import contextlib
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from records.models import Company, Record

ROOT = Path(__file__).parent.parent
UV = os.environ.get("UV", "uv")
# On a smaller machine all share what there is: a server that waits for nothing leaves wrk the little it needs.
SERVED, LOADING = ({0, 1}, {2, 3}) if (os.cpu_count() or 1) >= 4 else (None, None)
CLIENTS = 8
# Every thread begins at another place of the list, wherever the last run ended.
SCRIPT = """
local asked, at = {}, 0
function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, tag = line:match("^(%S+) ?(.*)$")
    asked[#asked + 1] = wrk.format("GET", path, tag ~= "" and {["If-None-Match"] = tag} or nil)
  end
  at = tonumber(arguments[2])
end
function request()
  at = at % #asked + 1
  return asked[at]
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("told %.1f %.2f %.2f %d\\n", summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What a load of requests came to: requests a second, and the times of half and of 99 of 100 of them in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int
    seconds: float

    @property
    def answers(self) -> float:
        return self.rate * self.seconds


def load(paths: Sequence[str], ports: Sequence[int], seconds: float, *, clients: int = CLIENTS, start: int = 0) -> Load:
    """wrk asks for the paths one after the other, each with its ETag behind a space if it has one; the clients share the ports."""
    with TemporaryDirectory() as directory:
        script, asked = Path(directory, "load.lua"), Path(directory, "paths")
        script.write_text(SCRIPT)
        asked.write_text("\n".join(paths) + "\n")
        each = ["--threads", "1", "--connections", str(max(1, clients // len(ports))), "--duration", f"{seconds:.0f}s", "--timeout", "30s"]
        running = [
            subprocess.Popen(
                ["wrk", *each, "--script", str(script), f"http://127.0.0.1:{port}", "--", str(asked), str(start + number * 97)],
                stdout=subprocess.PIPE, text=True,
            )
            for number, port in enumerate(ports)
        ]  # fmt: skip
        told = [re.search(r"^told (\S+) (\S+) (\S+) (\d+)$", process.communicate()[0], re.MULTILINE) for process in running]
    figures = [[float(figure) for figure in found.groups()] for found in told]
    rates, halves, most, errors = zip(*figures, strict=True)
    return Load(sum(rates), max(halves), max(most), int(sum(errors)), seconds)


def used_by(pids: Sequence[int]) -> float:
    """Seconds of processor time that processes and their children have used: unlike rates, hardly a matter of who else is at work."""
    used = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if int(file.parent.name) in pids or int(fields[1]) in pids:
                used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def tagged(paths: Sequence[str], port: int) -> list[str]:
    """The paths with their present ETags."""
    return [f"{path} {urlopen(f'http://127.0.0.1:{port}{path}').headers['ETag']}" for path in paths]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(commands: list[list[str]], ready: list[str], **environment: str):
    """Processes on the cores for serving, until the block ends; yields their numbers."""
    pin = (lambda: os.sched_setaffinity(0, SERVED)) if SERVED else None
    how = {"cwd": ROOT, "env": os.environ | environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, preexec_fn=pin, **how) for command in commands]
    try:
        for address in ready:
            _wait_for(address, running)
        yield [process.pid for process in running]
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)


def _wait_for(address: str, running: list[subprocess.Popen]) -> None:
    for _ in range(300):
        if any(process.poll() is not None for process in running):
            raise SystemExit(f"a server ended before it answered at {address}")
        try:
            urlopen(address, timeout=5).read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"nothing answers at {address}")


def gunicorn(port: int, static: str):
    """The site as in production, on two cores and without the limit on requests."""
    production = {"DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "127.0.0.1", "STATIC_ROOT": static}
    production |= {"LOG_LEVEL": "CRITICAL", "API_RATE": "1000000000/5min"}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=os.environ | production, check=True)
    command = [".venv/bin/gunicorn", "publicity.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    return serving([command], [f"http://127.0.0.1:{port}/readyz"], **production)


def datasette(file: Path, ports: list[int]):
    """Datasette with two processes on the same two cores."""
    shared = [UV, "tool", "run", "--from", "datasette", "datasette", "serve", "--immutable", str(file), "--setting", "num_sql_threads", "4"]
    return serving([[*shared, "--port", str(port)] for port in ports], [f"http://127.0.0.1:{port}/-/versions.json" for port in ports])


def missing() -> str:
    """What is not on this machine and cannot be done without."""
    return "" if shutil.which("wrk") else "wrk is not on this machine (apt-get install wrk)"


def copy_for_datasette(file: Path) -> None:
    """The same companies and records in a file of its own: row pages by code and key, names indexed as trigrams."""
    copy = sqlite3.connect(file)
    copy.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
        "CREATE TABLE companies (code TEXT PRIMARY KEY, id INTEGER, name TEXT, status TEXT, kind TEXT, region TEXT);"
        "CREATE TABLE records (key TEXT PRIMARY KEY, company TEXT REFERENCES companies(code), dataset TEXT, decided_on TEXT,"
        " published_from TEXT, published_until TEXT, document_no TEXT, authority TEXT, content TEXT);"
    )
    companies = Company.objects.values_list("code", "id", "name", "status", "kind", "region")
    copy.executemany("INSERT INTO companies VALUES (?,?,?,?,?,?)", companies.iterator(10_000))
    columns = ("key", "company__code", "dataset", "decided_on", "published_from", "published_until", "document_no", "authority", "values")
    records = Record.objects.values_list(*columns).iterator(10_000)
    texts = ([value if value is None else str(value) for value in row] for row in records)
    copy.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?)", texts)
    copy.executescript(
        "CREATE INDEX records_company ON records(company); CREATE INDEX records_dataset ON records(dataset);"
        "CREATE VIRTUAL TABLE companies_fts USING fts5(name, content='companies', tokenize='trigram');"
        "INSERT INTO companies_fts (companies_fts) VALUES ('rebuild'); ANALYZE;"
    )
    copy.commit()
    copy.close()

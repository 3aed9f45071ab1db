"""How fast pages and API are over HTTP: ``COMPANIES=3000000 make bench-web``; beside Datasette over the same rows in the same run.

Fills ``DATABASE_URL`` with fictional companies and records (``bench/published.py``) unless it holds some, starts gunicorn with two
workers on two cores and Datasette (from PyPI by ``uvx``, in an environment of its own) with two processes on the same two cores,
and loads each from the other cores. Prints requests a second and their times, one request at a time, and how long the database alone
needs for the same rows.
"""

import argparse
import asyncio
import os
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

import django

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import published  # noqa: E402
from records.models import Company, Record  # noqa: E402
from records.prepared import rows_of  # noqa: E402

SERVED, LOADING = ({0, 1}, {2, 3}) if (os.cpu_count() or 1) >= 4 else (None, None)
CLIENTS, DRAWN = 8, 1000
LIMIT = 100
COMPANY = "SELECT * FROM records_company WHERE code = %s"
JOINED = "FROM records_record r JOIN records_company c ON c.id = r.company_id WHERE r.ended_event IS NULL"
OF_COMPANY = f"SELECT r.* {JOINED} AND c.code = %s LIMIT 101"
NEWEST = f"SELECT r.*, c.* {JOINED} ORDER BY r.id DESC LIMIT 101"


@dataclass
class Load:
    """What a load of requests came to."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 1

    def at(self, share: float) -> float:
        ranked = sorted(self.times) or [0]
        return ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds


@dataclass(frozen=True)
class Kind:
    """One kind of request: what is asked of us, what of Datasette, and of the database alone."""

    title: str
    ours: Callable[["Drawn"], list[str]]
    theirs: Callable[["Drawn"], list[str]] | None = None
    raw: tuple[str, ...] = ()
    unchanged: bool = False


@dataclass(frozen=True)
class Drawn:
    codes: list[str]
    keys: list[str]
    words: list[str]


KINDS = (
    Kind("nothing (/healthz)", lambda _: ["/healthz"], lambda _: ["/-/versions.json"]),
    Kind("profile page", lambda d: [f"/company/{code}/" for code in d.codes], lambda d: [f"/names/companies/{code}" for code in d.codes],
         (COMPANY, OF_COMPANY)),
    Kind("profile page, unchanged (304)", lambda d: [f"/company/{code}/" for code in d.codes[:100]], unchanged=True),
    Kind("JSON detail of a company", lambda d: [f"/api/v1/companies/{code}/" for code in d.codes],
         lambda d: [f"/names/companies/{code}.json" for code in d.codes], (COMPANY, OF_COMPANY)),
    Kind("JSON detail, unchanged (304)", lambda d: [f"/api/v1/companies/{code}/" for code in d.codes[:100]], unchanged=True),
    Kind("JSON of a record", lambda d: [f"/api/v1/records/{key}/" for key in d.keys],
         lambda d: [f"/names/records/{key}.json" for key in d.keys]),
    Kind("JSON page of 100 records", lambda _: [f"/api/v1/records/?limit={LIMIT}"],
         lambda _: [f"/names/records.json?_size={LIMIT}"], (NEWEST,)),
    Kind("list page", lambda _: ["/lists/samr-abnormal/"], lambda _: ["/names/records?dataset=samr-abnormal&_size=25"]),
    Kind("search page", lambda d: [f"/search/?q={quote(word)}" for word in d.words],
         lambda d: [f"/names/companies?_search={quote(word)}&_size=20" for word in d.words]),
    Kind("search JSON", lambda d: [f"/api/v1/companies/?q={quote(word)}&limit=20" for word in d.words],
         lambda d: [f"/names/companies.json?_search={quote(word)}&_size=20" for word in d.words]),
)  # fmt: skip


def draw() -> Drawn:
    """Companies with a registration, records and words of names, the same ones for the same database."""
    chance = random.Random(3)
    found = Record.objects.filter(dataset=published.REGISTRATION).order_by("id").values_list("company__code", "company__name")
    first, last = (Record.objects.order_by(order).values_list("id", flat=True)[0] for order in ("id", "-id"))
    places = [chance.randint(first, last) for _ in range(DRAWN)]
    some = [found.filter(id__gte=place).first() for place in places]
    keys = [Record.objects.filter(id__gte=place).order_by("id").values_list("key", flat=True)[0] for place in places]
    chosen = [company for company in some if company]
    return Drawn([code for code, _ in chosen], keys, [name[3:7] for _, name in chosen])


async def ask(paths: Iterator[str], port: int, until: float, load: Load, headers: dict[str, str]) -> None:
    """One client on one connection: the next request when the last is answered."""
    reader = writer = None
    for path in paths:
        if time.perf_counter() > until:
            break
        begun = time.perf_counter()
        lines = "".join(f"{name}: {value}\r\n" for name, value in (headers.get(path) or {}).items())
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{lines}\r\n".encode())
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await _body(reader, head)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer = None
            continue
        load.times.append(time.perf_counter() - begun)
        load.errors += int(head[9:12]) >= 400
        if b"connection: close" in head:
            writer.close()
            writer = None


async def _body(reader, head: bytes) -> None:
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    elif b"content-length: " in head:
        await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r\n")[0]))


def load(paths: list[str], ports: list[int], seconds: float, clients: int = CLIENTS, headers: dict | None = None) -> Load:
    """So many clients for some seconds, each beginning at another place of the list."""

    async def all_of_them(until: float, told: Load) -> None:
        def endless(at: int) -> Iterator[str]:
            while True:
                yield paths[at % len(paths)]
                at += 1

        await asyncio.gather(*(
            ask(endless(number * 97), ports[number % len(ports)], until, told, headers or {}) for number in range(clients)
        ))  # fmt: skip

    asyncio.run(all_of_them(time.perf_counter() + 0.7, Load()))
    told, begun = Load(), time.perf_counter()
    asyncio.run(all_of_them(begun + seconds, told))
    told.seconds = time.perf_counter() - begun
    return told


def tags(paths: list[str], port: int) -> dict[str, dict[str, str]]:
    return {path: {"If-None-Match": urlopen(f"http://127.0.0.1:{port}{path}").headers["ETag"]} for path in paths}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(commands: list[list[str]], ready: list[str], **environment: str):
    """Processes on the cores for serving, until the block ends."""
    pin = (lambda: os.sched_setaffinity(0, SERVED)) if SERVED else None
    how = {"cwd": ROOT, "env": os.environ | environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, preexec_fn=pin, **how) for command in commands]
    try:
        for address in ready:
            _wait_for(address, running)
        yield
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
    """The site as in production, without the limit on requests."""
    production = {"DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "127.0.0.1", "STATIC_ROOT": static}
    production |= {"LOG_LEVEL": "CRITICAL", "API_RATE": "1000000000/5min"}
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
    subprocess.run(collect, cwd=ROOT, env=os.environ | production, check=True)
    command = [".venv/bin/gunicorn", "publicity.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
    return serving([command], [f"http://127.0.0.1:{port}/readyz"], **production)


def datasette(file: Path, ports: list[int]):
    shared = ["uvx", "--from", "datasette", "datasette", "serve", "--immutable", str(file), "--setting", "num_sql_threads", "4"]
    return serving([[*shared, "--port", str(port)] for port in ports], [f"http://127.0.0.1:{port}/-/versions.json" for port in ports])


def copy_for_datasette(file: Path) -> None:
    """The same companies and records in a file of its own: row pages by code and key, names indexed as trigrams."""
    copy = sqlite3.connect(file)
    copy.executescript(
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


def raw_time(kind: Kind, drawn: Drawn) -> float | None:
    """How long the database alone needs for the same rows: the median, in milliseconds."""
    if not kind.raw:
        return None
    times = []
    for code in drawn.codes[:300]:
        begun = time.perf_counter()
        for sql in kind.raw:
            rows_of(sql, [code] * sql.count("%s"))
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def line(kind: Kind, ours: Load, alone: Load, raw: float | None, theirs: Load | None) -> str:
    above = f"{raw:.1f} | {alone.at(0.5) - raw:.1f}" if raw is not None else "– | –"
    beside = f"{theirs.rate:,.0f} | {theirs.at(0.99):.0f} | {ours.rate / max(theirs.rate, 0.1):.1f} ×" if theirs else "– | – | –"
    errors = f" ({ours.errors} errors)" if ours.errors else ""
    times = f"{ours.at(0.5):.1f} | {ours.at(0.99):.1f} | {alone.at(0.5):.1f}"
    return f"| {kind.title} | {ours.rate:,.0f}{errors} | {times} | {above} | {beside} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=0, help="one company in so many has records; by default 100,000 do at most")
    parser.add_argument("--seconds", type=float, default=5)
    wish = parser.parse_args()
    settings.DEBUG = False
    call_command("migrate", verbosity=0, skip_checks=True)
    published.fill(wish.companies, wish.every or max(1, wish.companies // 100_000))
    if LOADING:
        os.sched_setaffinity(0, LOADING)
    drawn = draw()
    raw = {kind.title: raw_time(kind, drawn) for kind in KINDS}
    count, vendor = Company.objects.count(), connection.vendor
    ours, alone, theirs = {}, {}, {}
    with TemporaryDirectory() as directory:
        port = free_port()
        with gunicorn(port, f"{directory}/static"):
            for kind in KINDS:
                paths = kind.ours(drawn)
                headers = tags(paths, port) if kind.unchanged else None
                ours[kind.title] = load(paths, [port], wish.seconds, headers=headers)
                alone[kind.title] = load(paths, [port], 2, clients=1, headers=headers)
        file = Path(directory) / "names.db"
        if shutil.which("uvx"):
            copy_for_datasette(file)
            ports = [free_port(), free_port()]
            with datasette(file, ports):
                theirs = {kind.title: load(kind.theirs(drawn), ports, wish.seconds) for kind in KINDS if kind.theirs}
    print(f"{count:,} companies, {Record.objects.count():,} records, {vendor}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| request | per second | p50 ms | p99 ms | one at a time, p50 ms | database alone, ms | above it, ms "
          "| Datasette per second | p99 ms | ratio |\n|---|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for kind in KINDS:
        print(line(kind, ours[kind.title], alone[kind.title], raw[kind.title], theirs.get(kind.title)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

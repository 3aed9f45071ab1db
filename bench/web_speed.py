"""How fast pages and API are over HTTP: ``COMPANIES=3000000 make bench-web``; beside Datasette over the same rows in the same run.

Fills ``DATABASE_URL`` with fictional companies and records (``bench/published.py``) unless it holds some, starts gunicorn with two
workers and Datasette (from PyPI by ``uv tool run``, in an environment of its own) with two processes on the same two cores, and loads one
after the other, kind by kind, by wrk from the other cores where there are any. What one answer of ours shows takes Datasette two requests
(a row, and the records that refer to it): of such a kind its pairs are counted. Companies, records and words are drawn so many that
hardly one is asked for twice, except where the line says so. Prints requests a second and their times, one request at a time, and how
long the database alone needs for the same rows. Processor time is that of the servers alone: a machine that does other work changes it
least.
"""

import argparse
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import django

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench import published  # noqa: E402
from bench.loading import (  # noqa: E402
    LOADING,
    UV,
    Load,
    copy_for_datasette,
    datasette,
    free_port,
    gunicorn,
    load,
    missing,
    tagged,
    used_by,
)
from records import search  # noqa: E402
from records.models import Company, Record  # noqa: E402
from records.prepared import rows_of  # noqa: E402

# Places drawn, and neighbours taken at each.
PLACES, NEIGHBOURS = 2000, 10
FEW = 100
LIMIT = 100
COMPANY = "SELECT * FROM records_company WHERE code = %s"
JOINED = "FROM records_record r JOIN records_company c ON c.id = r.company_id WHERE r.ended_event IS NULL"
OF_COMPANY = f"SELECT r.* {JOINED} AND c.code = %s LIMIT 101"
NEWEST = f"SELECT r.*, c.* {JOINED} ORDER BY r.id DESC LIMIT 101"


@dataclass(frozen=True)
class Drawn:
    codes: list[str]
    keys: list[str]
    words: list[str]
    numbers: list[int]
    heavy: str


@dataclass(frozen=True)
class Kind:
    """One kind of request: what is asked of us, what of Datasette, of the database alone, and how many a second are wanted."""

    title: str
    ours: Callable[[Drawn], list[str]]
    theirs: Callable[[Drawn], list[str]] | None = None
    raw: tuple[str, ...] = ()
    wanted: int = 0
    unchanged: bool = False
    # So many requests of Datasette hand over what one of ours does.
    each: int = 1


KINDS = (
    Kind("nothing (/healthz)", lambda _: ["/healthz"], lambda _: ["/-/versions.json"]),
    Kind("profile page", lambda d: [f"/company/{code}/" for code in d.codes], lambda d: [f"/names/companies/{code}" for code in d.codes],
         (COMPANY, OF_COMPANY), wanted=330),
    Kind("profile page: company and its records", lambda d: [f"/company/{code}/" for code in d.codes],
         lambda d: [path for code in d.codes for path in (f"/names/companies/{code}", f"/names/records?company={code}")], each=2),
    Kind("profile page, 50,000 records", lambda d: [f"/company/{d.heavy}/"], wanted=330),
    Kind("profile page, unchanged (304)", lambda d: [f"/company/{code}/" for code in d.codes[:FEW]], wanted=1500, unchanged=True),
    Kind("JSON detail of a company", lambda d: [f"/api/v1/companies/{code}/" for code in d.codes],
         lambda d: [f"/names/companies/{code}.json" for code in d.codes], (COMPANY, OF_COMPANY), wanted=800),
    Kind("JSON detail: company and its records", lambda d: [f"/api/v1/companies/{code}/?expand=records" for code in d.codes],
         lambda d: [path for code in d.codes for path in (f"/names/companies/{code}.json", f"/names/records.json?company={code}")], each=2),
    Kind("JSON detail, of the same 100", lambda d: [f"/api/v1/companies/{code}/" for code in d.codes[:FEW]], wanted=800),
    Kind("JSON detail, unchanged (304)", lambda d: [f"/api/v1/companies/{code}/" for code in d.codes[:FEW]], wanted=1500, unchanged=True),
    Kind("JSON of a record", lambda d: [f"/api/v1/records/{key}/" for key in d.keys],
         lambda d: [f"/names/records/{key}.json" for key in d.keys]),
    Kind("JSON page of 100 records, the first", lambda _: [f"/api/v1/records/?limit={LIMIT}"],
         lambda _: [f"/names/records.json?_size={LIMIT}"], (NEWEST,), wanted=100),
    Kind("JSON page of 100 records, anywhere", lambda d: [f"/api/v1/records/?limit={LIMIT}&cursor=n{number}" for number in d.numbers],
         lambda d: [f"/names/records.json?_size={LIMIT}&_next={key}" for key in d.keys], (NEWEST,), wanted=100),
    Kind("list page", lambda _: ["/lists/samr-abnormal/"], lambda _: ["/names/records?dataset=samr-abnormal&_size=25"]),
    Kind("search page", lambda d: [f"/search/?q={quote(word)}" for word in d.words],
         lambda d: [f"/names/companies?_search={quote(word)}&_size=20" for word in d.words], wanted=200),
    Kind("search JSON", lambda d: [f"/api/v1/companies/?q={quote(word)}&limit=20" for word in d.words],
         lambda d: [f"/names/companies.json?_search={quote(word)}&_size=20" for word in d.words], wanted=200),
)  # fmt: skip


def draw() -> Drawn:
    """Companies with a registration, records and words of names, the same ones for the same database."""
    chance = random.Random(3)
    found = Record.objects.filter(dataset=published.REGISTRATION).order_by("id").values_list("company__code", "company__name")
    first, last = (Record.objects.order_by(order).values_list("id", flat=True)[0] for order in ("id", "-id"))
    # The newest belong to the company with so many.
    places = [chance.randint(first, last - published.HEAVY) for _ in range(PLACES)]
    some = [one for place in places for one in found.filter(id__gte=place)[:NEIGHBOURS]]
    records = Record.objects.order_by("id").values_list("key", flat=True)
    keys = [key for place in places for key in records.filter(id__gte=place)[:NEIGHBOURS]]
    chance.shuffle(some)
    chance.shuffle(keys)
    heavy = Company.objects.order_by("id").values_list("code", flat=True)[0]
    return Drawn([code for code, _ in some], keys, list(dict.fromkeys(name[3:7] for _, name in some)), places, heavy)


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


@dataclass(frozen=True)
class Measured:
    """What a server came to: eight clients, one client, and the processor time of an answer in milliseconds."""

    loaded: Load
    alone: Load
    spent: float


def measured(paths: list[str], ports: list[int], pids: list[int], seconds: float) -> Measured:
    load(paths, ports, 2, start=len(paths) // 2)
    begun = used_by(pids)
    loaded = load(paths, ports, seconds)
    spent = (used_by(pids) - begun) / max(loaded.answers, 1) * 1000
    return Measured(loaded, load(paths, ports[:1], 2, clients=1, start=len(paths) * 3 // 4), spent)


def measure(drawn: Drawn, seconds: float) -> Iterator[tuple[Kind, Measured, Measured | None]]:
    """Ours and theirs in turns, kind by kind, so that both meet the same moments of the machine."""
    with TemporaryDirectory() as directory, ExitStack() as servers:
        port, ports, file = free_port(), [free_port(), free_port()], Path(directory, "names.db")
        theirs = []
        if shutil.which(UV):
            copy_for_datasette(file)
            theirs = servers.enter_context(datasette(file, ports))
        ours = servers.enter_context(gunicorn(port, directory))
        # What a worker makes once for all is made before anything is measured.
        load([path for kind in KINDS for path in kind.ours(drawn)[:FEW]], [port], 2 * seconds)
        for kind in KINDS:
            paths = tagged(kind.ours(drawn), port) if kind.unchanged else kind.ours(drawn)
            beside = measured(kind.theirs(drawn), ports, theirs, seconds) if theirs and kind.theirs else None
            yield kind, measured(paths, [port], ours, seconds), beside


def line(kind: Kind, ours: Measured, theirs: Measured | None, raw: float | None) -> str:
    above = f"{raw:.2f} | {ours.alone.p50 - raw:.1f}" if raw is not None else "– | –"
    errors = f" ({ours.loaded.errors} errors)" if ours.loaded.errors else ""
    times = f"{ours.loaded.p50:.1f} | {ours.loaded.p99:.1f} | {ours.spent:.2f} | {ours.alone.p50:.1f}"
    beside = "– | – | – | –"
    if theirs:
        rate = max(theirs.loaded.rate, 0.1) / kind.each
        ratio = ours.loaded.rate / rate
        beside = f"{rate:,.0f} | {theirs.loaded.p99:.0f} | {theirs.spent:.2f} | {ratio:.1f} ×"
    wanted = f"{kind.wanted:,}" if kind.wanted else "–"
    return f"| {kind.title} | {wanted} | {ours.loaded.rate:,.0f}{errors} | {times} | {above} | {beside} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--every", type=int, default=0, help="one company in so many has records; by default 100,000 do at most")
    parser.add_argument("--seconds", type=float, default=5)
    wish = parser.parse_args()
    if wrong := missing():
        print(wrong, file=sys.stderr)
        return 2
    settings.DEBUG = False
    call_command("migrate", verbosity=0, skip_checks=True)
    published.fill(wish.companies, wish.every or max(1, wish.companies // 100_000))
    # As a worker does that has nothing else to do.
    search.absorb_new_names()
    if LOADING:
        os.sched_setaffinity(0, LOADING)
    drawn = draw()
    raw = {kind.title: raw_time(kind, drawn) for kind in KINDS}
    count, vendor = Company.objects.count(), connection.vendor
    print(f"{count:,} companies, {Record.objects.count():,} records, {vendor}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| request | wanted | per second | p50 ms | p99 ms | processor, ms | one at a time, p50 ms | database alone, ms | above it, ms "
          "| Datasette per second | p99 ms | processor, ms | ratio |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for kind, ours, theirs in measure(drawn, wish.seconds):
        print(line(kind, ours, theirs, raw[kind.title]), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How long a search takes: ``COMPANIES=3000000 make bench-search``; every kind of query, the worst words among them.

Measures ``Company.objects.public().search`` with its first page of matches over two registers of fictional companies
(``bench/register.py``), one ten times the other, and prints for every kind p50 and p99 in milliseconds beside the time the
database alone takes to hand over the same rows; then suggestions, facets and narrowed searches, how much slower the larger
register is, how fast names are entered and how large the index is. ``DATABASE_URL`` says which database; registers there are
already are measured as they are (``search_speed.py URL URL``, smaller first). Every query is asked once, after a warm-up on others.
``--processor`` counts the processor time of this process and of PostgreSQL's for it instead of the clock: on a busy machine the
clock measures the others.
"""

import argparse
import gc
import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402

from bench import register  # noqa: E402
from bench.search_quality import is_empty  # noqa: E402
from records import search  # noqa: E402
from records.models import Company, SearchName  # noqa: E402
from records.models.company import add_names  # noqa: E402
from records.search import fold, names, pinyin  # noqa: E402

WORST = (
    "有限公司", "科技有限公司", "中国", "中", "公司", "科技", "贸易有限公司", "上海", "beijing", "shanghai", "zg", "a", "股份有限公司",
    "查无此名也无此字号", "龘靐齉", "龘", "x" * 300, "汉" * 300, "科技 贸易 实业 有限公司", "市 有限 公司", "9133", "913301", "%", "'",
    "工程有限公司第二分公司", "科技贸易实业电子机械建筑工程有限公司", "发展有限公司 上海", "qqqqqqqq", "xianxianxianxian", "司",
    "中国 科技 有限公司", "海岳", "青岚市", "青岚 科技", "有限公司 科技", "深深深深", "gufenyouxiangongsi", "市科技", "电子商务",
)  # fmt: skip
COMMON = ("科技", "贸易", "有限公司", "青岚", "商贸有限公司")
ENTERED, CHUNK = 20_000, 2000


def queries(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """``(kind, query)``: for each company drawn one query of each kind."""
    chance = random.Random(seed)
    last = Company.objects.aggregate(last=Max("id"))["last"]
    companies = Company.objects.in_bulk([chance.randint(1, last) for _ in range(count)])
    for company in companies.values():
        yield from _of(company, chance)


def _of(company: Company, chance: random.Random) -> Iterator[tuple[str, str]]:
    name, code = company.name, company.code
    parts = names.parts(fold(name))
    short = parts.brand + parts.trade[:2]
    at = chance.randrange(1, max(2, len(name) - 1))
    yield "code", f" {code[:6]} {code[6:].lower()}"
    yield "end of a code", code[-8:]
    yield "code with a slip", code[:10] + chance.choice("123456789") + code[11:]
    yield "whole name", name
    yield "legal form left off", names.core(fold(name))
    yield "two fragments", f"{name[:at]} {name[at + 1 : -2]}"
    yield "one character wrong", name[:at] + chance.choice("安华金新") + name[at + 1 :]
    yield "one character missing", name[:at] + name[at + 1 :]
    yield "two swapped", name[: at - 1] + name[at : at + 1] + name[at - 1] + name[at + 1 :]
    yield "short name", short
    yield "brand word", parts.brand
    yield "letters in order", short[:1] + short[-2:]
    yield "pinyin", "".join(pinyin.syllables(short))
    yield "initials", "".join(syllable[0] for syllable in pinyin.syllables(short))


def processor() -> float:
    """Seconds of a processor that this process and its server process have used."""
    spent = time.process_time()
    if connection.vendor == "postgresql":
        spent += int(Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9
    return spent


clock = time.perf_counter


def timed(what: Callable) -> tuple[float, object]:
    """The milliseconds it takes, and what it gives; waits for its turn."""
    input()
    begun = clock()
    done = what()
    spent = (clock() - begun) * 1000
    print(flush=True)
    return spent, done


def searched(query: str, **narrowed: str) -> list:
    try:
        return list(Company.objects.public().having(**narrowed).search(query).matches[:20])
    except search.QueryTooLong:
        print("cut:", query, file=sys.stderr)
        return []


def raw(ids: list[int]) -> None:
    """The same rows from the database alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM records_company WHERE id IN ({','.join(map(str, ids)) or 'NULL'})")
        cursor.fetchall()


def measured(count: int) -> dict[str, list[float]]:
    """Milliseconds by kind of query."""
    spent = defaultdict(list)
    for _, query in queries(5, seed=1):
        searched(query)
        Company.objects.public().suggest(query)
    Company.objects.public().search("科技").facets()
    # As a process that serves does (publicity/wsgi.py).
    gc.collect()
    gc.freeze()
    asked = [*queries(count, seed=2), *(("the worst words", query) for query in WORST)]
    for kind, query in asked:
        took, matches = timed(lambda query=query: searched(query))
        spent[kind].append(took)
        spent["**all**"].append(took)
        spent["raw rows of all"].append(timed(lambda matches=matches: raw([match.company.id for match in matches]))[0])
    for kind, query in asked:
        if kind in ("whole name", "short name", "pinyin"):
            typed = query[: max(2, len(query) * 2 // 3)]
            spent["suggestion"].append(timed(lambda typed=typed: Company.objects.public().suggest(typed))[0])
    for query in WORST:
        spent["suggestion"].append(timed(lambda query=query: Company.objects.public().suggest(query))[0])
    for query in [query for kind, query in asked if kind in ("brand word", "the worst words")]:
        found = Company.objects.public().search(query)
        spent["facets"].append(timed(found.facets)[0])
    for query in COMMON:
        for narrowed in ({"status": "annulled"}, {"industry": "M"}, {"status": "revoked", "founded": "1990"}):
            spent["narrowed"].append(timed(lambda query=query, narrowed=narrowed: searched(query, **narrowed))[0])
    return spent


def upkeep() -> float:
    """Names entered a second, in chunks as publishing does; they are taken out again."""
    # In a small register a company bears several: both registers that are measured in turns enter as many.
    companies = Company.objects.count()
    names_given = (name for _, name, _ in register.fictional(ENTERED, seed=9))
    entries = [(1 + number % companies, "former", name, fold(name)) for number, name in enumerate(names_given)]
    last = SearchName.objects.aggregate(last=Max("id"))["last"]
    spent = 0.0
    for at in range(0, ENTERED, CHUNK):
        with register.transaction.atomic():
            spent += timed(lambda at=at: add_names(entries[at : at + CHUNK]))[0]
    known = {company.id: company for company in Company.objects.filter(id__lte=ENTERED)}
    entered = SearchName.objects.filter(id__gt=last)
    search.remove_names([name.entered(known[name.company_id].code, known[name.company_id].facets) for name in entered])
    search.absorb_new_names()
    return ENTERED / spent * 1000


def index_size() -> int:
    """Bytes of the index itself."""
    postgresql, sqlite = f"SELECT pg_relation_size('{search.INDEX}_terms')", f"SELECT SUM(LENGTH(block)) FROM {search.INDEX}_data"
    with connection.cursor() as cursor:
        cursor.execute(postgresql if connection.vendor == "postgresql" else sqlite)
        return cursor.fetchone()[0]


def one_register(companies: int, count: int) -> dict:
    settings.DEBUG = False
    if is_empty():
        register.load(register.fictional(companies))
    return {
        "companies": Company.objects.count(), "vendor": connection.vendor, "spent": measured(count), "entered": upkeep(),
        "index": index_size(),
    }  # fmt: skip


def of_each(urls: list[str], sizes: list[int], count: int, *more: str) -> list[dict]:
    """Each register in a process of its own, since a process knows one database; query by query in turns, so that all meet the same
    moments of the machine.
    """
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = []
    for url, size in zip(urls, sizes, strict=True):
        command = [sys.executable, __file__, "--one", "--companies", str(size), "--queries", str(count), *more]
        running.append(subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, **piped))
    results: dict[int, dict] = {}
    while len(results) < len(running):
        for at, process in enumerate(running):
            if at not in results:
                process.stdin.write("\n")
                process.stdin.flush()
                if (line := process.stdout.readline()) != "\n":
                    results[at] = json.loads(line)
    return [results[at] for at in range(len(running))]


def databases(sizes: list[int]) -> list[str]:
    """The addresses of one database for each size, beside the one ``DATABASE_URL`` names; made where there is none."""
    if connection.vendor != "postgresql":
        return [f"sqlite:///{Path('var').absolute() / f'bench-search-{size}.sqlite3'}" for size in sizes]
    with connection.cursor() as cursor:
        for size in sizes:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [f"bench_{size}"])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE bench_{size}")
    return [f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/bench_{size}" for size in sizes]


def quantile(spent: list[float], share: float) -> float:
    return sorted(spent)[min(len(spent) - 1, int(len(spent) * share))]


def report(small: dict, large: dict) -> None:
    print(f"\n{large['vendor']}: {large['companies']:,} companies, and {small['companies']:,}\n")
    print("| kind | queries | p50 ms | p99 ms | max ms | p99 ms of the smaller | ratio |\n|---|---|---|---|---|---|---|")
    for kind, spent in large["spent"].items():
        p50, p99, before = quantile(spent, 0.5), quantile(spent, 0.99), quantile(small["spent"][kind], 0.99)
        print(f"| {kind} | {len(spent)} | {p50:.1f} | {p99:.1f} | {max(spent):.1f} | {before:.1f} | {p99 / before:.1f} |")
    print(f"\nnames entered a second: {large['entered']:,.0f}; index: {large['index'] / 2**20:,.0f} MB")


def main() -> int:
    global clock
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="*")
    parser.add_argument("--companies", type=int, default=3_000_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--one", action="store_true", help="measure DATABASE_URL alone and print JSON")
    parser.add_argument("--worst", action="store_true", help="print the time of each of the worst words in DATABASE_URL")
    parser.add_argument("--processor", action="store_true", help="processor time instead of the clock")
    wish = parser.parse_args()
    if wish.processor:
        clock = processor
    if wish.worst:
        for query in WORST:
            begun = clock()
            searched(query)
            print(f"{(clock() - begun) * 1000:8.1f} {query[:40]}")
    elif wish.one:
        found = one_register(wish.companies, wish.queries)
        input()
        print(json.dumps(found))
    else:
        sizes = [wish.companies // 10, wish.companies]
        report(*of_each(wish.urls or databases(sizes), sizes, wish.queries, *["--processor"] * wish.processor))
    return 0


if __name__ == "__main__":
    sys.exit(main())

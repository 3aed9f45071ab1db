"""How long a search takes: ``COMPANIES=3000000 make bench-search``; twenty kinds of query, the worst words among them.

Loads fictional companies (``bench/register.py``) into ``DATABASE_URL`` when no company is there yet; a database that has some is
measured as it is. The queries are made from names drawn from it. Prints p50 and p99 in milliseconds of ``Company.objects.search``
with its first page of matches, for every kind and over the whole mix; every query is asked once, after a warm-up on others.
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
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
from records.models import Company  # noqa: E402
from records.search import fold, names, pinyin  # noqa: E402

WORST = (
    *(
        "有限公司",
        "科技有限公司",
        "中国",
        "中",
        "公司",
        "科技",
        "贸易有限公司",
        "上海",
        "beijing",
        "shanghai",
        "zg",
        "a",
        "股份有限公司",
    ),
    *(
        "查无此名也无此字号",
        "龘靐齉",
        "x" * 300,
        "汉" * 300,
        "科技 贸易 实业 有限公司",
        "市 有限 公司",
        "工程有限公司第二分公司",
        "9133",
        "913301",
    ),
    *(
        "科技贸易实业电子机械建筑工程有限公司",
        "发展有限公司 上海",
        "qqqqqqqq",
        "xianxianxianxian",
        "%",
        "'",
        "中国 科技 有限公司",
    ),
)


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


def timed(query: str) -> float:
    begun = time.perf_counter()
    list(Company.objects.public().search(query).matches[:20])
    return (time.perf_counter() - begun) * 1000


def line(kind: str, spent: list[float]) -> str:
    ranked = sorted(spent)
    p50, p99 = (ranked[min(len(ranked) - 1, int(len(ranked) * share))] for share in (0.5, 0.99))
    return f"| {kind} | {len(ranked)} | {p50:.1f} | {p99:.1f} | {ranked[-1]:.1f} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=300_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--worst", action="store_true", help="print the time of each of the worst words")
    wish = parser.parse_args()
    settings.DEBUG = False
    if is_empty():
        count, rate = register.load(register.fictional(wish.companies))
        print(f"loaded {count:,} companies, {rate:,.0f} names/s indexed", file=sys.stderr)
    for _, query in queries(5, seed=1):
        timed(query)
    results = defaultdict(list)
    for kind, query in queries(wish.queries, seed=2):
        results[kind].append(timed(query))
    for query in WORST:
        results["the worst words"].append(timed(query))
        if wish.worst:
            print(f"{results['the worst words'][-1]:8.1f} {query[:40]}")
    print(f"{Company.objects.count():,} companies, {connection.vendor}\n")
    print("| kind | queries | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|")
    for kind, spent in results.items():
        print(line(kind, spent))
    print(line("**all**", [one for spent in results.values() for one in spent]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

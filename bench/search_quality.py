"""How often the search finds what was meant: ``SEARCH_QUERIES=queries.csv SEARCH_REGISTER=register.csv make search-quality``.

``queries.csv`` has the columns kind, query, expected_name, expected_uscc; the register is a CSV of names and codes (see
``bench/register.py``; several separated by ``:``). It is loaded into ``DATABASE_URL`` when no company is there yet. Prints,
for every kind of query, how many there are, the share whose company comes first and among the first ten, and the time.
Companies of one and the same name cannot be told apart by it: any of them counts. ``--missed KIND`` prints what was not found.
"""

import argparse
import csv
import os
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import ProgrammingError, connection  # noqa: E402
from django.db.utils import OperationalError  # noqa: E402

from bench import register  # noqa: E402
from records.models import Company  # noqa: E402

TEN = 10


def is_empty() -> bool:
    try:
        return not Company.objects.exists()
    except (OperationalError, ProgrammingError):
        return True


def place_of(query: str, code: str, name: str) -> tuple[int, float, str]:
    """At which place (from 0) the company stands, ``TEN`` if not among the first ten; seconds; what stands first."""
    begun = time.perf_counter()
    matches = Company.objects.public().search(query).matches[:TEN]
    spent = time.perf_counter() - begun
    places = [at for at, match in enumerate(matches) if match.company.code == code or match.company.name == name]
    return min(places, default=TEN), spent, f"{matches[0].kind} {matches[0].company.name}" if matches else "-"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("queries", type=Path)
    parser.add_argument("register", nargs="?", default="")
    parser.add_argument("--missed", metavar="KIND", default="")
    wish = parser.parse_args()
    settings.DEBUG = False
    if is_empty():
        if not wish.register:
            parser.error("the database is empty: say which register to load")
        count, rate = register.load(row for path in wish.register.split(":") for row in register.names_of(Path(path)))
        print(f"loaded {count:,} companies, {rate:,.0f} names/s indexed", file=sys.stderr)
    results = defaultdict(list)
    with wish.queries.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            place, spent, first = place_of(row["query"], row["expected_uscc"], row["expected_name"])
            results[row["kind"]].append((place, spent * 1000))
            if place and row["kind"] == wish.missed:
                print(f"{place} {row['query']} -> {row['expected_name']}; first: {first}")
    print(f"{Company.objects.count():,} companies, {connection.vendor}\n")
    print("| kind | queries | first | in ten | p50 ms | p99 ms |\n|---|---|---|---|---|---|")
    for kind, found in results.items():
        first, ten = (sum(place < bound for place, _ in found) / len(found) for bound in (1, TEN))
        times = sorted(spent for _, spent in found)
        worst = times[min(len(times) - 1, int(len(times) * 0.99))]
        print(f"| {kind} | {len(found)} | {first:.1%} | {ten:.1%} | {statistics.median(times):.1f} | {worst:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Reads profile pages, twenty a second, until its standard input closes; prints how long they took, in milliseconds, as JSON.

A process of its own with the whole site in it: middleware, templates and database, without the network.
"""

import json
import os
import random
import select
import statistics
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
django.setup()

from django.test import Client  # noqa: E402

from records.models import Company  # noqa: E402


def main() -> None:
    first = Company.objects.order_by("id").values_list("id", flat=True)[0]
    codes = list(Company.objects.filter(id__gte=first).order_by("id").values_list("code", flat=True)[:20_000])
    client, chance, taken = Client(), random.Random(1), []
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        code = chance.choice(codes)
        begun = time.perf_counter()
        answer = client.get(f"/company/{code}/", headers={"host": "localhost"})
        taken.append((time.perf_counter() - begun) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"/company/{code}/ answers {answer.status_code}")
    taken = taken[5:] or [0.0]
    print(json.dumps({"pages": len(taken), "p50": statistics.median(taken), "p99": sorted(taken)[int(len(taken) * 0.99)]}))


if __name__ == "__main__":
    main()

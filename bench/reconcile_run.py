"""An OpenRefine-like run over a register: ``DATABASE_URL=… .venv/bin/python bench/reconcile_run.py register.csv [--names 1000]``.

The register (a CSV of names and codes, see ``bench/register.py``) is loaded into ``DATABASE_URL`` when no company is there yet.
Names are drawn from it, sent to ``/reconcile/`` in batches of the size the manifest states, and two columns are fetched for
what matched. Then come firms whose names really are one character apart from another's, and names that nobody bears, one
character away from a real one: a match there is wrong. Prints how many were found first, how many matched, and how many matches were wrong.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode

import django

sys.path.insert(0, str(Path(__file__).parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
os.environ["API_RATE"] = "1000000/min"
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from bench import register  # noqa: E402
from bench.search_quality import is_empty  # noqa: E402
from records.models import Company  # noqa: E402
from records.search import fold  # noqa: E402

client = Client(headers={"host": "localhost"})
Named = tuple[str, str]  # code, name


def post(field: str, asked: dict) -> dict:
    form = urlencode({field: json.dumps(asked)})
    response = client.post("/reconcile/", form, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200, response.content
    return response.json()


def reconcile(queries: list[dict]) -> list[list[dict]]:
    """The candidates of each query, asked for in batches."""
    size, found = client.get("/reconcile/").json()["batchSize"], []
    for at in range(0, len(queries), size):
        answer = post("queries", {f"q{number}": query for number, query in enumerate(queries[at : at + size])})
        found += [answer[f"q{number}"]["result"] for number in range(len(answer))]
    return found


def report(title: str, asked: list[Named], results: list[list[dict]], seconds: float) -> None:
    """How many candidates lists begin with the firm meant; a match of any other is wrong."""
    first = sum(bool(found) and found[0]["id"] == code for (code, _), found in zip(asked, results, strict=True))
    matches = [(code, found[0]["id"]) for (code, _), found in zip(asked, results, strict=True) if found and found[0]["match"]]
    wrong = [pair for pair in matches if pair[0] != pair[1]]
    count = len(asked)
    print(f"{title:<44} {count:>6} {first / count:>8.2%} {len(matches) / count:>8.2%} {len(wrong):>6} {1000 * seconds / count:>7.1f} ms")
    for meant, taken in wrong[:5]:
        print("   wrong:", meant, taken)


def timed(title: str, asked: list[Named], queries: list[dict]) -> list[list[dict]]:
    begun = time.perf_counter()
    results = reconcile(queries)
    report(title, asked, results, time.perf_counter() - begun)
    return results


def one_apart(firms: list[Named]) -> list[Named]:
    """Firms whose names differ from another firm's in one character."""
    masked = defaultdict(list)
    for code, name in firms:
        folded = fold(name)
        for at in range(len(folded)):
            masked[folded[:at] + "*" + folded[at + 1 :]].append((code, name))
    near = [pair for group in masked.values() if len(group) > 1 for pair in group if len({fold(name) for _, name in group}) > 1]
    return sorted(set(near))


def slip(name: str, chance: random.Random, known: set[str]) -> str:
    """The name with one character replaced, such that no firm of the register bears it."""
    while True:
        at = chance.randrange(len(name))
        changed = name[:at] + chance.choice("天地云海山川明远恒泰") + name[at + 1 :]
        if fold(changed) not in known:
            return changed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("register", type=Path)
    parser.add_argument("--names", type=int, default=1000)
    wish = parser.parse_args()
    settings.DEBUG = False
    if is_empty():
        register.load(register.names_of(wish.register))
    firms = list({code: (code, name) for code, name, _ in register.names_of(wish.register)}.values())
    chance, known = random.Random(1), {fold(name) for _, name in firms}
    drawn = chance.sample(firms, wish.names)
    print(f"{Company.objects.count()} companies\n{'':<44} {'asked':>6} {'first':>8} {'matched':>8} {'wrong':>6} {'each':>10}")
    timed("names as registered", drawn, [{"query": name} for _, name in drawn])
    # A unified code holds the division, a registration number from before it does not always.
    coded = [(code, name) for code, name in drawn if len(code) == 18]
    places = [{"query": name, "properties": [{"pid": "region", "v": code[2:6]}]} for code, name in coded]
    timed("names and division", coded, places)
    codes = timed("names and code", drawn, [{"query": name, "properties": [{"pid": "code", "v": code}]} for code, name in drawn])
    pairs = one_apart(firms)
    pairs = chance.sample(pairs, min(wish.names, len(pairs)))
    timed("firms one character apart from another", pairs, [{"query": name} for _, name in pairs])
    absent = [("-", name) for _, name in drawn[:200]]
    timed("one character changed, borne by nobody", absent, [{"query": slip(name, chance, known)} for _, name in absent])
    matched = [found[0]["id"] for found in codes if found and found[0]["match"]]
    rows: dict = {}
    for at in range(0, len(matched), 100):
        asked = {"ids": matched[at : at + 100], "properties": [{"id": "status"}, {"id": "region"}]}
        rows |= post("extend", asked)["rows"]
    print(f"extended by two columns: {len(rows)} rows, {sum(bool(row['status']) for row in rows.values())} with a status")
    return 0


if __name__ == "__main__":
    sys.exit(main())

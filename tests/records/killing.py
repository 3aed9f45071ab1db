"""A proof of any length that nothing is lost or doubled, whoever is killed.

``Proof`` runs gunicorn, an import worker and, if there is one, a database server. Two people import registrations, then penalties,
over HTTP, while those processes are killed (SIGKILL) at random and brought back. Worker and database are left alone until work
has moved on since the kill before, as three failures in one place rightly stop a batch. ``judge()`` tells in the end what is true:
every row is there exactly once, the log has no gap, the search finds, and at no time was a row public before its batch.
"""

import contextlib
import csv
import http.client
import http.cookiejar
import logging
import random
import socket
import sys
import time
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import Error, connection
from django.db.models import Max, Min

from records.models import Batch, Company, Event, EventCounter, Record, SearchName, StagedRow
from tests.fictional import PENALTY, REGISTRATION, code, name, penalties, registrations
from tests.records.processes import Process

PASSWORD = uuid.uuid4().hex
COMPANIES = 1000
# It tells of every connection that a kill has cut.
logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


class Person:
    """Somebody at a browser: signs in, uploads, presses buttons. Where the site does not answer the answer is None."""

    def __init__(self, name: str, address: str):
        self.name, self.address = name, address
        self.jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> str | None:
        request = urllib.request.Request(self.address + path, body, {"Content-Type": kind, "Referer": self.address + path})
        with contextlib.suppress(OSError, http.client.HTTPException), self.browser.open(request, timeout=120) as answer:
            return answer.read().decode()
        return None

    def post(self, path: str, fields: dict, file: Path | None = None) -> str | None:
        token = next((cookie.value for cookie in self.jar if cookie.name == "csrftoken"), "")
        fields = {"csrfmiddlewaretoken": token, **fields}
        if file is None:
            return self.ask(path, urllib.parse.urlencode(fields).encode())
        line = f"--{uuid.uuid4().hex}"
        parts = "".join(f'{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
        head = f'{line}\r\nContent-Disposition: form-data; name="import_file"; filename="{file.name}"\r\n\r\n'
        body = (parts + head).encode() + file.read_bytes() + f"\r\n{line}--\r\n".encode()
        return self.ask(path, body, f"multipart/form-data; boundary={line[2:]}")

    def signs_in(self) -> bool:
        if self.ask("/admin/login/") is None:
            return False
        page = self.post("/admin/login/?next=/admin/", {"username": self.name, "password": PASSWORD})
        return page is not None and "logout" in page


class Proof:
    """Kills each process ``kills`` times at most (``killed`` counts) while ``rows`` registrations and as many penalties are imported.

    This process and those that are started (with ``environment``) use one migrated, empty database, which is served by ``database``.
    """

    def __init__(self, home: Path, environment: dict[str, str], *, rows: int, kills: int, database: Process | None = None):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        serve = [sys.executable, "-m", "gunicorn", "publicity.wsgi", "--bind", address, "--timeout", "120"]
        work = [sys.executable, "manage.py", "import_worker", "--idle", "0.1"]
        web, worker = Process("web", serve, home, env=environment), Process("worker", work, home, env=environment)
        self.running = [process for process in (database, web, worker) if process]
        self.home, self.rows, self.kills, self.killed = home, rows, kills, Counter()
        self.anna, self.ben = Person("anna", f"http://{address}"), Person("ben", f"http://{address}")
        self.chance, self.seen_early = random.Random(7), []
        self.moved = None

    def run(self) -> dict[str, bool]:
        """What is true in the end, by the sentence that says it."""
        for person, role in ((self.anna, "importer"), (self.ben, "reviewer")):
            user = get_user_model().objects.create_user(person.name, password=PASSWORD, is_staff=True)
            user.groups.add(Group.objects.get(name=role))
        self.import_file(REGISTRATION, registrations(self.rows), (0.3, 0.6))
        self.import_file(PENALTY, penalties(self.rows, companies=min(COMPANIES, self.rows)), (0.9, 1))
        return self.judge()

    def stop(self) -> None:
        connection.close()
        for process in self.running:
            process.kill()

    def keep(self) -> None:
        for process in self.running:
            process.keep()

    def patiently(self, ask: Callable, seconds: float = 120):
        """What a question to the database answers, once it is there again."""
        until = time.monotonic() + seconds
        while True:
            try:
                return ask()
            except Error:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
                self.keep()

    def batch(self, slug: str) -> Batch | None:
        return self.patiently(lambda: Batch.objects.filter(dataset=slug).order_by("-pk").first())

    def import_file(self, slug: str, rows: Iterator[list[str]], shares: tuple[float, float]) -> None:
        """Through all states; ``shares`` of the kills are done when the file is staged, and when it is published."""
        path = self.home / f"{slug}.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(rows)
        while self.batch(slug) is None:
            self.signed_in(self.anna).post("/admin/records/batch/import/", {"dataset": slug}, path)
        self.work(slug, "staged", shares[0])
        self.press(self.anna, slug, "submit", "staged")
        self.press(self.ben, slug, "publish", "submitted")
        self.work(slug, "published", shares[1])

    def signed_in(self, person: Person, seconds: float = 120) -> Person:
        until = time.monotonic() + seconds
        self.keep()
        while not person.signs_in():
            assert time.monotonic() < until, f"{person.name} cannot sign in"
            time.sleep(0.2)
            self.keep()
        return person

    def press(self, person: Person, slug: str, act: str, leads_from: str) -> None:
        """Press a button until the batch has left the state in which it is offered."""
        while (batch := self.batch(slug)).state == leads_from:
            self.signed_in(person).post(f"/admin/records/batch/{batch.pk}/act/{act}/", {})

    def work(self, slug: str, until: str, share: float) -> None:
        """Let the worker reach a state, with kills on the way; readers look on all the time."""
        while (batch := self.batch(slug)).state != until or batch.unsettled:
            assert batch.state not in ("failed", "refused"), f"the batch ended {batch.state}: {batch.problem}"
            self.keep()
            self.look(slug, batch)
            self.kill_now_and_then(batch, share)
            time.sleep(0.05)

    def kill_now_and_then(self, batch: Batch, share: float) -> None:
        """Kill one of them at a random moment; what the work needs only after it has moved on."""
        moved = (batch.state, batch.cursor, batch.rows, batch.written)
        left = [each for each in self.running if self.killed[each.name] < self.kills and (moved != self.moved or each.name == "web")]
        if left and self.killed.total() < share * self.kills * len(self.running):
            victim = self.chance.choice(left)
            time.sleep(self.chance.uniform(0, 0.3))
            victim.kill()
            self.killed[victim.name] += 1
            self.moved = moved if victim.name != "web" else self.moved

    def look(self, slug: str, batch: Batch) -> None:
        """A row on the site means that the batch is public, if asked afterwards."""
        serial = self.chance.randrange(min(COMPANIES, self.rows))
        path = f"/company/{code(serial)}/" + ("penalty/" if slug == PENALTY else "")
        page = self.anna.ask(path) or ""
        if ("青测罚字" if slug == PENALTY else name(serial)) in page and self.batch(slug).state != "published":
            self.seen_early.append(f"{path} while {batch.state}")

    def answer(self, path: str, seconds: float = 60) -> str:
        """A page, once the site is there again; "" when it does not come."""
        until = time.monotonic() + seconds
        while (page := self.anna.ask(path)) is None and time.monotonic() < until:
            self.keep()
            time.sleep(0.2)
        return page or ""

    def judge(self) -> dict[str, bool]:
        self.patiently(connection.ensure_connection)
        last = EventCounter.objects.get().last
        numbers = Event.objects.aggregate(first=Min("number"), last=Max("number"))
        sought = [self.chance.randrange(self.rows) for _ in range(20)]
        every = {}
        for slug in (REGISTRATION, PENALTY):
            records = Record.objects.filter(dataset=slug)
            counts = {records.count(), records.values("key").distinct().count(), records.public().count()}
            every[f"{slug}: every row is public exactly once"] = counts == {self.rows}
            every[f"{slug}: every row was staged exactly once"] = StagedRow.objects.filter(batch__dataset=slug).count() == self.rows
        found = [code(serial) in self.answer("/search/?" + urllib.parse.urlencode({"q": name(serial)})) for serial in sought]
        return every | {
            "every company is there once, with its name": Company.objects.count() == SearchName.objects.count() == self.rows,
            "the log has no gap": numbers == {"first": 1, "last": last} and Event.objects.count() == last == 2 * self.rows,
            "the search finds": all(found),
            "no row was public before its batch": not self.seen_early,
        }

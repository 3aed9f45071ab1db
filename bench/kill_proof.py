"""``make kill-proof``: worker, web server and database are killed (SIGKILL) at random while two people import a large file over HTTP.

``kill_proof.py sqlite`` or ``kill_proof.py postgresql``. Starts gunicorn, an import worker and, for PostgreSQL, a server of its own
with full durability; restarts whatever is killed. ``KILLS=20`` of each while ``ROWS=200000`` registrations and as many penalties
are staged and published; SQLite has no server, its writers are killed instead. A kill waits until work has moved on since the
one before, as three failures in one place rightly stop a batch. In the end every row must be there exactly once, the log without a gap,
the search must find, and at no time may a row have been public before its batch was.
"""

import contextlib
import csv
import http.client
import http.cookiejar
import logging
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django

ENGINE = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
ROWS, KILLS = int(os.environ.get("ROWS", "200000")), int(os.environ.get("KILLS", "20"))
ROOT = Path(__file__).resolve().parent.parent
HOME = Path(tempfile.mkdtemp(prefix="kill-proof-", dir="/tmp"))
PASSWORD = uuid.uuid4().hex
SQLITE, SERVER = f"sqlite:///{HOME}/site.sqlite3", f"postgres://credit@{str(HOME).replace('/', '%2F')}/postgres"
sys.path.insert(0, str(ROOT))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "publicity.settings", "DATABASE_URL": SQLITE if ENGINE == "sqlite" else SERVER,
    "DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "kill-proof" * 6, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
    "UPLOAD_DIR": f"{HOME}/uploads", "STATIC_ROOT": f"{HOME}/static", "UPLOAD_MAX_MB": "4000", "IMPORT_LEASE_SECONDS": "2",
}  # fmt: skip
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import Error, connection  # noqa: E402
from django.db.models import Max, Min  # noqa: E402

from bench.fictional import PENALTY, REGISTRATION, code, name, penalties, registrations  # noqa: E402
from records.models import Batch, Company, Event, EventCounter, Record, SearchName, StagedRow  # noqa: E402
from tests.postgres import binaries, unprivileged  # noqa: E402

CHANCE = random.Random(7)
# It tells of every connection that a kill has cut.
logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


class Process:
    """A process with those it starts, brought back whenever it is found dead."""

    def __init__(self, name: str, command: list, account: dict | None = None):
        self.name, self.command, self.account, self.process = name, [str(part) for part in command], account or {}, None

    def keep(self) -> None:
        if self.process is None or self.process.poll() is not None:
            with (HOME / f"{self.name}.log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command, cwd=HOME if self.account else ROOT, stdout=log, stderr=log, process_group=0, umask=0o22, **self.account
                )

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def database() -> Process | None:
    """A PostgreSQL server as in production: what it has confirmed it keeps."""
    if ENGINE == "sqlite":
        return None
    programs, account = binaries(), unprivileged()
    if account:
        os.chown(HOME, account["user"], account["group"])
    create = [programs / "initdb", "-D", HOME / "data", "-U", "credit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL, cwd=HOME, **account)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={HOME}", "-c", "timezone=UTC"]
    return Process("database", [programs / "postgres", "-D", HOME / "data", *options], account)


class Person:
    """Somebody at a browser: signs in, uploads, presses buttons; tries again when the site does not answer."""

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

    def sign_in(self) -> None:
        while True:
            if self.ask("/admin/login/") is not None:
                page = self.post("/admin/login/?next=/admin/", {"username": self.name, "password": PASSWORD})
                if page is not None and "logout" in page:
                    return
            time.sleep(0.5)


class Proof:
    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        python = sys.executable
        serve = [python, "-m", "gunicorn", "publicity.wsgi", "--bind", address, "--workers", "2", "--threads", "4", "--timeout", "120"]
        self.database = database()
        self.web, self.worker = Process("web", serve), Process("worker", [python, "manage.py", "import_worker", "--idle", "0.1"])
        self.running = [process for process in (self.database, self.web, self.worker) if process]
        self.kills: Counter[str] = Counter()
        self.anna, self.ben = Person("anna", f"http://{address}"), Person("ben", f"http://{address}")
        self.seen_early: list[str] = []
        self.moved, self.next_kill = None, 0.0

    def start(self) -> None:
        if self.database:
            self.database.keep()
        self.patiently(connection.ensure_connection)
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        for person, role in ((self.anna, "importer"), (self.ben, "reviewer")):
            user = get_user_model().objects.create_user(person.name, password=PASSWORD, is_staff=True)
            user.groups.add(Group.objects.get(name=role))
        connection.close()

    def patiently(self, ask, seconds: float = 120):
        """What a question to the database answers, once it is there again."""
        until = time.monotonic() + seconds
        while True:
            try:
                return ask()
            except Error:
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
                for process in self.running:
                    process.keep()

    def batch(self, slug: str) -> Batch | None:
        return self.patiently(lambda: Batch.objects.filter(dataset=slug).order_by("-pk").first())

    def press(self, person: Person, slug: str, act: str, leads_from: str) -> None:
        """Press a button until the batch has left the state in which it is offered."""
        while (batch := self.batch(slug)).state == leads_from:
            person.sign_in()
            person.post(f"/admin/records/batch/{batch.pk}/act/{act}/", {})
            self.keep()

    def keep(self) -> None:
        for process in self.running:
            process.keep()

    def kill_now_and_then(self, batch: Batch, most: int) -> None:
        """Kill one of the three at a random moment after the batch has moved on."""
        moved = (batch.state, batch.cursor, batch.rows, batch.written)
        if moved == self.moved:
            return
        if not self.next_kill:
            self.next_kill = time.monotonic() + CHANCE.uniform(0, 0.6)
        left = [each for each in self.running if self.kills[each.name] < min(most, KILLS)]
        if left and time.monotonic() >= self.next_kill:
            victim = CHANCE.choice(left)
            victim.kill()
            self.kills[victim.name] += 1
            self.next_kill, self.moved = 0.0, moved

    def work(self, slug: str, until: str, most: int) -> None:
        """Let the worker reach a state, with kills on the way; readers look on all the time."""
        while True:
            self.keep()
            batch = self.batch(slug)
            if batch.state in ("failed", "refused"):
                raise SystemExit(f"the batch ended {batch.state}: {batch.problem}")
            if batch.state == until and not batch.unsettled:
                return
            if slug == PENALTY or batch.state != "published":
                self.look(slug, batch)
            self.kill_now_and_then(batch, most)
            time.sleep(0.02)

    def look(self, slug: str, batch: Batch) -> None:
        """A row on the site means that the batch is public, if asked afterwards."""
        serial = CHANCE.randrange(1000)
        path = f"/company/{code(serial)}/" + ("penalty/" if slug == PENALTY else "")
        page = self.anna.ask(path) or ""
        if ("青测罚字" if slug == PENALTY else name(serial)) in page and self.batch(slug).state != "published":
            self.seen_early.append(f"{path} while {batch.state}")

    def import_file(self, slug: str, rows: Iterator[list[str]], most: int) -> None:
        path = HOME / f"{slug}.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows(rows)
        self.keep()
        while self.batch(slug) is None:
            self.anna.sign_in()
            self.anna.post("/admin/records/batch/import/", {"dataset": slug}, path)
            self.keep()
        self.work(slug, "staged", most // 2)
        self.press(self.anna, slug, "submit", "staged")
        self.press(self.ben, slug, "publish", "submitted")
        self.work(slug, "published", most)

    def judge(self) -> dict[str, bool]:
        last = EventCounter.objects.get().last
        numbers = Event.objects.aggregate(first=Min("number"), last=Max("number"))
        found = [CHANCE.randrange(ROWS) for _ in range(20)]
        answers = [(serial, self.anna.ask("/search/?" + urllib.parse.urlencode({"q": name(serial)})) or "") for serial in found]
        every = {}
        for slug in (REGISTRATION, PENALTY):
            records = Record.objects.filter(dataset=slug)
            counts = {records.count(), records.values("key").distinct().count(), records.public().count()}
            every[f"{slug}: every row is public exactly once"] = counts == {ROWS}
            every[f"{slug}: every row was staged exactly once"] = StagedRow.objects.filter(batch__dataset=slug).count() == ROWS
        return every | {
            f"each was killed {KILLS} times": all(self.kills[process.name] == KILLS for process in self.running),
            "every company is there once, with its name": Company.objects.count() == SearchName.objects.count() == ROWS,
            "the log has no gap": numbers == {"first": 1, "last": last} and Event.objects.count() == last == 2 * ROWS,
            "the search finds": all(code(serial) in answer for serial, answer in answers),
            "no row was public before its batch": not self.seen_early,
        }


def main() -> int:
    proof, begun = Proof(), time.monotonic()
    try:
        proof.start()
        proof.import_file(REGISTRATION, registrations(ROWS), KILLS // 2)
        proof.import_file(PENALTY, penalties(ROWS, companies=1000), KILLS)
        verdicts = proof.judge()
    finally:
        for process in proof.running:
            if process.process:
                process.kill()
        connection.close()
    shutil.rmtree(HOME, ignore_errors=True)
    killed = ", ".join(f"{part} {times}" for part, times in proof.kills.items())
    print(f"{ENGINE}: {ROWS:,} registrations and {ROWS:,} penalties in {time.monotonic() - begun:.0f} s; killed: {killed}")
    for verdict, true in verdicts.items():
        print(f"  {'yes' if true else 'NO '}  {verdict}")
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

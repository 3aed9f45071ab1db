"""``make two-people``: a large CSV in GB18030 and a large XLSX go through the admin by two people while the site is being read.

A real Chromium, gunicorn with two workers and an import worker on the database ``DATABASE_URL`` names (SQLite in a directory of its
own by default). Anna uploads and submits, Ben reviews and publishes; another process reads profiles and searches over HTTP, ten
times a second. ``CSV_ROWS=200000`` and ``XLSX_ROWS=100000``. Prints what each step took and how long readers waited.
"""

import contextlib
import csv
import json
import os
import random
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import django

CSV_ROWS, XLSX_ROWS = int(os.environ.get("CSV_ROWS", "200000")), int(os.environ.get("XLSX_ROWS", "100000"))
COMPANIES = 1000
PATIENCE = 900_000
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HOME = Path(tempfile.mkdtemp(prefix="two-people-"))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{HOME}/site.sqlite3")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "publicity.settings", "DJANGO_ALLOW_ASYNC_UNSAFE": "true", "UPLOAD_DIR": f"{HOME}/uploads",
    "DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "two-people" * 6, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
    "STATIC_ROOT": f"{HOME}/static", "UPLOAD_MAX_MB": "4000",
}  # fmt: skip
django.setup()

import xlsxwriter  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

from tests.fictional import PENALTY, REGISTRATION, code, name, penalties, registrations  # noqa: E402

PASSWORD = "kept-for-the-bench"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def read(address: str) -> None:
    """Read until standard input closes; print how long it took, in milliseconds, as JSON."""
    print("ready", flush=True)
    chance, taken = random.Random(1), {"profile": [], "search": []}
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        serial = chance.randrange(COMPANIES)
        kind = chance.choice(list(taken))
        path = f"/company/{code(serial)}/" if kind == "profile" else "/search/?" + urllib.parse.urlencode({"q": name(serial)[3:-4]})
        begun = time.perf_counter()
        with urllib.request.urlopen(address + path, timeout=60) as answer:
            answer.read()
        taken[kind].append((time.perf_counter() - begun) * 1000)
    print(json.dumps(taken))


@contextlib.contextmanager
def reader(address: str, title: str) -> Iterator[None]:
    command = [sys.executable, __file__, "read", address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        # Its start is no part of what is measured.
        process.stdout.readline()
        try:
            yield
        finally:
            found = json.loads(process.communicate()[0])
    for kind, taken in found.items():
        taken = sorted(taken) or [float("nan")]
        p99 = taken[int(len(taken) * 0.99)]
        print(f"  readers while {title}: {kind} {len(taken)}, p50 {statistics.median(taken):.0f} ms, p99 {p99:.0f} ms", flush=True)


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    print(f"  {title}: {time.perf_counter() - begun:.1f} s", flush=True)


def files() -> Iterator[Path]:
    path = HOME / "penalties.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(penalties(CSV_ROWS, companies=COMPANIES))
    yield path
    path = HOME / "penalties.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(penalties(XLSX_ROWS, companies=COMPANIES, first=CSV_ROWS)):
            sheet.write_row(at, 0, row)
    yield path


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    for user_name, role in (("anna", "importer"), ("ben", "reviewer")):
        user = get_user_model().objects.create_user(user_name, password=PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
    path = HOME / "companies.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(registrations(COMPANIES))
    call_command("import_dataset", REGISTRATION, str(path), by="anna", publish_by="ben")
    connection.close()


def sign_in(browser, address: str, user_name: str) -> Page:
    context = browser.new_context(base_url=address, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/")
    page.fill("#id_username", user_name)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    page.wait_for_url("**/admin/")
    return page


def through(path: Path, rows: int, anna: Page, ben: Page, address: str) -> None:
    print(f"{path.name}: {rows:,} rows, {path.stat().st_size >> 20} MB")
    anna.goto(f"/admin/records/batch/import/?dataset={PENALTY}")
    anna.set_input_files("#id_import_file", path)
    with reader(address, "staging"):
        with step("upload until the page of the batch"):
            anna.click("input[type=submit]")
            anna.wait_for_url("**/change/")
        with step("staging until the page says so"):
            anna.wait_for_selector(".chip-staged")
    anna.click("form[action$='/submit/'] button")
    anna.wait_for_selector(".chip-submitted")
    with step("Ben opens the batch"):
        ben.goto(anna.url)
    with step("… its new rows"):
        ben.goto(anna.url + "?kind=new")
    with step("… a row in the middle of the file, and beside what is public"):
        ben.goto(f"{anna.url}?from={rows // 2}")
        ben.goto(anna.url.replace("change/", f"rows/{rows // 2}/"))
    ben.goto(anna.url)
    with reader(address, "publishing"), step("publishing until the page says so"):
        ben.click("form[action$='/publish/'] button")
        ben.wait_for_selector(".chip-published")
    page = urllib.request.urlopen(f"{address}/company/{code(5)}/penalty/").read().decode()
    assert "青测罚字" in page


def main() -> None:
    prepare()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    address = f"http://{host}"
    serve = [sys.executable, "-m", "gunicorn", "publicity.wsgi", "--bind", host, "--log-level", "warning"]
    serve += ["--workers", "2", "--threads", "4"]
    work = [sys.executable, "manage.py", "import_worker", "--idle", "0.2"]
    print(f"{connection.vendor}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    running = [subprocess.Popen(command, cwd=ROOT) for command in (serve, work)]
    try:
        with sync_playwright() as playwright:
            options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
            anna, ben = (sign_in(browser, address, user_name) for user_name in ("anna", "ben"))
            for path, rows in zip(files(), (CSV_ROWS, XLSX_ROWS), strict=True):
                through(path, rows, anna, ben, address)
            browser.close()
    finally:
        for process in running:
            process.terminate()
            process.wait()
        shutil.rmtree(HOME, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["read"]:
        shutil.rmtree(HOME)
        read(sys.argv[2])
    else:
        main()

"""How fast files become published records, beside django-import-export and beside raw inserts, in one run.

``make bench-import`` runs it on SQLite and PostgreSQL; ``ROWS=1000000 make bench-import`` for the full size. The rows are
fictional. Staging and publishing run as they do in production, each in a process of its own whose peak memory is printed,
and while the penalties are published another process reads profile pages. The stock and bulk paths of django-import-export
and the workbook get a sample, since they cost the same per row at any size.

``BATCHES=9`` goes on with that many more files of ``ROWS`` penalties, to see whether a row costs the same in a full database, and
``COMPANIES=3000000`` registers so many first, whom the penalties are about.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import django

ROWS = int(os.environ.get("ROWS", "100000"))
SAMPLE = min(ROWS, int(os.environ.get("SAMPLE", "3000")))
WORKBOOK = min(ROWS, 20_000)
BATCHES = int(os.environ.get("BATCHES", "0"))
COMPANIES = int(os.environ.get("COMPANIES", ROWS))
ROOT = Path(__file__).resolve().parent.parent
PENALTY, REGISTRATION = "tax-penalty", "samr-registration"
COLUMNS = 30

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
os.environ |= {"LOG_LEVEL": "ERROR", "DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "bench" * 10, "ALLOWED_HOSTS": "localhost"}
sys.path.insert(0, str(ROOT))
WORK = tempfile.TemporaryDirectory(prefix="bench-import-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{WORK.name}/bench.sqlite3")
os.environ |= {"UPLOAD_DIR": f"{WORK.name}/uploads", "STATIC_ROOT": f"{WORK.name}/static", "UPLOAD_MAX_MB": "4000"}
django.setup()

import tablib  # noqa: E402
import xlsxwriter  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from import_export import resources  # noqa: E402

from bench.memory import Memory  # noqa: E402
from records import uscc  # noqa: E402
from records.bulk import insert_rows  # noqa: E402
from records.catalog import catalog  # noqa: E402
from records.models import Batch  # noqa: E402


class PlainPenalty(models.Model):
    """The table a project with the library's own import would have: one text column per field."""

    class Meta:
        # The library asks for the content type of the model, which only an installed app has.
        app_label = "records"
        db_table = "bench_plainpenalty"

    def __str__(self) -> str:
        return str(self.pk)


FIELDS = [field for field in catalog().datasets[PENALTY].fields if not field.withheld][:COLUMNS]
for _field in FIELDS:
    PlainPenalty.add_to_class(_field.name, models.TextField(default="", db_index=_field.name == "decision_no"))


def code(serial: int) -> str:
    body = f"M{serial:07d}"
    first = f"91980101{body}{uscc.org_check_character(body)}"
    return first + uscc.check_character(first)


def companies(count: int) -> Iterator[list[str]]:
    yield ["企业名称", "统一社会信用代码", "成立日期", "类型", "注册资本", "经营范围"]
    for serial in range(count):
        name = f"青岚市测试{serial:x}号贸易有限公司"
        yield [name, code(serial), f"20{serial % 26:02d}-03-{serial % 28 + 1:02d}", "有限责任公司", "100万元人民币", "五金、日用百货销售"]


def penalties(count: int, of: int, first: int = 0) -> Iterator[list[str]]:
    yield [field.title for field in FIELDS]
    base = {field.name: field.example for field in FIELDS}
    for serial in range(first, first + count):
        changing = {
            "company_name": f"青岚市测试{serial % of:x}号贸易有限公司",
            "uscc": code(serial % of),
            "registration_no": "",
            "decision_no": f"青测罚字〔2026〕{serial}号",
            "facts": f"当事人第{serial}次未在规定期限内报送资料，情节轻微，已责令改正",
            "fine": f"{serial % 97}.{serial % 10}",
            "decided_on": f"2026-{serial % 9 + 1:02d}-{serial % 28 + 1:02d}",
        }
        yield [(base | changing)[field.name] for field in FIELDS]


def write(name: str, rows: Iterator[list[str]]) -> Path:
    path = Path(WORK.name) / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def workbook(name: str, rows: Iterator[list[str]]) -> Path:
    path = Path(WORK.name) / name
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


class Result(NamedTuple):
    """One line of the table; ``cpu`` seconds of our process, without those of a database server."""

    title: str
    rows: int
    seconds: float
    cpu: float
    memory: int = 0
    shares: dict[str, float] | None = None


class Child(NamedTuple):
    seconds: float
    cpu: float
    memory: int  # MB
    output: str
    shares: dict[str, float]


def child(*arguments: str) -> Child:
    """What one manage.py command took, and where its time went."""
    started, where = time.perf_counter(), Path(WORK.name) / "where.json"
    command = [sys.executable, str(ROOT / "bench" / "where_time_goes.py"), str(where), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process, Memory(process.pid) as memory:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    shares = json.loads(where.read_text(encoding="utf-8"))["shares"]
    seconds = time.perf_counter() - started
    return Child(seconds, usage.ru_utime + usage.ru_stime, memory.peak >> 10, output, shares)


def staged(slug: str, path: Path, title: str, idle: Child) -> tuple[Result, Batch]:
    """Stage a file in a process of its own; ``idle`` is what a process costs that does nothing."""
    run = child("import_dataset", slug, str(path), "--by", "anna", "--json")
    answer = json.loads(run.output)
    if answer["new"] != answer["rows"]:
        raise SystemExit(f"not all rows are new: {answer}")
    result = Result(title, answer["rows"], run.seconds - idle.seconds, run.cpu - idle.cpu, run.memory, run.shares)
    return result, Batch.objects.get(pk=answer["batch"])


def published(batch: Batch, title: str, idle: Child) -> Result:
    users = get_user_model().objects
    batch.submit(by=users.get(username="anna"))
    batch.publish(by=users.get(username="ben"))
    run = child("import_worker", "--once")
    batch.refresh_from_db()
    if batch.state != Batch.State.PUBLISHED or batch.written != batch.rows or batch.unsettled:
        raise SystemExit(f"not published: {batch.state}")
    return Result(title, batch.rows, run.seconds - idle.seconds, run.cpu - idle.cpu, run.memory, run.shares)


def both(slug: str, path: Path, idle: Child) -> list[Result]:
    """Staging, publishing, and the two together."""
    first, batch = staged(slug, path, f"{slug}: stage", idle)
    second = published(batch, f"{slug}: publish", idle)
    together = Result(f"{slug}: end to end", first.rows, first.seconds + second.seconds, first.cpu + second.cpu)
    return [first, second, together]


class Reader:
    """Another process that reads profile pages while the block runs; ``found`` afterwards says how long they took."""

    def __enter__(self) -> "Reader":
        command = [sys.executable, str(ROOT / "bench" / "profile_reader.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        return self

    def __exit__(self, *_problem: object) -> None:
        self.found = json.loads(self.process.communicate()[0])

    def __str__(self) -> str:
        return "{pages} profile pages, p50 {p50:.0f} ms, p99 {p99:.0f} ms".format(**self.found)


def stock(path: Path, *, bulk: bool) -> Result:
    """django-import-export on a sample of the same rows, as it comes or with ``use_bulk``."""

    class Resource(resources.ModelResource):
        class Meta:
            model = PlainPenalty
            fields = [field.name for field in FIELDS]
            import_id_fields = ["decision_no"]
            use_bulk = bulk
            skip_diff = bulk
            batch_size = 1000

    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        rows = [row for _, row in zip(range(SAMPLE), reader, strict=False)]
    PlainPenalty.objects.all().delete()
    started, cpu = time.perf_counter(), time.process_time()
    data = tablib.Dataset(*rows, headers=[field.name for field in FIELDS])
    Resource().import_data(data, raise_errors=True, use_transactions=True)
    title = f"import-export, {'bulk' if bulk else 'stock'} (preview not counted)"
    return Result(title, len(rows), time.perf_counter() - started, time.process_time() - cpu)


def raw(path: Path) -> Result:
    """The same rows straight into a table of text columns: what the database can do."""
    PlainPenalty.objects.all().delete()
    started, cpu, count = time.perf_counter(), time.process_time(), 0
    names = [field.name for field in FIELDS]
    with path.open(encoding="utf-8", newline="") as file, transaction.atomic():
        reader = csv.reader(file)
        next(reader)
        while chunk := [row for _, row in zip(range(5000), reader, strict=False)]:
            insert_rows("bench_plainpenalty", names, chunk)
            count += len(chunk)
    return Result("raw executemany / COPY", count, time.perf_counter() - started, time.process_time() - cpu)


def more(idle: Child) -> Iterator[Result]:
    """``BATCHES`` more files, each published on top of those before."""
    for number in range(1, BATCHES + 1):
        path = write("more.csv", penalties(ROWS, COMPANIES, ROWS * number))
        stage, publish, _ = both(PENALTY, path, idle)
        path.unlink()
        yield stage._replace(title=f"stage, after {ROWS * number:,} records")
        yield publish._replace(title=f"publish, after {ROWS * number:,} records")


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    for name in ("anna", "ben"):
        get_user_model().objects.create_user(name)
    with connection.schema_editor() as editor:
        editor.create_model(PlainPenalty)


def show(results: list[Result]) -> None:
    print("| path | rows | seconds | rows/s | rows per CPU second | peak MB |\n|---|---|---|---|---|---|")
    for line in results:
        speed, per_cpu = line.rows / line.seconds, line.rows / max(line.cpu, 0.01)
        print(f"| {line.title} | {line.rows:,} | {line.seconds:.1f} | {speed:,.0f} | {per_cpu:,.0f} | {line.memory or '–'} |", flush=True)


def show_shares(results: list[Result]) -> None:
    print("\nWhere the time goes:\n")
    for line in results:
        if line.shares:
            parts = ", ".join(f"{part} {share:.0%}" for part, share in line.shares.items() if share >= 0.01)
            print(f"- {line.title}: {parts}")


def main() -> None:
    prepare()
    idle = min((child("import_worker", "--once") for _ in range(2)), key=lambda run: run.seconds)
    registrations = both(REGISTRATION, write("registrations.csv", companies(COMPANIES)), idle)
    sheet = write("penalties.csv", penalties(ROWS, COMPANIES))
    with Reader() as before:
        stage, batch = staged(PENALTY, sheet, f"{PENALTY}: stage", idle)
    with Reader() as during:
        publish = published(batch, f"{PENALTY}: publish", idle)
    book = workbook("penalties.xlsx", penalties(WORKBOOK, COMPANIES, ROWS * 1000))
    xlsx, _ = staged(PENALTY, book, f"{PENALTY}: stage a workbook", idle)
    others = [stock(sheet, bulk=False), stock(sheet, bulk=True), raw(sheet)]
    sheet.unlink()
    results = [*registrations, stage, publish, xlsx, *others, *more(idle)]
    print(f"\n{connection.vendor}, {os.cpu_count()} cores, {COLUMNS} columns, load {os.getloadavg()[0]:.1f}\n")
    show(results)
    print(f"\nReaders while staging: {before}; while publishing: {during}")
    ours, (slow, bulk, plain) = min(stage, publish, key=lambda line: line.rows / line.seconds), others
    speed = [line.rows / line.seconds for line in (ours, slow, bulk, plain)]
    print(f"The slower of ours is {speed[0] / speed[1]:.1f} × stock, {speed[0] / speed[2]:.1f} × bulk, {speed[0] / speed[3]:.2f} × raw")
    show_shares(results)


if __name__ == "__main__":
    main()

"""How fast files become published records, beside django-import-export and beside raw inserts, in one run.

``make bench-import`` runs it on SQLite and PostgreSQL; ``ROWS=1000000 make bench-import`` for the full size. The rows are
fictional. Staging and publishing run as they do in production, each in a process of its own whose peak memory is printed.
The stock and bulk paths of django-import-export get a sample, since they cost the same per row at any size.
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

import django

ROWS = int(os.environ.get("ROWS", "100000"))
SAMPLE = min(ROWS, int(os.environ.get("SAMPLE", "3000")))
ROOT = Path(__file__).resolve().parent.parent
PENALTY, REGISTRATION = "tax-penalty", "samr-registration"
COLUMNS = 30

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "publicity.settings")
os.environ["LOG_LEVEL"] = "ERROR"
sys.path.insert(0, str(ROOT))
WORK = tempfile.TemporaryDirectory(prefix="bench-import-")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{WORK.name}/bench.sqlite3")
os.environ["UPLOAD_DIR"] = f"{WORK.name}/uploads"
django.setup()

import tablib  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from import_export import resources  # noqa: E402

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
    body = f"MF{serial:06d}"
    first = f"91980101{body}{uscc.org_check_character(body)}"
    return first + uscc.check_character(first)


def companies(count: int) -> Iterator[list[str]]:
    yield ["企业名称", "统一社会信用代码", "成立日期", "类型", "注册资本", "经营范围"]
    for serial in range(count):
        name = f"青岚市测试{serial:x}号贸易有限公司"
        yield [name, code(serial), f"20{serial % 26:02d}-03-{serial % 28 + 1:02d}", "有限责任公司", "100万元人民币", "五金、日用百货销售"]


def penalties(count: int, of: int) -> Iterator[list[str]]:
    yield [field.title for field in FIELDS]
    base = {field.name: field.example for field in FIELDS}
    for serial in range(count):
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


def child(*arguments: str) -> tuple[float, int, str]:
    """Seconds, peak memory in MB and output of one manage.py command."""
    started = time.perf_counter()
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return time.perf_counter() - started, usage.ru_maxrss // 1024, output


def ours(slug: str, path: Path, idle: float) -> Iterator[tuple[str, int, float, int]]:
    """Stage, then publish, each in its own process; ``idle`` is what a process costs that does nothing."""
    seconds, memory, output = child("import_dataset", slug, str(path), "--by", "anna", "--json")
    answer = json.loads(output)
    if answer["new"] != answer["rows"]:
        raise SystemExit(f"not all rows are new: {answer}")
    yield f"{slug}: stage", answer["rows"], seconds - idle, memory
    users = get_user_model().objects
    batch = Batch.objects.get(pk=answer["batch"])
    batch.submit(by=users.get(username="anna"))
    batch.publish(by=users.get(username="ben"))
    seconds, memory, _ = child("import_worker", "--once")
    yield f"{slug}: publish", answer["rows"], seconds - idle, memory


def stock(path: Path, *, bulk: bool) -> tuple[str, int, float, int]:
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
    started = time.perf_counter()
    data = tablib.Dataset(*rows, headers=[field.name for field in FIELDS])
    Resource().import_data(data, raise_errors=True, use_transactions=True)
    return f"import-export, {'bulk' if bulk else 'stock'} (preview not counted)", len(rows), time.perf_counter() - started, 0


def raw(path: Path) -> tuple[str, int, float, int]:
    """The same rows straight into a table of text columns: what the database can do."""
    PlainPenalty.objects.all().delete()
    started, count = time.perf_counter(), 0
    names = [field.name for field in FIELDS]
    with path.open(encoding="utf-8", newline="") as file, transaction.atomic():
        reader = csv.reader(file)
        next(reader)
        while chunk := [row for _, row in zip(range(5000), reader, strict=False)]:
            insert_rows("bench_plainpenalty", names, chunk)
            count += len(chunk)
    return "raw executemany / COPY", count, time.perf_counter() - started, 0


def main() -> None:
    call_command("migrate", verbosity=0)
    for name in ("anna", "ben"):
        get_user_model().objects.create_user(name)
    with connection.schema_editor() as editor:
        editor.create_model(PlainPenalty)
    known = max(ROWS // 10, 1)
    registrations = write("registrations.csv", companies(known))
    sheet = write("penalties.csv", penalties(ROWS, known))
    idle = min(child("import_worker", "--once")[0] for _ in range(2))
    results = [*ours(REGISTRATION, registrations, idle), *ours(PENALTY, sheet, idle)]
    results += [stock(sheet, bulk=False), stock(sheet, bulk=True), raw(sheet)]
    print(f"\n{connection.vendor}, {os.cpu_count()} cores, {COLUMNS} columns\n")
    print("| path | rows | seconds | rows/s | peak MB |\n|---|---|---|---|---|")
    for title, rows, seconds, memory in results:
        print(f"| {title} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {memory or '–'} |")


if __name__ == "__main__":
    main()

"""``make kill-proof``: worker, web server and database are killed (SIGKILL) at random while two people import large files over HTTP.

``kill_proof.py sqlite`` or ``kill_proof.py postgresql``: the proof of ``tests/records/killing.py`` at full length, with gunicorn as in
production and, for PostgreSQL, a server of its own with full durability. ``KILLS=20`` of each while ``ROWS=150000`` registrations and
as many penalties are staged and published; SQLite has no server, its writers are killed instead.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django

ENGINE = sys.argv[1] if len(sys.argv) > 1 else "sqlite"
ROWS, KILLS = int(os.environ.get("ROWS", "150000")), int(os.environ.get("KILLS", "20"))
HOME = Path(tempfile.mkdtemp(prefix="kill-proof-", dir="/tmp"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import postgres  # noqa: E402

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "publicity.settings",
    "DATABASE_URL": f"sqlite:///{HOME}/site.sqlite3" if ENGINE == "sqlite" else postgres.address(HOME),
    "DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "kill-proof" * 6, "ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "ERROR",
    "UPLOAD_DIR": f"{HOME}/uploads", "STATIC_ROOT": f"{HOME}/static", "UPLOAD_MAX_MB": "4000", "IMPORT_LEASE_SECONDS": "2",
}  # fmt: skip
django.setup()

from django.core.management import call_command  # noqa: E402

from tests.records.killing import Proof  # noqa: E402
from tests.records.processes import database  # noqa: E402


def main() -> int:
    begun = time.monotonic()
    proof = Proof(HOME, dict(os.environ), rows=ROWS, kills=KILLS, database=None if ENGINE == "sqlite" else database(HOME))
    try:
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        verdicts = proof.run()
        verdicts[f"each was killed {KILLS} times"] = {*proof.killed.values()} == {KILLS}
    finally:
        proof.stop()
    shutil.rmtree(HOME, ignore_errors=True)
    killed = ", ".join(f"{part} {times}" for part, times in proof.killed.items())
    print(f"{ENGINE}: {ROWS:,} registrations and {ROWS:,} penalties in {time.monotonic() - begun:.0f} s; killed: {killed}")
    for verdict, true in verdicts.items():
        print(f"  {'yes' if true else 'NO '}  {verdict}")
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

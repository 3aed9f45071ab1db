"""A throw-away PostgreSQL, on a Unix socket in a temporary directory, gone when the command is done.

``python tests/postgres.py COMMAND …`` runs COMMAND with ``DATABASE_URL`` naming the server and exits with its status;
exit status 75 and one line of explanation when there is no PostgreSQL to start. ``--keep DIRECTORY`` before COMMAND leaves the data
there for the next time: what takes long to fill is filled once. ``server()`` is the same for Python.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

MISSING = 75
OPTIONS = (
    # Nothing here outlives the run, so durability would only cost time.
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("max_connections=60", "shared_buffers=128MB"),
)


def binaries() -> Path | None:
    """The directory of the newest PostgreSQL server of this machine; None when there is none."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    return (found or [Path(on_path)])[0].parent if found or on_path else None


def unprivileged() -> dict[str, object]:
    """Arguments for ``subprocess`` under which PostgreSQL agrees to start: it refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def created(programs: Path, home: Path, options: Iterable[str] = (), keep: Path | None = None) -> list[str | Path]:
    """Make an empty database in ``home``, or in ``keep`` unless there is one; the command that serves it on a Unix socket in ``home``."""
    account, data = unprivileged(), (keep or home) / "data"
    data.parent.mkdir(parents=True, exist_ok=True)
    if account:
        for directory in (home, data.parent):
            os.chown(directory, account["user"], account["group"])
    if not data.exists():
        create = [programs / "initdb", "-D", data, "-U", "credit", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run([*create, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=home, **account)
    options = ("listen_addresses=", "timezone=UTC", f"unix_socket_directories={home}", *options)
    return [programs / "postgres", "-D", data, *(argument for option in options for argument in ("-c", option))]


def address(home: Path) -> str:
    """Where the server of that directory is found, in the form of ``DATABASE_URL``."""
    return f"postgres://credit@{str(home).replace('/', '%2F')}/postgres"


@contextlib.contextmanager
def server(programs: Path, keep: Path | None = None) -> Iterator[str]:
    """A running server, with an empty database unless ``keep`` holds one; yields its address in the form of ``DATABASE_URL``."""
    # Short: the path of a Unix socket may have 107 bytes. Not $TMPDIR, which another account may not be able to enter.
    home = Path(tempfile.mkdtemp(prefix="credit-pg-", dir="/tmp"))
    log = home / "log"
    try:
        command = created(programs, home, OPTIONS, keep)
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=home, process_group=0, **unprivileged())
        try:
            wait(programs, home, process, log)
            yield address(home)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=300 if keep else 30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def wait(programs: Path, home: Path, process: subprocess.Popen, log: Path, seconds: float = 30) -> None:
    """Until the server that was started there answers; RuntimeError with what it said when it does not."""
    until = time.monotonic() + seconds
    ask = [programs / "pg_isready", "-q", "-h", home, "-U", "credit"]
    while subprocess.run(ask, check=False).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def main(command: list[str]) -> int:
    programs = binaries()
    if programs is None:
        print("PostgreSQL: no server programs on this machine (apt-get install postgresql)", file=sys.stderr)
        return MISSING
    signal.signal(signal.SIGTERM, _stop)
    keep = None
    if command[0] == "--keep":
        keep, command = Path(command[1]).resolve(), command[2:]
    with server(programs, keep) as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

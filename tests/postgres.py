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
from collections.abc import Iterator
from pathlib import Path

MISSING = 75
OPTIONS = (
    # Nothing here outlives the run, so durability would only cost time.
    *("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"),
    *("listen_addresses=", "max_connections=60", "shared_buffers=128MB", "timezone=UTC"),
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


@contextlib.contextmanager
def server(programs: Path, keep: Path | None = None) -> Iterator[str]:
    """A running server, with an empty database unless ``keep`` holds one; yields its address in the form of ``DATABASE_URL``."""
    account = unprivileged()
    # Short: the path of a Unix socket may have 107 bytes. Not $TMPDIR, which another account may not be able to enter.
    home = Path(tempfile.mkdtemp(prefix="credit-pg-", dir="/tmp"))
    log = home / "log"
    try:
        data = (keep or home) / "data"
        data.parent.mkdir(parents=True, exist_ok=True)
        if account:
            for directory in (home, data.parent):
                os.chown(directory, account["user"], account["group"])
        if not data.exists():
            create = [programs / "initdb", "-D", data, "-U", "credit", "-A", "trust", "-E", "UTF8", "--no-sync"]
            subprocess.run([*create, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=home, **account)
        options = [argument for option in (*OPTIONS, f"unix_socket_directories={home}") for argument in ("-c", option)]
        with log.open("wb") as output:
            command = [programs / "postgres", "-D", data, *options]
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=home, process_group=0, **account)
        try:
            _wait(programs, home, process, log)
            yield f"postgres://credit@{str(home).replace('/', '%2F')}/postgres"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=300 if keep else 30)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(programs: Path, home: Path, process: subprocess.Popen, log: Path, seconds: float = 30) -> None:
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
    with server(programs, keep) as address:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)

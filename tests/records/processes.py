"""Other processes of the site: workers, watchers, web servers, a database; those that are killed come back."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests import postgres

ROOT = Path(__file__).parents[2]


def environment(settings, **more: str) -> dict[str, str]:
    """What a process needs to work on the database and the uploads of the running test."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = f"postgresql://{database['USER']}@{quote(database['HOST'], safe='')}:{database['PORT']}/{database['NAME']}"
    return os.environ | {"DATABASE_URL": url, "UPLOAD_DIR": str(settings.UPLOAD_DIR), "IMPORT_LEASE_SECONDS": "1", **more}


class Process:
    """A process with those it starts, brought back by ``keep`` whenever it is found dead."""

    def __init__(self, name: str, command: list, home: Path, **how):
        """``how`` goes to ``subprocess.Popen``; what the process says is kept in ``home``."""
        self.name, self.command, self.log, self.how, self.process = name, command, home / f"{name}.log", how, None

    def keep(self) -> None:
        if self.process is None or self.process.poll() is not None:
            with self.log.open("ab") as log:
                how = {"cwd": ROOT, "umask": 0o22} | self.how
                self.process = subprocess.Popen(self.command, stdout=log, stderr=log, process_group=0, **how)

    def kill(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def database(home: Path) -> Process:
    """A PostgreSQL server of its own in ``home``, as in production: what it has confirmed it keeps."""
    programs = postgres.binaries()
    made = Process("database", postgres.created(programs, home), home, cwd=home, **postgres.unprivileged())
    made.keep()
    postgres.wait(programs, home, made.process, made.log)
    return made

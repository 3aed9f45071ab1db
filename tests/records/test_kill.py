"""Worker, web server and database killed at any moment lose and double nothing. ``make kill-proof`` is the long form."""

import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from django.conf import global_settings
from django.db import connections

from tests import postgres
from tests.records.killing import Proof
from tests.records.processes import database, environment


@pytest.fixture
def home():
    # Short, and not below a directory of ours: the database server is another account and its socket's path may have 107 bytes.
    made = Path(tempfile.mkdtemp(prefix="kill-", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def server(home, db):
    """A database of this test alone, migrated like that of the suite; yields its server, None where there is none to be killed."""
    plain, running = connections["default"], None
    own = plain.copy()
    if plain.vendor == "sqlite":
        own.settings_dict["NAME"] = home / "site.sqlite3"
        # The connection of the test is in a transaction.
        sqlite3.connect(plain.settings_dict["NAME"]).execute("VACUUM INTO ?", [str(own.settings_dict["NAME"])])
    else:
        running = database(home)
        copy(plain.settings_dict, home)
        own.settings_dict |= {"NAME": "postgres", "HOST": str(home), "PORT": ""}
        own.settings_dict["OPTIONS"].pop("pool")
    connections["default"] = own
    yield running
    own.close()
    connections["default"] = plain


def copy(there: dict, home: Path) -> None:
    programs = postgres.binaries()
    read = [programs / "pg_dump", "-h", there["HOST"], "-p", there["PORT"] or "5432", "-U", there["USER"], there["NAME"]]
    dump = subprocess.run(read, check=True, stdout=subprocess.PIPE).stdout
    write = [programs / "psql", "-h", home, "-U", "credit", "-q", "-v", "ON_ERROR_STOP=1", "postgres"]
    subprocess.run(write, check=True, input=dump, stdout=subprocess.DEVNULL)


def test_whoever_is_killed_at_any_moment_nothing_is_lost_or_doubled(home, server, settings):
    settings.UPLOAD_DIR = home / "uploads"
    # The web server knows nothing of the fast passwords of the suite.
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    proof = Proof(home, environment(settings), rows=9000, kills=2, database=server)
    try:
        assert [sentence for sentence, true in proof.run().items() if not true] == []
        # On a busy machine the work may be done before each was killed twice.
        assert {*proof.killed} == {process.name for process in proof.running}
    finally:
        proof.stop()
        if server:
            server.kill()

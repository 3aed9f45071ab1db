"""What every test stands on: a clean upload directory, fast passwords, the staff of three roles, a browser.

Engines: the same suite runs on SQLite and PostgreSQL; ``@pytest.mark.engine("postgresql")`` keeps a test to one. What knows no
database at all, and what a page looks like, is tested once, with SQLite.
Browser: a test that asks for ``browser_page`` is a browser test. Where something is missing its tests are left out and
the closing lines say why, except under ``CI``, where nothing may be left out and a skip is a failure.
"""

import os
import shutil
from types import SimpleNamespace

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.cache import caches
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as examples
from playwright.sync_api import sync_playwright

from publicity.api import base
from publicity.remembered import Remembered
from publicity.views import caching
from records import search
from records.models import EventCounter
from records.search import limit

CI = bool(os.environ.get("CI"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_ARGUMENTS = (
    # Some containers forbid the sandbox; none of these tests opens a foreign page.
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PASSWORD = "kept-for-the-tests"
# How long an example takes is a matter of what else the machine does.
examples.register_profile("suite", deadline=None)
examples.load_profile("suite")


def pytest_configure(config):
    config.addinivalue_line("markers", "engine(vendor): runs on this database only, 'sqlite' or 'postgresql'")
    site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A machine that is busy for half a second shall not cut a query; the tests of the limit set their own.
    limit.SECONDS = 10
    # WhiteNoise warns when nothing has been collected yet; the test server finds static files where they are.
    site.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    # Playwright runs an event loop in the main thread, which Django takes for an asynchronous view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if not _runs_here(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _runs_here(item) -> bool:
    engine, fixtures = item.get_closest_marker("engine"), {*getattr(item, "fixturenames", ())}
    if engine and connection.vendor not in engine.args:
        return False
    asks_a_database = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db", "live_server"}
    if connection.vendor != "sqlite" and not asks_a_database:
        return False
    if "browser_page" in fixtures:
        item.add_marker(pytest.mark.browser)
        return bool(CHROMIUM or CI)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _no_skip_under_ci((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _no_skip_under_ci((yield))


def _no_skip_under_ci(report):
    if CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"CI: nothing may be skipped, but this was: {_reason(report)}"
    return report


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"database: {connection.vendor}; browser: {CHROMIUM or 'none'}")
    if not CHROMIUM and not CI:
        terminalreporter.write_line("not run: browser tests, no Chromium on this machine (apt-get install chromium)")
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"not run: {report.nodeid}, {_reason(report)}")


def _reason(report) -> str:
    return str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr)


@pytest.fixture(autouse=True)
def _alone(settings, tmp_path, monkeypatch):
    """Keep one test's uploads, throttle counters, answers and language from the next."""
    # Tests begin the log anew, which no site does.
    monkeypatch.setattr(base, "ANSWERS", Remembered(room=1 << 20))
    monkeypatch.setattr(caching, "PAGES", Remembered(room=1 << 20))
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.BULK_DIR = tmp_path / "bulk"
    for kept in caches.all(initialized_only=True):
        kept.clear()
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Flushing is how tests without a surrounding transaction clean up; make it leave what migrations promise."""
    with django_db_blocker.unblock():
        groups = {
            group.name: [permission.natural_key() for permission in group.permissions.all()]
            for group in Group.objects.all()
        }
    plain_flush = TransactionTestCase._fixture_teardown

    def flush_and_restore(self):
        triggers = _take_triggers_away()
        plain_flush(self)
        for statement in triggers:
            _execute(statement)
        with connection.cursor() as cursor:
            search.drop_index(cursor)
            search.create_index(cursor)
        EventCounter.objects.create(id=1, last=0)
        _restore_groups(groups)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_and_restore)
        yield
    with django_db_blocker.unblock():
        _send_others_away()


def _send_others_away() -> None:
    """End what a server, a worker or a listener started by a test still holds open, or PostgreSQL keeps the database."""
    if connection.vendor == "postgresql":
        _execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _take_triggers_away() -> list[str]:
    """Put the triggers that forbid a flush out of the way; returns the statements that bring them back."""
    if connection.vendor != "sqlite":
        guarded = ("records_trailentry", "records_accessuse", "records_event")
        for table in guarded:
            _execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded]
    with connection.cursor() as cursor:
        triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in triggers]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _restore_groups(groups: dict[str, list[tuple]]) -> None:
    """The roles again, with permissions that have new ids since the flush."""
    made = {permission.natural_key(): permission for permission in Permission.objects.select_related("content_type")}
    for name, permissions in groups.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([made[permission] for permission in permissions])


@pytest.fixture
def staff(db):
    """One user of each role: ``staff.importer``, ``.reviewer``, ``.administrator``; all with ``staff.password``."""

    def member(role: str):
        user = get_user_model().objects.create_user(role, password=PASSWORD, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        return user

    roles = ("importer", "reviewer", "administrator")
    return SimpleNamespace(password=PASSWORD, **{role: member(role) for role in roles})


@pytest.fixture
def importer(staff):
    return staff.importer


@pytest.fixture
def reviewer(staff):
    return staff.reviewer


@pytest.fixture
def administrator(staff):
    return staff.administrator


@pytest.fixture(scope="session")
def _chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def browser_page(_chromium, live_server, request):
    """A page of a fresh Chromium profile at the running site: ``browser_page.goto("/search/")``; Chinese, 1280 × 900.

    ``@pytest.mark.parametrize("browser_page", [{"java_script_enabled": False}], indirect=True)`` changes the context.
    """
    wishes = {"base_url": live_server.url, "locale": "zh-CN", "viewport": {"width": 1280, "height": 900}}
    context = _chromium.new_context(**wishes | getattr(request, "param", {}))
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()

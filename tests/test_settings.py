"""The settings as the environment makes them: a clone needs nothing, production refuses to start half set up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).parent.parent
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "k" * 20 + "0123456789abcdefghijklmnopqrstuvwxyz" + "!?",
    "ALLOWED_HOSTS": "credit.example.org",
    "DATABASE_URL": "postgres://credit@localhost/credit",
    "PROXY_SCHEME_HEADER": "HTTP_X_FORWARDED_PROTO",
    "CACHE_URL": "redis://localhost/0",
    "LOG_KEY": "a2V5IG9mIGEgbG9nIHRoYXQgbm9ib2R5IHVzZXMhISE=",
}
OURS = (*PRODUCTION, "HTTPS", "SITE_URL", "DATASETS_DIR", "DJANGO_ALLOW_ASYNC_UNSAFE")


def manage(*arguments: str, environment: dict[str, str], code: str = "") -> subprocess.CompletedProcess:
    """``manage.py`` in a process of its own, with nothing of our settings but ``environment``."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    command = [sys.executable, "-c", code] if code else [sys.executable, "manage.py", *arguments]
    clean["DJANGO_SETTINGS_MODULE"] = "publicity.settings"
    return subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False)


def test_a_clone_starts_with_no_variable_set():
    checked = manage("check", environment={})
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_production_refuses_to_start_without(missing):
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    started = manage("check", environment=environment)
    assert started.returncode != 0
    assert missing in started.stderr


def test_a_switch_that_is_neither_on_nor_off_is_refused():
    started = manage("check", environment={"DEBUG": "of"})
    assert started.returncode != 0
    assert "DEBUG" in started.stderr


def test_a_key_of_the_log_that_is_none_is_refused():
    started = manage("check", environment={"LOG_KEY": "secret"})
    assert started.returncode != 0
    assert "LOG_KEY must be 32 bytes in base64" in started.stderr


def test_a_former_key_of_the_log_that_is_none_is_refused():
    checked = manage("check", environment={"LOG_FORMER_KEYS": "credit.example/log+00000000+AAAA"})
    assert checked.returncode != 0
    assert "LOG_FORMER_KEYS: credit.example/log+00000000+AAAA" in checked.stderr


def test_a_production_site_without_a_key_of_the_log_is_told():
    environment = {name: value for name, value in PRODUCTION.items() if name != "LOG_KEY"}
    checked = manage("check", "--deploy", "--fail-level", "WARNING", environment=environment)
    assert checked.returncode == 0
    assert "LOG_KEY is not set" in checked.stderr


def test_a_production_site_whose_processes_count_requests_each_for_itself_is_told():
    environment = {name: value for name, value in PRODUCTION.items() if name != "CACHE_URL"}
    checked = manage("check", "--deploy", "--fail-level", "WARNING", environment=environment)
    assert checked.returncode != 0
    assert "CACHE_URL is not set" in checked.stderr
    assert "CACHE_URL" not in manage("check", environment=environment).stderr


@pytest.mark.parametrize("address", ["credit.example", "https://credit.example/", "ftp://credit.example"])
def test_an_address_of_the_site_that_no_page_can_follow_is_refused(address):
    started = manage("check", environment={"SITE_URL": address})
    assert started.returncode != 0
    assert "SITE_URL" in started.stderr


def test_a_name_of_the_log_that_no_note_can_bear_is_refused():
    started = manage("check", environment={"LOG_ORIGIN": "credit log"})
    assert started.returncode != 0
    assert "LOG_ORIGIN" in started.stderr


def test_the_deployment_check_has_nothing_to_say():
    checked = manage("check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "0 silenced" in checked.stdout


def test_production_is_served_over_https_with_cookies_to_match():
    asked = "import json; from django.conf import settings as s; print(json.dumps([s.SECURE_SSL_REDIRECT, "
    asked += "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 31536000]))"
    answer = manage(environment=PRODUCTION, code=asked)
    assert answer.stdout.strip() == "[true, true, true, true]", answer.stderr


def test_every_model_change_has_its_migration():
    checked = manage("makemigrations", "--check", "--dry-run", environment={})
    assert checked.returncode == 0, checked.stdout


def test_no_secret_stands_in_the_settings():
    text = (ROOT / "publicity" / "settings.py").read_text(encoding="utf-8")
    assert text.count("SECRET_KEY = ") == 2
    assert "django-insecure-for-a-clone" in text


@pytest.mark.engine("postgresql")
@pytest.mark.django_db
def test_postgresql_compiles_no_statement():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.parametrize("named", ["HTTP_X_FORWARDED_PROTO", "X-Forwarded-Proto"])
def test_the_header_of_the_front_door_is_known_by_either_name(named):
    environment = PRODUCTION | {"PROXY_SCHEME_HEADER": named}
    answer = manage(environment=environment, code="from django.conf import settings as s; print(s.SECURE_PROXY_SSL_HEADER)")
    assert answer.stdout.strip() == "('HTTP_X_FORWARDED_PROTO', 'https')", answer.stderr


@pytest.mark.parametrize("rate", ["600 an hour", "600/0min", "600/week"])
def test_a_rate_nobody_can_count_by_is_refused(rate):
    checked = manage("check", environment={"API_RATE": rate})
    assert checked.returncode != 0
    assert "API_RATE" in checked.stderr


def test_whoever_serves_static_files_may_read_them(tmp_path):
    collected = manage("collectstatic", "--no-input", environment=PRODUCTION | {"STATIC_ROOT": str(tmp_path / "static")})
    assert collected.returncode == 0, collected.stderr
    modes = {(path.is_dir(), oct(path.stat().st_mode & 0o777)) for path in (tmp_path / "static").rglob("*")}
    assert modes == {(False, "0o644"), (True, "0o755")}

"""What is shipped for operators works: nginx takes its configuration, the units and the example name what exists."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def test_nginx_accepts_the_configuration(tmp_path):
    if not NGINX:
        pytest.skip("no nginx on this machine (apt-get install nginx-light)")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=credit.example.org", "-days", "1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/ssl/credit/fullchain.pem", str(certificate))
    text = text.replace("/etc/ssl/credit/privkey.pem", str(key))
    site = tmp_path / "nginx.conf"
    site.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {text} }}")
    checked = subprocess.run([NGINX, "-t", "-q", "-p", tmp_path, "-c", site], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stderr == ""


def test_gunicorn_serves_as_the_site_wants_it():
    """An address may hold a batch of names, as reconciliation 0.2 has it: a character takes nine there, and the usual limit is 4,094."""
    command = [sys.executable, "-m", "gunicorn", "publicity.wsgi", "--print-config"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    set_to = dict(re.findall(r"^(\w+) += (.*)$", told, re.MULTILINE))
    assert (set_to["limit_request_line"], set_to["threads"]) == ("8190", "4")
    for file in ("credit-web.service", "demo.sh"):
        assert not {"--limit-request-line", "--threads"} & set((DEPLOY / file).read_text(encoding="utf-8").split())


def test_a_connection_is_given_up_in_time_so_that_the_worker_with_least_to_do_takes_it():
    port = _free_port()
    with subprocess.Popen([sys.executable, "-m", "gunicorn", "publicity.wsgi", "--bind", f"127.0.0.1:{port}"], cwd=ROOT) as server:
        try:
            _wait_for(port)
            connection, kept = http.client.HTTPConnection("127.0.0.1", port, timeout=10), []
            for _ in range(120):
                connection.request("GET", "/healthz")
                answer = connection.getresponse()
                answer.read()
                kept.append((answer.status, answer.getheader("Connection")))
        finally:
            server.terminate()
    assert {status for status, _ in kept} == {200}
    assert [number for number, (_, told) in enumerate(kept, 1) if told == "close"] == [50, 100]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)


def test_who_asks_too_often_is_told_so_in_words(tmp_path):
    if not NGINX:
        pytest.skip("no nginx on this machine (apt-get install nginx-light)")
    port = _free_port()
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("/srv/credit/var/static", str(ROOT / "static"))
    text = re.sub(r" *ssl_[^;]+;", "", text.replace("listen 80;", f"listen unix:{tmp_path}/other;"))
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    site, user = tmp_path / "nginx.conf", "user root;" if os.getuid() == 0 else ""
    site.write_text(f"{user} daemon off; pid {tmp_path}/pid; error_log /dev/null; events {{}} http {{ access_log off; {text} }}")
    server = subprocess.Popen([NGINX, "-q", "-p", tmp_path, "-c", site])
    try:
        signing_in = [_asked(port, "POST", path)[0] for path in ("/admin/login/", "/en/admin/login/") * 15]
        answers = [_asked(port) for _ in range(90)]
    finally:
        server.terminate()
        server.wait()
    # Nobody stands behind: 502 is what came through.
    assert set(signing_in[:20]) == {502}
    assert signing_in.count(429) > 5
    refused = [answer for answer in answers if answer[0] == 429]
    assert len(refused) > 5
    assert refused[0][1]["Retry-After"] == "3"
    assert "访问过于频繁" in refused[0][2]
    assert "Too many requests" in refused[0][2]


def _asked(port: int, method: str = "GET", path: str = "/search/?q=x") -> tuple[int, dict, str]:
    for _ in range(50):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise AssertionError("nginx does not answer")


def test_every_name_of_the_example_environment_is_read_by_the_settings():
    names = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "environment.example").read_text(encoding="utf-8"), re.MULTILINE)
    settings = (ROOT / "publicity" / "settings.py").read_text(encoding="utf-8")
    assert [name for name in names if f'"{name}"' not in settings] == []


def test_the_units_run_commands_that_exist():
    units = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.glob("*.service"))
    for command in re.findall(r"manage\.py (\w+)", units):
        places = [ROOT / package / "management/commands" / f"{command}.py" for package in ("records", "publicity")]
        assert command == "migrate" or any(place.exists() for place in places)

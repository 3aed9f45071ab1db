"""Outside tools judge a running site: ``make conformance``. Prints a table and fails when one of them finds a fault.

The site is served as in production, with fictional companies, from a database of its own in ``var/conformance``. Every tool runs
in an environment of its own, at the version named here, so that none of them becomes a dependency of the site. ``--write`` puts
the table into docs/conformance.md.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
VAR = ROOT / "var" / "conformance"
PAGE = ROOT / "docs" / "conformance.md"
UV = os.environ.get("UV", "uv")
PYTHON = str(ROOT / ".venv" / "bin" / "python")
COMPANIES = "150"
# PyICU has no wheels; it need not be fast, but ready soon.
COMPILING = {"CFLAGS": "-O0 -g0", "CXXFLAGS": "-O0 -g0"}


@dataclass(frozen=True)
class Check:
    """A tool, and the command that judges the site at ``{url}``; its script in this directory where it has one."""

    tool: str
    version: str
    what: str
    command: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def line(self, url: str) -> list[str]:
        """What runs it; without an address what only gets it ready."""
        wanted = [part for package in (f"{self.tool}=={self.version}", *self.also) for part in ("--with", package)]
        command = [part.format(url=url, here=HERE, var=VAR) for part in self.command] if url else ["true"]
        return [UV, "run", "--quiet", "--no-project", "--isolated", *wanted, *command]


CHECKS = (
    Check("schemathesis", "4.32.5", "every operation answers as described: all checks, positive and negative data, sequences of calls",
          ("env", "SCHEMATHESIS_HOOKS={here}/schemathesis_hooks.py", "schemathesis", "run", "{var}/openapi.json", "--url", "{url}",
           "--checks", "all", "--max-examples", "8", "--workers", "1", "--seed", "1")),
    Check("openapi-spec-validator", "0.9.0", "the OpenAPI document is valid OpenAPI 3.1",
          ("openapi-spec-validator", "{var}/openapi.json")),
    Check("openapi-python-client", "0.29.1", "a client generated from the document reads companies, records, events and problems",
          ("python", "{here}/generated_client.py", "{url}", "{var}"), ("httpx", "attrs", "python-dateutil")),
    Check("reconciler", "0.2.2", "a table of names is reconciled, with and without a property",
          ("python", "{here}/reconcile_client.py", "{url}")),
    Check("extruct", "0.18.0", "the JSON-LD of company pages is read as a search engine reads it",
          ("python", "{here}/structured_data.py", "{url}")),
    Check("frictionless", "5.21.0", "the Data Package of the bulk files: every table is as its Table Schema says",
          ("frictionless", "validate", "{var}/bulk/current/datapackage.json")),
    Check("frictionless", "5.21.0", "the Table Schema of every dataset of the catalogue",
          ("python", "{here}/table_schemas.py", "{url}")),
    Check("rdflib", "7.6.0", "the DCAT catalogue of the bulk files, and every download with its digest",
          ("python", "{here}/dcat.py", "{url}")),
    Check("followthemoney", "4.11.2", "`ftm validate` takes every entity of the export as it is",
          ("python", "{here}/follow_the_money.py", "{url}", "{var}")),
    Check("feedparser", "6.0.14", "every Atom feed, judged by RELAX NG too; sitemaps by their XML schema",
          ("python", "{here}/feeds.py", "{url}"), ("lxml",)),
    Check("ultimate-sitemap-parser", "1.8.1", "robots.txt leads to a sitemap of every company",
          ("python", "{here}/sitemap.py", "{url}")),
)  # fmt: skip


def environment(port: int) -> dict[str, str]:
    """What the site is served with; nothing of the caller's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "SECRET_KEY": "for the conformance run on this machine only",
        "DEBUG": "0",
        "HTTPS": "0",
        "ALLOWED_HOSTS": f"127.0.0.1,localhost,127.0.0.1:{port}",
        "API_RATE": "1000000/min",
        # A fuzzer that asks for events to come would wait half a minute each time, longer than it waits for an answer.
        "API_WAITERS": "0",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"sqlite:///{VAR / 'site.sqlite3'}",
        "UPLOAD_DIR": str(VAR / "uploads"),
        "STATIC_ROOT": str(VAR / "static"),
        "BULK_DIR": str(VAR / "bulk"),
    }


@contextmanager
def served() -> Iterator[str]:
    """The address of a site with fictional companies, for as long as the block runs."""
    shutil.rmtree(VAR, ignore_errors=True)
    VAR.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env, url = environment(port), f"http://127.0.0.1:{port}"
    prepare = (["migrate", "--verbosity", "0"], ["collectstatic", "--no-input", "--verbosity", "0"],
               ["load_demo", "--companies", COMPANIES, "--dir", str(VAR / "files")], ["export_bulk"])  # fmt: skip
    for command in prepare:
        subprocess.run([PYTHON, "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    gunicorn = [PYTHON, "-m", "gunicorn", "publicity.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with (VAR / "site.log").open("w") as log:
        server = subprocess.Popen([*gunicorn, "--log-level", "error"], cwd=ROOT, env=env, stderr=log)
    try:
        _wait(url)
        (VAR / "openapi.json").write_text(_document(url), encoding="utf-8")
        yield url
    finally:
        server.terminate()
        server.wait()


def _document(url: str) -> str:
    """The OpenAPI document, its examples of a company and of a record exchanged for some that are there."""
    with urllib.request.urlopen(f"{url}/api/v1/schema/") as answer:
        text = answer.read().decode()
    with urllib.request.urlopen(f"{url}/api/v1/records/?limit=1") as answer:
        [record] = json.load(answer)["results"]
    return text.replace("91330110MF1000015W", record["company"]["code"]).replace("a" * 26, record["id"])


def _wait(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/readyz").close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the site did not start")


def got_ready(check: Check) -> None:
    """Fetch a tool; when that fails its judgement tells why."""
    subprocess.run(check.line(""), capture_output=True, check=False, env=os.environ | COMPILING)


def judged(check: Check, url: str) -> str:
    """``passed``, or what the tool said, printed at once."""
    begun = time.monotonic()
    done = subprocess.run(check.line(url), cwd=VAR, capture_output=True, text=True, check=False, timeout=600, env=os.environ | COMPILING)
    result = "passed" if done.returncode == 0 else "FAILED"
    print(f"{result}  {check.tool} {check.version}: {check.what} ({time.monotonic() - begun:.0f} s)", flush=True)
    if done.returncode:
        print(done.stdout[-6000:], done.stderr[-3000:], sep="\n")
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/conformance.md")
    parser.add_argument("--only", default="", help="only tools whose name holds this")
    wish = parser.parse_args()
    checks = [check for check in CHECKS if wish.only in check.tool]
    # One of the tools has to be compiled, which is begun while the site is being prepared. Schemathesis has one thread of its own,
    # since two of them make Python 3.11 say "AST constructor recursion depth mismatch" now and then.
    with ThreadPoolExecutor(max_workers=3) as pool:
        pool.map(got_ready, [check for check in checks if check.tool == "followthemoney"])
        with served() as url:
            results = dict(zip(checks, pool.map(lambda check: judged(check, url), checks), strict=True))
    if wish.write:
        today = datetime.now(UTC).date().isoformat()
        rows = [f"| {check.tool} | {check.version} | {check.what} | {today} | {result} |" for check, result in results.items()]
        table = "\n".join(["| tool | version | what it checks | run on | result |", "|---|---|---|---|---|", *rows])
        marked = re.sub(r"(?s)(<!-- table -->\n).*?(\n<!-- end -->)", lambda found: found[1] + table + found[2], PAGE.read_text("utf-8"))
        PAGE.write_text(marked, encoding="utf-8")
    return 0 if {*results.values()} == {"passed"} else 1


if __name__ == "__main__":
    sys.exit(main())

# make setup   the Python environment, .venv, exactly as uv.lock says; make demo and make test call it
# make demo    the site with demonstration data on http://127.0.0.1:8000 (PORT=9000 make demo: elsewhere); Ctrl-C stops it
# make test    lint, checks, and the whole suite on SQLite and on a throw-away PostgreSQL
# make conformance   outside tools judge a running site; the first run fetches them (docs/conformance.md)
# make search-quality SEARCH_QUERIES=queries.csv SEARCH_REGISTER=register.csv   how often a search finds what was meant
# make bench-reconcile SEARCH_REGISTER=register.csv   1,000 of its names as a table tool asks them, on both databases
# make bench-search   how long it takes on both databases (COMPANIES=3000000: how many fictional companies, and a tenth of them
#                     beside; QUERIES=100: how many of a kind). On SQLite the registers stay in var/ for the next time.
# make two-people   large files through the admin by two people in a browser while the site is read, on both databases
# make kill-proof   worker, web server and database killed at random during an import (docs/reliability.md)
# make bench-web   pages and API over HTTP on both databases, beside Datasette over the same rows (COMPANIES=3000000; needs wrk)
.PHONY: setup demo test conformance lint messages bench-import kill-proof two-people bench-bulk search-quality bench-reconcile bench-search bench-web suite-sqlite suite-postgresql
.DEFAULT_GOAL := setup

PORT ?= 8000
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .tools/uv)
UV_ANYWHERE = $(if $(filter uv,$(UV)),uv,$(abspath $(UV)))
# A worker for each processor, four at most: each has a database and perhaps a browser of its own.
WORKERS := $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 4 ] && echo $$n || echo 4)
PYTEST := .venv/bin/pytest --numprocesses=$(WORKERS) --dist=worksteal $(ARGS)
# The suite knows one environment, whatever the shell that calls it has exported for the site.
CLEAN := env -u DATABASE_URL -u DATASETS_DIR -u UPLOAD_DIR -u BULK_DIR -u SECRET_KEY -u HTTPS -u DEBUG -u ALLOWED_HOSTS
export UV_PYTHON_PREFERENCE ?= system
# What a process compiles the next one need not: a test starts dozens of them.
unexport PYTHONDONTWRITEBYTECODE
# The machine's own certificates where it has some: a company's proxy signs with one of those.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt),1,0)

setup: $(filter .tools/uv,$(UV))
	@$(UV) sync --frozen --quiet

.tools/uv:
	@mkdir -p .tools; \
	if python3 -m venv .tools/venv >/dev/null 2>&1 && .tools/venv/bin/python -m pip install --quiet 'uv>=0.9'; then \
	    ln -sf venv/bin/uv $@; \
	elif python3 -m pip --version >/dev/null 2>&1 && python3 -m pip install --quiet --target .tools/pip 'uv>=0.9'; then \
	    ln -sf pip/bin/uv $@; \
	elif python3 -c 'import ensurepip' 2>/dev/null || python3 -m pip --version >/dev/null 2>&1; then \
	    echo 'make setup: uv could not be installed from PyPI; the reason stands above.' >&2; exit 1; \
	else \
	    echo 'make setup: this Python has neither venv nor pip. On Debian: apt-get install python3-venv' >&2; exit 1; \
	fi

# Needs gettext (apt-get install gettext). The compiled catalogue is committed: a fresh machine has no gettext.
messages: setup
	.venv/bin/python manage.py makemessages --locale en --no-location --ignore .venv --ignore var --ignore .tools
	.venv/bin/python manage.py compilemessages --locale en --ignore .venv

demo: setup
	@PORT=$(PORT) deploy/demo.sh

# ROWS=1000000 make bench-import for the full size.
bench-import: setup
	$(CLEAN) .venv/bin/python bench/import_speed.py
	$(CLEAN) .venv/bin/python tests/postgres.py .venv/bin/python bench/import_speed.py

# CSV_ROWS=200000 XLSX_ROWS=100000; in a real Chromium, on both databases.
two-people: setup
	$(CLEAN) .venv/bin/python bench/two_people.py
	$(CLEAN) .venv/bin/python tests/postgres.py .venv/bin/python bench/two_people.py

# Some minutes; KILLS=20 of each on both databases, ROWS=150000 registrations and as many penalties.
kill-proof: setup
	$(CLEAN) .venv/bin/python bench/kill_proof.py sqlite
	$(CLEAN) .venv/bin/python bench/kill_proof.py postgresql

# ROWS=1000000 make bench-bulk for a larger table.
bench-bulk: setup
	$(CLEAN) .venv/bin/python bench/bulk_speed.py
	$(CLEAN) .venv/bin/python tests/postgres.py .venv/bin/python bench/bulk_speed.py

lint: setup
	.venv/bin/ruff check .
	$(CLEAN) .venv/bin/python manage.py check
	$(CLEAN) .venv/bin/python manage.py makemigrations --check --dry-run

# Both suites run whatever the first one says, and what make says last is the sum.
test: lint
	@failed=0; \
	$(MAKE) --no-print-directory suite-sqlite || failed=1; \
	$(MAKE) --no-print-directory suite-postgresql || failed=1; \
	exit $$failed

suite-sqlite:
	$(CLEAN) $(PYTEST)

suite-postgresql:
	@$(CLEAN) .venv/bin/python tests/postgres.py $(PYTEST); status=$$?; \
	if [ $$status -eq 75 ] && [ -z "$$CI" ]; then echo 'not run: the suite on PostgreSQL, for the reason above'; exit 0; fi; \
	exit $$status

conformance: setup
	@$(CLEAN) UV=$(UV_ANYWHERE) .venv/bin/python tests/conformance/run.py $(ARGS)

BENCH = mkdir -p var && DATABASE_URL=$${DATABASE_URL:-sqlite:///$(CURDIR)/var/$(1).sqlite3} .venv/bin/python
COMPANIES ?= 300000
QUERIES ?= 100

search-quality: setup
	@test -n "$(SEARCH_QUERIES)" || { echo 'SEARCH_QUERIES=a CSV with kind, query, expected_name, expected_uscc' >&2; exit 2; }
	@$(call BENCH,search-quality) bench/search_quality.py $(SEARCH_QUERIES) $(SEARCH_REGISTER)

bench-reconcile: setup
	@test -n "$(SEARCH_REGISTER)" || { echo 'SEARCH_REGISTER=a CSV of a registration dataset' >&2; exit 2; }
	@$(call BENCH,search-quality) bench/reconcile_run.py $(SEARCH_REGISTER)
	@$(CLEAN) .venv/bin/python tests/postgres.py .venv/bin/python bench/reconcile_run.py $(SEARCH_REGISTER)

bench-search: setup
	@mkdir -p var
	$(CLEAN) .venv/bin/python bench/search_speed.py --companies $(COMPANIES) --queries $(QUERIES)
	$(CLEAN) .venv/bin/python tests/postgres.py .venv/bin/python bench/search_speed.py --companies $(COMPANIES) --queries $(QUERIES)

# The registers stay in var/ (BENCH_DIR=/elsewhere) for the next time.
BENCH_DIR ?= $(CURDIR)/var

bench-web: export PATH := $(CURDIR)/.tools/venv/bin:$(PATH)
bench-web: setup
	@mkdir -p $(BENCH_DIR)
	$(CLEAN) UV=$(UV_ANYWHERE) DATABASE_URL=sqlite:///$(BENCH_DIR)/bench-web-$(COMPANIES).sqlite3 .venv/bin/python bench/web_speed.py --companies $(COMPANIES)
	$(CLEAN) UV=$(UV_ANYWHERE) .venv/bin/python tests/postgres.py --keep $(BENCH_DIR)/bench-web-$(COMPANIES).pg .venv/bin/python bench/web_speed.py --companies $(COMPANIES)

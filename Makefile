# Cội: what to type. `make run` starts the market, `make test` tests it; the rest is below.
# Every target makes or renews `.venv`, `node_modules` and the assets when they are missing or stale.

SHELL := /bin/bash
PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
PACKAGES := app ledger sensors_link trademarks traceability marketplace
WORKERS ?= auto
POSTGRES ?= postgresql+psycopg://root@127.0.0.1/postgres
# Rooms whose behaviour depends on the database; the fast suite runs the same tests on SQLite.
ON_POSTGRES := tests/kernel tests/web tests/identity tests/registry tests/cases tests/ledger tests/sensors_link \
	tests/trademarks tests/traceability tests/marketplace

.DEFAULT_GOAL := help
.PHONY: help environment assets run test check test-faults test-services test-browser test-conformance tour bench i18n lock clean

help: ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "make %-18s %s\n", $$1, $$2 }'

environment assets:
	@bash scripts/environment.sh

run: environment ## the market at http://127.0.0.1:8000 (PORT=, DATA_DIR=, DEMO=0); Ctrl-C stops all of it
	@exec $(PYTHON) scripts/run.py

test: environment ## the fast suite
	$(PYTEST) -q -n $(WORKERS) --dist worksteal -m "not faults" --ignore=tests/services --ignore=tests/browser --ignore=tests/conformance

check: environment ## format, lint, types, import contracts, templates, translations, licences, locks, secrets
	@PYTHON=$(PYTHON) bash scripts/check.sh

test-faults: environment ## calls cut one by one, killed workers and supervisors, every flipped bit
	$(PYTEST) -q -n $(WORKERS) --dist worksteal -m faults tests

test-services: environment ## the same behaviour on PostgreSQL, S3, an EVM node and a payment server
	@bash scripts/need.sh postgresql
	$(PYTEST) -q -m services tests
	TEST_DATABASE_URL=$(POSTGRES) $(PYTEST) -q -n $(WORKERS) --dist worksteal -m "not services and not faults" $(ON_POSTGRES)

test-browser: environment ## Chromium: journeys, accessibility, budgets
	@bash scripts/need.sh chromium
	$(PYTEST) -q tests/browser

test-conformance: environment ## the standards suites over CORPUS=DIR
	@test -n "$(CORPUS)" || { echo "coi: name the folder of published vectors: make test-conformance CORPUS=DIR" >&2; exit 2; }
	$(PYTHON) -m scripts.conformance "$(CORPUS)"

tour: environment ## plays the whole main job in a real browser; screenshots and tour.json in OUT=DIR
	@bash scripts/need.sh chromium
	@test -n "$(OUT)" || { echo "coi: name a folder for the screenshots: make tour OUT=DIR" >&2; exit 2; }
	$(PYTHON) scripts/tour.py "$(OUT)"

bench: environment ## all benchmarks as a table; one of them: .venv/bin/python -m bench.NAME
	$(PYTHON) -m bench

i18n: environment ## texts of code and templates into the catalogues, then compiled
	.venv/bin/pybabel --quiet extract -F babel.cfg -k _l -k lazy_gettext --no-location --sort-output --no-wrap --omit-header -o translations/messages.pot .
	.venv/bin/pybabel --quiet update -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date
	.venv/bin/pybabel --quiet compile -d translations

lock: environment ## new versions within the ranges of pyproject.toml, with hashes
	.venv/bin/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev -o requirements.lock pyproject.toml
	.venv/bin/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -c requirements.lock -o requirements-run.lock pyproject.toml
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund
	bash scripts/environment.sh
	$(PYTHON) scripts/check_locks.py

clean: ## everything that was made, except the data in var/
	rm -rf .venv .stamps node_modules static/build static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

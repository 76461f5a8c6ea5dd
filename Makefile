# Two commands matter: `make demo` shows it, `make test` proves it. Both set up `.venv` first.
PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME := .demo
QUESTION ?= explain RLHF simply

QUICK := not (torture or postgres or ray or browser or model)

.PHONY: setup test quick lint unit demo bench quality torture audit lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

test: lint unit

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: setup
	$(BIN)/pytest -q -n 2 --dist loadfile

quick: lint  ## what proves a change while it is made: no browser, cluster, database, torture, big model
	$(BIN)/pytest -q -n 2 --dist loadfile -m "$(QUICK)"

demo: setup
	$(BIN)/nextread --home $(DEMO_HOME) build lists --for 1m
	$(BIN)/nextread --home $(DEMO_HOME) search "$(QUESTION)" -k 5

bench: setup  ## speed: says beforehand what it does and how long each part takes; stopped, it goes on
	$(BIN)/python -m benchmarks.run

lock:  ## pin what a fresh environment gets today
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet torch==2.13.0
	build/lock/bin/pip install --quiet '.[dev]'
	build/lock/bin/pip freeze --exclude nextread | sed 's/+cpu//' > requirements.lock

torture: setup  ## every promise of docs/reliability.md at its full count: some hours
	NEXTREAD_TORTURE_KILLS=1000 NEXTREAD_TORTURE_CRAWL_KILLS=200 NEXTREAD_TORTURE_STEPS=1000 \
	NEXTREAD_TORTURE_FAULTS=2000 NEXTREAD_TORTURE_MUTATIONS=10000 \
	NEXTREAD_TORTURE_CACHE_MUTATIONS=2000 NEXTREAD_TORTURE_PUBLISHES=200 NEXTREAD_TORTURE_STOPS=20 \
	NEXTREAD_TORTURE_REBINDS=1000 NEXTREAD_TORTURE_URLS=10000 NEXTREAD_TORTURE_ROBOTS=1 NEXTREAD_TORTURE_LINES=1000000 \
	NEXTREAD_TORTURE_FUZZ=100000 NEXTREAD_TORTURE_PAGES=10000 NEXTREAD_TORTURE_PDFS=500 \
	$(BIN)/pytest -q -s tests/torture tests/indexer/extract/test_sandbox.py tests/indexer/crawl/test_crawler_bombs.py

audit: setup  ## known weaknesses of what is pinned; says so and goes on where there is no network
	$(BIN)/python -m tests.torture.audit

clean:
	rm -rf .venv $(DEMO_HOME) build dist .pytest_cache .mypy_cache .ruff_cache

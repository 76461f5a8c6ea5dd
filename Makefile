# Two commands matter: `make demo` shows it, `make test` proves it. Both set up `.venv` first.
PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME := .demo
QUESTION ?= explain RLHF simply

.PHONY: setup test lint unit demo bench quality torture lock clean

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
	$(BIN)/pytest -q

demo: setup
	$(BIN)/nextread --home $(DEMO_HOME) build lists --offline
	$(BIN)/nextread --home $(DEMO_HOME) search "$(QUESTION)" -k 5

bench: setup  ## speed, against peers in environments of their own: docs/performance.md
	$(BIN)/python -m benchmarks.run

lock:  ## pin what a fresh environment gets today
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet torch==2.13.0
	build/lock/bin/pip install --quiet '.[dev]'
	build/lock/bin/pip freeze --exclude nextread | sed 's/+cpu//' > requirements.lock

clean:
	rm -rf .venv $(DEMO_HOME) build dist .pytest_cache .mypy_cache .ruff_cache

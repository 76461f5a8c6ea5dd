# Two commands matter: `make demo` shows it, `make test` proves it. Both set up `.venv` first.
PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME := .demo
QUESTION ?= explain RLHF simply

.PHONY: setup test lint unit demo bench docs lock clean

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

lock: setup  ## pin what is installed now
	$(BIN)/python -m benchmarks.lock > requirements.lock

clean:
	rm -rf .venv $(DEMO_HOME) build dist .pytest_cache .mypy_cache .ruff_cache

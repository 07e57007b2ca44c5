# Every habit of the project, one word each. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.synced

.DEFAULT_GOAL := help
.PHONY: help setup run test test-slow lint types bench evidence-posterior sbc docs clean lock

help: ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP) ## make the environment in .venv from uv.lock

$(STAMP): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "occupancy needs Python 3.11 or newer; run make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'
	@$(BIN)/uv sync --locked --quiet --compile-bytecode
	@touch $@

run: $(STAMP) ## start the application in the browser, on this machine alone
	@$(BIN)/occupancy serve --open

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest -n 2 -m "not slow" -q

test-slow: $(STAMP) ## run the long tests
	@$(BIN)/python -m pytest -n 2 -m slow -q

lint: $(STAMP) ## style, import order, the order of the floors, the audit of the evidence
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/occupancy evidence audit

types: $(STAMP) ## check the types
	@$(BIN)/pyright

bench: $(STAMP) ## speed, as ratios against named peers measured in the same run
	@$(BIN)/uv sync --locked --quiet --inexact --group bench
	@$(BIN)/uv sync --locked --quiet --inexact --group bench --group yardstick \
	  || echo "numbalsoda was not built; it needs a Fortran compiler and CMake: apt-get install gfortran"
	@for task in kinetics startup linear stiff circuit population pet inference; do \
	  echo; echo "== $$task"; $(BIN)/python benchmarks/$$task.py || exit 1; done
	@$(BIN)/python benchmarks/summary.py

evidence-posterior: $(STAMP) ## fit the occupancy curves of the records anew and store their draws
	@$(BIN)/occupancy meta store

sbc: $(STAMP) ## simulation-based calibration of the models of inference (minutes)
	@$(BIN)/python -m pytest tests/inference/test_calibration.py -m slow -q

docs: $(STAMP) ## build the documentation into site/
	@$(BIN)/uv run --quiet --locked --group docs zensical build

lock: ## resolve the dependencies anew
	@$(BIN)/uv lock

clean: ## remove what was made
	@rm -rf $(VENV) out site build .pytest_cache .ruff_cache .hypothesis

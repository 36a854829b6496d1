# Needs Python >= 3.11 and make; everything else goes into .venv from the hashed lock.
# `make serve ARGS="--port 8000"` runs the server, `make test` runs every check.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
WORKERS ?= 2

# Byte code is worth half a second at each start.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export UV_PYTHON_DOWNLOADS = never

LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet
INSTALL = $(BIN)/python -m pip install --quiet --require-hashes
INSTALL_PROJECT = $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable . \
	&& $(BIN)/python -m compileall -q src
GENERATED = docs/reference/packages-api.md docs/reference/settings.md docs/reference/cli.md docs/reference/network.md \
	docs/reference/ecosystems.md
COG = $(BIN)/cog -P -I tools

.PHONY: serve install test check lint format docs bench agreement live coverage lock clean

serve: $(VENV)/run.stamp
	@exec $(BIN)/packhouse serve $(ARGS)

install: $(VENV)/dev.stamp

# The test runner's closing line stays the last one.
test: lint check

check: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/basedpyright --level error
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/codespell
	$(COG) --check --check-fail-msg="run 'make docs'" $(GENERATED)
	$(BIN)/python tools/largest.py

format: $(VENV)/dev.stamp
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: $(VENV)/dev.stamp
	$(COG) -r $(GENERATED)

bench: $(VENV)/dev.stamp
	@set -e; for script in benchmarks/*.py; do name=$$(basename $$script .py); echo "== $$name"; $(BIN)/python -m benchmarks.$$name $(ARGS); done

# How often resolved graphs are those of the real clients, from recorded answers.
agreement: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.agreement $(ARGS)

# Asks real registries: few questions, by name.
live: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m live --allow-hosts= $(ARGS)

coverage: $(VENV)/dev.stamp
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage report

lock: $(VENV)/dev.stamp
	$(LOCK) --upgrade --group build --output-file requirements/run.txt
	$(LOCK) --upgrade --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "packhouse: installing into $(VENV)" >&2
	@$(INSTALL) -r requirements/run.txt
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "packhouse: installing into $(VENV), with the tools for development" >&2
	@$(INSTALL) -r requirements/dev.txt
	@$(INSTALL_PROJECT)
	@touch $(VENV)/run.stamp $@

$(BIN)/python:
	@set -e; for python in $(PYTHON) python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec "$$python" -m venv $(VENV); \
		fi; \
	done; \
	echo "packhouse needs Python 3.11 or newer: name one with make PYTHON=/path/to/python" >&2; exit 1

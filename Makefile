# Two commands on a fresh machine with Python 3.11 or later: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# Else every process that a test starts would compile the product again: half a second each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test nights lint system acceptance bench drift-study schema pictures packages clean

demo: $(INSTALLED)
	$(BIN)/nightjar demo

# By file, so that what the tests of a file share, a training or a home, is made by one of the two workers.
test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not acceptance and not system and not nights"

# Whole nights in processes of their own: killed, moved, caught up; and every command that the docs show.
nights: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m nights

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The servers as people meet them: in a browser, killed, on PostgreSQL. Each test starts servers of its own.
system: $(INSTALLED) packages
	$(BIN)/python -m pytest -n 2 --dist worksteal -m system tests/system

acceptance: $(INSTALLED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m acceptance tests/acceptance

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

# How often the gate is right, on real logs and a synthetic one: the table of docs/gate.md. About an hour.
drift-study: $(INSTALLED)
	$(BIN)/python -m benchmarks.drift_study

# What of the docs follows from the code: the schema of pipelines.yaml, the table of rules.
schema: $(INSTALLED)
	$(BIN)/python -m flows.configuration > docs/pipelines.schema.json
	$(BIN)/python -m flows.reference

# The README's screenshots, taken from running servers.
pictures: $(INSTALLED) packages
	$(BIN)/python -m pytest -m system tests/system --pictures docs -k "person or side_by_side"

packages:
	@.ci/debian-packages

clean:
	rm -rf $(VENV)

# The lock first, then the project itself without a resolve, so that what runs is what is locked.
$(INSTALLED): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Nightjar needs Python 3.11 or later, {sys.executable} is {sys.version.split()[0]}; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $(INSTALLED)

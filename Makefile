# Python 3.11 or newer and make are all that is needed: `make run` serves, `make test` tests.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PIN := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

# What `make install` adds to the dependencies that can't be missed.
EXTRAS := --extra fast --extra postgres --extra sandbox

# Tests start many processes. Without cached bytecode each of them compiles the product again.
unexport PYTHONDONTWRITEBYTECODE

# Tests at once; more than there are cores, because many wait for a time-out.
AT_ONCE := --numprocesses=6 --dist=worksteal

.PHONY: run install test coverage chaos judge check format bench schema settings test-matrix pins clean

run: install
	@$(BIN)/switchboard serve

install: .venv/.installed

test: .venv/.installed-dev .venv/.installed-clairvoyance
	@$(BIN)/pytest $(AT_ONCE) $(ARGS)

# What the tests run through, branches included: takes twice the time.
coverage: .venv/.installed-dev .venv/.installed-clairvoyance
	@$(BIN)/pytest $(AT_ONCE) --cov $(ARGS)

# A smoke test on every Python from 3.11 to 3.14 that is installed; says which are not.
test-matrix: install
	@.ci/test-matrix

# Plans against graphql-core, for 10,000 generated queries and as many mutations.
judge: .venv/.installed-dev
	SWITCHBOARD_TEST_DOCUMENTS=10000 $(BIN)/python -m pytest -q tests/gateway/graphql/execution/plan/test_judge.py

# What can go wrong, all at once, at length: each prints the seed that repeats it.
chaos: .venv/.installed-dev
	@$(BIN)/python -m tests.chaos.writes
	@$(BIN)/python -m tests.chaos.writes --count 300 --lag 2 --ahead -300
	@$(BIN)/python -m tests.chaos.writes --count 300 --lag 2 --ahead 300
	@$(BIN)/python -m tests.chaos.kills
	@$(BIN)/python -m tests.chaos.hang
	@$(BIN)/python -m tests.chaos.readers
	@$(BIN)/python -m tests.chaos.hostile

check: .venv/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/.installed-dev
	@$(BIN)/python -m tests.bench $(ARGS)

schema: install
	@$(BIN)/switchboard schema

# docs/settings.md, from the models of the settings.
settings: .venv/.installed-dev
	@mkdir -p docs
	@$(BIN)/python -m tests.settings_table > docs/settings.md

# Pins what pyproject.toml asks for at the newest that its bounds allow; the development pins add to those of the product.
pins: install
	@$(PIP) install pip-tools
	$(PIN) --upgrade $(EXTRAS) --build-deps-for editable --output-file .ci/requirements.txt pyproject.toml
	$(PIN) --upgrade $(EXTRAS) --extra dev --constraint .ci/requirements.txt --output-file .ci/requirements-dev.txt pyproject.toml
	echo clairvoyance | $(PIN) --upgrade --output-file .ci/requirements-clairvoyance.txt -

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage *.egg-info

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Switchboard needs Python 3.11 or newer, and $(PYTHON) is not. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@echo "Setting up .venv; this happens once and may take a minute."
	@$(PYTHON) -m venv .venv
	@touch $@

# Python 3.11 ships with pips that can't install the pins below; what one of them does must not depend on the machine.
.venv/.installer: .venv/.made .ci/requirements-pip.txt
	@$(PIP) install --require-hashes --no-deps --requirement .ci/requirements-pip.txt
	@touch $@

.venv/.installed: .venv/.installer .ci/requirements.txt pyproject.toml
	@echo "Installing what Switchboard needs into .venv."
	@$(PIP) install --require-hashes --requirement .ci/requirements.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.installed-dev: .venv/.installed .ci/requirements-dev.txt
	@$(PIP) install --require-hashes --requirement .ci/requirements-dev.txt
	@touch $@

# In an environment of its own: it needs an older rich than the linters do.
.venv/.installed-clairvoyance: .venv/.installer .ci/requirements-clairvoyance.txt
	@$(BIN)/python -m venv .venv/clairvoyance
	@.venv/clairvoyance/$(PIP:.venv/%=%) install --require-hashes --no-deps --requirement .ci/requirements-pip.txt
	@.venv/clairvoyance/$(PIP:.venv/%=%) install --require-hashes --requirement .ci/requirements-clairvoyance.txt
	@touch $@

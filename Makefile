# make book    build the book, training what is missing (PROFILE=smoke|quick|hour|standard|full)
# make test    all checks and tests
# make soak    tests that break things on purpose, for minutes
# All set up .venv first. PYTHON names the interpreter for that, 3.11 to 3.13.

PROFILE ?= quick
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Files of tests in two processes; what the tests of a file share is made once.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: book test soak setup pairs golden requirements clean

book: setup
	EMNIST_PROFILE=$(PROFILE) $(BIN)/jupyter-book build .

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m emnist_utils.chapters --check
	$(BIN)/pytest $(SIDE_BY_SIDE) --cov --cov-report=term --durations 20
	KERAS_BACKEND=jax $(BIN)/pytest $(SIDE_BY_SIDE) -m "backend and not soak"

# What takes too long for each commit; the results are written beside the tests, to be committed.
soak: setup
	$(BIN)/pytest -m soak --timeout 36000

setup: $(VENV)/ready

$(VENV)/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else f"Python {v.major}.{v.minor} found, 3.11 to 3.13 needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

# The notebooks are derived from the scripts beside them.
pairs: setup
	$(BIN)/python -m emnist_utils.chapters

# The tests' reference losses; refuses where numbers changed but no NUMERICS version was raised.
golden: setup
	$(BIN)/python tests/golden/update.py

requirements: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
	    --custom-compile-command "make requirements" requirements.in -o requirements.txt

# Trained runs (runs/) and unpacked data stay.
clean:
	rm -rf _build _executed

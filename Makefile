# make demo | test | test-long | bench | lint: each sets up what it needs in .venv; a second run installs nothing.
PYTHON ?= python3
CORPORA ?= ../shared/corpora
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test test-long bench lint clean
.DEFAULT_GOAL := test

demo: $(STAMPS)/base
	$(BIN)/scrapy demo

test: lint
	$(BIN)/python -m pytest -m "not long"

test-long: $(STAMPS)/dev
	$(BIN)/python -m pytest

bench: $(STAMPS)/bench
	@test -n "$(wildcard $(CORPORA)/*/gold.jsonl)" || \
		{ echo "the labelled pages are not at $(CORPORA): make bench CORPORA=FOLDER" >&2; exit 1; }
	$(BIN)/scrapy evaluate $(patsubst %/gold.jsonl,%,$(wildcard $(CORPORA)/*/gold.jsonl)) \
		--peers --workers 2 -O output/reports/bench.txt
	$(BIN)/python benchmarks/speed.py $(wildcard $(CORPORA)/families $(CORPORA)/pages) -O output/reports/speed.txt

lint: $(STAMPS)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "newswinnow needs Python 3.11 or newer: $$($(PYTHON) --version 2>&1) found; try make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# pip 23.2 fails on an extra that two packages ask for (lxml[html-clean]): the pinned one, in older environments too.
$(STAMPS)/pip: constraints.txt | $(BIN)/python
	$(PIP) --upgrade pip
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/base: pyproject.toml constraints.txt $(STAMPS)/pip
	$(PIP) -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: pyproject.toml constraints.txt $(STAMPS)/pip
	$(PIP) -e ".[dev]"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

$(STAMPS)/bench: pyproject.toml constraints.txt $(STAMPS)/pip
	$(PIP) -e ".[bench]"
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/base

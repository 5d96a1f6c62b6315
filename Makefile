# Feedmill's everyday commands. `make help` lists them. VENV=DIR chooses the virtual environment.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.feedmill-installed
PATHS := service feeds schemas tests bench

.PHONY: help install serve test lint format types bench bench-peers lock record-jekyll clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## virtual environment and locked dependencies (VENV=DIR honoured)

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Feedmill needs Python 3.11 or newer; name one with PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(PYTHON) -m virtualenv --version >/dev/null 2>&1 \
	  || { echo "Python has neither venv nor virtualenv: install the package python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>/dev/null || $(PYTHON) -m virtualenv -q $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q service feeds schemas
	@touch $@

serve: install ## serve examples/newsroom at a printed URL
	$(BIN)/feedmill serve examples/newsroom

test: install ## everything that passes without a network
	$(BIN)/python -m pytest -n auto

lint: install ## ruff (lint and format) and mypy --strict
	$(BIN)/ruff check $(PATHS)
	$(BIN)/ruff format --check $(PATHS)
	$(BIN)/mypy

format: install ## rewrite the sources as ruff formats them
	$(BIN)/ruff check --fix $(PATHS)
	$(BIN)/ruff format $(PATHS)

bench: install ## medians and ratios of this machine
	$(BIN)/python -m bench

# What the figures stand beside: web servers, a load generator, site generators. Only root may install them.
PEERS := nginx-light wrk hugo jekyll

bench-peers: install ## the figures beside nginx and other peers (root: installs them by apt)
	@if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "skipped: installing $(PEERS) takes root and apt-get; what is absent is left out"; \
	else \
	  apt-get update -qq || true; \
	  for peer in $(PEERS); do \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$peer >/dev/null 2>&1 \
	      || echo "skipped: $$peer cannot be installed"; \
	  done; \
	fi
	$(BIN)/python -m bench hotpath

lock: install ## write requirements*.txt anew from pyproject.toml
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --upgrade --extra zstd -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --upgrade --all-extras -o requirements-dev.txt pyproject.toml

record-jekyll: install ## record the goldens of the real Jekyll anew (needs jekyll)
	$(BIN)/python -m tests.sources.jekyll.record

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis *.egg-info

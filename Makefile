# Feedmill's everyday commands. `make help` lists them. VENV=DIR chooses the virtual environment.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.feedmill-installed
PATHS := service feeds schemas tests bench

.PHONY: help install serve test lint format types bench bench-peers lock record-jekyll record-eleventy record-hugo record-zola record-wordpress clean

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

bench: install ## medians and ratios of this machine; BENCH="growth --posts 1000" says what (python -m bench --help)
	$(BIN)/python -m bench $(BENCH)

# What the figures stand beside, each installed where none of it can become a requirement of ours: by apt (root only:
# web server, load generator, site generators), and below .peers by pip and npm.
APT_PEERS := nginx-light wrk hugo jekyll ruby-jekyll-feed ruby-jekyll-sitemap nodejs npm
PYTHON_PEERS := 'gunicorn>=23' 'django>=5.2,<6' 'pelican>=4.11' 'markdown>=3.7' 'matplotlib>=3.9'
NODE_PEERS := @11ty/eleventy@3 @11ty/eleventy-plugin-rss@2
HOME_OF_PEERS := .peers
QUIETLY := >/dev/null 2>&1

bench-peers: peers ## the hot path and the build beside nginx, Django, Hugo and others (root: installs some by apt)
	$(BIN)/python -m bench hotpath build --peers all

.PHONY: peers
peers: install
	@if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "skipped: installing $(APT_PEERS) takes root and apt-get; what is absent is left out"; \
	else \
	  absent=; for peer in $(APT_PEERS); do dpkg -s $$peer $(QUIETLY) || absent="$$absent $$peer"; done; \
	  if [ -n "$$absent" ]; then apt-get update -qq || true; fi; \
	  for peer in $$absent; do \
	    case $$peer in nodejs|npm) if command -v npm $(QUIETLY); then continue; fi;; esac; \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$peer $(QUIETLY) \
	      || echo "skipped: $$peer cannot be installed"; \
	  done; \
	fi
	@test -x $(HOME_OF_PEERS)/python/bin/python || $(BIN)/python -m venv $(HOME_OF_PEERS)/python $(QUIETLY) \
	  || $(BIN)/python -m virtualenv -q $(HOME_OF_PEERS)/python $(QUIETLY) || true
	@for peer in $(PYTHON_PEERS); do \
	  $(HOME_OF_PEERS)/python/bin/python -m pip install -q --disable-pip-version-check "$$peer" $(QUIETLY) \
	    || echo "skipped: $$peer cannot be installed"; \
	done
	@if test -d $(HOME_OF_PEERS)/node/node_modules/@11ty/eleventy-plugin-rss; then :; else \
	  mkdir -p $(HOME_OF_PEERS)/node && npm install --silent --no-audit --no-fund --no-save \
	    --prefix $(HOME_OF_PEERS)/node $(NODE_PEERS) $(QUIETLY) || echo "skipped: $(NODE_PEERS) cannot be installed"; \
	fi

lock: install ## write requirements*.txt anew from pyproject.toml
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --upgrade --extra zstd -o requirements.txt pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --upgrade --all-extras -o requirements-dev.txt pyproject.toml

record-jekyll: install ## record the goldens of the real Jekyll anew (needs jekyll)
	$(BIN)/python -m tests.sources.jekyll.record

record-eleventy: install ## record the goldens of the real Eleventy anew (needs node and @11ty/eleventy, see its recorder)
	$(BIN)/python -m tests.sources.eleventy.record

record-hugo: install ## record the goldens of the real Hugo anew (needs hugo 0.111.3)
	$(BIN)/python -m tests.sources.hugo.record

record-zola: install ## record the goldens of the real Zola anew (needs zola 0.22.0, see its recorder)
	$(BIN)/python -m tests.sources.zola.record

record-wordpress: install ## record two goldens of a real WordPress anew (needs Debian's, see its recorder)
	$(BIN)/python -m tests.sources.wordpress.record

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) $(HOME_OF_PEERS) .mypy_cache .ruff_cache .hypothesis *.egg-info

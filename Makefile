# A fresh clone needs Python 3.11+, git and make: `make demo` and `make test` install what they use.

SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# The first of these that runs and can make a virtual environment: those with wheels for all of
# requirements.txt come first, newest before oldest.
PYTHONS ?= python3.14 python3.13 python3.12 python3.11 python3 python
PYTEST_ARGS ?=

# What would lead Python past $(VENV).
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

.PHONY: install demo test coverage lint types imports check docs lock clean
.DELETE_ON_ERROR:

install: $(READY) ## install everything into .venv

$(READY): requirements.txt pyproject.toml tools/install.sh
	@PYTHONS="$(PYTHONS)" sh tools/install.sh "$(VENV)"
	@touch $@

demo: $(READY) ## run the main job on a synthetic district
	$(BIN)/hit demo

test: $(READY) ## all tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile $(PYTEST_ARGS)

coverage: $(READY) ## all tests, measuring coverage: takes half as long again
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --cov --cov-report=term $(PYTEST_ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

imports: $(READY)
	$(BIN)/lint-imports

check: lint types imports ## lint, types, import contracts

docs: $(READY) ## write the generated pages and schemas in docs/ anew
	$(BIN)/python -m hit_pipeline.generated_docs docs
	$(BIN)/python -m hit_pipeline.synth.fault_page docs/synthetic-faults.md

lock: $(READY) ## compile requirements.txt anew from pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--extra dev --extra postgres --extra mariadb --extra s3 \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		$(UPGRADE) --output-file requirements.txt pyproject.toml

clean: ## remove the environment and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage

# Everything happens in $(VENV), made on first use; nothing is installed outside of it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# TORCH=1 adds torch, where it is large and slow to come by.
TORCH ?=
# CHECK=1 lets the tests fail where test_registry.json is not what they would write.
CHECK ?=
# The exact versions that everybody develops with; CONSTRAINTS= takes the newest instead.
CONSTRAINTS ?= constraints.txt
INSTALL := -m pip install --quiet --disable-pip-version-check --upgrade
INSTALL_PIP := $(INSTALL) $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS)) 'pip>=25.3'
PINNED := $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS) --build-constraint $(CONSTRAINTS))
GROUPS := --group test --group themes --group docs --group lint $(if $(TORCH),--group torch)
INSTALLED := installed$(if $(TORCH),-with-torch)$(if $(CONSTRAINTS),,-newest)
STAMP := $(VENV)/$(INSTALLED)
# One file for each Python from 3.11 on and each system. torch stays with its own pin: its build differs by machine.
RESOLVE := --quiet --universal --python-version 3.11 --extra mkdocs --extra sphinx --group test --group themes --group docs \
	--group lint --group demo --group make \
	--no-emit-index-url --no-annotate --custom-compile-command 'make constraints'

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast slowest coverage check types lint docs inventory schema benchmarks trust constraints clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(STAMP): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL_PIP)
	$(BIN)/python $(INSTALL) $(PINNED) --editable '.[mkdocs,sphinx]' $(GROUPS)
	touch $@

.demo/$(INSTALLED): pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv .demo/venv
	.demo/venv/bin/python $(INSTALL_PIP)
	.demo/venv/bin/python $(INSTALL) $(PINNED) --editable '.[sphinx]' --group demo $(if $(TORCH),--group torch)
	touch $@

demo: .demo/$(INSTALLED)  ## einops's own tests in the docs of einops's API (TORCH=1 adds torch's)
	.demo/venv/bin/python demo/run.py $(if $(TORCH),--torch)

test: $(STAMP)  ## our tests (TORCH=1 adds those that need torch)
	$(BIN)/python -m pytest -n auto $(if $(CHECK),--this-tests-check)

test-fast: $(STAMP)  ## our tests but the slow ones: under a minute
	$(BIN)/python -m pytest -n auto -m 'not slow'

slowest: $(STAMP)  ## which tests take over 0.3 seconds and are not marked slow, and which are marked and do not?
	$(BIN)/python -m pytest -n auto -p this_tests.kit -o this_tests_slow_limit=0.3 --runslow --durations-audit

coverage: $(STAMP)  ## what our tests cover: in the terminal, and as XML and HTML below ./coverage (TORCH=1 holds the floor)
	$(BIN)/python -m pytest -n auto --cov $(if $(TORCH),,--cov-fail-under=0) --cov-report=term --cov-report=xml:coverage/coverage.xml --cov-report=html:coverage/html
	@echo "coverage/html/index.html"
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then $(BIN)/python -m webbrowser -t "file://$(CURDIR)/coverage/html/index.html"; fi

check: $(STAMP)  ## do all our tests declare what they exercise, and mirror our packages?
	$(BIN)/this-tests check --mirror --devices

types: $(STAMP)  ## the type checker
	$(BIN)/mypy

lint: $(STAMP)  ## the linter and the formatter
	$(BIN)/ruff check
	$(BIN)/ruff format --check

docs: $(STAMP)  ## our docs, with warnings as errors
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

inventory: $(STAMP)  ## docs/objects.inv, which lists our public API, from our docs
	UPDATE_INVENTORY=1 $(BIN)/python -m sphinx -q -b html docs docs/_build/html

schema: $(STAMP)  ## docs/_static/test_registry.schema.json, which describes the registry, from the code
	$(BIN)/python -c 'import json; from this_tests.registry.file_format import json_schema as schema; print(json.dumps(schema(), indent=2))' > docs/_static/test_registry.schema.json

benchmarks: $(STAMP)  ## the ratios that the docs quote
	for script in $(filter-out benchmarks/history%,$(sort $(wildcard benchmarks/*.py))); do $(BIN)/python $$script; done

trust:  ## compatibility with other plugins, faults, hostile input and the supply chain (half an hour, in .venv-trust)
	$(PYTHON) benchmarks/trust $(if $(FUZZ),--fuzz $(FUZZ))

constraints:  ## constraints.txt anew, with the newest versions that fit together
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) 'pip>=25.3'
	$(BIN)/python $(INSTALL) --group make
	$(BIN)/uv pip compile pyproject.toml $(RESOLVE) --upgrade --output-file constraints.txt

clean:  ## remove what was made
	rm -rf $(VENV) .venv-trust .demo docs/_build dist build

# Everything happens in $(VENV), made on first use; nothing is installed outside of it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# TORCH=1 adds torch, where it is large and slow to come by.
TORCH ?=
# CHECK=1 lets the tests fail where test_registry.json is not what they would write.
CHECK ?=
GROUPS := --group test --group themes --group docs --group lint $(if $(TORCH),--group torch)
STAMP := $(VENV)/installed$(if $(TORCH),-with-torch)

.DEFAULT_GOAL := help
.PHONY: help demo test coverage check types lint docs inventory benchmarks trust clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[sphinx]' $(GROUPS)
	touch $@

.demo/installed$(if $(TORCH),-with-torch): pyproject.toml
	$(PYTHON) -m venv .demo/venv
	.demo/venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	.demo/venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[sphinx]' --group demo $(if $(TORCH),--group torch)
	touch $@

demo: .demo/installed$(if $(TORCH),-with-torch)  ## einops's own tests in the docs of einops's API (TORCH=1 adds torch's)
	.demo/venv/bin/python demo/run.py $(if $(TORCH),--torch)

test: $(STAMP)  ## our tests (TORCH=1 adds those that need torch)
	$(BIN)/python -m pytest -n auto $(if $(CHECK),--this-tests-check)

coverage: $(STAMP)  ## what our tests cover: in the terminal, and as XML and HTML below ./coverage
	$(BIN)/python -m pytest --cov --cov-report=term --cov-report=xml:coverage/coverage.xml --cov-report=html:coverage/html
	@echo "coverage/html/index.html"
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] || [ "$$(uname)" = Darwin ]; then $(BIN)/python -m webbrowser -t "file://$(CURDIR)/coverage/html/index.html"; fi

check: $(STAMP)  ## do all our tests declare what they exercise?
	$(BIN)/this-tests check

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

benchmarks: $(STAMP)  ## the ratios that the docs quote
	for script in benchmarks/*.py; do $(BIN)/python $$script; done

trust:  ## faults, hostile input, and compatibility with other plugins (half an hour, in .venv-trust)
	$(PYTHON) benchmarks/trust $(if $(FUZZ),--fuzz $(FUZZ))

clean:  ## remove what was made
	rm -rf $(VENV) .venv-trust .demo docs/_build dist build

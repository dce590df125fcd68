# One target per job. Each sets up what it needs: Python 3.10 or newer, make and the package registries are enough.
#
#   make demo     the main job for real, step by step: two Jupyter servers, a link between them, a guest, a revocation
#   make demo-aws  minting with boto3, AWS's command line and its SDK for JavaScript, on a server of our own
#   make lab      the same two servers in JupyterLab, to try by hand; ends with Ctrl-C
#   make test     every test, the browser's included       make test ARGS='tests/store -x'
#   make test-again    those tests that failed the last time, one after another
#   make test-faults   what makes things go wrong on purpose, the long way: prints how often they did
#   make test-mutants  small changes of the code that keeps guests in, and which no test notices; up to an hour
#   make lint     ruff, mypy, import layers, eslint        make format   what these can mend
#   make bench    ratios against baselines of the same run
#   make clean    remove what these made

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# What is compiled once need not be compiled by each of the many processes.
unexport PYTHONDONTWRITEBYTECODE

VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
FRONT := labextension
FRONT_STAMP := $(FRONT)/node_modules/.package-lock.json
#: Node and npm come from PyPI into $(VENV), so that no machine needs its own.
NPM := PATH='$(abspath $(BIN))':"$$PATH" npm --prefix $(FRONT)
BROWSER_STAMP := $(VENV)/.browser
#: What people install beside JupyterLab; tests start servers with it.
EVERYTHING := .everything
EVERYTHING_STAMP := $(EVERYTHING)/.ready
#: AWS's own command line, in an environment of its own: it wants a botocore of one version.
AWS_CLI := .awscli
AWS_CLI_STAMP := $(AWS_CLI)/.ready
AWS_CLI_VERSION := 'awscli>=1.44,<2'
#: AWS's SDK for JavaScript, as examples and tests use it.
AWS_JS := examples/javascript
AWS_JS_STAMP := $(AWS_JS)/node_modules/.package-lock.json
#: A JupyterHub, and in proxy/ what it needs from npm; tests start it.
HUB := .hub
HUB_STAMP := $(HUB)/.ready
#: An nginx for the tests of deployments, where the machine has none; they say what to do where it cannot be had.
NGINX := $(VENV)/nginx
NGINX_STAMP := $(NGINX)/.ready
#: mutmut, and what runs the tests.
MUTANTS := .mutants
#: Processes that `make test` spreads the tests over: one more than cores, as they often wait for servers and browsers.
JOBS ?= 3
#: Where `make test-faults` looks.
FAULTS := tests/faults tests/containment tests/leaks tests/stateful tests/store tests/signing tests/access tests/rest
#: The newest of the supported Pythons on PATH that starts.
PYTHON ?= $(shell .ci/python)

.PHONY: help setup demo demo-aws aws-clients lab tools test test-again test-faults test-mutants lint format bench lock clean

help:
	@sed -n '3,12s/^# \{0,1\}//p' Makefile

setup: $(STAMP)

# uv, because it installs exactly what uv.lock says, hashes included, in seconds; pip brings it.
$(STAMP): pyproject.toml uv.lock .ci/install $(FRONT)/package.json $(wildcard $(FRONT)/src/*.ts $(FRONT)/src/*/*.ts $(FRONT)/style/* $(FRONT)/schema/*)
	@.ci/install '$(VENV)' '$(PYTHON)'
	@touch $@

$(EVERYTHING_STAMP): $(STAMP)
	@.ci/install '$(EVERYTHING)' '$(PYTHON)' everything
	@touch $@

$(HUB_STAMP): $(STAMP)
	@.ci/install '$(HUB)' '$(PYTHON)' hub
	@PATH='$(abspath $(BIN))':"$$PATH" npm install --silent --prefix $(HUB)/proxy configurable-http-proxy@5
	@touch $@

$(FRONT_STAMP): $(FRONT)/package-lock.json | $(STAMP)
	@$(NPM) ci --silent
	@touch $@

$(AWS_CLI_STAMP): | $(STAMP)
	@$(BIN)/python -m venv --without-pip $(AWS_CLI)
	@$(BIN)/uv pip install --quiet --python $(AWS_CLI)/bin/python $(AWS_CLI_VERSION) || \
	    $(BIN)/python -m pip --python $(AWS_CLI)/bin/python install --quiet $(AWS_CLI_VERSION)
	@touch $@

$(AWS_JS_STAMP): $(AWS_JS)/package-lock.json | $(STAMP)
	@PATH='$(abspath $(BIN))':"$$PATH" npm --prefix $(AWS_JS) ci --silent
	@touch $@

aws-clients: $(AWS_CLI_STAMP) $(AWS_JS_STAMP)

$(BROWSER_STAMP): .ci/chromium $(STAMP)
	@.ci/chromium '$(BIN)/python' '$(VENV)/chromium'
	@touch $@

# One after another, since two that update apt's lists are in each other's way.
$(NGINX_STAMP): $(STAMP) | $(BROWSER_STAMP)
	@if .ci/nginx '$(NGINX)'; then mkdir -p '$(NGINX)' && touch $@; fi

demo: $(STAMP)
	@$(BIN)/python examples/demo.py

demo-aws: $(STAMP) $(AWS_CLI_STAMP) $(AWS_JS_STAMP)
	@$(BIN)/python examples/demo_aws.py

lab: $(STAMP)
	@$(BIN)/python examples/lab.py

# What tests need beside AWS's clients.
tools: $(STAMP) $(BROWSER_STAMP) $(FRONT_STAMP) $(EVERYTHING_STAMP) $(HUB_STAMP) $(NGINX_STAMP)

test: tools aws-clients
	$(NPM) test
	$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

test-again: $(STAMP)
	$(BIN)/python -m pytest -n 0 --last-failed --last-failed-no-failures none $(ARGS)

test-faults: $(STAMP) $(BROWSER_STAMP) $(EVERYTHING_STAMP)
	$(BIN)/python -m pytest -n $(JOBS) -m 'faults or not benchmark' --timeout=1200 $(or $(ARGS),$(FAULTS))

# In an environment of its own, so that nobody needs mutmut who does not ask for this.
test-mutants:
	@.ci/install '$(MUTANTS)' '$(PYTHON)' mutants
	rm -rf mutants
	$(MUTANTS)/bin/mutmut run --max-children $(JOBS) $(ARGS)
	@$(MUTANTS)/bin/python .ci/mutants

lint: $(STAMP) $(FRONT_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run lint

format: $(STAMP) $(FRONT_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(NPM) run format

bench: $(STAMP) $(HUB_STAMP)
	$(BIN)/python -m pytest tests/benchmarks -m benchmark -p no:xdist -q $(ARGS)

# After a change of dependencies in pyproject.toml; from pypi.org, whatever this machine's settings say.
lock: $(STAMP)
	$(BIN)/uv lock --no-config --default-index https://pypi.org/simple

clean:
	rm -rf $(VENV) $(EVERYTHING) $(AWS_CLI) $(HUB) $(MUTANTS) mutants .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist ci-output
	rm -rf $(FRONT)/lib $(FRONT)/node_modules $(AWS_JS)/node_modules nb_presign/labextension
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

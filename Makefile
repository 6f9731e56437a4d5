# Everything lives in this checkout: .venv for Python, .cache for Apache Kafka's jars.
# Stamp files make a second run quick; `make clean` forgets all of it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python
KAFKA_JARS := .cache/kafka
NPM := tests/node/node_modules/.package-lock.json

.PHONY: help up test lint format bench soak simulate chaos contract sbom audit kafka system lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

up: $(VENV)/.installed ## run everything here and print the address; ARGS="--no-simulator" and so on
	@$(BIN)/gigmatch up $(ARGS)

# Two more than there are cores: a test mostly waits for brokers, browsers and processes to start.
test: $(VENV)/.installed-dev system kafka $(NPM) ## run the tests; ARGS="-k matcher" and so on
	$(BIN)/python -m pytest --numprocesses=$$(($$(nproc) + 2)) --dist=worksteal $(ARGS)

lint: $(VENV)/.installed-dev ## check form, style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .

format: $(VENV)/.installed-dev ## put the code into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.installed-dev system kafka ## run every comparison and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks all $(ARGS)

soak: $(VENV)/.installed-dev system kafka ## run under load and fuzz, for hours
	GIGMATCH_LONG=1 $(BIN)/python -m pytest -m soak --timeout=7200 $(ARGS)
	$(BIN)/python -m benchmarks.soak

simulate: $(VENV)/.installed-dev ## live through seeds of faults on all cores; ARGS="--seeds 0-10000" and so on
	$(BIN)/python -m tests.simulation $(ARGS)

chaos: $(VENV)/.installed-dev system kafka ## the fault matrix; SHORT=1 in minutes, else hours; ARGS="--only Redis" and so on
	$(if $(SHORT),,GIGMATCH_LONG=1 $(BIN)/python -m pytest -m chaos --timeout=7200)
	@mkdir -p build
	$(BIN)/python -m tests.chaos $(if $(SHORT),--short,--out build/chaos.md) $(ARGS)

contract: $(VENV)/.installed-dev ## write asyncapi.yaml, the schemas and the examples from the types
	$(BIN)/gigmatch contract

sbom: $(VENV)/.installed-dev ## list every package with its licence in build/sbom.json (CycloneDX)
	@mkdir -p build
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --of JSON -o build/sbom.json $(ARGS) $(BIN)/python

audit: $(VENV)/.installed-dev ## look for known weaknesses of the locked packages; needs the network
	@ops/audit $(BIN)/pip-audit $(ARGS)

kafka: $(KAFKA_JARS)/.installed ## fetch Apache Kafka's jars for the tests

system: ## install the Debian packages that the tests need, where they are missing
	@tests/install-debian-packages

lock: $(VENV)/.installed-dev ## lock what pyproject.toml asks for; ARGS=--upgrade for the newest
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --extra embedded $(ARGS) pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --all-extras -c requirements.lock $(ARGS) pyproject.toml -o requirements-dev.lock

clean: ## remove what was installed and built here
	rm -rf $(VENV) .cache build *.egg-info tests/node/node_modules
	rm -f */_*.so

# The locked uv installs the locked rest: much quicker than pip, and it checks every hash too.
$(BIN)/uv: requirements-dev.lock
	@echo "Making $(VENV)"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/^    # via/p' requirements-dev.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	@touch $@

$(VENV)/.installed: $(BIN)/uv requirements.lock pyproject.toml setup.py $(wildcard */_*.c */native/*.h)
	@echo "Installing into $(VENV): about 1 GB the first time, some minutes"
	$(UV) --require-hashes -r requirements.lock
	$(UV) --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	$(UV) --require-hashes -r requirements-dev.lock
	@touch $@

$(KAFKA_JARS)/.installed: tests/kafka/pom.xml | system $(VENV)/.installed
	rm -rf $(KAFKA_JARS)
	mvn -q -B -f tests/kafka/pom.xml dependency:copy-dependencies \
	  -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(KAFKA_JARS)
	$(BIN)/python -m tests.kafka
	@touch $@

$(NPM): tests/node/package-lock.json | system
	cd tests/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

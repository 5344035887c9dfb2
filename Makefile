# `make help` lists what there is. Every target makes the environment first, if it has to.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
	$$p -c '$(SUPPORTED)' 2>/dev/null && echo $$p && break; done)
RUN := .venv/bin/python
WORKERS ?= 2
SYSTEM ?= xero
SEEDS ?= 1000
SIZES ?= 10000 100000 1000000
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH
.DEFAULT_GOAL := help
.PHONY: help venv demo up env bench test test-full simulate lint format features lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {gsub(/[$$][$$]/, "$$"); printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv:  ## the environment, from requirements.txt (PYTHON=python3.12 asks for a certain one)
	@$(or $(PYTHON),python3) demo/venv.py

demo: venv  ## a contractor's night from a Procore sandbox to Xero's, as real DAG runs; SYSTEM=quickbooks_online or pex
	@$(RUN) -m demo.run $(SYSTEM)

up: venv  ## the same data in the Airflow UI, until Ctrl-C; SYSTEM as for demo
	@$(RUN) -m demo.up $(SYSTEM)

env: venv  ## eval "$$(make -s env)" puts the demo's environment into a shell; SYSTEM as for demo
	@$(RUN) -m demo.shell_env $(SYSTEM)

test: venv  ## every test
	@$(RUN) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-full: venv  ## tests that take minutes: parts of Airflow killed, runs again, the database restored
	@$(RUN) -m pytest -m full tests/full

simulate: venv  ## whole histories under faults, as many as SEEDS says
	@$(RUN) -m tests.simulation $(SEEDS)

bench: venv  ## what a record, a night and a stage cost; SIZES="10000 100000" (a million documents take long)
	@$(RUN) -m benchmarks $(SIZES)

lint: venv  ## ruff, mypy, import-linter, airflow config lint
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports
	@eval "$$($(RUN) -m demo.shell_env)" && airflow config lint > .demo/lint; cat .demo/lint; grep -q "No issues" .demo/lint

format: venv  ## puts the code into its form
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

features: venv  ## writes docs/features.md from docs/features.yaml and the tests' marks
	@$(RUN) -m tests.make_features

lock: venv  ## pins requirements.in in requirements.txt, one file for Python 3.11 to 3.13
	@$(RUN) -m uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate requirements.in -o requirements.txt

clean:  ## removes the demo's data and the environment (to make them anew, or with another Python)
	@rm -rf .demo .venv .bench

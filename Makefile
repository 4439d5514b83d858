# Everything a person needs to run or change HMSDesk. `make` alone lists it.

PYTHON ?=
ARGS ?=
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## system packages, .venv with the pinned packages, the database server; costs nothing the second time
	@installer/setup.sh

run: setup ## open the program on a demo practice; without a display, play the tour and keep its pictures
	@installer/run.sh

test: setup ## style, types, import contracts, tests (ARGS="-k name" goes to pytest)
	@tests/run.sh all $(ARGS)

lint: setup ## style, types and import contracts alone
	@tests/run.sh lint

format: setup ## put the code into the common form
	@.venv/bin/ruff check --quiet --select I --fix .
	@.venv/bin/ruff format .

bench: setup ## measure speed on a practice of 100,000 patients (PATIENTS=1000000 too)
	@.venv/bin/python -m bench $(ARGS)

lock: ## write requirements.lock anew after a change of pyproject.toml (ARGS=--upgrade for newer packages)
	@installer/lock.sh $(ARGS)

clean: ## remove what was built, the demo practice too; .venv stays
	@if [ -x .venv/bin/hmsdesk ] && [ -e build/demo/workstation.json ]; then HMSDESK_HOME="$(CURDIR)/build/demo" .venv/bin/hmsdesk server stop || true; fi
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find hmsdesk tests bench installer -name __pycache__ -type d -prune -exec rm -rf {} +

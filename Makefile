# Everything a developer or a newcomer types. `make help` lists it.
# Settings go through: make run PORT=8001 DATA_DIR=/srv/andon DEMO=0

.DEFAULT_GOAL := help
.PHONY: help run test soak bench setup setup-dev lint format lock clean
VENV ?= .venv
PYTHON := $(VENV)/bin/python
ARGS ?=
# Two workers; `make test ARGS=-n0` is one, and so is what pytest does by itself.
PARALLEL := $(if $(findstring no:xdist,$(ARGS)),,-n 2 --dist loadgroup --no-loadscope-reorder)

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

run: setup  ## start Andon: http://127.0.0.1:8000 (PORT, BIND, DATA_DIR, DEMO=0)
	@exec $(PYTHON) manage.py up --prepare

test: setup-dev  ## every test; what the machine lacks is skipped and says how to get it (ARGS="-k word")
	@$(PYTHON) -m pytest $(PARALLEL) $(ARGS)

soak: setup-dev  ## the same tests with their full counts
	@SOAK=1 $(PYTHON) -m pytest --durations=20 $(PARALLEL) $(ARGS)

bench: setup-dev  ## the figures of docs/figures.md (ARGS="reading search" for some)
	@$(PYTHON) -m benchmarks $(ARGS)

setup:  ## the environment alone, in .venv
	@sh .ci/environment $(VENV) requirements.txt

setup-dev:
	@sh .ci/environment $(VENV) requirements.txt requirements-dev.txt

lint: setup-dev  ## style, templates, missing migrations, settings fit for the open net
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m djlint --quiet --lint templates
	@DATA_DIR=$$(mktemp -d) && export DATA_DIR ENV_FILE=/dev/null PUBLIC_URL=https://postmortems.example.org && \
		$(PYTHON) manage.py makemigrations --check --dry-run && \
		$(PYTHON) manage.py check --deploy --fail-level WARNING; result=$$?; rm -rf "$$DATA_DIR"; exit $$result

format: setup-dev  ## put code and imports in order
	@$(PYTHON) -m ruff check --fix --quiet .; $(PYTHON) -m ruff format .

lock: setup-dev  ## requirements*.in → requirements*.txt: for every platform, with hashes (ARGS=--upgrade)
	@sh .ci/lock $(PYTHON) $(ARGS)

clean:  ## remove the environment and caches; the data in var/ stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis

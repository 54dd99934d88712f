# Everything happens inside this folder: .venv (Python), .stack (local data), .cache and local/kestra/target (engine).
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
export PYTHONPATH := scripts:.
export PYTHONDONTWRITEBYTECODE := 1
# Half of a test's time is waiting for servers; each worker brings its own.
WORKERS := -n auto --maxprocesses=4 --dist loadscope --no-loadscope-reorder
STAMP := $(VENV)/.installed

.PHONY: setup packages engine-tools up down demo doctor test test-all lint deploy rollback releases release bench bench-etl lock sbom audit clean

setup: engine-tools $(STAMP)
	@$(BIN)/python -m local.engine build

packages: $(STAMP)   ## what `make deploy`, tools.secrets and tools.doctor need; no Maven, no engine

engine-tools:
	@$(PYTHON) tools/preflight.py engine

$(STAMP): requirements.lock
	@$(PYTHON) tools/preflight.py
	@echo "Installing the Python packages into $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@# so that `python -m tools.doctor` and the like find the packages in scripts/ without PYTHONPATH
	@echo "$(CURDIR)/scripts" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/opsflows.pth"
	@touch $@

up: setup            ## start Postgres, the engine and the provider sandbox, migrate, deploy
	@$(BIN)/python -m tools.stack up

down:                ## stop what `up` started; data stay in .stack
	@test ! -x $(BIN)/python || $(BIN)/python -m tools.stack down

demo: setup          ## the whole path on ten receipts; ONCE=1 ends it afterwards
	@$(BIN)/python -m tools.demo $(if $(ONCE),--once)

test: setup          ## under 15 minutes
	@$(BIN)/python -m pytest -q $(WORKERS) -m "not slow" $(ARGS)

test-all: setup lint ## with the slower matrix
	@$(BIN)/python -m pytest -q $(WORKERS) $(ARGS)

lint: $(STAMP)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

deploy: $(STAMP)     ## make deploy ENV=prod [PLAN=1] [PRUNE=1]; without ENV to the server of OPSFLOWS_KESTRA_URL
	@$(BIN)/python -m tools.deploy deploy $(if $(ENV),--env $(ENV)) $(if $(PLAN),--plan) $(if $(PRUNE),--prune) $(ARGS)

rollback: $(STAMP)   ## to the release before, or to another: make rollback ENV=prod TO=x.y.z
	@$(BIN)/python -m tools.deploy rollback $(if $(ENV),--env $(ENV)) $(if $(TO),--to $(TO)) $(ARGS)

releases: $(STAMP)   ## what is on the server, and what uses it; make releases ENV=prod REMOVE_UNUSED=1
	@$(BIN)/python -m tools.deploy releases $(if $(ENV),--env $(ENV)) $(if $(REMOVE_UNUSED),--remove-unused) $(ARGS)

doctor: $(STAMP)     ## is every provider set up? make doctor ENV=prod ARGS="slack openai"
	@$(BIN)/python -m tools.doctor $(if $(ENV),--env $(ENV)) $(ARGS)

release: $(STAMP)    ## make release VERSION=x.y.z
	@$(BIN)/python -m tools.release $(VERSION)

bench: setup         ## the figures of docs/figures.md
	@$(BIN)/python -m benchmarks

bench-etl: $(STAMP)  ## the loader beside COPY, execute_values and, with DLT=1, dlt in a place of its own (docs/etl-loader.md)
	@test -z "$(DLT)" || test -x .cache/dlt/bin/python || $(PYTHON) -m venv .cache/dlt
	@test -z "$(DLT)" || $(BIN)/uv pip install --quiet --python .cache/dlt/bin/python --group bench
	@$(BIN)/python -m benchmarks.etl $(if $(DLT),--dlt .cache/dlt/bin/python) $(ARGS)

lock: $(STAMP)       ## after a change of the dependencies in pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--group console --group local --group dev pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
		--constraint requirements.lock --group console pyproject.toml --output-file requirements-image.lock

sbom: $(STAMP)       ## bill of materials of the image's Python packages, with their licences
	@$(BIN)/python -m tools.sbom

audit: $(STAMP)      ## known vulnerabilities of the locked packages; needs PyPI itself or api.osv.dev
	@$(BIN)/python -m tools.audit $(ARGS)

clean:
	rm -rf $(VENV) .stack .cache local/kestra/target

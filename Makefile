# The only door: people and CI call the same targets and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
HOME_FOLDER := $(or $(TESTOPS_HOME),warehouse)
SIMULATED := build/simulated
STAMP := $(VENV)/.installed
# Nothing of ours asks the outside for anything but packages.
export DAGSTER_DISABLE_TELEMETRY := yes
export DO_NOT_TRACK := 1
# A mirror configured for pip serves uv as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: help setup run simulate build test test-spark conformance lint format docs benchmark lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with the command .venv/bin/testops

$(STAMP): requirements.lock requirements-uv.lock pyproject.toml
	@sh .ci/setup_venv $(VENV)
	@touch $@

run: ## simulate an organisation, load, build, gate, publish, and say what was found
	@$(MAKE) --no-print-directory -j2 setup simulate
	@$(BIN)/testops run --project $(SIMULATED)

# The simulator needs nothing but Python, so it may run while the packages are installed.
simulate:
	@"$$(sh .ci/find_python)" -m examples.simulator --output $(SIMULATED) --if-changed

build: setup ## build models on a small organisation: make build SELECT=model+, or SELECT=state:modified+
	@$(BIN)/python -m dagster_project.building --select "$(SELECT)"

test: setup ## run every test
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadscope --no-loadscope-reorder --junitxml=build/reports/junit.xml \
		--cov --cov-report=xml:build/reports/coverage.xml --cov-report=

test-spark: setup ## build the models through Spark Connect and compare with DuckDB
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python build/spark
	@$(BIN)/uv pip sync --quiet --python build/spark/bin/python --require-hashes requirements-spark.lock
	@$(BIN)/python -m pytest tests/integration/test_spark.py

conformance: setup ## score the parsers on the recorded corpus (TESTOPS_CORPUS), and fuzz them at random
	@$(BIN)/python -m pytest -m corpus tests
	@TESTOPS_FUZZ_EXAMPLES=$(or $(TESTOPS_FUZZ_EXAMPLES),100) $(BIN)/python -m pytest \
		tests/dlt_pipelines/parsers/test_fuzz.py tests/dlt_pipelines/parsers/coverage/test_fuzz.py

lint: setup ## ruff, sqlfluff, import-linter, dbt parse, mypy
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@mkdir -p build; $(BIN)/lint-imports --no-cache >build/imports.log || { cat build/imports.log; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(BIN)/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project

format: setup ## let ruff and sqlfluff mend what they can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar dbt_project/models dbt_project/tests

docs: setup ## pages of all tables, columns, lineage and metrics: build/docs/index.html
	@DBT_TARGET_PATH="$(CURDIR)/build/dbt" DBT_LOG_PATH="$(CURDIR)/build/dbt" \
		$(BIN)/dbt --quiet parse --project-dir dbt_project --profiles-dir dbt_project
	@$(BIN)/python -m docs.site --manifest build/dbt/manifest.json --output build/docs

benchmark: setup ## print every measured ratio
	@$(BIN)/python -m benchmarks

lock: setup ## resolve the dependencies again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	@echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --constraint requirements.lock - -o requirements-uv.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group spark --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --constraint requirements.lock -o requirements-spark.lock

clean: ## remove everything that was made here, the warehouse too
	rm -rf $(VENV) $(HOME_FOLDER) build dbt_project/target dbt_project/logs

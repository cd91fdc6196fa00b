"""A model that could not be made, and a test of a model that found something."""

import json
from pathlib import Path

import duckdb
import pytest

from dagster_project.home import Home, home
from dagster_project.models import _failures
from dagster_project.observer import Observer
from dagster_project.running import summarise, tell

BROKEN = {
    "unique_id": "model.warehouse.int_jobs",
    "status": "error",
    "message": "Runtime Error in model int_jobs (models/intermediate/int_jobs.sql)\n"
    "  Out of Memory Error: could not allocate block\n\n  Possible solutions:",
}
FOUND = {
    "unique_id": "test.warehouse.unique_fct_jobs.8a1",
    "status": "fail",
    "message": "Got 3 results, configured to fail if != 0",
    "failures": 3,
    "compiled_code": "select 'a@example.org' as email",
}
WRITTEN = {
    "unique_id": "test.warehouse.relationships_services_team.7f2",
    "status": "fail",
    "message": "Got 1 result, configured to fail if != 0",
    "failures": 1,
    "compiled_code": "select team as from_field from seeds.services where team = 'nobody'",
}
NODES = {
    FOUND["unique_id"]: {"attached_node": "model.warehouse.fct_jobs"},
    "model.warehouse.fct_jobs": {"resource_type": "model", "schema": "core", "name": "fct_jobs"},
    WRITTEN["unique_id"]: {"attached_node": "seed.warehouse.services"},
    "seed.warehouse.services": {"resource_type": "seed", "schema": "seeds", "name": "services"},
}
FINE = {"unique_id": "model.warehouse.stg_jobs", "status": "success", "message": "OK"}


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let a run end with results of dbt; return its summary and what readers are told."""
    monkeypatch.setenv("TESTOPS_PROJECT", str(tmp_path))
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "warehouse"))

    def end(*results: dict) -> tuple[dict, dict | None]:
        current: Home = home()
        path = tmp_path / "run_results.json"
        path.write_text(json.dumps({"results": results}))
        (tmp_path / "manifest.json").write_text(json.dumps({"nodes": NODES}))
        current.build_file.parent.mkdir(exist_ok=True)
        with duckdb.connect(str(current.build_file)) as connection:
            connection.execute("create schema if not exists seeds")
            connection.execute(
                "create or replace table seeds.services as "
                "select unnest(['shop', 'nobody']) as team"
            )
        observer = Observer()
        observer.failing_models.extend(_failures(path, current.build_file))
        is_success = not observer.failing_models
        observer.outcome = "published" if is_success else None
        error = None if is_success else "build_models: The dbt CLI process with command ["
        summary = summarise(current, observer, is_success=is_success, error=error)
        tell(current, observer, summary)
        told = current.shelf.last_attempt
        return summary, json.loads(told.read_text()) if told.is_file() else None

    return end


def test_a_model_that_could_not_be_made_is_a_failed_run(ended) -> None:
    summary, told = ended(FINE, FOUND, BROKEN)
    assert summary["status"] == told["status"] == "failed"
    said = "Out of Memory Error: could not allocate block"
    assert summary["error"] == told["error"] == f"model `int_jobs`: {said}"
    assert [one["observed"] for one in told["failing"]] == ["3 rows", said]
    assert [one["table"] for one in told["failing"]] == ["core.fct_jobs", "model"]


def test_a_test_that_found_something_keeps_the_build_back_and_is_told(ended) -> None:
    summary, told = ended(FINE, FOUND)
    assert summary["status"] == told["status"] == "gate_failed"
    assert not told["passed"]
    [one] = told["failing"]
    assert (one["gate"], one["expectation"], one["error"]) == ("models", "unique_fct_jobs", None)


def test_rows_are_told_of_tables_that_the_organisation_wrote_alone(ended) -> None:
    _, told = ended(FOUND, WRITTEN)
    models, written = told["failing"]
    assert (written["table"], written["observed"]) == ("seeds.services", "1 row")
    assert written["rows"] == [{"from_field": "nobody"}]
    assert models["rows"] == []


def test_nothing_is_told_of_a_run_in_which_nothing_failed(ended) -> None:
    summary, told = ended(FINE)
    assert (summary["status"], told) == ("published", None)

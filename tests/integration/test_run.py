"""Runs as a user starts them: what they say, what they leave, how they end."""

import subprocess

import duckdb
import pytest

from expectations.publishing import Shelf
from expectations.publishing.files import exclusive_lock
from tests.integration.conftest import REPOSITORY, Flow

pytestmark = pytest.mark.integration


def test_clean_build_is_whole(clean: Flow) -> None:
    manifest = clean.manifest
    assert Shelf(clean.home / "published").current() == manifest
    assert [gate["passed"] for gate in manifest["gates"]] == [True, True]
    assert manifest["is_simulated"] is True
    assert manifest["data_as_of"]
    tables = manifest["tables"]
    assert tables["core.fct_test_results"]["rows"] > 0
    assert {name.split(".")[0] for name in tables} <= {
        "core", "marts", "quality", "quarantine", "seeds",
    }  # fmt: skip
    assert not [name for name in tables if "_dlt_" in name]
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        payloads = connection.execute(
            "select table_name from information_schema.columns where column_name = 'payload'"
        ).fetchall()
    assert payloads == []


def test_nothing_new_is_unchanged(own: Flow) -> None:
    before = own.manifest
    code, summary = own.run()
    assert (code, summary["status"]) == (0, "unchanged")
    assert summary["build_id"] == before["build_id"]
    assert own.manifest == before
    assert own.last_attempt["status"] == "unchanged"
    # What was judged once is not judged again, and what would be built is not built.
    assert not {"gate raw", "build models", "publish"} & set(summary["seconds"]["steps"])
    assert all(load["row_count"] == 0 for load in summary["loads"].values())


def test_failed_gate_leaves_the_build_before(own: Flow) -> None:
    before = own.manifest
    with duckdb.connect(str(own.home / "build.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("""
            insert into quality.source_loads by name
            select source, mode, 5000 as row_count, max(loaded_at) + interval 1 second as loaded_at
            from quality.source_loads where source = 'github_actions' group by all;
            insert into raw_github_actions.workflow_jobs by name
            select repository, 1 as run_id, 1 as run_attempt, job_id,
                max(loaded_at) over () + interval 1 second as loaded_at
            from raw_github_actions.workflow_jobs;
        """)
    code, summary = own.run()
    assert (code, summary["status"]) == (3, "gate_failed")
    blocking = [one for one in summary["failing"] if one["severity"] == "blocking"]
    assert [one["expectation"] for one in blocking] == ["jobs_belong_to_runs"]
    assert blocking[0]["rows"][0]["job_without_run_count"] > 0
    assert "build models" not in summary["seconds"]["steps"]
    assert own.manifest == before
    assert own.last_attempt["status"] == "gate_failed"
    assert own.last_attempt["build_id"] == before["build_id"]
    assert own.last_attempt["failing"][0]["expectation"] == "jobs_belong_to_runs"


def test_one_run_at_a_time(clean: Flow) -> None:
    with exclusive_lock(clean.home / ".run.lock", "a run"):
        code, summary = clean.run()
    assert (code, summary["status"]) == (1, "failed")
    assert "in process" in summary["error"]


@pytest.mark.parametrize(
    "arguments",
    [["--job", "hourly"], ["--project", "nowhere"], ["--progress", "loud"]],
    ids=lambda arguments: arguments[0],
)
def test_wrong_call_is_refused(arguments: list[str], clean: Flow) -> None:
    done = subprocess.run(
        clean.command(*arguments),
        cwd=REPOSITORY, env=clean.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "usage:" in done.stderr

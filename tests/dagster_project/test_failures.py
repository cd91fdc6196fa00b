"""What readers are told after a run of the daemon that failed."""

import json
from pathlib import Path

import dagster as dg
import pytest

from dagster_project.failures import failed_run
from dagster_project.home import Home, home
from dagster_project.tags import IN_PROCESS
from expectations.publishing import record_attempt


@dg.op
def fails() -> None:
    raise ValueError("the disk is full")


@dg.job
def nightly() -> None:
    fails()


@pytest.fixture
def current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TESTOPS_PROJECT", str(tmp_path))
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "warehouse"))
    return home()


def _told(current: Home, tags: dict[str, str], during=lambda: None) -> dict | None:
    with dg.instance_for_test() as instance:
        result = nightly.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        during()
        context = dg.build_run_status_sensor_context(
            sensor_name="failed_run",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            resources={"home": dg.ResourceDefinition.hardcoded_resource(current)},
        ).for_run_failure()
        failed_run(context)
    path = current.shelf.last_attempt
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def test_a_failed_run_is_told(current: Home) -> None:
    told = _told(current, {})
    assert told["status"] == "failed"
    assert "nightly" in told["error"]
    assert told["run_id"]


def test_what_the_run_said_itself_stays(current: Home) -> None:
    told = _told(current, {}, lambda: record_attempt(current.shelf, "gate_failed"))
    assert told["status"] == "gate_failed"


def test_the_command_line_speaks_for_itself(current: Home) -> None:
    assert _told(current, {IN_PROCESS: "true"}) is None

"""A killed run does not keep the next one waiting for its place in the pool."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.events import StepMaterializationData
from dagster._daemon.monitoring import concurrency, run_monitoring

from dagster_project.home import Home
from dagster_project.records import bury_the_killed, forget_old_runs, records
from dagster_project.tags import IN_PROCESS, WRITER
from dlt_pipelines.config import Settings

_LATER = timedelta(hours=24)
_TABLE = dg.AssetKey(["core", "dim_dates"])
_LOG = logging.getLogger("test")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("DAGSTER_HOME", "restored behind the test")
    return Home(Settings(tmp_path / "home", tmp_path, None, False, "UTC"))


@pytest.fixture
def instance(home: Home) -> Iterator[dg.DagsterInstance]:
    """Dagster's records of a home that was never used."""
    with records(home) as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(WRITER)
        yield instance


def _start(instance: dg.DagsterInstance, tags: dict[str, str] | None = None) -> dg.DagsterRun:
    """Record a run that has begun and holds the one place in the pool."""
    run = instance.add_run(
        dg.DagsterRun(job_name="nightly", status=dg.DagsterRunStatus.STARTING, tags=tags or {})
    )
    instance.report_dagster_event(
        dg.DagsterEvent(event_type_value="PIPELINE_START", job_name="nightly"), run_id=run.run_id
    )
    assert _claim(instance, run.run_id)
    return run


def _claim(instance: dg.DagsterInstance, run_id: str) -> bool:
    return instance.event_log_storage.claim_concurrency_slot(WRITER, run_id, "load").is_claimed


def _end(instance: dg.DagsterInstance) -> dg.DagsterRun:
    """Record a run that made a table and is done."""
    run = _start(instance)
    made = StepMaterializationData(dg.AssetMaterialization(_TABLE))
    instance.report_dagster_event(
        dg.DagsterEvent("ASSET_MATERIALIZATION", "nightly", event_specific_data=made),
        run_id=run.run_id,
    )
    instance.report_run_failed(run)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return run


def test_old_runs_are_forgotten_and_leave_no_file(home: Home, instance: dg.DagsterInstance) -> None:
    first, second, third = (_end(instance) for _ in range(3))
    going = _start(instance)
    files = home.dagster / "history" / "runs"
    assert (files / f"{first.run_id}.db").is_file()
    forget_old_runs(home, instance, keep=2)
    assert {run.run_id for run in instance.get_runs()} == {third.run_id, going.run_id}
    assert not (files / f"{first.run_id}.db").exists()
    assert not (files / f"{second.run_id}.db").exists()
    assert (files / f"{third.run_id}.db").is_file()
    forget_old_runs(home, instance, keep=0)
    assert [run.run_id for run in instance.get_runs()] == [going.run_id]
    assert instance.get_latest_materialization_event(_TABLE) is not None


def test_the_command_line_buries_its_own(instance: dg.DagsterInstance) -> None:
    killed = _start(instance, {IN_PROCESS: "true"})
    assert not _claim(instance, "next")
    bury_the_killed(instance)
    assert instance.get_run_by_id(killed.run_id).status == dg.DagsterRunStatus.FAILURE
    assert _claim(instance, "next")


def test_the_daemon_gives_places_free_and_ends_what_nobody_heard_of(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = _start(instance)
    later = datetime.now(UTC) + _LATER
    monkeypatch.setattr(run_monitoring, "get_current_timestamp", later.timestamp)
    monkeypatch.setattr(concurrency, "get_current_datetime", lambda: later)
    context = SimpleNamespace(instance=instance, create_request_context=lambda: None)
    assert instance.run_monitoring_enabled
    list(run_monitoring.execute_run_monitoring_iteration(context, _LOG))
    assert instance.get_run_by_id(killed.run_id).status == dg.DagsterRunStatus.FAILURE
    list(concurrency.execute_concurrency_slots_iteration(context, _LOG))
    assert _claim(instance, "next")

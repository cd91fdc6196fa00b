"""Execute a job in this process and say in one object what came of it."""

import contextlib
import logging
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import sqlalchemy as sa

from dagster_project.definitions import definitions_of
from dagster_project.home import Home, home
from dagster_project.inputs import prepare_organisation
from dagster_project.observer import Display, Observer
from dagster_project.tags import IN_PROCESS
from expectations.judge import Judge
from expectations.publishing import record_attempt
from expectations.publishing.files import exclusive_lock

_PATIENCE_SECONDS = 180.0
_DAGSTER_SETTINGS = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""
_HOLDER = re.compile(r"\(PID (\d+)\)")


class BusyError(RuntimeError):
    """The build file is in use by a process that does not end."""


def execute(job: str, shown_by: Display) -> dict[str, Any]:
    """Run a job and return its summary.

    Args:
        job: `nightly` or `weekly`.
        shown_by: shows the run while it goes on.

    Returns:
        `status` (`published`, `unchanged`, `gate_failed`, `failed`), `build_id` of the build that
        readers have now, `seconds` in all and per step, `loads` per source, `gates`, `failing`
        expectations and models, `error`.

    Raises:
        LockedError: another run is going on in this home.
    """
    begun = time.monotonic()
    current = home()
    observer = Observer(shown_by)
    with exclusive_lock(current.run_lock, "a run"), Judge() as judge, _quiet():
        wait_for_build_file(current.build_file, observer)
        prepare_organisation(current)
        with observer.step("read models"):
            definitions = definitions_of(current, observer, judge)
            definition = definitions.resolve_job_def(job)
        # dbt's lines come through here too; the display shows them, `dbt.log` keeps them.
        with (
            _instance(current) as instance,
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            bury_the_killed(instance)
            result = definition.execute_in_process(
                instance=instance, raise_on_error=False, tags={IN_PROCESS: "true"}
            )
        error = None if result.success else _error(result)
        summary = _summary(current, observer, is_success=result.success, error=error)
    summary["seconds"] = {"all": round(time.monotonic() - begun, 3), "steps": observer.seconds}
    if summary["status"] == "failed":
        record_attempt(
            current.shelf,
            "failed",
            build_id=summary["build_id"],
            error=summary["error"],
            details={"failing": summary["failing"]},
        )
    return summary


def _summary(
    current: Home, observer: Observer, *, is_success: bool, error: str | None
) -> dict[str, Any]:
    manifest = current.shelf.current()
    failing = [
        {"gate": gate["gate"], **result}
        for gate in observer.gates.values()
        for result in gate["results"]
        if not result["passed"]
    ] + observer.failing_models
    is_blocked = any(one["severity"] == "blocking" for one in failing)
    failed = "gate_failed" if is_blocked else "failed"
    return {
        "status": observer.outcome if is_success and observer.outcome else failed,
        "build_id": manifest["build_id"] if manifest else None,
        "error": error,
        "loads": observer.loads,
        "gates": {
            name: {key: value for key, value in gate.items() if key != "results"}
            for name, gate in observer.gates.items()
        },
        "failing": failing,
    }


def _error(result: dg.ExecuteInProcessResult) -> str:
    """Return the innermost cause of the first failed step, in one line."""
    for event in result.all_events:
        if event.is_step_failure and (failure := event.step_failure_data.error):
            while failure.cause:
                failure = failure.cause
            return f"{event.step_key}: {failure.message.strip().splitlines()[0]}"
    return "the run failed before its first step"


def wait_for_build_file(build_file: Path, observer: Observer) -> None:
    """Wait until nobody has the build file open, as dbt may when its run was killed.

    Raises:
        BusyError: it is still open after three minutes.
    """
    begun = time.monotonic()
    while build_file.exists():
        try:
            duckdb.connect(str(build_file)).close()
        except duckdb.IOException as error:
            holder = _HOLDER.search(str(error))
            if holder is None:
                raise
            if time.monotonic() - begun > _PATIENCE_SECONDS:
                raise BusyError(
                    f"`{build_file}` is open in process {holder[1]}; end it and run again"
                ) from error
            observer.say("wait", f"process {holder[1]} of an earlier run still writes")
            time.sleep(0.5)
        else:
            return


def bury_the_killed(instance: dg.DagsterInstance) -> None:
    """Give free the places in pools that killed runs of ours still hold, and close their records.

    Whoever calls this holds the lock of the home, so none of them is alive.
    """
    alive = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        tags={IN_PROCESS: "true"},
    )
    for run in instance.get_runs(filters=alive):
        instance.report_run_failed(run, "The process was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


@contextlib.contextmanager
def _instance(current: Home) -> Iterator[dg.DagsterInstance]:
    """Keep the records of the run in the home, where `dagster dev` shows them."""
    current.dagster.mkdir(parents=True, exist_ok=True)
    settings = current.dagster / "dagster.yaml"
    if not settings.is_file():
        settings.write_text(_DAGSTER_SETTINGS, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(current.dagster)
    sa.event.listen(sa.Engine, "connect", _do_not_sync)
    try:
        with dg.DagsterInstance.get() as instance:
            yield instance
    finally:
        sa.event.remove(sa.Engine, "connect", _do_not_sync)


def _do_not_sync(connection: Any, _: Any) -> None:
    """Let the system flush Dagster's records when it likes.

    Thousands of events a run wait for the disk otherwise, longer than the models take. A killed
    process loses nothing; a machine that loses power loses history, no data.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dagster's own lines off the screen; they are in its records."""
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(previous)

"""Dagster's own records of runs, in the home, where `dagster dev` shows them."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage

from dagster_project.home import Home
from dagster_project.tags import IN_PROCESS

_DAGSTER_SETTINGS = """\
telemetry:
  enabled: false
concurrency:
  pools:
    default_limit: 1
# Whoever kills a run of the daemon leaves its place in the pool taken: it is given free soon after
# the run has ended, and a run that nobody heard of ends before the next night.
run_monitoring:
  enabled: true
  max_runtime_seconds: 72000
  free_slots_after_run_end_seconds: 60
compute_logs:
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
"""


KEPT_RUNS = 30
_AT_ONCE = 10


def forget_old_runs(current: Home, instance: dg.DagsterInstance, keep: int = KEPT_RUNS) -> None:
    """Remove what Dagster wrote about runs behind the newest ones: ten megabytes each.

    When a table was made last stays known. A few at a time, so that no run waits for it.
    """
    finished = [run for run in instance.get_runs()[keep:] if run.is_finished]
    for run in finished[-_AT_ONCE:]:
        instance.delete_run(run.run_id)
        # Dagster empties the file and leaves it as large as it was.
        (current.dagster / "history" / "runs" / f"{run.run_id}.db").unlink(missing_ok=True)


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
def records(current: Home) -> Iterator[dg.DagsterInstance]:
    """Keep the records of the run in the home, where `dagster dev` shows them."""
    current.dagster.mkdir(parents=True, exist_ok=True)
    settings = current.dagster / "dagster.yaml"
    if not settings.is_file():
        settings.write_text(_DAGSTER_SETTINGS, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(current.dagster)
    sa.event.listen(sa.Engine, "connect", _do_not_sync)
    try:
        with _one_engine_per_file(), dg.DagsterInstance.get() as instance:
            yield instance
    finally:
        sa.event.remove(sa.Engine, "connect", _do_not_sync)


@contextlib.contextmanager
def _one_engine_per_file() -> Iterator[None]:
    """Let Dagster keep its database engines and their connections.

    It makes an engine and a connection for every event, and with them compiles every statement
    anew: a third of the time that a run spends outside of dbt and the loads.
    """
    engines: dict[str, sa.Engine] = {}

    def engine_of(url: str, **options: Any) -> sa.Engine:
        if url not in engines:
            engine = sa.create_engine(url, **options | {"poolclass": sa.QueuePool})
            # Called after every event.
            vars(engine)["dispose"] = lambda: None
            engines[url] = engine
        return engines[url]

    makers = {module: module.create_engine for module in (sqlite_event_log, sqlite_run_storage)}
    for module in makers:
        module.create_engine = engine_of
    try:
        yield
    finally:
        for module, create_engine in makers.items():
            module.create_engine = create_engine
        for engine in engines.values():
            engine.pool.dispose()


def _do_not_sync(connection: Any, _: Any) -> None:
    """Let the system flush Dagster's records when it likes.

    Thousands of events a run wait for the disk otherwise, longer than the models take. A killed
    process loses nothing; a machine that loses power loses history, no data.
    """
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")

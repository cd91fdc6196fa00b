"""Execute a job in this process and say in one object what came of it."""

import contextlib
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dagster_project.build_file import BuildFile
from dagster_project.definitions import definitions_of
from dagster_project.home import Home
from dagster_project.inputs import plan
from dagster_project.observer import Display, Observer
from dagster_project.records import bury_the_killed, forget_old_runs, records
from dagster_project.tags import IN_PROCESS
from dlt_pipelines.files import without_secrets
from expectations.judge import Judge
from expectations.publishing import record_attempt

_PATIENCE_SECONDS = 180.0
_HOLDER = re.compile(r"\(PID (\d+)\)")


class BusyError(RuntimeError):
    """The build file is in use by a process that does not end."""


def execute(job: str, current: Home, reading: Future[Path], shown_by: Display) -> dict[str, Any]:
    """Run a job and return its summary.

    Args:
        job: `nightly` or `weekly`.
        current: the home; the caller holds its lock.
        reading: dbt's manifest, which may still be in the making.
        shown_by: shows the run while it goes on.

    Returns:
        `status` (`published`, `unchanged`, `gate_failed`, `failed`), `build_id` of the build that
        readers have now, `seconds` in all and per step, `loads` per source, `gates`, `failing`
        expectations and models, `error`.

    Raises:
        BusyError: the build file is in use by a process that does not end.
        ModelsError: dbt cannot read the models.
    """
    begun = time.monotonic()
    observer = Observer(shown_by)
    with Judge() as judge, contextlib.closing(BuildFile()) as build_file, _quiet():
        wait_for_build_file(current.build_file, observer)
        with observer.step("read models"):
            reading.result()
            if not current.build_file.exists() or plan(current).is_new:
                judge.warm()
            definitions = definitions_of(current, observer, judge, build_file)
            definition = definitions.resolve_job_def(job)
        # dbt's lines come through here too; the display shows them, `dbt.log` keeps them.
        with (
            records(current) as instance,
            Path(os.devnull).open("w") as nowhere,
            contextlib.redirect_stdout(nowhere),
        ):
            bury_the_killed(instance)
            forget_old_runs(current, instance)
            result = definition.execute_in_process(
                instance=instance, raise_on_error=False, tags={IN_PROCESS: "true"}
            )
        error = None if result.success else _error(result)
        summary = summarise(current, observer, is_success=result.success, error=error)
    summary["seconds"] = {"all": round(time.monotonic() - begun, 3), "steps": observer.seconds}
    tell(current, observer, summary)
    return summary


def tell(current: Home, observer: Observer, summary: Mapping[str, Any]) -> None:
    """Write what came of a run that failed, unless a gate has done so: gates know no models."""
    if summary["status"] == "failed" or observer.failing_models:
        record_attempt(
            current.shelf,
            summary["status"],
            build_id=summary["build_id"],
            error=summary["error"],
            details={"failing": summary["failing"]},
        )


def summarise(
    current: Home, observer: Observer, *, is_success: bool, error: str | None
) -> dict[str, Any]:
    """Return what came of a run, without its seconds; see `execute`.

    A test that found what must not be keeps a build back like a gate; a model that could not be
    made is a run that failed.
    """
    manifest = current.shelf.current()
    failing = [
        {"gate": gate["gate"], **result}
        for gate in observer.gates.values()
        for result in gate["results"]
        if not result["passed"]
    ] + observer.failing_models
    broken = [one for one in observer.failing_models if one["error"]]
    if broken:
        error = f"{broken[0]['table']} `{broken[0]['expectation']}`: {broken[0]['error']}"
    is_blocked = not broken and any(one["severity"] == "blocking" for one in failing)
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
            said = failure.message.strip().splitlines()[0]
            return f"{event.step_key}: {without_secrets(said)}"
    return "the run failed before its first step"


def wait_for_build_file(build_file: Path, observer: Observer) -> None:
    """Wait until nobody has the build file open, as dbt may when its run was killed.

    Raises:
        BusyError: it is still open after three minutes.
    """
    begun = time.monotonic()
    told = None
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
            if holder[1] != told:
                told = holder[1]
                observer.say("wait", f"process {told} of an earlier run still writes")
            time.sleep(0.5)
        else:
            return


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dagster's own lines off the screen; they are in its records."""
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(previous)

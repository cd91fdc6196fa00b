"""A run that Dagster's daemon started and that failed is told to readers like any other."""

import json
from datetime import UTC, datetime

import dagster as dg

from dagster_project.home import Home
from dagster_project.jobs import JOBS
from dagster_project.tags import IN_PROCESS
from expectations.publishing import record_attempt


@dg.run_failure_sensor(
    name="failed_run",
    monitored_jobs=list(JOBS),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Writes `last_attempt.json` after a run that failed before it could say so.",
)
def failed_run(
    context: dg.RunFailureSensorContext, home: dg.ResourceParam[Home]
) -> dg.SkipReason | None:
    """Record the failed attempt, unless the run has said what came of it."""
    run = context.dagster_run
    if run.tags.get(IN_PROCESS) == "true":
        return dg.SkipReason("the command line tells by itself what came of its runs")
    record = context.instance.get_run_record_by_id(run.run_id)
    if record is not None and _was_told(home, record.create_timestamp):
        return dg.SkipReason("the run has told what came of it")
    manifest = home.shelf.current()
    record_attempt(
        home.shelf,
        "failed",
        build_id=manifest["build_id"] if manifest else None,
        error=context.failure_event.message or "the run failed",
        details={"run_id": run.run_id},
    )
    return None


def _was_told(home: Home, since: datetime) -> bool:
    """Tell whether `last_attempt.json` is newer than the start of a run, to the second."""
    if not home.shelf.last_attempt.is_file():
        return False
    at = json.loads(home.shelf.last_attempt.read_text(encoding="utf-8"))["at"]
    begun = since if since.tzinfo else since.replace(tzinfo=UTC)
    return datetime.fromisoformat(at) >= begun.replace(microsecond=0)

"""Truth of runs and jobs: success, duration, queue, re-runs."""

from examples.simulator.ci import Attempt, Run
from examples.simulator.truth.tally import Entity, Tally

_BAD = {"failure", "timed_out", "startup_failure"}
_KNOWN = {"success", "cancelled", "skipped"} | _BAD
STATISTICS: dict[str, dict[str, float | None]] = {
    "pipeline_duration": {
        "pipeline_duration_median_seconds": 0.5,
        "pipeline_duration_p95_seconds": 0.95,
    },
    "queue_time": {"queue_time_median_seconds": 0.5, "queue_time_p95_seconds": 0.95},
}


def result_of(attempt: Attempt) -> str:
    """Our word for how an attempt ended."""
    if attempt.status != "completed":
        return "running"
    return attempt.conclusion if attempt.conclusion in _KNOWN else "neutral"


def duration_of(attempt: Attempt, vendor: str = "github") -> int | None:
    """Seconds from the start of the attempt to the end of its last job that was not skipped.

    GitLab counts the time in which the last tries of its jobs ran, without waiting for people;
    where none began it tells nothing.
    """
    if vendor == "gitlab" and attempt.running_seconds is not None:
        return attempt.running_seconds
    ends = [
        job.completed
        for job in attempt.jobs
        if job.completed is not None and job.conclusion != "skipped"
    ]
    return max(ends) - attempt.started if ends else None


class PipelineTruth:
    """Counts the runs of one repository."""

    def __init__(self, tally: Tally, entities: list[Entity], vendor: str) -> None:
        self._tally, self._entities, self._vendor = tally, entities, vendor
        self._seen: set[tuple[int, str, str]] = set()
        self.attempts = self.jobs = self.runs = self.children = 0
        self.retried = self.soft_failures = self.waiting = 0

    def add(self, run: Run) -> None:
        """Count one run with its attempts."""
        tally, entities = self._tally, self._entities
        week = tally.settings.week_start(run.created)
        self.runs += 1
        self.children += run.parent is not None
        first, final = result_of(run.attempts[0]), result_of(run.attempts[-1])
        self._ratios(final, week)
        decided = first == "success" or first in _BAD
        tried = [job for attempt in run.attempts for job in attempt.jobs if job.is_replaced]
        failed = any(job.conclusion in _BAD and not job.may_fail for job in tried)
        good = first == "success" and not failed
        tally.add("first_attempt_success_ratio", entities, week, good, decided)
        key = (run.workflow.id, run.commit.sha, run.event)
        again = key in self._seen and run.event not in ("schedule", "parent_pipeline")
        self._seen.add(key)
        tally.add("rerun_ratio", entities, week, len(run.attempts) > 1 or again or failed, 1)
        length = duration_of(run.attempts[-1], self._vendor)
        if final != "running" and length is not None:
            tally.sample("pipeline_duration", entities, week, length)
        for attempt in run.attempts:
            self.attempts += 1
            self.jobs += len(attempt.jobs)
            for job in attempt.jobs:
                self.retried += job.is_replaced
                self.soft_failures += job.may_fail and job.conclusion in _BAD
                self.waiting += job.conclusion == "manual"
                if job.started is None or job.conclusion == "skipped":
                    continue
                if job.started >= job.created:
                    tally.sample("queue_time", entities, week, job.started - job.created)
                if job.replaces is not None:
                    spent = (job.completed or job.started) - job.started
                    tally.add("rerun_burden_seconds", entities, week, spent, 0)
        for attempt in run.attempts[1:]:
            tally.add("rerun_burden_seconds", entities, week, duration_of(attempt) or 0, 0)

    def _ratios(self, final: str, week: str) -> None:
        tally, entities = self._tally, self._entities
        success, bad = final == "success", final in _BAD
        tally.add("pipeline_success_ratio", entities, week, success, success or bad)
        tally.add("pipeline_failure_ratio", entities, week, bad, success or bad)
        finished = final != "running"
        tally.add("completion_ratio", entities, week, success, finished)
        tally.add("devlake_success_ratio", entities, week, success, finished)
        tally.add("cancel_ratio", entities, week, final == "cancelled", finished)

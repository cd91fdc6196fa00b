"""Executes pipelines as GitLab does: a single attempt, in which jobs are tried again.

Stages come one after the other: lint (which may fail) and build, then the tests, then a child
pipeline or a job that waits for a person. A job that is tried again stands beside its earlier try;
the pipeline has the result of the last tries of the jobs that may not fail.
"""

import random
from dataclasses import dataclass

from examples.simulator.ci import Attempt, Job, Run, Workflow, plan_runs
from examples.simulator.deployments import DeploymentPlan
from examples.simulator.execution import Executor
from examples.simulator.history import History
from examples.simulator.settings import HOUR, MINUTE, Settings
from examples.simulator.suites import environment_of

PARENT = "parent_pipeline"

_SOURCES = {"pull_request": "merge_request_event", "workflow_dispatch": "web"}
_MOST_TRIES = 3
_LABELS = ("simulated",)
# How likely somebody tries a job again, by what it failed of.
_CHANCES = {"flaky_only": 0.75, "infrastructure": 0.7, "timeout": 0.7, "mixed": 0.3}
_UNLIKELY = 0.15


def plan_pipelines(
    settings: Settings, history: History, deployments: list[DeploymentPlan], rng: random.Random
) -> list[Run]:
    """All pipelines in the order of their creation; those of a fork run in the fork's project."""
    only = Workflow(70_000_000 + history.repository.index * 100 + 1, "pipeline", "")
    pipelines = []
    for run in plan_runs(settings, history, deployments, rng):
        if run.fate == "approval" or run.workflow.name == "Dependency auto-merge":
            continue
        run.workflow, run.event = only, _SOURCES.get(run.event, run.event)
        pipelines.append(run)
        run.number = len(pipelines)
    return pipelines


def child_workflow(run: Run) -> Workflow:
    """What the child pipelines of a pipeline are known by: the name of the job that starts them."""
    return Workflow(run.workflow.id + 1, "scan", "")


@dataclass
class PipelineExecutor(Executor):
    """Runs everything of one project; `clock` is when the job at work was asked for."""

    clock: int = 0

    def execute(self, run: Run) -> None:
        """Fill `run.attempts`, and `run.children`."""
        attempt = Attempt(1, run.created, run.actor)
        run.attempts.append(attempt)
        if run.fate in ("startup", "skipped"):
            attempt.conclusion = "startup_failure" if run.fate == "startup" else "skipped"
            attempt.cause = "configuration" if run.fate == "startup" else ""
            attempt.updated = run.created + 2
            return
        causes: set[str] = set()
        if run.deployment is not None:
            self._deploy_jobs(run, run.deployment, attempt, run.created + 1)
        else:
            causes = self._stages(run, attempt)
        self._close(run, attempt, causes)

    def _stages(self, run: Run, attempt: Attempt) -> set[str]:
        """Run the stages; returns what the last tries of jobs failed of."""
        ready = attempt.started + 1
        lint = self._soft(run, attempt, "lint", "build", ready, 25, 0.06)
        build, cause = self._tried(run, attempt, "build", ready)
        causes = {cause}
        word = _word_after([lint, build])
        if word == "go":
            ready = _end_of([lint, build])
        tested = []
        for name in self.repository.environments:
            if word == "go":
                job, cause = self._tried(run, attempt, name, ready)
                causes.add(cause)
            else:
                job = self._later(run, attempt, name, "test", word)
            tested.append(job)
        if word == "go":
            word = _word_after(tested)
        if word == "go":
            ready = _end_of(tested)
        if run.event == "push" and run.number % 4 == 1:
            self._scan(run, attempt, ready, word)
        elif run.event == "merge_request_event":
            self._preview(run, attempt, ready, word)
        return causes - {""}

    def _tried(self, run: Run, attempt: Attempt, name: str, ready: int) -> tuple[Job, str]:
        """Run a job, again where somebody or the settings want it; the last try and its cause."""
        job, cause = self._try(run, attempt, name, ready)
        while cause and run.cancel_at is None and job.tries_before + 1 < _MOST_TRIES:
            if self.rng.random() >= _CHANCES.get(cause, _UNLIKELY) or job.completed is None:
                break
            # A runner that broke is replaced at once, by the settings of the job.
            wait = 1 if job.reason == "runner_system_failure" else 0
            again = job.completed + (wait or self.rng.randrange(2 * MINUTE, 40 * MINUTE))
            if again > self.settings.end - HOUR:
                break
            earlier = job
            job, cause = self._try(run, attempt, name, again)
            job.replaces, earlier.is_replaced = earlier, True
        return job, cause

    def _try(self, run: Run, attempt: Attempt, name: str, ready: int) -> tuple[Job, str]:
        """Run a job once; returns it and what it failed of, nothing where it did not."""
        causes: set[str] = set()
        self.clock = ready
        if name == "build":
            broken = "build" if run.commit.build_broken else ""
            job = self._work(run, attempt, name, ready, 60, causes, broken)
        else:
            is_down = self._in_outage(attempt)
            is_down = is_down and (self.rng.random() < 0.7 or self._force("outage", run))
            self.down = {environment_of(name)} if is_down else set()
            self._test_job(run, attempt, name, ready, causes)
            job = attempt.jobs[-1]
        job.stage = "build" if name == "build" else "test"
        cause = next(iter(causes), "")
        if cause:
            job.reason = "script_failure"
            if cause == "timeout":
                job.reason = "job_execution_timeout"
            elif cause == "infrastructure" and job.results is None:
                job.reason = "runner_system_failure"
        return job, cause

    def _in_outage(self, attempt: Attempt) -> bool:
        return self.outage[0] <= self.clock < self.outage[1]

    def _is_early(self) -> bool:
        # GitLab takes all times itself.
        return False

    def _soft(
        self, run: Run, attempt: Attempt, name: str, stage: str, ready: int, seconds: int,
        chance: float,
    ) -> Job:  # fmt: skip
        """A job that may fail, and now and then does."""
        failing = name if self.rng.random() < chance else ""
        job = self._work(run, attempt, name, ready, seconds, set(), failing)
        job.stage, job.may_fail = stage, True
        job.reason = "script_failure" if job.conclusion == "failure" else ""
        return job

    def _later(self, run: Run, attempt: Attempt, name: str, stage: str, word: str) -> Job:
        """A job that does not begin: skipped, cancelled, manual, or not yet its turn (no word)."""
        ended = run.cancel_at if word == "cancelled" else None
        job = self._job(name, attempt.started, None, ended, word or None, _LABELS)
        job.stage = stage
        if word == "skipped":
            job.started = job.completed = None
        attempt.jobs.append(job)
        return job

    def _scan(self, run: Run, attempt: Attempt, ready: int, word: str) -> None:
        """Start a child pipeline and wait for it."""
        if word != "go" or ready > self.settings.end:
            self._later(run, attempt, "scan", "scan", "" if word == "go" else word)
            return
        child = Run(
            child_workflow(run), PARENT, run.commit, ready, run.actor, run.branch,
            id=run.id + 5, number=run.number, parent=run,
        )  # fmt: skip
        inner = Attempt(1, ready, run.actor)
        child.attempts.append(inner)
        causes: set[str] = set()
        self._soft(child, inner, "dependencies", "scan", ready + 1, 20, 0.2)
        self._work(child, inner, "licences", ready + 1, 12, causes).stage = "scan"
        self._close(child, inner, causes)
        run.children.append(child)
        ended = inner.updated if inner.status == "completed" else None
        bridge = self._job(
            "scan", ready, ready, ended, inner.conclusion if ended else None, _LABELS
        )
        bridge.stage, bridge.child, bridge.runner = "scan", child, None
        attempt.jobs.append(bridge)

    def _preview(self, run: Run, attempt: Attempt, ready: int, word: str) -> None:
        """A job that somebody may start; it holds nothing up."""
        at = ready + self.rng.randrange(10 * MINUTE, HOUR)
        is_wanted = self.rng.random() < 0.25 and at < self.settings.end - HOUR
        if word != "go":
            job = self._later(run, attempt, "preview", "preview", word)
        elif is_wanted:
            job = self._work(run, attempt, "preview", at, 40, set())
        else:
            job = self._later(run, attempt, "preview", "preview", "manual")
        job.stage, job.may_fail = "preview", True

    def _deploy_jobs(self, run: Run, plan: DeploymentPlan, attempt: Attempt, clock: int) -> None:
        """Deploy; what is not allowed yet waits for a person, what is given up is cancelled."""
        word = {"queued": "manual", "inactive": "cancelled", "success": "success"}.get(
            plan.outcome, "failure"
        )
        started = None if word == "manual" else plan.created + 4
        ended = None if word == "manual" else plan.finished or plan.created + 4 * MINUTE
        job = self._job(
            f"deploy {plan.environment}", plan.created, started, ended, word, ("ubuntu-latest",)
        )
        job.stage = "deploy"
        attempt.cause = "deployment" if word == "failure" else ""
        job.reason = "script_failure" if word == "failure" else ""
        plan.run_id, plan.job_id = run.id, job.id
        attempt.jobs.append(job)

    def _close(self, run: Run, attempt: Attempt, causes: set[str]) -> None:
        """Give the pipeline the result of the last tries of its jobs that may not fail."""
        latest = [job for job in attempt.jobs if not job.is_replaced]
        if any(job.status != "completed" for job in latest):
            is_begun = any(job.started for job in attempt.jobs)
            attempt.status = "in_progress" if is_begun else "queued"
            attempt.updated = self.settings.end
            return
        words = {job.conclusion for job in latest if not job.may_fail}
        attempt.conclusion = next(
            word
            for word in ("failure", "timed_out", "cancelled", "manual", "success")
            if word in words
        )
        if attempt.conclusion == "timed_out":
            attempt.conclusion = "failure"
        ends = [job.completed for job in attempt.jobs if job.completed is not None]
        attempt.updated = max(ends, default=run.created + 2)
        if attempt.conclusion == "failure" and not attempt.cause:
            attempt.cause = next(iter(causes)) if len(causes) == 1 else "mixed"


def _word_after(stage: list[Job]) -> str:
    """What becomes of the stage behind this one: `go`, `skipped`, `cancelled` or nothing yet."""
    if any(job.status != "completed" for job in stage):
        return ""
    if any(job.conclusion == "cancelled" for job in stage):
        return "cancelled"
    words = {job.conclusion for job in stage if not job.may_fail}
    return "go" if words == {"success"} else "skipped"


def _end_of(stage: list[Job]) -> int:
    """The second in which the stage behind this one begins."""
    return max(job.completed or 0 for job in stage) + 1

"""Executes a planned run: attempts, jobs, steps, test outcomes, and the cause when it fails."""

import random
from dataclasses import dataclass, field

from examples.simulator.ci import Attempt, Job, Results, Run
from examples.simulator.deployments import DeploymentPlan
from examples.simulator.history import History
from examples.simulator.organisation import Repository
from examples.simulator.outcomes import Outcomes
from examples.simulator.settings import DAY, HOUR, MINUTE, Settings, is_weekend
from examples.simulator.suites import environment_of


@dataclass(slots=True)
class Executor:
    """Runs everything of one repository; job ids grow as jobs are made."""

    settings: Settings
    history: History
    outcomes: Outcomes
    rng: random.Random
    job_count: int = 0
    outage: tuple[int, int] = (0, 0)
    saturated: tuple[int, int] = (0, 0)
    forced: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        wednesday = self.settings.monday(int(self.settings.days * 0.45)) + 2
        day = self.settings.start + wednesday * DAY
        if "outage" in self.repository.extras:
            self.outage = (day + 8 * HOUR, day + 17 * HOUR)
        if "saturated" in self.repository.extras:
            self.saturated = (self.settings.at(0.58), self.settings.at(0.76))

    @property
    def repository(self) -> Repository:
        """The repository at work."""
        return self.history.repository

    def execute(self, run: Run) -> None:
        """Fill `run.attempts`."""
        if run.fate in ("startup", "approval", "skipped"):
            self._without_jobs(run)
            return
        started, actor, redo = run.created, run.actor, None
        for number in range(1, 4):
            attempt = Attempt(number, started, actor)
            run.attempts.append(attempt)
            self._attempt(run, attempt, redo)
            if attempt.status != "completed" or attempt.conclusion not in ("failure", "timed_out"):
                return
            chance = {"flaky_only": 0.75, "infrastructure": 0.7, "timeout": 0.7, "mixed": 0.3}.get(
                attempt.cause, 0.15
            )
            is_once = run.deployment is not None or run.cancel_at is not None
            if is_once or self.rng.random() >= chance:
                return
            started = attempt.updated + self.rng.randrange(2 * MINUTE, 40 * MINUTE)
            if started > self.settings.end - HOUR:
                return
            bad = {job.name for job in attempt.jobs if job.conclusion not in ("success", "neutral")}
            redo = bad if self.rng.random() < 0.7 else None
            actor = self.rng.choice((run.actor, "ada-simulated"))

    def _without_jobs(self, run: Run) -> None:
        conclusion = {
            "startup": "startup_failure",
            "approval": "action_required",
            "skipped": "skipped",
        }
        attempt = Attempt(1, run.created, run.actor, conclusion=conclusion[run.fate])
        attempt.updated = run.created + 2
        if run.fate == "skipped":
            attempt.jobs.append(
                self._job(
                    "auto-merge" if run.workflow.name != "CI" else "build",
                    run.created,
                    None,
                    None,
                    "skipped",
                    ("ubuntu-latest",),
                )
            )
        attempt.cause = "configuration" if run.fate == "startup" else ""
        run.attempts.append(attempt)

    def _attempt(self, run: Run, attempt: Attempt, redo: set[str] | None) -> None:
        clock = attempt.started + 1
        causes: set[str] = set()
        if run.deployment is not None:
            self._deploy_jobs(run, run.deployment, attempt, clock)
        elif run.fate == "label":
            self._work(run, attempt, "auto-merge", clock, 8, causes)
        else:
            self._test_jobs(run, attempt, clock, redo, causes)
        self._close(run, attempt, causes)

    def _test_jobs(
        self, run: Run, attempt: Attempt, clock: int, redo: set[str] | None, causes: set[str]
    ) -> None:
        broken = run.commit.build_broken
        ready = clock
        # The shards of an environment share its fate.
        self.down = {
            environment_of(name)
            for name in self.repository.environments
            if self._in_outage(attempt) and (self.rng.random() < 0.7 or self._force("outage", run))
        }
        if redo is None or "lint" in redo:
            self._work(run, attempt, "lint", clock, 25, causes)
        if redo is None or "build" in redo:
            build = self._work(run, attempt, "build", clock, 60, causes, "build" if broken else "")
            if build.completed is None:
                return
            ready = build.completed + 1
            if build.conclusion != "success":
                for name in self.repository.environments:
                    skipped = build.conclusion == "failure"
                    attempt.jobs.append(
                        self._job(
                            name,
                            ready,
                            None,
                            None,
                            "skipped" if skipped else "cancelled",
                            ("ubuntu-latest",),
                        )
                    )
                return
        for name in self.repository.environments:
            if redo is None or name in redo:
                self._test_job(run, attempt, name, ready, causes)
        if "aggregate" in self.repository.extras and redo is None:
            ends = [job.completed for job in attempt.jobs if job.conclusion != "cancelled"]
            if len(ends) == len(attempt.jobs) and None not in ends:
                after = max(end for end in ends if end is not None) + 1
                self._work(run, attempt, "report", after, 9, causes)

    def _in_outage(self, attempt: Attempt) -> bool:
        return self.outage[0] <= attempt.started < self.outage[1]

    def _is_early(self) -> bool:
        """Whether a job begins before it was made, because clocks of runners differ."""
        return self.rng.random() < 0.002

    def _queue(self, at: int, labels: tuple[str, ...]) -> int:
        hosted = self.rng.randrange(1, 16)
        if labels[0] != "self-hosted":
            return hosted
        if (
            self.saturated[0] <= at < self.saturated[1]
            and not is_weekend(at)
            and 8 <= at % DAY // HOUR < 17
        ):
            return self.rng.randrange(240, 1500)
        return hosted + self.rng.randrange(2, 30)

    def _work(
        self,
        run: Run,
        attempt: Attempt,
        name: str,
        created: int,
        seconds: int,
        causes: set[str],
        failing: str = "",
        results: Results | None = None,
    ) -> Job:
        """A job that works for about `seconds`; `failing` names the cause when it goes wrong."""
        labels = (
            ("self-hosted", "linux") if "saturated" in self.repository.extras else (_image(name),)
        )
        started = created + self._queue(created, labels)
        if self._is_early():
            started = created - 1
        took = 6 + int(seconds * self.rng.uniform(0.85, 1.25))
        conclusion = "failure" if failing else "success"
        limit = self.settings.end
        if failing == "timeout":
            conclusion, took = "timed_out", 1800
        if run.cancel_at is not None:
            if started >= run.cancel_at:
                job = self._job(name, created, None, run.cancel_at, "cancelled", labels)
                attempt.jobs.append(job)
                return job
            if started + took > run.cancel_at:
                took, conclusion, failing = run.cancel_at - started + 1, "cancelled", ""
        if started > limit or started + took > limit:
            job = self._job(
                name, created, started if started <= limit else None, None, None, labels
            )
            if created <= limit:
                attempt.jobs.append(job)
            return job
        job = self._job(name, created, started, started + took, conclusion, labels)
        job.results = results if conclusion in ("success", "failure") else None
        where = "setup" if failing == "infrastructure" and results is None else failing
        job.steps = _steps(name, started, started + took, conclusion, where)
        if failing:
            causes.add(failing)
        attempt.jobs.append(job)
        return job

    def _job(
        self,
        name: str,
        created: int,
        started: int | None,
        completed: int | None,
        conclusion: str | None,
        labels: tuple[str, ...],
    ) -> Job:
        self.job_count += 1
        identifier = 42_000_000_000 + self.repository.index * 100_000_000 + self.job_count * 13 + 5
        status = "completed" if conclusion else ("queued" if started is None else "in_progress")
        runner = f"{labels[0]}-{self.rng.randrange(1, 9)}" if started is not None else None
        if conclusion == "skipped":
            started = completed = created
        elif conclusion == "cancelled" and completed is None:
            completed = created
        return Job(
            identifier, name, created, started, completed, status, conclusion, labels, runner
        )

    def _test_job(
        self, run: Run, attempt: Attempt, name: str, ready: int, causes: set[str]
    ) -> None:
        environment = environment_of(name)
        # The first run is whole, so that everything a repository uploads was seen from the start.
        roll = self.rng.random() if run.number > 1 else 0.5
        lost = 0.5 if self._in_outage(attempt) and environment not in self.down else 0.004
        if roll < lost or self._force("setup", run):
            self._work(run, attempt, name, ready, 30, causes, "infrastructure")
            return
        if roll > 0.9975 or self._force("timeout", run):
            self._work(run, attempt, name, ready, 30, causes, "timeout")
            return
        results = self.outcomes.results(run, name, is_down=environment in self.down)
        kinds = set(results.kinds)
        cause = ""
        if kinds:
            cause = {1: next(iter(kinds))}.get(len(kinds), "mixed")
        seconds = 30 + self.outcomes.seconds(results)
        self._work(run, attempt, name, ready, seconds, causes, cause, results)

    def _force(self, what: str, run: Run) -> bool:
        """Let a rare thing happen once even in a small organisation, in the second half of time."""
        if what in self.forced:
            return False
        if what != "outage" and (run.event != "push" or run.created < self.settings.at(0.6)):
            return False
        self.forced.add(what)
        return True

    def _deploy_jobs(self, run: Run, plan: DeploymentPlan, attempt: Attempt, clock: int) -> None:
        labels = ("ubuntu-latest",)
        end = plan.finished or plan.created + 4 * MINUTE
        waiting = plan.outcome == "queued"
        bad = plan.outcome in ("failure", "error")
        conclusion = "skipped" if waiting else "failure" if bad else "success"
        job = self._job(
            f"deploy {plan.environment}",
            clock,
            None if waiting else clock + 4,
            None if waiting else end - 2,
            conclusion,
            labels,
        )
        if not waiting:
            job.steps = _steps(
                job.name, clock + 4, end - 2, conclusion, "deployment" if bad else ""
            )
        plan.run_id, plan.job_id = run.id, job.id
        attempt.jobs.append(job)
        attempt.cause = "deployment" if bad else ""

    def _close(self, run: Run, attempt: Attempt, causes: set[str]) -> None:
        jobs = attempt.jobs
        if any(job.status != "completed" for job in jobs) or not jobs:
            attempt.status = "in_progress" if any(job.started for job in jobs) else "queued"
            attempt.updated = self.settings.end
            return
        words = {job.conclusion for job in jobs}
        for word in ("failure", "timed_out", "cancelled", "success", "skipped"):
            if word in words:
                attempt.conclusion = word
                break
        attempt.updated = max(job.completed or 0 for job in jobs) + self.rng.randrange(1, 5)
        if attempt.conclusion in ("failure", "timed_out") and not attempt.cause:
            attempt.cause = next(iter(causes)) if len(causes) == 1 else "mixed"


def _image(name: str) -> str:
    for image in ("windows-latest", "macos-latest"):
        if image in name:
            return image
    return "ubuntu-latest"


def _steps(name: str, started: int, completed: int, conclusion: str, failing: str) -> tuple:
    """Steps of a job: (name, conclusion, started, completed); the failing one stops the rest."""
    names = ["Set up job", "Check out the code", f"Run {name}", "Upload reports", "Complete job"]
    bad = {"setup": 0}.get(failing, 2) if conclusion != "success" else None
    early = [min(started + wait, completed) for wait in (0, 2, 4)]
    cuts = [*early, *(max(completed - rest, early[-1]) for rest in (2, 1, 0))]
    made = []
    for position, step in enumerate(names):
        word = "success"
        if bad is not None and position == bad:
            word = "cancelled" if conclusion == "cancelled" else "failure"
        elif bad is not None and bad < position < 3:
            word = "skipped"
        made.append((step, word, cuts[position], cuts[position + 1]))
    return tuple(made)

"""Workflow runs of one simulated repository before they are executed: what starts, when and why."""

import random
from dataclasses import dataclass, field

from examples.simulator.deployments import DeploymentPlan
from examples.simulator.history import Commit, History, PullRequest
from examples.simulator.organisation import BOT, Repository
from examples.simulator.settings import DAY, HOUR, MINUTE, Settings
from examples.simulator.suites import Case


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file."""

    id: int
    name: str
    path: str


@dataclass(slots=True, eq=False)
class Run:
    """One workflow run with its attempts."""

    workflow: Workflow
    event: str
    commit: Commit
    created: int
    actor: str
    branch: str
    pull: PullRequest | None = None
    fate: str = "normal"
    cancel_at: int | None = None
    deployment: DeploymentPlan | None = None
    id: int = 0
    number: int = 0
    attempts: list["Attempt"] = field(default_factory=list)
    parent: "Run | None" = None
    children: list["Run"] = field(default_factory=list)

    @property
    def is_fork(self) -> bool:
        """Whether the head lies in a fork."""
        return self.pull is not None and self.pull.story.is_fork


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt of a run."""

    number: int
    started: int
    actor: str
    jobs: list["Job"] = field(default_factory=list)
    status: str = "completed"
    conclusion: str | None = None
    updated: int = 0
    cause: str = ""

    @property
    def running_seconds(self) -> int | None:
        """Time in which the last tries of jobs ran, at once or one after the other."""
        spans = sorted(
            (job.started, job.completed)
            for job in self.jobs
            if job.started is not None
            and job.completed is not None
            and not job.is_replaced
            and job.conclusion != "skipped"
        )
        spent = until = 0
        for started, ended in spans:
            spent += max(0, ended - max(started, until))
            until = max(until, ended)
        return spent if spans else None


@dataclass(slots=True, eq=False)
class Job:
    """One job of an attempt; times in seconds, None where they have not happened.

    Only GitLab has more than steps and results: a `stage`, the `reason` of a failure, jobs that may
    fail, a job that `replaces` an earlier try in the same attempt, and a pipeline as its `child`.
    """

    id: int
    name: str
    created: int
    started: int | None
    completed: int | None
    status: str
    conclusion: str | None
    labels: tuple[str, ...]
    runner: str | None
    steps: tuple[tuple[str, str, int, int], ...] = ()
    results: "Results | None" = None
    stage: str = ""
    reason: str = ""
    may_fail: bool = False
    replaces: "Job | None" = None
    is_replaced: bool = False
    child: "Run | None" = None

    @property
    def tries_before(self) -> int:
        """How often it was tried before in the same attempt."""
        return 0 if self.replaces is None else 1 + self.replaces.tries_before


@dataclass(slots=True, eq=False)
class Results:
    """What the tests of a job gave.

    `cases` is the suite of the job, `variant` picks the durations; `tries` holds the tests that did
    not just pass: index → ((status, message), …) in order, the last one counts. `readable` is how
    many cases a reader can still read (None: all; 0: the report is lost).
    """

    cases: tuple[Case, ...]
    variant: int
    tries: dict[int, tuple[tuple[str, str], ...]]
    environment: str
    readable: int | None = None
    kinds: frozenset[str] = frozenset()


def workflows(repository: Repository) -> dict[str, Workflow]:
    """The workflow files of a repository by a short name."""
    base = 70_000_000 + repository.index * 100
    return {
        "ci": Workflow(base + 1, "CI", ".github/workflows/ci.yml"),
        "nightly": Workflow(base + 2, "Nightly", ".github/workflows/nightly.yml"),
        "deploy": Workflow(base + 3, "Deploy", ".github/workflows/deploy.yml"),
        "label": Workflow(base + 4, "Dependency auto-merge", ".github/workflows/auto-merge.yml"),
    }


def plan_runs(
    settings: Settings, history: History, deployments: list[DeploymentPlan], rng: random.Random
) -> list[Run]:
    """All runs in the order of their creation, with ids and numbers."""
    files = workflows(history.repository)
    runs = _pull_runs(settings, history, files, rng)
    for commit in history.main:
        runs.append(
            Run(
                files["ci"],
                "push",
                commit,
                commit.committed + rng.randrange(2, 9),
                commit.author,
                "main",
            )
        )
        if rng.random() < 0.015:
            runs[-1].fate = "startup"
    _nightly_runs(settings, history, files, runs)
    for plan in deployments:
        runs.append(
            Run(
                files["deploy"],
                "workflow_dispatch",
                plan.triggered_at,
                plan.created - 20,
                plan.actor,
                "main",
                deployment=plan,
            )
        )
    runs = sorted((run for run in runs if run.created <= settings.end), key=lambda run: run.created)
    if not any(run.fate == "startup" for run in runs):
        next(run for run in runs[len(runs) // 3 :] if run.event == "push").fate = "startup"
    numbers: dict[int, int] = {}
    for order, run in enumerate(runs):
        run.id = 15_000_000_000 + history.repository.index * 10_000_000 + order * 17 + 1
        numbers[run.workflow.id] = run.number = numbers.get(run.workflow.id, 0) + 1
    return runs


def _pull_runs(
    settings: Settings, history: History, files: dict[str, Workflow], rng: random.Random
) -> list[Run]:
    runs = []
    for pull in history.pulls:
        story = pull.story
        for order, head in enumerate(pull.heads):
            created = head.committed + rng.randrange(3, 12)
            run = Run(files["ci"], "pull_request", head, created, story.author, story.branch, pull)
            runs.append(run)
            following = pull.heads[order + 1].committed if order + 1 < len(pull.heads) else None
            if following is not None and following - created < 5 * MINUTE:
                run.fate, run.cancel_at = "cancelled", following + 4
            elif story.is_fork and order == 0:
                run.fate = "approval"
            elif story.kind == "draft" and order == 0 and story.is_draft:
                run.fate = "skipped"
            elif rng.random() < 0.012 or (pull.number == 5 and order == 0):
                again = Run(
                    files["ci"],
                    "pull_request",
                    head,
                    created + rng.randrange(HOUR, 3 * HOUR),
                    story.author,
                    story.branch,
                    pull,
                )
                runs.append(again)
            if history.repository.index % 5 == 1 and order == 0:
                label = Run(
                    files["label"], "pull_request", head, created, story.author, story.branch, pull
                )
                label.fate = "label" if story.author == BOT else "skipped"
                runs.append(label)
    return runs


def _nightly_runs(
    settings: Settings, history: History, files: dict[str, Workflow], runs: list[Run]
) -> None:
    if history.repository.index % 2 == 0:
        return
    step = min(7, max(1, round(1 / settings.density)))
    for day in range(1, settings.days, step):
        at = settings.start + day * DAY + 2 * HOUR + history.repository.index * MINUTE
        commit = max((c for c in history.main if c.committed < at), key=lambda c: c.committed)
        runs.append(Run(files["nightly"], "schedule", commit, at, commit.author, "main"))

"""A pool of two runners that is too small for a fortnight, so that load tests wait for a free one.

Elsewhere waiting is drawn at random; here it follows from the queue. Tests are begun in the order
in which they were asked for, each as soon as one of the runners is free, which takes a few seconds
more. Weeks with a third of the work that the runners can do come before weeks with more than all.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from examples.simulator.ci import Attempt, Job, Run, Workflow
from examples.simulator.history import History
from examples.simulator.settings import DAY, HOUR, MINUTE, Settings, is_weekend
from examples.simulator.tables import write_table

REPOSITORY = "storefront-web"
GROUP = "Load lab"
LABELS = ("self-hosted", "load")
CAPACITY = 2
OPENS, _CLOSES = 8 * HOUR, 18 * HOUR
_CALM, _BUSY = 6, 27
_SHORTEST, _LONGEST = 50 * MINUTE, 70 * MINUTE


@dataclass(frozen=True, slots=True)
class Term:
    """Days of the period (0 is the first): it opens, is saturated from a Monday on, recovers."""

    first: int
    saturated: int
    recovered: int

    @classmethod
    def of(cls, settings: Settings) -> "Term | None":
        """Four weeks before and two weeks of saturation, as far as the period goes.

        None when less than two weeks come before: nothing could be said of them.
        """
        monday = settings.monday(int(settings.days * 0.82))
        if monday < 14:
            return None
        return cls(max(0, monday - 28), monday, min(monday + 14, settings.days))


@dataclass(frozen=True, slots=True)
class LoadTest:
    """One load test: asked for, begun and ended (seconds), and the runner it had."""

    created: int
    started: int
    completed: int
    runner: int


def load_tests(settings: Settings) -> Iterator[LoadTest]:
    """All tests in the order of time: what was asked for, and when a runner was free for it."""
    rng = settings.random("load lab")
    free = [(0, number) for number in range(1, CAPACITY + 1)]
    term = Term.of(settings)
    if term is None:
        return
    for day in range(term.first, settings.days):
        morning = settings.start + day * DAY + OPENS
        if is_weekend(morning):
            continue
        count = _BUSY if term.saturated <= day < term.recovered else _CALM
        slot = (_CLOSES - OPENS) / count
        for number in range(count):
            created = morning + int((number + rng.uniform(0.25, 0.75)) * slot)
            if created > settings.end:
                return
            since, runner = heapq.heappop(free)
            started = max(created, since) + rng.randrange(2, 12)
            completed = started + rng.randrange(_SHORTEST, _LONGEST)
            heapq.heappush(free, (completed, runner))
            yield LoadTest(created, started, completed, runner)


def load_runs(settings: Settings, history: History) -> list[Run]:
    """The runs of the lab's repository, executed; of every other repository none."""
    repository = history.repository
    if repository.name != REPOSITORY:
        return []
    workflow = Workflow(
        70_000_000 + repository.index * 100 + 5, "Load test", ".github/workflows/load-test.yml"
    )
    runs = []
    for order, test in enumerate(load_tests(settings)):
        commit = max(
            (one for one in history.main if one.committed < test.created),
            key=lambda one: one.committed,
        )
        run = Run(workflow, "schedule", commit, test.created - 1, commit.author, "main")
        # Numbers far from those of other runs and jobs, which stay as they are.
        run.id = 15_005_000_000 + repository.index * 10_000_000 + order * 17 + 1
        run.number = order + 1
        attempt = Attempt(1, run.created, commit.author)
        job = _job(settings, test, 42_050_000_005 + repository.index * 100_000_000 + order * 13)
        attempt.jobs.append(job)
        if job.completed is None:
            attempt.status = "queued" if job.started is None else "in_progress"
            attempt.updated = settings.end
        else:
            attempt.conclusion, attempt.updated = "success", job.completed + 2
        run.attempts.append(attempt)
        runs.append(run)
    return runs


def write_capacity(folder: Path) -> None:
    """Write the organisation's table that says how many runners the lab has."""
    labels = ",".join(f'"{label}"' for label in LABELS)
    write_table(
        folder / "runner_capacities.csv",
        ("vendor", "runner_group_name", "runner_labels", "capacity_count"),
        [("github_actions", GROUP, f"[{labels}]", CAPACITY)],
    )


def _job(settings: Settings, test: LoadTest, identifier: int) -> Job:
    """The job of a test as it was when the organisation was looked at."""
    started = test.started if test.started <= settings.end else None
    completed = test.completed if test.completed <= settings.end else None
    status = "queued" if started is None else "in_progress" if completed is None else "completed"
    return Job(
        identifier, "load", test.created, started, completed, status,
        None if completed is None else "success", LABELS,
        None if started is None else f"load-{test.runner}",
    )  # fmt: skip

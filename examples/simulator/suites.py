"""Test suites as the runners see them: which cases exist at a commit, and how each one behaves."""

import random
from dataclasses import dataclass, field

from examples.simulator.history import Commit
from examples.simulator.organisation import Repository
from examples.simulator.settings import DAY, Settings
from examples.simulator.tree import State, TestDefinition

VARIANTS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One test in one state of the tree, as reported; `ms` are its possible durations."""

    uid: int
    name: str
    class_name: str
    path: str
    line: int
    group: str
    ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a test misbehaves from `since` to `until` (seconds).

    Kinds: `flaky` (fails with `rate`), `environment` (always fails in `environment`), `skipped`,
    `quarantined` (expected failure).
    """

    uid: int
    kind: str
    since: int
    until: int
    rate: float = 0.0
    environment: str = ""
    message: str = ""
    is_error: bool = False
    story: str = ""


@dataclass(slots=True)
class Catalogue:
    """All suites of a repository; a suite is made once and shared by the commits that have it."""

    repository: Repository
    behaviours: dict[int, list[Behaviour]]
    made: dict[tuple, tuple[Case, ...]] = field(default_factory=dict)
    known: dict[Commit, tuple[Case, ...]] = field(default_factory=dict)
    slices: dict[tuple[int, str], tuple[Case, ...]] = field(default_factory=dict)

    def suite(self, commit: Commit) -> tuple[Case, ...]:
        """Every test of the commit, ordered by file and position."""
        if commit in self.known:
            return self.known[commit]
        tests = sorted(commit.state.tests.values(), key=lambda test: (test.file, test.line))
        key = tuple((test.uid, test.name, commit.state.files[test.file].path) for test in tests)
        if key not in self.made:
            self.made[key] = tuple(_case(self.repository, commit.state, test) for test in tests)
        self.known[commit] = self.made[key]
        return self.made[key]

    def cases(self, commit: Commit, job: str) -> tuple[Case, ...]:
        """The cases that a job runs at a commit."""
        suite = self.suite(commit)
        key = (id(suite), job)
        if key not in self.slices:
            self.slices[key] = _slice(suite, job)
        return self.slices[key]


def environment_of(job: str) -> str:
    """Name of a job without its shard: the environment that flake states are kept by."""
    return job.split(" (shard ", 1)[0]


def _slice(suite: tuple[Case, ...], job: str) -> tuple[Case, ...]:
    if job.startswith(("unit (shard", "integration")):
        files = sorted({case.path for case in suite})
        order = {path: position for position, path in enumerate(files)}
        wanted = {"unit (shard 1/2)": (0,), "unit (shard 2/2)": (1,)}.get(job, (2,))
        return tuple(case for case in suite if order[case.path] % 3 in wanted)
    return suite


def _case(repository: Repository, state: State, test: TestDefinition) -> Case:
    path = state.files[test.file].path
    stem = path.rsplit(".", 1)[0]
    folder, base = stem.rsplit("/", 1)
    name = test.name
    if repository.dialect == "pytest":
        class_name, group = stem.replace("/", "."), "pytest"
    elif repository.dialect == "surefire":
        class_name = group = stem.removeprefix("src/test/java/").replace("/", ".")
    elif repository.dialect == "jest":
        group = f"{folder.split('/')[1]} {base.split('.')[0]}"
        class_name = f"{group} {test.name}"
    else:
        class_name = group = f"example.com/simulated-org/{repository.name}/{folder}"
    ms = tuple(
        max(1, round(test.base_ms * (0.82 + 0.045 * ((test.uid + step) % VARIANTS))))
        for step in range(VARIANTS)
    )
    return Case(test.uid, name, class_name, path, test.line, group, ms)


def plan_behaviours(
    settings: Settings, repository: Repository, state: State, rng: random.Random
) -> dict[int, list[Behaviour]]:
    """Choose the tests that misbehave, and how."""
    tests = sorted(state.tests)
    rng.shuffle(tests)
    whole = (settings.start, settings.end + DAY)
    found: list[Behaviour] = []

    def flaky(rate: float, since: int, until: int, story: str) -> None:
        uid = tests.pop()
        message = rng.choice(
            (
                f"timed out after {rng.randrange(2, 30)} s waiting for the queue",
                "connection reset by peer",
                f"expected {rng.randrange(9)} rows but found {rng.randrange(10, 19)}",
            )
        )
        found.append(
            Behaviour(uid, "flaky", since, until, rate, "", message, rng.random() < 0.25, story)
        )

    # A tiny organisation runs a test some twenty times, so its flakes must be bolder to be seen.
    boost = 1.0 if settings.density >= 0.5 else 3.0
    flaky(min(0.3, 0.05 * boost), *whole, "always")
    flaky(min(0.25, 0.03 * boost), *whole, "always")
    flaky(min(0.35, 0.08 * boost), settings.at(0.55), whole[1], "flaky_from_a_date")
    flaky(min(0.35, 0.07 * boost), whole[0], settings.at(0.5), "fixed_on_a_date")
    flaky(0.01, *whole, "rare")
    if "environment" in repository.extras and len(repository.environments) > 1:
        found.extend(
            Behaviour(
                tests.pop(), "environment", settings.at(start), settings.at(start + 0.08), 1.0,
                repository.environments[-1], "path separator differs on this system",
            )
            for start in (0.3, 0.6)
        )  # fmt: skip
    found.extend(
        Behaviour(tests.pop(), "skipped", settings.at(0.2), whole[1], message="waits for login")
        for _ in range(3 if "skipped" in repository.extras else 1)
    )
    if repository.dialect == "pytest":
        known = (settings.at(0.35), settings.at(0.9))
        found.append(Behaviour(tests.pop(), "quarantined", *known, message="known to fail"))
    by_test: dict[int, list[Behaviour]] = {}
    for one in found:
        by_test.setdefault(one.uid, []).append(one)
    return by_test

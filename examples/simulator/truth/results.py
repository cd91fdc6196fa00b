"""Truth of test results: verdicts, retries, flake states, outages."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from examples.simulator.ci import Attempt, Job, Results, Run
from examples.simulator.organisation import ORGANISATION, Repository
from examples.simulator.owners import OwnershipHistory
from examples.simulator.suites import VARIANTS, Case
from examples.simulator.truth.tally import ALL, Entity, Tally, Window

_EXECUTED = ("passed", "failed", "errored")


@dataclass(slots=True)
class Execution:
    """What one run attempt executed in one environment; several jobs when the suite is split.

    Where jobs are tried again within the attempt, each try is an execution of its own.
    """

    tree: str
    environment: str
    week: str
    owners: int
    parts: list[tuple[tuple[Case, ...], dict[int, tuple[str, ...]]]] = field(default_factory=list)
    rows: int = 0
    bad: int = 0
    is_outage: bool = False


@dataclass(slots=True)
class _Tests:
    """Tests seen by entity and window; `unseen` are the cases of a suite not seen in a week yet."""

    active: set[tuple[Entity, Window, str, str]] = field(default_factory=set)
    flaky: set[tuple[Entity, Window, str, str]] = field(default_factory=set)
    unseen: dict[tuple[int, int, int, str], set[int]] = field(default_factory=dict)


class ResultTruth:
    """Counts the test results of one repository; `close` settles what needs the whole history."""

    def __init__(self, tally: Tally, repository: Repository, owners: OwnershipHistory) -> None:
        self._tally, self._repository, self._owners = tally, repository, owners
        self._whole: list[Entity] = [
            ("organisation", ORGANISATION),
            ("repository", repository.full_name),
        ]
        self._teams: dict[tuple[int, int], str] = {}
        self._slices: dict[tuple[int, int, int], Counter[str]] = {}
        self._executions: list[Execution] = []
        self._failed: dict[tuple[int, str], set[int]] = {}
        self._times: dict[tuple[int, int], int] = {}
        self._suites: dict[tuple[int, int], tuple[Case, ...]] = {}
        self._spent: dict[tuple[int, int, int], tuple[int, int]] = {}
        self.rows: Counter[str] = Counter()
        self.suites = 0
        self.flaky_states: Counter[int] = Counter()
        self.all_rows: Counter[int] = Counter()
        self.bad_rows: Counter[int] = Counter()

    def add(self, run: Run) -> None:
        """Count the results of a run."""
        self._failed.clear()
        for attempt in run.attempts:
            groups: dict[tuple[str, int], Execution] = {}
            for job in attempt.jobs:
                if job.results is None or job.results.readable == 0:
                    continue
                key = (job.results.environment, job.tries_before)
                execution = groups.get(key)
                if execution is None:
                    execution = groups[key] = Execution(
                        run.commit.tree_sha, job.results.environment,
                        self._tally.settings.week_start(run.created),
                        self._owners.version(run.commit.committed),
                    )  # fmt: skip
                is_last = not _is_replaced(attempt, job)
                failed = self._job(run, job, job.results, execution, is_last=is_last)
                self._failed.setdefault((run.id, job.name), set()).update(failed)
            self._executions.extend(groups.values())

    def _job(
        self, run: Run, job: Job, results: Results, execution: Execution, *, is_last: bool
    ) -> set[int]:
        """Count one job; returns the tests that failed in any try."""
        cases = results.cases if results.readable is None else results.cases[: results.readable]
        tries = {
            index: tuple(word for word, _ in found)
            for index, found in results.tries.items()
            if index < len(cases)
        }
        execution.parts.append((cases, tries))
        before = self._failed.get((run.id, job.name), set())
        passed = Counter(self._slice(cases, execution.owners))
        bad: Counter[str] = Counter()
        needed: Counter[str] = Counter()
        failed: set[int] = set()
        for index, words in tries.items():
            team = self._team(cases[index], execution.owners)
            self.rows.update(words)
            executed = [word for word in words if word in _EXECUTED]
            wrong = sum(word != "passed" for word in executed)
            execution.rows += len(executed)
            execution.bad += wrong
            self.all_rows[cases[index].uid] += len(executed)
            self.bad_rows[cases[index].uid] += wrong
            if wrong:
                failed.add(cases[index].uid)
            if words[-1] != "passed":
                passed[team] -= 1
                bad[team] += words[-1] in ("failed", "errored")
            elif wrong:
                needed[team] += 1
        self._plain(cases, tries)
        if before:
            for index, case in enumerate(cases):
                words = tries.get(index, ("passed",))
                if case.uid in before and words == ("passed",):
                    needed[self._team(case, execution.owners)] += 1
        plain = len(cases) - len(tries)
        self.rows["passed"] += plain
        execution.rows += plain
        for team in passed | bad if is_last else ():
            self._verdicts(team, execution.week, passed[team], bad[team], needed[team])
        self._durations(results, cases, execution.week)
        return failed

    def _verdicts(self, team: str, week: str, passed: int, bad: int, needed: int) -> None:
        entities = [*self._whole, ("team", team)]
        self._tally.add("test_pass_ratio", entities, week, passed, passed + bad)
        self._tally.add("test_failure_ratio", entities, week, bad, passed + bad)
        self._tally.add("retry_dependency_ratio", entities, week, needed, passed)

    def _plain(self, cases: tuple[Case, ...], tries: dict[int, tuple[str, ...]]) -> None:
        """Count one row for each case that just passed."""
        for index in tries:
            self.all_rows[cases[index].uid] -= 1
        key = (id(cases[0]), len(cases))
        self._times[key] = self._times.get(key, 0) + 1
        self._suites[key] = cases

    def _durations(self, results: Results, cases: tuple[Case, ...], week: str) -> None:
        key = (id(cases[0]), len(cases), results.variant)
        held = self._spent.get(key)
        if held is None:
            spent = sum(
                case.ms[(results.variant + index) % VARIANTS] for index, case in enumerate(cases)
            )
            held = self._spent[key] = (spent, len({case.group for case in cases}))
        total, suites = held
        if self._repository.dialect == "pytest":
            for index, found in results.tries.items():
                if len(found) > 1 and index < len(cases):
                    once = cases[index].ms[(results.variant + index) % VARIANTS]
                    total += once * (len(found) - 1)
        self.suites += suites
        self._tally.add("suite_duration_milliseconds", self._whole, week, total, suites)

    def _team(self, case: Case, version: int) -> str:
        key = (id(case), version)
        team = self._teams.get(key)
        if team is None:
            team = self._teams[key] = self._owners.team(version, case.path)[0]
        return team

    def _slice(self, cases: tuple[Case, ...], version: int) -> Counter[str]:
        """How many cases of a suite each team owns."""
        key = (id(cases[0]), len(cases), version) if cases else (0, 0, version)
        held = self._slices.get(key)
        if held is None:
            held = self._slices[key] = Counter(self._team(case, version) for case in cases)
        return held

    def close(self) -> None:
        """Find outages and flaky states, and count them."""
        for key, times in self._times.items():
            for case in self._suites[key]:
                self.all_rows[case.uid] += times
        sizes: dict[str, list[int]] = {}
        for one in self._executions:
            sizes.setdefault(one.environment, []).append(one.rows)
        usual = {name: median(found) for name, found in sizes.items()}
        states: dict[tuple[str, str], list[Execution]] = {}
        for one in self._executions:
            big = one.rows >= 20 and one.rows >= usual[one.environment] / 2
            one.is_outage = big and 2 * one.bad >= one.rows
            if not one.is_outage:
                states.setdefault((one.tree, one.environment), []).append(one)
        tests = _Tests()
        for found in states.values():
            suspects = _both_verdicts(found)
            self.flaky_states.update(suspects)
            for one in found:
                self._evidence(one, suspects, tests)
        for entity, window, _, _ in tests.active:
            self._tally.put("flaky_test_ratio", entity, window, 0, 1)
        for entity, window, _, _ in tests.flaky:
            self._tally.put("flaky_test_ratio", entity, window, 1, 0)

    def _evidence(self, one: Execution, suspects: set[int], found: "_Tests") -> None:
        """Count the rows of an execution outside outages, and the tests that it shows."""
        rows: Counter[str] = Counter()
        flaky_rows: Counter[str] = Counter()
        for cases, tries in one.parts:
            rows.update(self._slice(cases, one.owners))
            for index, words in tries.items():
                executed = sum(word in _EXECUTED for word in words)
                rows[self._team(cases[index], one.owners)] += executed - 1
            key = (id(cases[0]), len(cases), one.owners, one.week)
            unseen = found.unseen.setdefault(key, set(range(len(cases))))
            for index in list(unseen):
                if any(word in _EXECUTED for word in tries.get(index, ("passed",))):
                    unseen.discard(index)
                    found.active.update(self._keys(cases[index], one))
            for index, case in enumerate(cases) if suspects else ():
                executed = sum(word in _EXECUTED for word in tries.get(index, ("passed",)))
                if case.uid in suspects and executed:
                    flaky_rows[self._team(case, one.owners)] += executed
                    found.flaky.update(self._keys(case, one))
        for team, count in rows.items():
            entities = [*self._whole, ("team", team)]
            self._tally.add("flake_ratio", entities, one.week, flaky_rows[team], count)

    def _keys(self, case: Case, one: Execution) -> Iterator[tuple[Entity, Window, str, str]]:
        """The test once for each entity and window that an execution of it counts for."""
        for entity in (*self._whole, ("team", self._team(case, one.owners))):
            for window in (ALL, ("week", one.week)):
                yield entity, window, case.class_name, case.name


def _is_replaced(attempt: Attempt, job: Job) -> bool:
    """Whether a later try of the job in the same attempt has results, and so the last word."""
    return job.is_replaced and any(
        other.name == job.name
        and other.tries_before > job.tries_before
        and other.results is not None
        and other.results.readable != 0
        for other in attempt.jobs
    )


def _each(one: Execution) -> Iterator[tuple[Case, tuple[str, ...]]]:
    for cases, tries in one.parts:
        for index, case in enumerate(cases):
            yield case, tries.get(index, ("passed",))


def _both_verdicts(found: list[Execution]) -> set[int]:
    """Tests of a state that both passed and failed."""
    failed = {
        cases[index].uid
        for one in found
        for cases, tries in one.parts
        for index, words in tries.items()
        if "failed" in words or "errored" in words
    }
    if not failed:
        return failed
    return {
        case.uid
        for one in found
        for case, words in _each(one)
        if case.uid in failed and "passed" in words
    }

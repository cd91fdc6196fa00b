"""Collects the truth while repositories are written, and writes `truth/`."""

from collections.abc import Iterator
from pathlib import Path

from examples.simulator.archives import Uploads
from examples.simulator.ci import Run
from examples.simulator.coverage import CoverageWriter
from examples.simulator.deployments import Delivery
from examples.simulator.history import History
from examples.simulator.load_lab import REPOSITORY, load_tests
from examples.simulator.organisation import ORGANISATION, Repository, handle
from examples.simulator.owners import OwnershipHistory
from examples.simulator.settings import Settings, stamp
from examples.simulator.suites import Catalogue
from examples.simulator.tables import Table, write_table
from examples.simulator.truth import delivery as deliveries
from examples.simulator.truth import pipelines, saturation
from examples.simulator.truth.coverage import CoverageTruth
from examples.simulator.truth.delivery import Judged, count_delivery, judge
from examples.simulator.truth.pipelines import PipelineTruth, result_of
from examples.simulator.truth.results import ResultTruth
from examples.simulator.truth.tally import Tally

_TABLES = {
    "counts": ("table", "repository", "row_count"),
    "flaky_tests": (
        "repository", "file", "class_name", "name", "is_flaky", "kind", "story", "environment",
        "rate", "active_from", "active_to", "execution_count", "bad_count", "flaky_state_count",
        "team",
    ),
    "deployments": (
        "repository", "deployment_id", "service", "team", "environment", "sha", "created_at",
        "finished_at", "result", "is_counted", "kind", "is_failed", "failed_by", "incident_numbers",
        "recovered_at", "has_range", "change_count",
    ),
    "changes": (
        "repository", "service", "deployment_id", "sha", "committed_at", "finished_at",
        "change_lead_time_seconds",
    ),
    "failures": (
        "repository", "run_id", "run_attempt", "workflow", "event", "result", "cause",
        "failing_test_count",
    ),
    "owners": (
        "repository", "path", "valid_from", "valid_to", "owner", "team", "rule",
    ),
    "coverage": (
        "repository", "sha", "committed_at", "is_default_branch", "is_complete", "flags",
        "file_count", "lines_valid", "lines_covered",
    ),
    "saturations": saturation.HEADER,
}  # fmt: skip


class TruthFiles:
    """The open tables of `truth/` and the sums behind `metrics.csv`."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder, self.settings, self.tally = folder, settings, Tally(settings)
        self.tables = {
            name: Table(folder / f"{name}.csv", header) for name, header in _TABLES.items()
        }

    def close(self) -> None:
        """Write `metrics.csv`."""
        write_table(
            self.folder / "metrics.csv",
            (
                "metric", "grain", "entity", "window", "window_start_date", "numerator",
                "denominator", "value",
            ),
            self.tally.rows(pipelines.STATISTICS | deliveries.STATISTICS),
        )  # fmt: skip


class RepositoryTruth:
    """The truth of one repository: `run` for every run in order, then `close`."""

    def __init__(
        self, files: TruthFiles, history: History, catalogue: Catalogue, writer: CoverageWriter
    ) -> None:
        repository, tally = history.repository, files.tally
        self._files, self._history, self._catalogue = files, history, catalogue
        self._owners = history.owners or OwnershipHistory(repository, [(0, None)])
        self._pipelines = PipelineTruth(
            tally,
            [
                ("organisation", ORGANISATION),
                ("repository", repository.full_name),
                ("team", repository.team),
            ],
            repository.vendor,
        )
        self._results = ResultTruth(tally, repository, self._owners)
        self._coverage = CoverageTruth(tally, repository, writer)

    @property
    def _repository(self) -> Repository:
        return self._history.repository

    def run(self, run: Run) -> None:
        """Count one executed run."""
        self._pipelines.add(run)
        self._results.add(run)
        self._coverage.add(run)
        failed = []
        for attempt in run.attempts:
            result = result_of(attempt)
            if result in ("failure", "timed_out", "startup_failure"):
                count = sum(
                    found[-1][0] in ("failed", "errored")
                    for job in attempt.jobs
                    if job.results is not None and not job.is_replaced
                    for found in job.results.tries.values()
                )
                failed.append((
                    self._repository.full_name, run.id, attempt.number, run.workflow.name,
                    run.event, result, attempt.cause, count,
                ))  # fmt: skip
        self._files.tables["failures"].extend(failed)

    def close(self, delivery: Delivery, uploads: Uploads) -> None:
        """Settle and write what needs the whole history of the repository."""
        repository, tables = self._repository, self._files.tables
        self._results.close()
        coverage = list(self._coverage.close(uploads.coverage))
        tables["coverage"].extend(coverage)
        judged = judge(self._history, delivery)
        count_delivery(self._files.tally, self._files.settings, repository, judged)
        tables["deployments"].extend(self._deployments(delivery, judged))
        tables["changes"].extend(
            (
                repository.full_name, one.plan.service.name, one.plan.id, commit.sha,
                stamp(commit.committed), stamp(one.finished), one.finished - commit.committed,
            )
            for one in judged
            for commit in one.changes
        )  # fmt: skip
        tables["flaky_tests"].extend(self._tests())
        tables["owners"].extend(self._paths())
        if repository.name == REPOSITORY:
            tests = list(load_tests(self._files.settings))
            rows = saturation.saturation_rows(self._files.settings, repository.full_name, tests)
            tables["saturations"].extend(rows)
        counts = {
            "fct_workflow_runs": self._pipelines.runs,
            "fct_workflow_run_attempts": self._pipelines.attempts,
            "fct_workflow_runs.children": self._pipelines.children,
            "fct_job_attempts": self._pipelines.jobs,
            "fct_job_attempts.retried": self._pipelines.retried,
            "fct_job_attempts.soft_failures": self._pipelines.soft_failures,
            "fct_job_attempts.waiting_for_people": self._pipelines.waiting,
            "fct_test_results": self._results.rows.total(),
            **{f"fct_test_results.{word}": n for word, n in sorted(self._results.rows.items())},
            "fct_test_suite_results": self._results.suites,
            "test_reports": uploads.test_reports,
            "test_report_copies": uploads.copies,
            "test_reports_partial": uploads.partial,
            "test_reports_rejected": uploads.rejected,
            "coverage_reports": uploads.coverage_reports,
            "fct_coverage_files": sum(int(str(row[6])) for row in coverage),
            "fct_coverage_lines": sum(int(str(row[7])) for row in coverage),
            "fct_deployments": len(delivery.deployments),
            "fct_deployments.production_finished": len(judged),
            "fct_deployments.without_range": sum(not one.has_range for one in judged),
            "fct_incidents": len(delivery.incidents),
            "fct_commits": len(self._history.commits),
            "fct_commits.default_branch": len(deliveries.first_seen(self._history)),
            "fct_changes": len(self._history.pulls),
            "fct_changes.merged": sum(pull.merge is not None for pull in self._history.pulls),
            "fct_reviews": sum(len(pull.story.reviewers) for pull in self._history.pulls),
        }
        tables["counts"].extend((name, repository.full_name, n) for name, n in counts.items())

    def _deployments(self, delivery: Delivery, judged: list[Judged]) -> Iterator[tuple]:
        found = {one.plan.id: one for one in judged}
        for plan in delivery.deployments:
            one = found.get(plan.id)
            head = (
                self._repository.full_name, plan.id, plan.service.name, plan.service.team,
                plan.environment, plan.commit.sha, stamp(plan.created), stamp(plan.finished),
                plan.outcome,
            )  # fmt: skip
            if one is None:
                yield (*head, False, "", False, "", "", "", False, 0)
                continue
            numbers = "|".join(str(each.number) for each in one.incidents)
            yield (
                *head, True, one.kind, bool(one.failed_by), one.failed_by, numbers,
                stamp(one.recovered), one.has_range, len(one.changes),
            )  # fmt: skip

    def _tests(self) -> Iterator[tuple]:
        suite = self._catalogue.suite(self._history.main[-1])
        cases = {case.uid: case for case in suite}
        version = len(self._owners.versions) - 1
        for uid, behaviours in sorted(self._catalogue.behaviours.items()):
            case = cases[uid]
            for one in behaviours:
                yield (
                    self._repository.full_name, case.path, case.class_name, case.name,
                    one.kind == "flaky", one.kind, one.story, one.environment, one.rate,
                    stamp(one.since), stamp(one.until), self._results.all_rows[uid],
                    self._results.bad_rows[uid], self._results.flaky_states[uid],
                    self._owners.team(version, case.path)[0],
                )  # fmt: skip

    def _paths(self) -> Iterator[tuple]:
        """Owner of each path of the default branch over time, as intervals."""
        held: dict[str, tuple[int, tuple[str, str, str]]] = {}
        for commit in self._history.main:
            version = self._owners.version(commit.committed)
            now = {}
            for file in commit.state.files.values():
                team, rule = self._owners.team(version, file.path)
                owner = handle(team) if rule == "codeowners" else ""
                now[file.path] = (owner, team, rule)
            for path in [path for path, (_, value) in held.items() if now.get(path) != value]:
                since, value = held.pop(path)
                yield self._interval(path, since, commit.committed, value)
            for path, value in now.items():
                held.setdefault(path, (commit.committed, value))
        for path, (since, value) in held.items():
            yield self._interval(path, since, None, value)

    def _interval(
        self, path: str, since: int, until: int | None, value: tuple[str, str, str]
    ) -> tuple:
        return (self._repository.full_name, path, stamp(since), stamp(until), *value)

"""One repository from plan to files: git, GitHub pages, archives of reports."""

from dataclasses import dataclass, field
from pathlib import Path

from examples.simulator import github_objects as api
from examples.simulator.ci import Attempt, Job, Run, plan_runs
from examples.simulator.coverage import CoverageWriter
from examples.simulator.deployments import Delivery, plan_delivery
from examples.simulator.execution import Executor
from examples.simulator.git_writer import write_git
from examples.simulator.history import History, tell_history
from examples.simulator.junit import JUnitWriter
from examples.simulator.organisation import OWNER, Repository
from examples.simulator.settings import Settings
from examples.simulator.suites import Catalogue, plan_behaviours
from examples.simulator.writer import Lines, Pages, archive, flushing


@dataclass(slots=True)
class RepositoryFiles:
    """Writes one repository into an output folder."""

    settings: Settings
    repository: Repository
    root: Path
    artifact_count: int = 0
    junit: JUnitWriter = field(init=False)
    coverage: CoverageWriter = field(init=False)

    def __post_init__(self) -> None:
        self.junit = JUnitWriter(self.repository.dialect)
        self.coverage = CoverageWriter(self.repository)

    @property
    def folder(self) -> Path:
        """Where the pages lie."""
        return self.root / "github" / OWNER / self.repository.name

    def write(self, teams: list[str]) -> None:
        """Simulate and write the repository."""
        settings, repository = self.settings, self.repository
        history = tell_history(settings, repository, teams)
        write_git(history, self.root / "git" / f"{OWNER}__{repository.name}.git")
        delivery = plan_delivery(settings, history, settings.random(repository.name, "delivery"))
        behaviours = plan_behaviours(
            settings,
            repository,
            history.main[0].state,
            settings.random(repository.name, "behaviours"),
        )
        production = [plan for plan in delivery.deployments if plan.is_production]
        runs = plan_runs(settings, history, production, settings.random(repository.name, "runs"))
        executor = Executor(
            settings,
            history,
            Catalogue(repository, behaviours),
            settings.random(repository.name, "jobs"),
        )
        self.folder.mkdir(parents=True)
        self._runs(runs, executor)
        self._changes(history)
        self._deliveries(delivery)

    def _runs(self, runs: list[Run], executor: Executor) -> None:
        pages = Pages(self.folder, "runs", "workflow_runs", len(runs))
        earlier, jobs = Lines(self.folder, "attempts"), Lines(self.folder, "jobs")
        artifacts = Lines(self.folder, "artifacts")
        with flushing(pages, earlier, jobs, artifacts):
            for run in runs:
                executor.execute(run)
                listed: list[api.Json] = []
                for attempt in run.attempts:
                    shape = api.run_object(self.repository, run, attempt)
                    if attempt is run.attempts[-1]:
                        pages.add(shape)
                    else:
                        earlier.add(shape)
                    if attempt.jobs:
                        found = [
                            api.job_object(self.repository, run, attempt, job)
                            for job in attempt.jobs
                        ]
                        jobs.add({"total_count": len(found), "jobs": found})
                    for job in attempt.jobs:
                        listed += self._artifacts(run, attempt, job)
                if listed:
                    artifacts.add({"total_count": len(listed), "artifacts": listed})

    def _artifacts(self, run: Run, attempt: Attempt, job: Job) -> list[api.Json]:
        if job.results is None or job.completed is None:
            return []
        members = [
            (report.name, report.text.encode()) for report in self.junit.reports(job, job.results)
        ]
        slug = "-".join("".join(c if c.isalnum() or c == "." else " " for c in job.name).split())
        made = [self._archive(run, f"test-results-{slug}", members, job.completed - 2)]
        flag = self.flag_of(job.name)
        if flag and run.event != "schedule":
            name, text = self.coverage.report(run.commit.state, flag)
            made.append(
                self._archive(run, f"coverage-{flag}", [(name, text.encode())], job.completed - 1)
            )
        return made

    def flag_of(self, job: str) -> str:
        """Coverage flag that a job uploads, empty when it uploads none."""
        if job == "integration":
            return "integration"
        if job == self.repository.environments[0]:
            return "unit"
        return ""

    def _archive(self, run: Run, name: str, members: list[tuple[str, bytes]], at: int) -> api.Json:
        self.artifact_count += 1
        identifier = 6_000_000_000 + self.repository.index * 10_000_000 + self.artifact_count * 3
        path = self.folder / "artifacts" / str(run.id) / f"{identifier}.zip"
        size = archive(path, members)
        return api.artifact_object(self.repository, run, identifier, name, size, at, expired=False)

    def _changes(self, history: History) -> None:
        pages = Pages(self.folder, "pulls")
        commits = Lines(self.folder, "pull_commits", is_numbered=False)
        reviews = Lines(self.folder, "pull_reviews", is_numbered=False)
        with flushing(pages, commits, reviews):
            for pull in reversed(history.pulls):
                pages.add(api.pull_object(self.repository, pull))
                commits.add(api.pull_commit_objects(self.repository, pull))
                found = api.review_objects(self.repository, pull)
                if found:
                    reviews.add(found)

    def _deliveries(self, delivery: Delivery) -> None:
        (self.folder / "repository.json").write_text(
            api_text(
                api.repository_object(self.repository, self.settings.start, self.settings.end)
            ),
            encoding="utf-8",
        )
        pages, issues = Pages(self.folder, "deployments"), Pages(self.folder, "issues")
        statuses = Lines(self.folder, "deployment_statuses")
        with flushing(pages, issues, statuses):
            for plan in reversed(delivery.deployments):
                pages.add(api.deployment_object(self.repository, plan))
                statuses.add(api.status_objects(self.repository, plan))
            for incident in reversed(delivery.incidents):
                issues.add(api.issue_object(self.repository, incident))


def api_text(value: api.Json) -> str:
    """One object as a file."""
    from examples.simulator.writer import dumps

    return dumps(value) + "\n"

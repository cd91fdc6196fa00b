"""One repository from plan to files: git, GitHub pages, archives of reports.

What another vendor does otherwise is for a class of its own to say.
"""

from dataclasses import dataclass
from pathlib import Path

from examples.simulator import github_objects as api
from examples.simulator.archives import ArtifactWriter
from examples.simulator.ci import Run, plan_runs
from examples.simulator.deployments import Delivery, DeploymentPlan, plan_delivery
from examples.simulator.execution import Executor
from examples.simulator.git_writer import write_git
from examples.simulator.history import History, tell_history
from examples.simulator.load_lab import load_runs
from examples.simulator.organisation import OWNER, Repository
from examples.simulator.outcomes import Outcomes
from examples.simulator.settings import Settings
from examples.simulator.suites import Catalogue, plan_behaviours
from examples.simulator.truth.record import RepositoryTruth, TruthFiles
from examples.simulator.writer import Lines, Pages, dumps, flushing


@dataclass(slots=True)
class RepositoryFiles:
    """Writes one repository into an output folder."""

    settings: Settings
    repository: Repository
    root: Path
    truth: TruthFiles

    @property
    def folder(self) -> Path:
        """Where the pages lie."""
        return self.root / self.repository.vendor / OWNER / self.repository.name

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
        runs = self._plan(history, production)
        catalogue = Catalogue(repository, behaviours)
        outcomes = Outcomes(history, catalogue, settings.random(repository.name, "tests"))
        executor = self._executor(history, outcomes)
        self.folder.mkdir(parents=True)
        archives = self._archives()
        truth = RepositoryTruth(self.truth, history, catalogue, archives.coverage)
        self._runs(runs, executor, archives, truth)
        truth.close(delivery, archives.uploads)
        self._changes(history)
        self._deliveries(delivery)

    def _plan(self, history: History, production: list[DeploymentPlan]) -> list[Run]:
        """What starts, when and why."""
        rng = self.settings.random(self.repository.name, "runs")
        runs = plan_runs(self.settings, history, production, rng)
        return sorted([*runs, *load_runs(self.settings, history)], key=lambda run: run.created)

    def _executor(self, history: History, outcomes: Outcomes) -> Executor:
        rng = self.settings.random(self.repository.name, "jobs")
        return Executor(self.settings, history, outcomes, rng)

    def _archives(self) -> ArtifactWriter:
        return ArtifactWriter(self.settings, self.repository, self.folder)

    def _runs(
        self, runs: list[Run], executor: Executor, archives: ArtifactWriter, truth: RepositoryTruth
    ) -> None:
        pages = Pages(self.folder, "runs", "workflow_runs", len(runs))
        earlier, jobs = Lines(self.folder, "attempts"), Lines(self.folder, "jobs")
        artifacts = Lines(self.folder, "artifacts")
        with flushing(pages, earlier, jobs, artifacts):
            for run in runs:
                if not run.attempts:
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
                    listed += archives.attempt(run, attempt)
                if listed:
                    artifacts.add({"total_count": len(listed), "artifacts": listed})
                truth.run(run)

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
            dumps(api.repository_object(self.repository, self.settings.start, self.settings.end))
            + "\n",
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

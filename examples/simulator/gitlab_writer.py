"""One project of GitLab as saved answers of its API, and the archives of its jobs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from examples.simulator import gitlab_objects as api
from examples.simulator.archives import ArtifactWriter
from examples.simulator.ci import Attempt, Job, Run
from examples.simulator.deployments import Delivery, DeploymentPlan
from examples.simulator.execution import Executor
from examples.simulator.gitlab_execution import PipelineExecutor, plan_pipelines
from examples.simulator.history import History
from examples.simulator.outcomes import Outcomes
from examples.simulator.repository_writer import RepositoryFiles
from examples.simulator.truth.record import RepositoryTruth
from examples.simulator.writer import Lines, Pages, archive, dumps, flushing


@dataclass
class JobArchives(ArtifactWriter):
    """Writes one archive for each job, as GitLab keeps it; `listed` are the files of a job.

    What has expired is gone whole: the reports of tests and the coverage beside them.
    """

    listed: dict[int, list[api.Json]] = field(default_factory=dict)
    held: list[tuple[str, bytes]] = field(default_factory=list)
    is_expired: bool = False

    def attempt(self, run: Run, attempt: Attempt) -> list[api.Json]:
        """Write everything that the jobs of a pipeline keep."""
        for job in attempt.jobs:
            if job.results is not None and job.completed is not None:
                self._job(run, job, job.completed)
        return []

    def _job(self, run: Run, job: Job, at: int) -> None:
        self.held, self.is_expired = [], False
        self._tests(run, job, at)
        if not self.is_expired:
            self._coverage(run, job, at)
            path = self.folder / "artifacts" / str(run.id) / f"{job.id}.zip"
            size = archive(path, self.held)
            self.listed[job.id] = [
                {"file_type": "archive", "size": size, "filename": "artifacts.zip",
                 "file_format": "zip"},
                {"file_type": "junit", "size": len(self.held[0][1]), "filename": "junit.xml.gz",
                 "file_format": "gzip"},
            ]  # fmt: skip

    def _archive(
        self, run: Run, name: str, members: Sequence[tuple[str, str | bytes]], at: int
    ) -> api.Json:
        self.held += [
            (each, text.encode() if isinstance(text, str) else text) for each, text in members
        ]
        return {}

    def _object(self, run: Run, name: str, size: int, at: int, *, expired: bool) -> api.Json:
        self.is_expired = expired
        return {}


@dataclass
class ProjectFiles(RepositoryFiles):
    """Writes one project of GitLab into an output folder."""

    jobs: dict[int, api.Json] = field(default_factory=dict)

    def _plan(self, history: History, production: list[DeploymentPlan]) -> list[Run]:
        rng = self.settings.random(self.repository.name, "runs")
        return plan_pipelines(self.settings, history, production, rng)

    def _executor(self, history: History, outcomes: Outcomes) -> Executor:
        rng = self.settings.random(self.repository.name, "jobs")
        return PipelineExecutor(self.settings, history, outcomes, rng)

    def _archives(self) -> JobArchives:
        return JobArchives(self.settings, self.repository, self.folder)

    def _runs(
        self, runs: list[Run], executor: Executor, archives: ArtifactWriter, truth: RepositoryTruth
    ) -> None:
        details, jobs = Lines(self.folder, "pipelines"), Lines(self.folder, "jobs")
        bridges = Lines(self.folder, "bridges")
        with flushing(details, jobs, bridges):
            for planned in runs:
                executor.execute(planned)
                for run in (planned, *planned.children):
                    archives.attempt(run, run.attempts[-1])
                    found = self._jobs(run, archives)
                    details.add(api.pipeline_object(self.repository, run))
                    for kind, writer in ((False, jobs), (True, bridges)):
                        page = [one for one in found if ("downstream_pipeline" in one) is kind]
                        if page:
                            writer.add(page)
                    truth.run(run)

    def _jobs(self, run: Run, archives: ArtifactWriter) -> list[api.Json]:
        """The jobs of a pipeline, newest first; what deployed is kept for its deployment."""
        trace = {"file_type": "trace", "size": 2048, "filename": "job.log", "file_format": None}
        listed = archives.listed if isinstance(archives, JobArchives) else {}
        attempt = run.attempts[-1]
        found = [
            api.job_object(
                self.repository, run, attempt, job,
                [*listed.pop(job.id, []), trace] if job.started is not None else [],
            )
            for job in reversed(attempt.jobs)
        ]  # fmt: skip
        if run.deployment is not None:
            self.jobs |= {job["id"]: job for job in found}
        return found

    def _changes(self, history: History) -> None:
        pages = Pages(self.folder, "merge_requests")
        commits = Lines(self.folder, "merge_request_commits")
        notes = Lines(self.folder, "merge_request_notes")
        with flushing(pages, commits, notes):
            for pull in reversed(history.pulls):
                pages.add(api.merge_request_object(self.repository, pull))
                commits.add(api.commit_page(self.repository, pull))
                found = api.note_objects(self.repository, pull)
                if found:
                    notes.add(found)

    def _deliveries(self, delivery: Delivery) -> None:
        settings, repository = self.settings, self.repository
        project = api.project_object(repository, settings.start, settings.end)
        (self.folder / "project.json").write_text(dumps(project) + "\n", encoding="utf-8")
        names = sorted({plan.environment for plan in delivery.deployments})
        environments = self._pages("environments")
        deployments, issues = self._pages("deployments"), Pages(self.folder, "issues")
        with flushing(environments, deployments, issues):
            for name in names:
                environments.add(api.environment_object(repository, name, settings.start))
            for number, plan in reversed(list(enumerate(delivery.deployments, 1))):
                job = self.jobs.get(plan.job_id)
                deployments.add(api.deployment_object(repository, plan, number, job))
            for incident in reversed(delivery.incidents):
                issues.add(api.issue_object(repository, incident))

    def _pages(self, things: str) -> Pages:
        """Pages that say whose list they are, because their objects do not."""
        return Pages(self.folder, things, address=api.address(self.repository, things))

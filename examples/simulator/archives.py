"""Artifacts of test jobs: zipped reports, and the accidents that befall a few of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from examples.simulator.ci import Attempt, Job, Run
from examples.simulator.coverage import CoverageWriter
from examples.simulator.github_objects import Json, artifact_object
from examples.simulator.junit import JUnitWriter, Report, cut_report, merge_reports
from examples.simulator.organisation import Repository
from examples.simulator.settings import Settings
from examples.simulator.writer import archive

_GARBAGE = b"502 Bad Gateway\nsimulated\x00\xff\xfe\n"


@dataclass(slots=True)
class Uploads:
    """What reached the warehouse, for the truth."""

    test_reports: int = 0
    copies: int = 0
    rejected: int = 0
    partial: int = 0
    coverage: dict[str, set[str]] = field(default_factory=dict)
    coverage_reports: int = 0


@dataclass(slots=True)
class ArtifactWriter:
    """Writes the artifacts of one repository.

    Once each, where the repository is meant for it: a report that is cut off (its readable cases
    still count), one that is garbage and an artifact that has expired (their results are lost). Now
    and then the same report is uploaded twice, or a merged report beside its parts.
    """

    settings: Settings
    repository: Repository
    folder: Path
    junit: JUnitWriter = field(init=False)
    coverage: CoverageWriter = field(init=False)
    uploads: Uploads = field(default_factory=Uploads)
    count: int = 0
    done: set[str] = field(default_factory=set)
    merging: list[Report] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.junit = JUnitWriter(self.repository.dialect)
        self.coverage = CoverageWriter(self.repository)

    def attempt(self, run: Run, attempt: Attempt) -> list[Json]:
        """Write everything that the jobs of an attempt upload; returns the artifact objects."""
        made: list[Json] = []
        self.merging.clear()
        for job in attempt.jobs:
            if job.results is not None and job.completed is not None:
                made += self._tests(run, job, job.completed)
                made += self._coverage(run, job, job.completed)
        last = attempt.jobs[-1] if attempt.jobs else None
        is_merged = last is not None and last.name == "report" and run.number % 9 == 4
        is_merged = is_merged and len(self.merging) > 1
        if is_merged and last is not None and last.completed is not None:
            text = merge_reports(self.merging)
            self.uploads.copies += 1
            made.append(
                self._archive(
                    run, "test-results-merged", [("merged.xml", text)], last.completed - 1
                )
            )
        return made

    def _tests(self, run: Run, job: Job, at: int) -> list[Json]:
        if job.results is None:
            return []
        reports = self.junit.reports(job, job.results)
        members = [(report.name, report.text) for report in reports]
        name = f"test-results-{_slug(job.name)}"
        accident = self._accident(run, job)
        if accident == "expired":
            job.results.readable = 0
            return [self._object(run, name, 48_211, at - 2, expired=True)]
        if accident == "garbage":
            job.results.readable = 0
            self.uploads.rejected += 1
            return [self._archive(run, name, [(members[0][0], _GARBAGE)], at - 2)]
        if accident == "cut":
            cut, lost = cut_report(members[-1][1])
            members[-1] = (members[-1][0], cut)
            job.results.readable = len(job.results.cases) - lost
            self.uploads.partial += 1
        self.uploads.test_reports += len(members)
        self.merging += reports
        made = [self._archive(run, name, members, at - 2)]
        if "duplicate" in self.repository.extras and run.number % 23 == 7:
            self.uploads.copies += len(members)
            made.append(self._archive(run, f"{name}-again", members, at - 1))
        return made

    def _coverage(self, run: Run, job: Job, at: int) -> list[Json]:
        flag = flag_of(self.repository, job.name)
        if not flag or run.event == "schedule":
            return []
        name, text = self.coverage.report(run.commit.state, flag)
        self.uploads.coverage.setdefault(run.commit.sha, set()).add(flag)
        self.uploads.coverage_reports += 1
        return [self._archive(run, f"coverage-{flag}", [(name, text)], at - 1)]

    def _accident(self, run: Run, job: Job) -> str:
        """Accidents meet green reports of the default branch, so no cause is lost with them."""
        if run.event != "push" or job.results is None or job.conclusion != "success":
            return ""
        if any(
            found[0][0] not in ("skipped", "quarantined") for found in job.results.tries.values()
        ):
            return ""
        for place, accident in enumerate(("cut", "garbage", "expired")):
            is_due = run.created >= self.settings.at(0.3 + 0.1 * place)
            if is_due and accident in self.repository.extras and accident not in self.done:
                self.done.add(accident)
                return accident
        return ""

    def _archive(
        self, run: Run, name: str, members: Sequence[tuple[str, str | bytes]], at: int
    ) -> Json:
        made = self._object(run, name, 0, at, expired=False)
        path = self.folder / "artifacts" / str(run.id) / f"{made['id']}.zip"
        data = [(each, text.encode() if isinstance(text, str) else text) for each, text in members]
        made["size_in_bytes"] = archive(path, data)
        return made

    def _object(self, run: Run, name: str, size: int, at: int, *, expired: bool) -> Json:
        self.count += 1
        number = 6_000_000_000 + self.repository.index * 10_000_000 + self.count * 3
        return artifact_object(self.repository, run, number, name, size, at, expired=expired)


def flag_of(repository: Repository, job: str) -> str:
    """Coverage flag that a job uploads, empty when it uploads none."""
    if job == "integration":
        return "integration"
    return "unit" if job == repository.environments[0] else ""


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() or c == "." else " " for c in name).split())

"""Truth of coverage: merged lines per commit, and the newest complete commit of each window."""

from collections.abc import Iterator

from examples.simulator.ci import Run
from examples.simulator.coverage import CoverageWriter
from examples.simulator.history import Commit
from examples.simulator.organisation import ORGANISATION, Repository
from examples.simulator.settings import stamp
from examples.simulator.truth.tally import ALL, Tally, Window


class CoverageTruth:
    """Follows the uploads of one repository."""

    def __init__(self, tally: Tally, repository: Repository, writer: CoverageWriter) -> None:
        self._tally, self._repository, self._writer = tally, repository, writer
        self._newest: dict[Window, Commit] = {}
        self._commits: dict[str, Commit] = {}
        self._heads: set[str] = set()

    def add(self, run: Run) -> None:
        """Remember the commit of a run."""
        self._commits[run.commit.sha] = run.commit
        if run.event == "push" and run.branch == "main":
            self._heads.add(run.commit.sha)

    def close(self, uploads: dict[str, set[str]]) -> Iterator[tuple[object, ...]]:
        """Count the coverage ratios; yields the rows of `coverage.csv`."""
        expected = set(self._repository.flags)
        for sha, flags in uploads.items():
            commit = self._commits[sha]
            files = self._writer.counts(commit.state, tuple(sorted(flags)))
            valid, covered = sum(f[1] for f in files), sum(f[2] for f in files)
            complete, on_main = flags == expected, sha in self._heads
            yield (
                self._repository.full_name, sha, stamp(commit.committed), on_main, complete,
                "|".join(sorted(flags)), len(files), valid, covered,
            )  # fmt: skip
            if complete and on_main:
                week = self._tally.settings.week_start(commit.committed)
                for window in (ALL, ("week", week)):
                    held = self._newest.get(window)
                    if held is None or held.committed < commit.committed:
                        self._newest[window] = commit
        for window, commit in self._newest.items():
            files = self._writer.counts(commit.state, tuple(sorted(expected)))
            valid, covered = sum(f[1] for f in files), sum(f[2] for f in files)
            for entity in (
                ("organisation", ORGANISATION),
                ("repository", self._repository.full_name),
                ("team", self._repository.team),
            ):
                self._tally.put("global_coverage_ratio", entity, window, covered, valid)

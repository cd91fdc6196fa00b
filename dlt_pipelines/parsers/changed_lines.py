"""Coverage of changed lines: a diff joined to the lines of coverage reports.

    diff ──> changed lines ─┐
                            ├──> per file: coverable, hits, partials, misses, three ratios
    reports ──merged lines ─┘

A changed line that no report knows isn't coverable and counts nowhere. Where nothing is coverable
the ratios are None, never 1. Three readings of a line that ran with a branch never taken:
    line: it counts as covered (diff-cover);
    patch: it counts as not covered (Codecov);
    branch-weighted: lines and branches are counted alike,
        (covered lines + taken branches) / (coverable lines + branches) (SonarQube).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dlt_pipelines.parsers.coverage.merge import FileLines, LineCoverage, merge_reports
from dlt_pipelines.parsers.coverage.paths import PathResolver, clean_path
from dlt_pipelines.parsers.diff import DiffFile


@dataclass(frozen=True, slots=True)
class ChangedCoverage:
    """Coverage of the changed lines of one file, or of all of them.

    Attributes:
        path: The file, after the change; empty for the sum over files.
        changed: Lines added or modified.
        coverable: Those that a report knows.
        hits: Coverable lines that ran, all of their branches taken.
        partials: Coverable lines that ran with a branch never taken.
        misses: Coverable lines that never ran; `hits + partials + misses = coverable`.
        branches_valid: Branches of the coverable lines.
        branches_covered: Those that were taken.
        missing_lines: Numbers of the lines that never ran.
        partial_lines: Numbers of the partial lines.
        is_reported: A report knows the file.
    """

    path: str
    changed: int = 0
    coverable: int = 0
    hits: int = 0
    partials: int = 0
    misses: int = 0
    branches_valid: int = 0
    branches_covered: int = 0
    missing_lines: tuple[int, ...] = ()
    partial_lines: tuple[int, ...] = ()
    is_reported: bool = False

    @property
    def line_ratio(self) -> float | None:
        """Covered ÷ coverable, a partial line counted as covered."""
        return (self.hits + self.partials) / self.coverable if self.coverable else None

    @property
    def patch_ratio(self) -> float | None:
        """Covered ÷ coverable, a partial line counted as not covered."""
        return self.hits / self.coverable if self.coverable else None

    @property
    def branch_weighted_ratio(self) -> float | None:
        """Covered lines and branches ÷ coverable lines and branches."""
        valid = self.coverable + self.branches_valid
        covered = self.hits + self.partials + self.branches_covered
        return covered / valid if valid else None


@dataclass(frozen=True, slots=True)
class ReportLines:
    """One coverage report.

    Attributes:
        files: Path, as the report writes it → line → coverage.
        source_roots: Folders that its paths may be relative to.
    """

    files: Mapping[str, FileLines]
    source_roots: tuple[str, ...] = ()


def changed_coverage(
    diff: Iterable[DiffFile], reports: Iterable[ReportLines], *, expand: bool = False
) -> list[ChangedCoverage]:
    """Join a diff to the lines of reports, one result per file that exists after the change.

    Args:
        diff: Files of the diff.
        reports: Reports of the commit after the change; each names files its own way, so their
            paths are matched one report after the other, and the lines merged then.
        expand: Lines between two known lines that the reports leave out get the hits of the line
            before (for tools that report only the first line of a statement).
    """
    files = [file for file in diff if file.change_type != "deleted" and not file.is_binary]
    paths = [file.path for file in files]
    by_path = merge_reports(match_paths(paths, report) for report in reports)
    results = []
    for file in files:
        lines = by_path.get(file.path)
        if lines is not None and expand:
            lines = _expanded(lines)
        results.append(_count(file, lines))
    return results


def match_paths(paths: list[str], report: ReportLines) -> dict[str, FileLines]:
    """Return the report's lines of each path of the change that the report knows.

    The report's paths are resolved against the paths of the change. Only part of the tree is known
    here, so an ambiguous or foreign path is left out rather than guessed.
    """
    resolved = PathResolver(paths).resolve_all(report.files, report.source_roots)
    claims: dict[str, list[str]] = {}
    for path, found in resolved.items():
        if found.path is not None:
            claims.setdefault(found.path, []).append(path)
    return {path: report.files[_closest(path, names)] for path, names in claims.items()}


def _closest(path: str, names: list[str]) -> str:
    """Choose among several report paths the one with most parts in common, then the shortest."""
    wanted = path.split("/")

    def rank(name: str) -> tuple[int, int, str]:
        parts = clean_path(name).lstrip("/").split("/")
        common = 0
        while common < min(len(parts), len(wanted)) and parts[-1 - common] == wanted[-1 - common]:
            common += 1
        return (-common, len(parts), name)

    return min(names, key=rank)


def _expanded(lines: FileLines) -> FileLines:
    expanded: FileLines = {}
    known = sorted(lines)
    for position, number in enumerate(known):
        expanded[number] = lines[number]
        following = known[position + 1] if position + 1 < len(known) else number + 1
        for between in range(number + 1, following):
            expanded[between] = LineCoverage(lines[number].hits)
    return expanded


def _count(file: DiffFile, lines: FileLines | None) -> ChangedCoverage:
    changed = file.changed
    if lines is None:
        return ChangedCoverage(file.path, changed=len(changed))
    hits = branches_valid = branches_covered = 0
    missing, partial = [], []
    for number in changed:
        line = lines.get(number)
        if line is None or line.hits is None:
            continue
        branches_valid += line.branches_valid or 0
        branches_covered += line.branches_covered or 0
        if line.is_partial:
            partial.append(number)
        elif line.is_covered:
            hits += 1
        else:
            missing.append(number)
    return ChangedCoverage(
        path=file.path,
        changed=len(changed),
        coverable=hits + len(partial) + len(missing),
        hits=hits,
        partials=len(partial),
        misses=len(missing),
        branches_valid=branches_valid,
        branches_covered=branches_covered,
        missing_lines=tuple(missing),
        partial_lines=tuple(partial),
        is_reported=True,
    )


def total(results: Iterable[ChangedCoverage]) -> ChangedCoverage:
    """Sum the files of a change."""
    names = (
        "changed",
        "coverable",
        "hits",
        "partials",
        "misses",
        "branches_valid",
        "branches_covered",
    )
    rows = list(results)
    sums = {name: sum(getattr(row, name) for row in rows) for name in names}
    return ChangedCoverage(path="", is_reported=any(row.is_reported for row in rows), **sums)

"""`coverage-diff`: how much of a change is covered, without a warehouse.

Example: `python -m dlt_pipelines.parsers coverage-diff --report coverage.xml --diff change.diff`.
The exit code is 0, 1 with `--fail-under` when the line ratio is below it, 2 when a file can't be
read.
"""

import argparse
import json
import sys
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.changed_lines import (
    ChangedCoverage,
    ReportLines,
    changed_coverage,
    total,
)
from dlt_pipelines.parsers.coverage.merge import EVERY_LINE, LineCollector
from dlt_pipelines.parsers.coverage.paths import clean_path
from dlt_pipelines.parsers.diff import DiffFile, read_diff
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head

_RATIOS = ("line_ratio", "patch_ratio", "branch_weighted_ratio")
_COMMIT_HEADERS = (b"commit ", b"From ")
"""How `git show` and `git format-patch` begin, also of a commit that changes nothing."""
_COUNTS = ("changed", "coverable", "hits", "partials", "misses")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="coverage-diff",
        description="Coverage of the lines that a diff adds or modifies.",
        epilog="example: coverage-diff --report coverage.xml --diff change.diff --json",
    )
    parser.add_argument("--report", nargs="+", required=True, metavar="FILE", action="extend")
    parser.add_argument("--diff", nargs="+", required=True, metavar="FILE", action="extend")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--expand",
        action="store_true",
        help="lines that the report leaves out get the hits of the line before",
    )
    parser.add_argument(
        "--fail-under", type=float, metavar="RATIO", help="least line ratio, 0 to 1"
    )
    chosen = parser.parse_args(arguments)
    try:
        files = read_diffs(chosen.diff)
        reports, problems = read_reports(chosen.report, files, expand=chosen.expand)
    except (ParseError, OSError) as error:
        said = str(error)
        if isinstance(error, OSError) and error.filename:
            said = f"`{error.filename}` can't be read: {error.strerror}"
        if chosen.json:
            sys.stdout.write(json.dumps({"error": said}) + "\n")
        sys.stderr.write(f"coverage-diff: {said}\n")
        return 2
    results = changed_coverage(files, reports, expand=chosen.expand)
    summary = total(results)
    if chosen.json:
        document = as_document(results)
        document["problems"] = problems
        sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
    else:
        _write_text(results, summary)
        for problem in problems:
            sys.stderr.write(f"coverage-diff: {problem}\n")
    ratio = summary.line_ratio
    if chosen.fail_under is None or ratio is None or ratio >= chosen.fail_under:
        return 0
    sys.stderr.write(
        f"coverage-diff: {_percent(ratio)} of the changed lines are covered, fewer than "
        f"{_percent(chosen.fail_under)}\n"
    )
    return 1


def read_diffs(paths: Sequence[str | Path]) -> list[DiffFile]:
    """Read diffs; `-` is the standard input.

    Raises:
        OSError: A file can't be opened.
        ParseError: One has text, but is no diff; a gate on nothing would let everything pass.
    """
    files: list[DiffFile] = []
    for path in paths:
        data = sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()
        found = read_diff(data)
        if not found and data.strip() and not data.startswith(_COMMIT_HEADERS):
            raise ParseError(f"`{path}` is no unified diff such as `git diff` writes")
        files += found
    return files


def read_reports(
    paths: Sequence[str | Path], diff: Sequence[DiffFile], *, expand: bool
) -> tuple[list[ReportLines], list[str]]:
    """Read what coverage reports know of a change.

    Args:
        paths: The reports.
        diff: Files of the change.
        expand: As in `changed_coverage`, which then needs the lines around those of the change.

    Returns:
        The reports, and what was wrong with those that could be read in part only.

    Raises:
        OSError: A file can't be opened.
        ParseError: A file is no coverage report.
    """
    reports: list[ReportLines] = []
    problems: list[str] = []
    asked: dict[str, set[int]] = {}
    for file in diff:
        asked.setdefault(_file_name(file.path), set()).update(file.changed)

    def wanted(path: str) -> Container[int]:
        lines = asked.get(_file_name(path))
        return EVERY_LINE if expand and lines is not None else lines or ()

    for path in paths:
        with Path(path).open("rb") as stream:
            format_name = coverage.detect(read_head(stream, str(path)))
            if format_name is None:
                raise ParseError(f"`{path}` is no coverage report of a known format")
            collector = LineCollector(wanted, wants_function_lines=True)
            try:
                found = coverage.read(stream, format_name, collector.sink, name=str(path))
                files = collector.finish()
            except ParseError as error:
                raise ParseError(f"`{path}`: {error.reason}") from error
        roots = json.loads(found.source_roots) if found.source_roots else []
        reports.append(ReportLines(files, tuple(roots)))
        if found.error:
            problems.append(f"`{path}`: {found.error}")
    return reports, problems


def _file_name(path: str) -> str:
    """Return what paths of one file have in common, however a report writes them."""
    return clean_path(path).rpartition("/")[2].casefold()


def as_document(results: Sequence[ChangedCoverage]) -> dict[str, Any]:
    """Return the result as a value for JSON: `files`, and `total` over them."""
    return {"files": [_as_dict(row) for row in results], "total": _as_dict(total(results))}


def _as_dict(row: ChangedCoverage) -> dict[str, Any]:
    values: dict[str, Any] = {"path": row.path} if row.path else {}
    values |= {name: getattr(row, name) for name in _COUNTS}
    values |= {"branches_valid": row.branches_valid, "branches_covered": row.branches_covered}
    values |= {name: getattr(row, name) for name in _RATIOS}
    if row.path:
        values |= {
            "missing_lines": list(row.missing_lines),
            "partial_lines": list(row.partial_lines),
            "is_reported": row.is_reported,
        }
    return values


def _write_text(results: Sequence[ChangedCoverage], summary: ChangedCoverage) -> None:
    for row in [*results, summary]:
        name = row.path or "total"
        if not row.path or row.is_reported:
            ratios = " · ".join(
                f"{label} {_percent(getattr(row, ratio))}"
                for label, ratio in zip(("line", "patch", "branch-weighted"), _RATIOS, strict=True)
            )
            text = f"{name}: {row.coverable} of {row.changed} changed lines coverable: {ratios}"
            if row.missing_lines:
                text += f" · missing {', '.join(map(str, row.missing_lines))}"
        else:
            text = f"{name}: {row.changed} changed lines, in no report"
        sys.stdout.write(text + "\n")


def _percent(ratio: float | None) -> str:
    return "none" if ratio is None else f"{100 * ratio:.1f} %"


if __name__ == "__main__":
    raise SystemExit(main())

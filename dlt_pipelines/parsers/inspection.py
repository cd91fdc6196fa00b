"""What is this report? One answer for a file, whatever its kind, without a warehouse.

bytes ──> archive? ──> read_head ──> test results | coverage | mutation | unknown
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

from dlt_pipelines.parsers import coverage, mutation, test_results
from dlt_pipelines.parsers.archives import Member, Refused, archive_kind, read_members
from dlt_pipelines.parsers.coverage.merged_totals import MergedTotals, ReportRows
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head, read_head
from dlt_pipelines.parsers.test_results.merging import FingerprintBuffer, repeated_reports
from dlt_pipelines.parsers.unknown import describe

_COUNTS = ("tests", "passed", "failed", "errored", "skipped", "suites")
_LINES = ("lines_valid", "lines_covered", "branches_valid", "branches_covered")


@dataclass(slots=True)
class Inspection:
    """What a file holds; None where a number doesn't apply or isn't known.

    Attributes:
        path: The file as it was named.
        kind: `test`, `coverage`, `mutation`, or None when the format is unknown.
        format: Name of the format.
        generator: The tool that wrote it, where it can be told.
        parse: `ok`, `partial` or `error`.
        error: Why it is not `ok`.
        declared: Totals that the header claims, by the same names; None without a header.
    """

    path: str
    kind: str | None = None
    format: str | None = None
    generator: str | None = None
    parse: str = "error"
    error: str | None = None
    tests: int | None = None
    passed: int | None = None
    failed: int | None = None
    errored: int | None = None
    skipped: int | None = None
    suites: int | None = None
    time_seconds: float | None = None
    lines_valid: int | None = None
    lines_covered: int | None = None
    branches_valid: int | None = None
    branches_covered: int | None = None
    declared: dict[str, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, in their order, for JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """Return one line for people."""
        if self.kind is None:
            return f"{self.path}: unknown: {self.error}"
        words = [f"{self.path}: {self.format}"]
        if self.generator:
            words.append(f"by {self.generator}")
        if self.kind == "mutation" and self.tests is not None:
            words.append(f"{self.tests} mutants: {self.passed} detected, {self.failed} survived")
        elif self.tests is not None:
            counts = [f"{getattr(self, name)} {name}" for name in _COUNTS[1:5]]
            words.append(f"{self.tests} tests: " + ", ".join(counts))
        if self.lines_valid is not None:
            words.append(f"{self.lines_covered} of {self.lines_valid} lines covered")
            if self.branches_valid:
                words.append(f"{self.branches_covered} of {self.branches_valid} branches")
        if self.parse != "ok":
            words.append(f"{self.parse}: {self.error}")
        return " · ".join(words)


class Gathered:
    """What a report of an archive is compared and merged by, beside its totals.

    Attributes:
        cases: What the tests were; to find the same report in another format.
        rows: The lines of a coverage report.
        report: The summary of a coverage report that could be read.
    """

    def __init__(self) -> None:
        self.cases = FingerprintBuffer()
        self.rows = ReportRows()
        self.report: coverage.CoverageReport | None = None


def inspect_path(path: str | Path) -> Inspection:
    """Inspect a file; what is wrong with it is part of the answer, nothing is raised."""
    found = Inspection(path=str(path))
    try:
        with Path(path).open("rb") as stream:
            inspect_stream(stream, found)
    except OSError as error:
        found.error = f"can't be read: {error.strerror or error}"
    return found


def inspect_stream(stream: BinaryIO, found: Inspection, gathered: Gathered | None = None) -> None:
    """Fill in `found` from a seekable stream; with `gathered`, keep what a merge needs."""
    start = stream.read(4)
    stream.seek(0)
    try:
        if archive_kind(start):
            _inspect_archive(stream, found)
        else:
            _inspect_report(stream, found, gathered)
    except ParseError as error:
        found.parse, found.error = "error", error.reason


def _inspect_report(stream: BinaryIO, found: Inspection, gathered: Gathered | None) -> None:
    head = read_head(stream, found.path)
    for kind, detect, read in _KINDS:
        format_name = detect(head)
        if format_name is not None:
            found.kind, found.format = kind, format_name
            read(stream, format_name, found, gathered)
            if kind == "test" and "coverageMap" in head.json_keys:
                _add_lines_beside_tests(stream, head, found)
            return
    found.error = describe(head)


def _read_test(
    stream: BinaryIO, format_name: str, found: Inspection, gathered: Gathered | None
) -> None:
    sink = test_results.Sink.discarding()
    if gathered is not None:
        sink.cases, sink.suites = gathered.cases, gathered.cases.suites
        gathered.cases.format = format_name
    report = test_results.read(stream, format_name, sink, name=found.path)
    _take_outcome(report, found)
    for name in _COUNTS:
        setattr(found, name, getattr(report, f"{name.removesuffix('s')}_count"))
    found.time_seconds = report.time_seconds
    found.declared = _declared(report)


def _read_coverage(
    stream: BinaryIO, format_name: str, found: Inspection, gathered: Gathered | None
) -> None:
    sink = coverage.Sink.discarding() if gathered is None else gathered.rows.sink
    report = coverage.read(stream, format_name, sink, name=found.path)
    if gathered is not None:
        gathered.report = report
    _take_outcome(report, found)
    for name in _LINES:
        setattr(found, name, getattr(report, name))
    found.declared = _declared(report)


def _add_lines_beside_tests(stream: BinaryIO, head: Head, found: Inspection) -> None:
    """Add what was covered where a report of tests tells that too, as Jest's may."""
    format_name = coverage.detect(head)
    if format_name is None:
        return
    stream.seek(0)
    beside = Inspection(path=found.path)
    try:
        _read_coverage(stream, format_name, beside, None)
    except ParseError as error:
        found.parse, found.error = "partial", error.reason
    for name in _LINES:
        setattr(found, name, getattr(beside, name))


def _read_mutation(
    stream: BinaryIO, format_name: str, found: Inspection, _gathered: Gathered | None
) -> None:
    report = mutation.read(stream, format_name, mutation.Sink.discarding(), name=found.path)
    _take_outcome(report, found)
    found.tests, found.suites = report.mutant_count, report.file_count
    found.passed, found.failed = report.detected_count, report.undetected_count
    found.errored, found.skipped = report.invalid_count, report.ignored_count


_Read = Callable[[BinaryIO, str, Inspection, Gathered | None], None]

_KINDS: tuple[tuple[str, Callable[[Head], str | None], _Read], ...] = (
    ("test", test_results.detect, _read_test),
    ("coverage", coverage.detect, _read_coverage),
    ("mutation", mutation.detect, _read_mutation),
)


def _take_outcome(report: Any, found: Inspection) -> None:
    found.generator = report.generator
    found.parse, found.error = report.parse, report.error


def _declared(report: Any) -> dict[str, float] | None:
    claims = {
        part.name.removeprefix("declared_"): getattr(report, part.name)
        for part in fields(report)
        if part.name.startswith("declared_")
    }
    return {name: value for name, value in claims.items() if value is not None} or None


def _inspect_archive(stream: BinaryIO, found: Inspection) -> None:
    """Merge the reports of an archive: each test report once, coverage line by line."""
    merged = MergedTotals()
    inspected = list(_inspect_members(stream, found.path, merged))
    again = repeated_reports([cases for _part, cases in inspected])
    parts = [part for index, (part, _cases) in enumerate(inspected) if index not in again]
    reports = [part for part in parts if part.kind is not None]
    if not reports:
        reasons = [part.error for part in parts if part.error]
        found.error = f"no report in the archive: {reasons[0]}" if reasons else "an empty archive"
        return
    kinds = {part.kind for part in reports}
    if len(kinds) > 1:
        found.error = "the archive holds reports of several kinds: " + ", ".join(
            sorted(f"{part.format} ({part.path})" for part in reports)[:10]
        )
        return
    found.kind = reports[0].kind
    found.format = ", ".join(dict.fromkeys(part.format or "" for part in reports))
    found.generator = ", ".join(dict.fromkeys(p.generator for p in reports if p.generator)) or None
    wrong = [f"{part.path}: {part.error}" for part in parts if part.parse != "ok"]
    readable = [part for part in reports if part.parse != "error"]
    found.parse = "error" if not readable else "partial" if wrong else "ok"
    found.error = "; ".join(wrong[:5]) or None
    for name in (*_COUNTS, *_LINES, "time_seconds"):
        values = [getattr(part, name) for part in readable if getattr(part, name) is not None]
        if values:
            setattr(found, name, sum(values))
    if len(readable) == 1:
        found.declared = readable[0].declared
    elif found.kind == "coverage":
        for name, value in merged.totals().items():
            setattr(found, name, value)
    if merged.is_full:
        found.parse, found.error = "partial", "more distinct lines than are merged: some left out"


def _inspect_members(
    stream: BinaryIO, name: str, merged: MergedTotals
) -> Iterator[tuple[Inspection, FingerprintBuffer]]:
    """Inspect each member, and merge the coverage reports on the way."""
    seen: set[str] = set()
    for member in read_members(stream, name):
        part, gathered = Inspection(path=member.path), Gathered()
        if isinstance(member, Refused):
            part.error = member.reason
        else:
            digest = _digest(member)
            if digest in seen:
                continue
            seen.add(digest)
            inspect_stream(member.stream, part, gathered)
            if gathered.report is not None:
                merged.add(gathered.rows, gathered.report)
            if member.problem and part.parse == "ok":
                part.parse, part.error = "partial", member.problem
        yield part, gathered.cases


def _digest(member: Member) -> str:
    digest = hashlib.sha256()
    while chunk := member.stream.read(1024 * 1024):
        digest.update(chunk)
    member.stream.seek(0)
    return digest.hexdigest()

"""Collects what a report says about its source files, and hands it out once it is known.

    parser ──add(path, lines)──> one compact record per file ──finish()──> rows in the sink
                                 the same file again: lines merged

Rows leave only at the end, because the same file may come back anywhere in a report; until then a
line costs sixteen bytes.
"""

import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dlt_pipelines.parsers.coverage.emission import Emitter
from dlt_pipelines.parsers.coverage.model import CoverageReport, Sink
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, UNKNOWN
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.values import clean

LINE_LIMIT = 12_000_000
"""Lines of one report; the largest real reports have a few million."""
FILE_LIMIT = 500_000
SPAN_LIMIT = 30_000_000
"""Lines that the ranges of one report may span together; they overlap little in real ones."""

Branches = dict[int, tuple[int, int]]
BranchColumns = tuple["array[int]", "array[int]", "array[int]"]
NO_LINES = array("q")
NO_BRANCHES: BranchColumns = (NO_LINES, NO_LINES, NO_LINES)
"""Shared by all files without lines or branches, and never changed."""
Total = tuple[int, int]


def add_hits(first: int, second: int) -> int:
    """Add two hit counts, cut to what a column holds."""
    return min(first + second, LARGEST)


class TooLargeError(ParseError):
    """The report is larger than any real one; what was read before stays usable."""


class FileRecord:
    """One source file of a report, compact.

    Attributes:
        path: As the report writes it.
        package: Package, module or namespace.
        extra_valid: Line entries beyond the distinct lines: formats that write a line once per
            function or instance count each; `extra_covered` are those with hits.
        lines_total: (valid, covered) that replaces the counted lines.
        branches_total: (valid, covered) that replaces the counted branches.
        functions: (valid, covered).
        has_branches: Branches were measured, even if there are none.
        state: For the parser's own use until the end.
    """

    __slots__ = (
        "branches",
        "branches_are_unique",
        "branches_total",
        "extra_covered",
        "extra_valid",
        "functions",
        "has_branches",
        "hits",
        "is_unique",
        "lines_total",
        "numbers",
        "package",
        "path",
        "state",
    )

    def __init__(self, path: str, package: str | None) -> None:
        self.path = path
        self.package = package
        self.numbers = self.hits = NO_LINES
        self.is_unique = True
        self.branches = NO_BRANCHES
        self.branches_are_unique = True
        self.has_branches = False
        self.extra_valid = 0
        self.extra_covered = 0
        self.lines_total: Total | None = None
        self.branches_total: Total | None = None
        self.functions: Total | None = None
        self.state: Any = None

    def add_lines(
        self, numbers: Sequence[int], hits: Sequence[int], *, is_unique: bool = False
    ) -> None:
        """Add line numbers with their hits (`UNKNOWN` where not given); repeats are merged later.

        Args:
            numbers: Line numbers.
            hits: As many hit counts.
            is_unique: No number comes twice in `numbers`.
        """
        self.is_unique = self.is_unique and is_unique and not self.numbers
        if self.numbers:
            self.numbers.extend(numbers)
            self.hits.extend(hits)
        elif isinstance(numbers, array) and isinstance(hits, array):
            self.numbers, self.hits = numbers, hits  # they were made for this record
        else:
            self.numbers, self.hits = array("q", numbers), array("q", hits)

    def add_branches(self, branches: Mapping[int, tuple[int, int]]) -> None:
        """Add branches per line, (valid, covered); for a line that comes again the larger wins."""
        self.has_branches = True
        if branches:
            valid, covered = zip(*branches.values(), strict=True)
            self.add_branch_columns(array("q", branches), array("q", valid), array("q", covered))

    def add_branch_columns(
        self, numbers: "array[int]", valid: "array[int]", covered: "array[int]"
    ) -> None:
        """Add branches as columns; no number comes twice in `numbers`."""
        self.has_branches = True
        if self.branches is NO_BRANCHES:
            self.branches = (numbers, valid, covered)
            return
        self.branches_are_unique = False
        for known, new in zip(self.branches, (numbers, valid, covered), strict=True):
            known.extend(new)

    def merge_lines(self) -> None:
        """Leave each line once, in order, with the hits of its entries added up."""
        if self.is_unique:
            return
        merged: dict[int, int] = {}
        seen = merged.get
        for number, count in zip(self.numbers, self.hits, strict=True):
            known = seen(number, UNKNOWN)
            merged[number] = count if known == UNKNOWN else add_hits(known, max(count, 0))
        ordered = sorted(merged)
        self.numbers = array("q", ordered)
        self.hits = array("q", [merged[number] for number in ordered])
        self.is_unique = True

    def forget_rows(self) -> None:
        """Give the memory of lines and branches back."""
        self.numbers = self.hits = NO_LINES
        self.branches = NO_BRANCHES

    def merge_branches(self) -> None:
        """Leave each line once, with the larger of the branches it has anywhere."""
        if self.branches_are_unique:
            return
        merged: Branches = {}
        for number, valid, covered in zip(*self.branches, strict=True):
            known = merged.get(number, (0, 0))
            merged[number] = (max(known[0], valid), max(known[1], covered))
        self.branches, self.branches_are_unique = NO_BRANCHES, True
        self.add_branches(merged)


class ReportBuilder:
    """Collects one report; see the module.

    Attributes:
        generator: Set by the parser where the report names its tool.
        flag: Set by the parser where the report names its upload or test run.
        declared_lines: (valid, covered) of the header; `declared_branches` likewise.
        lines_total: (valid, covered) of the report where its own total is the better word than the
            sum over its files; `branches_total` likewise.
        source_roots: Folders that the paths are relative to, as the report names them.
        problem: What was lost or mended, for `CoverageReport.error`.
        measures_branches: The format always says how many branches there are; none means 0.
        wants_function_lines: Lines on which functions start get rows, too, where the format tells
            them apart.
        settle: Called with each file before its rows leave, when all of the report is known.
    """

    def __init__(self, report_format: str) -> None:
        self.format = report_format
        self.name = ""
        self.wants_function_lines = False
        self._start()

    def _start(self) -> None:
        self.files: dict[Any, FileRecord] = {}
        self.line_count = 0
        self.span_count = 0
        self.generator: str | None = None
        self.flag: str | None = None
        self.declared_lines: tuple[int | None, int | None] = (None, None)
        self.declared_branches: tuple[int | None, int | None] = (None, None)
        self.lines_total: Total | None = None
        self.branches_total: Total | None = None
        self.source_roots: list[str] = []
        self.problem: str | None = None
        self.measures_branches = False
        self.settle: Callable[[FileRecord], None] | None = None

    def reset(self) -> None:
        """Forget what the report said, to read it once more."""
        self._start()

    def file(self, path: str, package: str | None = None, key: Any = None) -> FileRecord:
        """Return the record of a file, made on first sight.

        Args:
            path: As the report writes it.
            package: Kept from the first time that it is given.
            key: What makes it the same file again; `path` unless given.
        """
        key = path if key is None else key
        record = self.files.get(key)
        if record is None:
            if len(self.files) >= FILE_LIMIT:
                raise TooLargeError(f"the report names more than {FILE_LIMIT:,} files")
            record = self.files[key] = FileRecord(path, package)
        elif record.package is None:
            record.package = package
        return record

    def add(
        self,
        path: str,
        lines: Mapping[int, int],
        branches: Mapping[int, tuple[int, int]] | None = None,
        *,
        package: str | None = None,
    ) -> FileRecord:
        """Add lines of a file as line → hits, and branches as line → (valid, covered)."""
        record = self.file(path, package)
        self.count_lines(len(lines))
        record.add_lines(list(lines), list(lines.values()), is_unique=True)
        if branches is not None:
            record.add_branches(branches)
        return record

    def count_lines(self, count: int) -> None:
        """Count lines about to be added, and refuse what no real report has."""
        self.line_count += count
        if self.line_count > LINE_LIMIT:
            raise TooLargeError(f"the report has more than {LINE_LIMIT:,} lines")

    def span(self, first: int, last: int, limit: int = SPAN_LIMIT) -> range:
        """Return the lines from `first` to `last`, and refuse ranges without end.

        Ranges are short in the file and long in memory: their sum is what is bounded.

        Args:
            first: First line.
            last: Last line.
            limit: Lines of all ranges.
        """
        lines = range(max(first, 1), min(last, LAST_LINE) + 1)
        self.span_count += len(lines)
        if self.span_count > limit:
            raise TooLargeError(f"the ranges of the report span more than {limit:,} lines")
        return lines

    def note(self, problem: str | None) -> None:
        """Keep the first problem: later ones most often follow from it."""
        if problem and self.problem is None:
            self.problem = problem

    def settle_repeats(self) -> None:
        """Forget entries beyond the distinct lines, unless the header counts them too.

        The header is believed on this one question only: whether a line that two functions share
        is one line or two.
        """
        extra = sum(record.extra_valid for record in self.files.values())
        if not extra:
            return
        for record in self.files.values():
            record.merge_lines()
        distinct = sum(len(record.numbers) for record in self.files.values())
        if self.declared_lines[0] != distinct + extra:
            for record in self.files.values():
                record.extra_valid = record.extra_covered = 0

    def finish(self, sink: Sink) -> CoverageReport:
        """Hand every row to the sink and return the summary."""
        emitter = Emitter(sink)
        settle = self.settle
        for record in self.files.values():
            if not record.is_unique:
                record.merge_lines()
            if not record.branches_are_unique:
                record.merge_branches()
            if settle is not None:
                settle(record)
                record.merge_lines()
            emitter.add(record)
        emitter.flush()
        lines = self.lines_total or (emitter.totals[0], emitter.totals[1])
        branches = self.branches_total or (emitter.totals[2], emitter.totals[3])
        if not self.files and self.lines_total is None:
            lines = (0, 0)
        if self.measures_branches and branches == (None, None):
            branches = (0, 0)
        return CoverageReport(
            format=self.format,
            generator=clean(self.generator) if self.generator else None,
            flag=self.flag,
            parse="ok" if self.problem is None else "partial",
            error=clean(self.problem) if self.problem else None,
            declared_lines_valid=self.declared_lines[0],
            declared_lines_covered=self.declared_lines[1],
            declared_branches_valid=self.declared_branches[0],
            declared_branches_covered=self.declared_branches[1],
            lines_valid=lines[0],
            lines_covered=lines[1],
            branches_valid=branches[0],
            branches_covered=branches[1],
            file_count=len(self.files),
            source_roots=json.dumps(self.source_roots) if self.source_roots else None,
        )

"""Clover XML (OpenClover, PHPUnit, Istanbul, gcovr): files with `line` elements and metrics.

Policy:
    * Lines are those of statements and conditions; a `method` line repeats the method's signature
      and counts only where the file has no other kind of line.
    * A condition without `count` has the hits of its two outcomes.
    * `truecount`/`falsecount` mean executions in OpenClover, covered and missed branches in
      Istanbul. So branch totals are the metrics (`conditionals`); a line's own branches follow the
      meaning that adds up to the file's metrics.
    * A file without lines (OpenClover leaves them out unless asked) has the statements of its
      metrics as its total; a summary without files has the project's.
    * A project's metrics count statements, not lines: kept as declared. gcovr alone writes lines
      there, one for each function that shares a line: its file's totals count them so. And its 0
      conditionals are no measure: it writes none, whatever there are.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("clover-xml",)


def detect(head: Head) -> str | None:
    """Recognise Clover: a `coverage` root with `clover` or a `project`."""
    if head.root != "coverage":
        return None
    if "clover" in head.root_attributes or "project" in head.elements:
        return "clover-xml"
    return None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.open: list[str] = []
        self.package: str | None = None
        self.record: FileRecord | None = None
        self.lines: dict[int, int] = {}
        self.methods: dict[int, int] = {}
        self.conditions: dict[int, tuple[int, int]] = {}
        self.entries = 0
        self.entries_hit = 0
        self.metrics: dict[str, str] = {}
        self.project: list[dict[str, str]] = []
        self.is_gcovr = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "line":
            self.line(attributes)
            return
        if tag == "metrics":
            self.measure(attributes)
        elif tag == "file":
            path = attributes.get("path") or attributes.get("name") or ""
            self.record = self.builder.file(path, self.package)
            self.lines, self.methods, self.conditions = {}, {}, {}
            self.entries = self.entries_hit = 0
            self.metrics = {}
        elif tag == "package":
            self.package = attributes.get("name")
        elif tag == "coverage":
            version = attributes.get("clover")
            self.builder.generator = f"clover {version}" if version else None
            # gcovr writes the time where the others write their version
            self.is_gcovr = version is not None and version == attributes.get("generated")
        self.open.append(tag)

    def measure(self, attributes: dict[str, str]) -> None:
        parent = self.open[-1] if self.open else ""
        if parent == "file":
            self.metrics = attributes
        elif parent == "project":
            self.project.append(attributes)

    def line(self, attributes: dict[str, str]) -> None:
        number = to_line(attributes.get("num"))
        if number is None or self.record is None:
            return
        hits = to_count(attributes.get("count"))
        kind = attributes.get("type")
        if kind == "cond":
            taken = to_count(attributes.get("truecount")) or 0
            missed = to_count(attributes.get("falsecount")) or 0
            self.conditions[number] = (taken, missed)
            if hits is None:
                hits = max(taken, missed)
        hits = hits or 0
        if kind == "method":
            self.methods[number] = max(hits, self.methods.get(number, 0))
            return
        self.entries += 1
        self.entries_hit += hits > 0
        known = self.lines.get(number)
        if known is None or hits > known:
            self.lines[number] = hits

    def end(self, tag: str) -> None:
        if tag == "line":
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        if tag == "file":
            self.close_file()
        elif tag == "package":
            self.package = None

    def close_file(self) -> None:
        record, self.record = self.record, None
        if record is None:
            return
        lines = self.lines or self.methods
        self.builder.count_lines(len(lines))
        record.add_lines(list(lines), list(lines.values()), is_unique=True)
        if self.lines and self.is_gcovr:
            record.extra_valid += self.entries - len(self.lines)
            record.extra_covered += self.entries_hit - sum(1 for h in self.lines.values() if h)
        elif not lines and record.lines_total is None:
            record.lines_total = _pair(self.metrics, "statements", "coveredstatements")
        total = self.measured(_pair(self.metrics, "conditionals", "coveredconditionals"))
        if self.conditions or not self.is_gcovr:
            record.add_branches(self.branches(total))
        if total is not None:
            before = record.branches_total or (0, 0)
            record.branches_total = (before[0] + total[0], before[1] + total[1])
        functions = _pair(self.metrics, "methods", "coveredmethods")
        if functions is not None:
            record.functions = functions

    def measured(self, conditions: Total | None) -> Total | None:
        """Return the conditions of metrics, None for the 0 that gcovr writes in their place."""
        is_silent = self.is_gcovr and conditions is not None and conditions[0] == 0
        return None if is_silent else conditions

    def branches(self, total: Total | None) -> dict[int, tuple[int, int]]:
        """Return branches per line in the meaning that adds up to the file's metrics."""
        as_outcomes = {
            number: (taken + missed, taken) for number, (taken, missed) in self.conditions.items()
        }
        if total is not None and total[0] and _sum(as_outcomes) == total:
            return as_outcomes
        return {
            number: (2, (taken > 0) + (missed > 0))
            for number, (taken, missed) in self.conditions.items()
        }


def _sum(branches: dict[int, tuple[int, int]]) -> Total:
    return sum(b[0] for b in branches.values()), sum(b[1] for b in branches.values())


def _pair(metrics: dict[str, str], valid: str, covered: str) -> Total | None:
    pair = to_count(metrics.get(valid)), to_count(metrics.get(covered))
    return None if pair[0] is None or pair[1] is None else (pair[0], pair[1])


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.close_file()
    builder.note(outcome.problem)
    builder.measures_branches = not handler.is_gcovr
    if not handler.project:
        builder.settle_repeats()
        return
    first = handler.project[0]  # the second is the test code's, a `testproject` never counts here
    statements = _pair(first, "statements", "coveredstatements")
    builder.declared_lines = statements or (None, None)
    if not builder.files:
        builder.lines_total = statements
    branches = _pair(first, "conditionals", "coveredconditionals")
    if branches is not None:
        builder.declared_branches = branches
        builder.branches_total = handler.measured(branches)
    builder.settle_repeats()

"""SonarQube generic test data, coverage: `file` with `lineToCover` elements.

Policy: the format has a verdict and no counts, so hits are 1 or 0. A line that is listed twice in
a file counts twice in the file's totals (a line shared by two functions), and has one row.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("sonarqube-generic-xml",)


def detect(head: Head) -> str | None:
    """Recognise the format by its line element, or by its bare versioned root."""
    if head.root != "coverage":
        return None
    if "lineToCover" in head.elements:
        return "sonarqube-generic-xml"
    is_bare = set(head.root_attributes) == {"version"} and set(head.elements) <= {
        "coverage",
        "file",
    }
    return "sonarqube-generic-xml" if is_bare else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.record: FileRecord | None = None
        self.lines: dict[int, int] = {}
        self.branches: dict[int, tuple[int, int]] = {}
        self.entries = 0
        self.entries_hit = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "lineToCover":
            number = to_line(attributes.get("lineNumber"))
            if number is None or self.record is None:
                return
            hits = 1 if attributes.get("covered", "").strip().lower() == "true" else 0
            self.entries += 1
            self.entries_hit += hits
            self.lines[number] = max(hits, self.lines.get(number, 0))
            valid = to_count(attributes.get("branchesToCover"))
            if valid:
                covered = min(to_count(attributes.get("coveredBranches")) or 0, valid)
                before = self.branches.get(number, (0, 0))
                self.branches[number] = (before[0] + valid, before[1] + covered)
        elif tag == "file":
            self.record = self.builder.file(attributes.get("path", ""))
            self.lines, self.branches = {}, {}
            self.entries = self.entries_hit = 0

    def end(self, tag: str) -> None:
        if tag == "file":
            self.close_file()

    def close_file(self) -> None:
        record, self.record = self.record, None
        if record is None:
            return
        self.builder.count_lines(len(self.lines))
        record.add_lines(list(self.lines), list(self.lines.values()), is_unique=True)
        record.add_branches(self.branches)
        record.extra_valid += self.entries - len(self.lines)
        record.extra_covered += self.entries_hit - sum(self.lines.values())


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.close_file()
    builder.note(outcome.problem)
    builder.measures_branches = True

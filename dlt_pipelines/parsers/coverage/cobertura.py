"""Cobertura XML: packages, classes with a `filename`, lines (coverage-04.dtd).

Policy:
    * The lines of a class are the truth; those of its methods repeat them and are read only where
      the class itself has none.
    * Classes of one file are merged line by line: hits add up, the larger branch counts stay.
    * A line number that comes twice within one class counts once, unless the header's own total is
      right only when both are counted (a line shared by two functions of C++): then the file's
      totals count both entries. Its rows hold the line once either way.
    * Header totals are kept as declared; they are wrong too often to be used otherwise.
"""

import re
from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, add_hits
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("cobertura-xml",)

_CONDITIONS = re.compile(r"\(\s*(\d{1,9})\s*/\s*(\d{1,9})\s*\)")
_TOTALS = ("lines-valid", "lines-covered", "branches-valid", "branches-covered")


def detect(head: Head) -> str | None:
    """Recognise Cobertura by its root and what only it has."""
    if head.root != "coverage":
        return None
    attributes = head.root_attributes
    if "line-rate" in attributes or "lines-valid" in attributes or "branch-rate" in attributes:
        return "cobertura-xml"
    elements = set(head.elements)
    return "cobertura-xml" if "packages" in elements and "project" not in elements else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.package: str | None = None
        self.path: str | None = None
        self.in_method = False
        self.text: list[str] = []
        self.new_class()

    def new_class(self) -> None:
        """Forget the lines of the last class."""
        self.lines: dict[int, int] = {}
        self.method_lines: dict[int, int] = {}
        self.branches: dict[int, tuple[int, int]] = {}
        self.method_branches: dict[int, tuple[int, int]] = {}
        self.entries = 0
        self.entries_hit = 0
        self.methods = 0
        self.methods_hit = 0
        self.method_is_hit = False
        self.open_line = 0
        self.has_lines = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "line":
            self.line(attributes)
        elif tag == "condition":
            self.condition(attributes)
        elif tag == "lines":
            self.has_lines = self.has_lines or not self.in_method
        elif tag == "class":
            self.path = attributes.get("filename") or attributes.get("name")
        elif tag == "package":
            self.package = attributes.get("name")
        elif tag == "method":
            self.in_method = True
            self.methods += 1
            self.method_is_hit = False
        elif tag == "source":
            self.text = []
            self.switch.CharacterDataHandler = self.text.append
        elif tag == "coverage":
            self.header(attributes)

    def line(self, attributes: dict[str, str]) -> None:
        try:
            number = int(attributes["number"])
            hits = int(attributes["hits"])
        except (KeyError, ValueError):
            number = to_line(attributes.get("number")) or 0
            hits = to_count(attributes.get("hits")) or 0
        self.open_line = number
        if number < 1 or number > LAST_LINE:
            return
        if hits < 0 or hits > LARGEST:
            hits = 0 if hits < 0 else LARGEST
        if self.in_method:
            if hits:
                self.method_is_hit = True
            lines, branches = self.method_lines, self.method_branches
        else:
            lines, branches = self.lines, self.branches
            self.entries += 1
            if hits:
                self.entries_hit += 1
        known = lines.get(number)
        if known is None:
            lines[number] = hits
        elif hits:
            lines[number] = add_hits(known, hits)
        if "condition-coverage" in attributes:
            found = _CONDITIONS.search(attributes["condition-coverage"])
            if found:
                covered, valid = int(found[1]), int(found[2])
                if known is not None and number in branches:
                    before = branches[number]
                    valid, covered = valid + before[0], covered + before[1]
                branches[number] = (valid, min(covered, valid))

    def condition(self, attributes: dict[str, str]) -> None:
        """Take a `condition`: the only word on branches where the line itself says nothing."""
        branches = self.method_branches if self.in_method else self.branches
        if self.open_line < 1 or self.open_line in branches:
            return
        share = to_count((attributes.get("coverage") or "").rstrip("%"))
        if share is not None:
            branches[self.open_line] = (2, 2 if share >= 100 else 1 if share > 0 else 0)

    def header(self, attributes: dict[str, str]) -> None:
        lines_valid, lines_covered, branches_valid, branches_covered = (
            to_count(attributes.get(name)) for name in _TOTALS
        )
        self.builder.declared_lines = (lines_valid, lines_covered)
        self.builder.declared_branches = (branches_valid, branches_covered)
        version = attributes.get("version", "")
        self.builder.generator = version if re.search("[A-Za-z]", version) else None

    def end(self, tag: str) -> None:
        if tag == "class":
            self.close_class()
        elif tag == "method":
            self.in_method = False
            self.methods_hit += self.method_is_hit
        elif tag == "source":
            self.switch.CharacterDataHandler = None
            root = "".join(self.text).strip()
            if root and len(self.builder.source_roots) < 1_000:
                self.builder.source_roots.append(root[:1_000])
        elif tag == "package":
            self.package = None

    def close_class(self) -> None:
        if self.path is not None:
            lines, branches = self.lines, self.branches
            if not self.has_lines:
                lines, branches = self.method_lines, self.method_branches
            record = self.builder.add(self.path, lines, branches, package=self.package)
            if self.lines and self.entries > len(self.lines):
                distinct_hit = sum(1 for hits in self.lines.values() if hits)
                record.extra_valid += self.entries - len(self.lines)
                record.extra_covered += self.entries_hit - distinct_hit
            if self.methods:
                valid, covered = record.functions or (0, 0)
                record.functions = (valid + self.methods, covered + self.methods_hit)
        self.path = None
        self.new_class()


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    if handler.path is not None:
        handler.close_class()  # cut off in the middle of a class
    builder.measures_branches = True
    builder.settle_repeats()
    builder.note(outcome.problem)

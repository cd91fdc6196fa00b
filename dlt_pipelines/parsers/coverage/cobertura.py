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
from itertools import accumulate
from typing import Any

import numpy as np

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, add_hits
from dlt_pipelines.parsers.coverage.model import Numbers
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, to_count, to_line
from dlt_pipelines.parsers.coverage.runs import (
    DIGITS_ONLY,
    PLACEHOLDER,
    PLAIN_VALUE,
    Runs,
    drive_runs,
    is_rising,
    parts,
)
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("cobertura-xml",)

_CONDITIONS = re.compile(r"\(\s*(\d{1,9})\s*/\s*(\d{1,9})\s*\)")
_PLAIN_LINES = (
    rb'(?:<line number="[0-9]{1,6}+" hits="[0-9]{1,15}+"'
    rb'(?: (?:branch="[A-Za-z]*+"|condition-coverage="[^"<>]*+"|missing-branches="[^"<>]*+"))*+'
    rb" ?/>\s*+)++"
)
_PLAIN_CLASS = (
    rb'<class((?: [a-z-]++="' + PLAIN_VALUE + rb'")++)>\s*+<methods ?/>\s*+'
    rb"<lines>\s*+(" + _PLAIN_LINES + rb")</lines>\s*+</class>\s*+"
)
_RUN = re.compile(rb"(?:" + _PLAIN_CLASS + rb")++|" + _PLAIN_LINES)
_CLASS = re.compile(_PLAIN_CLASS)
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_FILE_NAME = re.compile(rb' filename="([^"]++)"')
_FEW_BYTES = 4_096
_EXTRAS = re.compile(rb' [cm][a-z-]*+="[^"]*+"')
_LINE = re.compile(rb'number="(\d+)" hits="(\d+)"')
_LINE_CONDITIONS = re.compile(rb'number="([0-9]++)"[^(>]*+\(([0-9]{1,9}+)/([0-9]{1,9}+)\)')
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
        self.runs = Runs()
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
        self.tells_branches = False
        self.has_lines = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "line":
            self.line(attributes)
        elif tag == PLACEHOLDER:
            self.run(self.runs.take(attributes))
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
        if 1 <= number <= LAST_LINE:
            hits = min(max(hits, 0), LARGEST)
            found = _CONDITIONS.search(attributes.get("condition-coverage", ""))
            self.tells_branches = found is not None
            self.take(number, hits, (int(found[2]), int(found[1])) if found else None)

    def take(self, number: int, hits: int, branch: tuple[int, int] | None) -> None:
        """Take one entry of a line, with (valid, covered) of its branches."""
        if self.in_method:
            lines, branches = self.method_lines, self.method_branches
            self.method_is_hit = self.method_is_hit or hits > 0
        else:
            lines, branches = self.lines, self.branches
            self.entries += 1
            self.entries_hit += hits > 0
        known = lines.get(number)
        lines[number] = hits if known is None else add_hits(known, hits)
        if branch is not None:
            valid, covered = branches.get(number, (0, 0))
            branches[number] = (valid + branch[0], covered + min(branch[1], branch[0]))

    def run(self, text: bytes) -> None:
        """Take many plain `line` elements at once, or classes that hold nothing else."""
        if text.startswith(b"<class"):
            self.classes(_CLASS.findall(text))
            return
        values = _numbers(text).tolist()
        new = dict(zip(values[::2], values[1::2], strict=True))
        lines = self.method_lines if self.in_method else self.lines
        if 2 * len(new) < len(values) or 0 in new or not lines.keys().isdisjoint(new):
            self.run_again(text)
            return
        lines.update(new)
        hit = len(new) - list(new.values()).count(0)
        if self.in_method:
            self.method_is_hit = self.method_is_hit or hit > 0
        else:
            self.entries += len(new)
            self.entries_hit += hit
        branches = self.method_branches if self.in_method else self.branches
        branches.update(_conditions(text))

    def classes(self, found: list[tuple[bytes, bytes]]) -> None:
        """Take classes, each as its attributes and its lines."""
        names = [_FILE_NAME.search(attributes) for attributes, _ in found]
        paths = [name[1].decode("ascii") for name in names if name]
        values = _numbers(b"".join(lines for _, lines in found))
        edges = [0, *accumulate(lines.count(b"<line") for _, lines in found)]
        if len(paths) < len(found) or not is_rising(values[::2], edges):
            for attributes, lines in found:
                self.start("class", dict(_ATTRIBUTE.findall(attributes.decode("ascii"))))
                self.has_lines = True
                self.run(lines)
                self.end("class")
            return
        for path, (_, lines), columns in zip(
            paths, found, parts(edges, values[::2], values[1::2]), strict=True
        ):
            record = self.builder.file(path, self.package)
            self.builder.count_lines(len(columns[0]))
            record.add_lines(*columns, is_unique=True)
            record.add_branches(_conditions(lines))

    def run_again(self, text: bytes) -> None:
        """Take the elements of a run one by one, since some lines come twice."""
        for element in text.split(b"/>"):
            pair = _LINE.search(element)
            if pair and int(pair[1]):
                found = _LINE_CONDITIONS.search(element)
                branch = (int(found[3]), int(found[2])) if found else None
                self.take(int(pair[1]), int(pair[2]), branch)

    def condition(self, attributes: dict[str, str]) -> None:
        """Take a `condition`: the only word on branches where the line itself says nothing.

        A percentage tells of a jump, which has two ways; 0 or 1 of a single way (grcov).
        """
        text = (attributes.get("coverage") or "").strip()
        share = to_count(text.rstrip("%"))
        if not 1 <= self.open_line <= LAST_LINE or self.tells_branches or share is None:
            return
        if text in ("0", "1"):
            valid, covered = 1, share
        else:
            valid, covered = 2, 2 if share >= 100 else 1 if share > 0 else 0
        branches = self.method_branches if self.in_method else self.branches
        before = branches.get(self.open_line, (0, 0))
        branches[self.open_line] = (before[0] + valid, before[1] + covered)

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
            if not (self.has_lines or lines):
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


def _numbers(text: bytes) -> Numbers:
    """Return line, hits, line, hits … of plain `line` elements."""
    plain = _EXTRAS.sub(b"", text) if b"(" in text or b"missing" in text else text
    digits = plain.translate(DIGITS_ONLY)
    if len(digits) < _FEW_BYTES:  # reading them as an array takes its time
        return np.array(list(map(int, digits.split())), dtype=np.int64)
    return np.fromstring(digits, dtype=np.int64, sep=" ")


def _conditions(text: bytes) -> dict[int, tuple[int, int]]:
    """Return the branches of plain `line` elements: line → (valid, covered)."""
    if b"(" not in text:
        return {}
    return {
        int(number): (int(valid), min(int(covered), int(valid)))
        for number, covered, valid in _LINE_CONDITIONS.findall(text)
    }


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    if not drive_runs(source, handler, _RUN):
        builder.reset()
        handler = _Handler(builder)
        builder.note(drive(source, handler).problem)
        if handler.path is not None:
            handler.close_class()  # cut off in the middle of a class
    builder.measures_branches = True
    builder.settle_repeats()

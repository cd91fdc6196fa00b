"""JaCoCo XML: groups, packages, source files with lines and counters (report.dtd).

Policy:
    * A line is covered when an instruction of it is (`ci` > 0); JaCoCo counts no hits, so hits are
      1 or 0, and NULL where the line says nothing of instructions.
    * Counters are computed by JaCoCo from the same data: a source file's `LINE` and `BRANCH`
      counters are its totals, and the report's own counters are the report's.
    * The same package and file in two groups are two files: modules. Without groups they are one,
      whose lines count: neither of its counters speaks for both.
"""

import re
from itertools import accumulate
from typing import Any

import numpy as np

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder, Total
from dlt_pipelines.parsers.coverage.numbers import UNKNOWN, to_count, to_line
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

FORMATS = ("jacoco-xml",)

_COUNTERS = rb'((?:<counter type="[A-Z]{1,20}" missed="\d{1,12}" covered="\d{1,12}" ?/>\s*+)*+)'
_PLAIN_LINES = (
    rb'((?:<line nr="\d{1,6}" mi="\d{1,9}" ci="\d{1,9}" mb="\d{1,9}" cb="\d{1,9}" ?/>\s*+)++)'
)
_PLAIN_FILE = (
    rb'<sourcefile name="('
    + PLAIN_VALUE
    + rb')" ?>\s*+'
    + _PLAIN_LINES
    + _COUNTERS
    + rb"</sourcefile>\s*+"
)
_FILE = re.compile(_PLAIN_FILE)
_RUN = re.compile(rb"(?:" + _PLAIN_FILE + rb")++|" + _PLAIN_LINES)
_COUNTER = re.compile(rb'type="(LINE|BRANCH|METHOD)" missed="(\d+)" covered="(\d+)"')
_METHOD = re.compile(
    rb'<method name="[^"<]*+" desc="[^"<]*+"(?: line="\d{1,6}")? ?>\s*+'
    + _COUNTERS
    + rb"</method>\s*+"
)
_CLASS = re.compile(
    rb'<class name="[^"<]*+"(?: sourcefilename="[^"<]*+")? ?>\s*+' + _COUNTERS + rb"</class>\s*+"
)
_FEW_BYTES = 4_096
_PARTS = {"sessioninfo", "group", "package", "counter"}


def detect(head: Head) -> str | None:
    """Recognise JaCoCo: a `report` with its parts, or with its document type."""
    if head.root != "report":
        return None
    if "JACOCO" in head.text[:2_000].upper().replace(" ", "") and "<!DOCTYPE" in head.text:
        return "jacoco-xml"
    elements = set(head.elements)
    is_plain = elements <= _PARTS | {"report", "class", "method", "sourcefile", "line"}
    return "jacoco-xml" if is_plain and elements & _PARTS else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.groups: list[str] = []
        self.package = ""
        self.record: FileRecord | None = None
        self.depth: list[str] = []
        self.lines: dict[int, int] = {}
        self.branches: dict[int, tuple[int, int]] = {}
        self.counters: dict[str, Total] = {}
        self.root_counters: dict[str, Total] = {}
        self.runs = Runs()
        self.closed: set[int] = set()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "line":
            self.line(attributes)
            return
        if tag == "counter":
            self.counter(attributes)
            return
        if tag == PLACEHOLDER:
            self.run(self.runs.take(attributes))
            return
        self.depth.append(tag)
        if tag == "sourcefile":
            self.record = self.file(attributes.get("name", ""))
            self.lines, self.branches, self.counters = {}, {}, {}
        elif tag == "package":
            self.package = attributes.get("name", "").replace(".", "/")
        elif tag == "group":
            self.groups.append(attributes.get("name", ""))
        elif tag == "report":
            self.builder.flag = attributes.get("name") or None

    def file(self, name: str) -> FileRecord:
        """Return the record of a source file of the open package.

        Pester repeats the end of the package in the file's name: `repo/src` with `src/a.ps1`.
        """
        folder, _, last = name.rpartition("/")
        if folder and f"/{self.package}".endswith(f"/{folder}"):
            name = last
        path = f"{self.package}/{name}" if self.package else name
        return self.builder.file(path, self.package or None, key=(*self.groups, path))

    def line(self, attributes: dict[str, str]) -> None:
        number = to_line(attributes.get("nr"))
        if number is None or self.record is None:
            return
        covered_branches = int(attributes["cb"]) if attributes.get("cb", "").isdecimal() else 0
        missed_branches = int(attributes["mb"]) if attributes.get("mb", "").isdecimal() else 0
        instructions = attributes.get("ci")
        if instructions is None:
            hits = 0 if "mi" in attributes else UNKNOWN
        else:
            hits = 1 if to_count(instructions) else 0
        if covered_branches and hits == UNKNOWN:
            hits = 1
        if hits > self.lines.get(number, UNKNOWN - 1):
            self.lines[number] = hits
        valid = covered_branches + missed_branches
        if valid:
            before = self.branches.get(number, (0, 0))
            self.branches[number] = (
                min(before[0] + valid, 2**31),
                min(before[1] + covered_branches, 2**31),
            )

    def run(self, lines: bytes) -> None:
        """Take many plain `line` elements at once, or source files that hold nothing else."""
        if lines.startswith(b"<sourcefile"):
            self.plain_files(_FILE.findall(lines))
            return
        digits = lines.translate(DIGITS_ONLY)
        if len(lines) < _FEW_BYTES and self.few(list(map(int, digits.split()))):
            return
        values = np.fromstring(digits, dtype=np.int64, sep=" ")
        table = values.reshape(-1, 5)
        numbers = table[:, 0]
        is_plain = bool((numbers[1:] > numbers[:-1]).all()) and int(numbers[0]) > 0
        if self.record is None or self.lines or not is_plain:
            for row in table.tolist():
                self.line(dict(zip(("nr", "mi", "ci", "mb", "cb"), map(str, row), strict=True)))
            return
        hits = (table[:, 2] > 0).astype(np.int64)
        self.lines = dict(zip(numbers.tolist(), hits.tolist(), strict=True))
        branching = table[(table[:, 3] + table[:, 4]) > 0]
        self.branches = {
            number: (missed + covered, covered)
            for number, _, _, missed, covered in branching.tolist()
        }

    def plain_files(self, found: list[tuple[bytes, bytes, bytes]]) -> None:
        """Take source files, each as its name, its lines and its counters."""
        digits = b"".join(lines for _, lines, _ in found).translate(DIGITS_ONLY)
        numbers, _, covered, missed_branches, covered_branches = (
            np.fromstring(digits, dtype=np.int64, sep=" ").reshape(-1, 5).T
        )
        edges = [0, *accumulate(lines.count(b"<line") for _, lines, _ in found)]
        if not is_rising(numbers, edges):
            for name, lines, counters in found:
                self.start("sourcefile", {"name": name.decode("ascii")})
                self.run(lines)
                self.counters = _counters(counters)
                self.end("sourcefile")
            return
        branches = missed_branches + covered_branches
        places = np.flatnonzero(branches)
        columns = numbers[places], branches[places], covered_branches[places]
        for (name, _, counters), own_lines, own_branches in zip(
            found,
            parts(edges, numbers, (covered > 0).astype(np.int64)),
            parts(np.searchsorted(places, edges).tolist(), *columns),
            strict=True,
        ):
            record = self.file(name.decode("ascii"))
            self.builder.count_lines(len(own_lines[0]))
            record.add_lines(*own_lines, is_unique=True)
            record.has_branches = True
            if own_branches[0]:
                record.add_branch_columns(*own_branches)
            self.set_totals(record, _counters(counters))

    def few(self, values: list[int]) -> bool:
        """Take few lines without an array, which takes its time; tell whether they were plain."""
        numbers = values[::5]
        if self.record is None or self.lines or 0 in numbers:
            return False
        self.lines = {
            number: 1 if covered else 0
            for number, covered in zip(numbers, values[2::5], strict=True)
        }
        if len(self.lines) < len(numbers):
            self.lines = {}
            return False
        self.branches = {
            number: (missed + covered, covered)
            for number, missed, covered in zip(numbers, values[3::5], values[4::5], strict=True)
            if missed or covered
        }
        return True

    def counter(self, attributes: dict[str, str]) -> None:
        where = self.depth[-1] if self.depth else ""
        if where not in ("sourcefile", "report"):
            return  # sums of the same by class and package
        missed = to_count(attributes.get("missed"))
        covered = to_count(attributes.get("covered"))
        kind = attributes.get("type")
        if missed is None or covered is None or kind is None:
            return
        if where == "sourcefile":
            self.counters[kind] = (missed + covered, covered)
        else:
            self.root_counters[kind] = (missed + covered, covered)

    def end(self, tag: str) -> None:
        if tag in ("line", "counter", PLACEHOLDER):
            return
        if self.depth and self.depth[-1] == tag:
            self.depth.pop()
        if tag == "sourcefile":
            self.close_file()
        elif tag == "package":
            self.package = ""
        elif tag == "group" and self.groups:
            self.groups.pop()

    def close_file(self) -> None:
        record = self.record
        self.record = None
        if record is None:
            return
        self.builder.count_lines(len(self.lines))
        record.add_lines(list(self.lines), list(self.lines.values()), is_unique=True)
        record.add_branches(self.branches)
        self.set_totals(record, self.counters, is_empty=not self.lines)

    def set_totals(
        self, record: FileRecord, counters: dict[str, Total], *, is_empty: bool = False
    ) -> None:
        """Take the totals of a file, or drop those of one that came before."""
        if id(record) in self.closed:
            record.lines_total = record.branches_total = record.functions = None
            return
        self.closed.add(id(record))
        _set_totals(record, counters, is_empty=is_empty)


def _set_totals(record: FileRecord, counters: dict[str, Total], *, is_empty: bool = False) -> None:
    if "LINE" in counters:
        record.lines_total = counters["LINE"]
        record.branches_total = counters.get("BRANCH", (0, 0))
    elif is_empty:
        record.lines_total = (0, 0) if not counters else None
    record.functions = counters.get("METHOD")


def _counters(text: bytes) -> dict[str, Total]:
    return {
        kind.decode("ascii"): (int(missed) + int(covered), int(covered))
        for kind, missed, covered in _COUNTER.findall(text)
    }


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    if not drive_runs(source, handler, _RUN, (_METHOD, _CLASS)):
        builder.reset()
        handler = _Handler(builder)
        builder.note(drive(source, handler).problem)
        handler.close_file()
    builder.measures_branches = True
    lines = handler.root_counters.get("LINE")
    branches = handler.root_counters.get("BRANCH")
    if lines is not None:
        builder.lines_total = builder.declared_lines = lines
    if branches is not None:
        builder.branches_total = builder.declared_branches = branches

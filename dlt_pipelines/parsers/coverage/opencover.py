"""OpenCover XML (OpenCover, coverlet, AltCover): modules, files by number, sequence points.

Policy: every line of a sequence point's range has a row, and visits of points on one line add up;
the file's totals count the lines that points start on, as other readers of the format do. The same
file in several modules is merged; methods without a known file are left out, as are modules that
were skipped. Branch points count each; those of one method that several modules hold, as when
each test project instruments it, are joined by their place in its code: taken when any was. The
summary also counts the entry of every method as a branch and is kept as declared.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.dotnet import (
    RANGE_LIMIT,
    RANGES_LIMIT,
    NumberedFiles,
    source_line,
)
from dlt_pipelines.parsers.coverage.numbers import to_count
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("opencover-xml",)


def detect(head: Head) -> str | None:
    """Recognise OpenCover by its root."""
    return "opencover-xml" if head.root == "CoverageSession" else None


class _Point:
    __slots__ = ("file", "hits", "is_branch", "last", "line", "place")

    def __init__(self, attributes: dict[str, str], *, is_branch: bool) -> None:
        self.file = attributes.get("fileid")
        self.line = source_line(attributes.get("sl"))
        self.last = source_line(attributes.get("el"))
        self.hits = to_count(attributes.get("vc")) or 0
        self.is_branch = is_branch
        self.place = tuple(map(attributes.get, ("offset", "offsetend", "path")))


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()
        self.method_file: str | None = None
        self.points: list[_Point] = []
        self.module: str | None = None
        self.text: list[str] | None = None
        self.method_name = ""
        self.branches: dict[str, dict[tuple[Any, ...], bool]] = {}
        self.is_first_summary = True
        self.starts: dict[str, dict[int, bool]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in ("SequencePoint", "BranchPoint"):
            if "vc" in attributes:  # one without its visits is none
                self.points.append(_Point(attributes, is_branch=tag == "BranchPoint"))
        elif tag == "FileRef":
            self.method_file = attributes.get("uid")
        elif tag == "File":
            if "uid" in attributes:
                self.files.names[attributes["uid"]] = attributes.get("fullPath", "")
        elif tag == "Method":
            self.method_file = None
            self.method_name = ""
            self.points = []
        elif tag == "Summary" and self.is_first_summary:
            self.is_first_summary = False
            self.summary(attributes)
        elif tag in ("ModuleName", "Name"):
            self.text = []
            self.switch.CharacterDataHandler = self.text.append

    def summary(self, attributes: dict[str, str]) -> None:
        counts = [
            to_count(attributes.get(name))
            for name in (
                "numSequencePoints",
                "visitedSequencePoints",
                "numBranchPoints",
                "visitedBranchPoints",
            )
        ]
        self.builder.declared_lines = (counts[0], counts[1])
        self.builder.declared_branches = (counts[2], counts[3])

    def end(self, tag: str) -> None:
        if tag == "Method":
            self.close_method()
        elif tag == "Module":
            self.files.hand_over(self.builder, self.module, has_branches=True)
            self.module = None
        elif tag in ("ModuleName", "Name") and self.text is not None:
            self.switch.CharacterDataHandler = None
            text = "".join(self.text).strip()
            self.text = None
            if tag == "Name":
                self.method_name = text
            else:
                self.module = text or None

    def close_method(self) -> None:
        for point in self.points:
            key = point.file if point.file in self.files.names else self.method_file
            if key is None or key not in self.files.names:
                continue
            if point.is_branch:
                self.branch_point(key, point)
            elif point.line is not None:
                self.sequence_point(key, point.line, point)
        self.points = []

    def branch_point(self, key: str, point: _Point) -> None:
        branches = self.branches.setdefault(self.files.names[key], {})
        place: tuple[Any, ...] = (self.method_name, point.line or 0, *point.place)
        if not self.method_name or point.place[0] is None:
            place = ("", point.line or 0, len(branches))  # cannot be told from another
        if place not in branches:
            self.builder.count_lines(1)
        branches[place] = branches.get(place, False) or point.hits > 0

    def hand_over_branches(self) -> None:
        """Add the branches of all files, once no module can hold one of them again."""
        for path, points in self.branches.items():
            branches: dict[int, tuple[int, int]] = {}
            for (_, number, *_), is_taken in points.items():
                valid, covered = branches.get(number, (0, 0))
                branches[number] = (valid + 1, covered + is_taken)
            self.builder.file(path).add_branches(branches)

    def sequence_point(self, key: str, first: int, point: _Point) -> None:
        starts = self.starts.setdefault(self.files.names[key], {})
        starts[first] = starts.get(first, False) or point.hits > 0
        last = min(point.last or first, first + RANGE_LIMIT)
        for number in self.builder.span(first, max(first, last), RANGES_LIMIT):
            self.files.hit(key, number, point.hits)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.close_method()
    handler.files.hand_over(builder, handler.module, has_branches=True)
    handler.hand_over_branches()
    for path, starts in handler.starts.items():
        builder.file(path).lines_total = (len(starts), sum(starts.values()))
    builder.note(outcome.problem)
    builder.measures_branches = builder.declared_branches[0] is not None

"""OpenCover XML (OpenCover, coverlet, AltCover): modules, files by number, sequence points.

Policy: a line is the start line of a sequence point, with the most hits of its points; the same
file in several modules is merged; methods without a known file are left out, as are modules that
were skipped. Branch points count each; those of one line are summed within a module.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.dotnet import NumberedFiles, source_line
from dlt_pipelines.parsers.coverage.numbers import to_count
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("opencover-xml",)


def detect(head: Head) -> str | None:
    """Recognise OpenCover by its root."""
    return "opencover-xml" if head.root == "CoverageSession" else None


class _Point:
    __slots__ = ("file", "hits", "is_branch", "line")

    def __init__(self, file: str | None, line: int | None, hits: int, *, is_branch: bool) -> None:
        self.file, self.line, self.hits, self.is_branch = file, line, hits, is_branch


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()
        self.method_file: str | None = None
        self.points: list[_Point] = []
        self.module: str | None = None
        self.text: list[str] | None = None
        self.is_first_summary = True

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "SequencePoint":
            self.points.append(self.point(attributes, is_branch=False))
        elif tag == "BranchPoint":
            self.points.append(self.point(attributes, is_branch=True))
        elif tag == "FileRef":
            self.method_file = attributes.get("uid")
        elif tag == "File":
            if "uid" in attributes:
                self.files.names[attributes["uid"]] = attributes.get("fullPath", "")
        elif tag == "Method":
            self.method_file = None
            self.points = []
        elif tag == "Summary" and self.is_first_summary:
            self.is_first_summary = False
            self.summary(attributes)
        elif tag == "ModuleName":
            self.text = []
            self.switch.CharacterDataHandler = self.text.append

    def point(self, attributes: dict[str, str], *, is_branch: bool) -> _Point:
        return _Point(
            attributes.get("fileid"),
            source_line(attributes.get("sl")),
            to_count(attributes.get("vc")) or 0,
            is_branch=is_branch,
        )

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
        elif tag == "ModuleName" and self.text is not None:
            self.switch.CharacterDataHandler = None
            self.module = "".join(self.text).strip() or None
            self.text = None

    def close_method(self) -> None:
        for point in self.points:
            key = point.file if point.file in self.files.names else self.method_file
            if key is None or key not in self.files.names:
                continue
            if point.is_branch:
                self.files.branch(key, point.line or 0, is_taken=point.hits > 0)
            elif point.line is not None:
                self.files.hit(key, point.line, point.hits)
        self.points = []


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.close_method()
    handler.files.hand_over(builder, handler.module, has_branches=True)
    builder.note(outcome.problem)
    builder.measures_branches = builder.declared_branches[0] is not None

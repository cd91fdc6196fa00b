"""JetBrains dotCover detailed XML: statements with a file number, a range and a verdict.

Policy: every line of a statement's range counts; a line is covered when any statement on it is.
The root's totals count statements and are kept as declared; of a summary, which names no files,
they are all there is.
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

FORMATS = ("dotcover-xml",)


def detect(head: Head) -> str | None:
    """Recognise dotCover by the attributes of its root; early versions do not name themselves."""
    attributes = head.root_attributes
    is_dotcover = "DotCoverVersion" in attributes or attributes.get("ReportType") == "DetailedXml"
    return "dotcover-xml" if head.root == "Root" and is_dotcover else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Statement":
            key = attributes.get("FileIndex")
            first = source_line(attributes.get("Line"))
            if key is None or first is None:
                return
            hits = 1 if attributes.get("Covered", "").lower() == "true" else 0
            last = source_line(attributes.get("EndLine")) or first
            for number in self.builder.span(first, min(last, first + RANGE_LIMIT), RANGES_LIMIT):
                self.files.most(key, number, hits)
        elif tag == "File" and "Index" in attributes:
            self.files.names[attributes["Index"]] = attributes.get("Name", "")
        elif tag == "Root":
            self.builder.declared_lines = (
                to_count(attributes.get("TotalStatements")),
                to_count(attributes.get("CoveredStatements")),
            )
            self.builder.generator = f"dotCover {attributes.get('DotCoverVersion', '')}".strip()

    def end(self, tag: str) -> None:
        """Nothing ends that matters."""


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.files.hand_over(builder, None)
    builder.note(outcome.problem)
    valid, covered = builder.declared_lines
    if not builder.files and valid is not None and covered is not None:
        builder.lines_total = (valid, covered)

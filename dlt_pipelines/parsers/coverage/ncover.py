"""NCover 1.5 XML and mprof (Mono) XML: methods with places that name their file.

NCover: `seqpnt` with `visitcount`, `line`, `document`. mprof: `statement` with `counter`, `line`
under a `method` with a `filename`, where a counter other than 0 says only that the place was run.
The visits of a line's places add up; excluded places are left out.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.dotnet import NumberedFiles, source_line
from dlt_pipelines.parsers.coverage.numbers import to_count
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("ncover-xml", "mprof-xml")


def detect(head: Head) -> str | None:
    """Recognise either by what only it has below a `coverage` root."""
    if head.root != "coverage":
        return None
    elements = set(head.elements)
    if "profilerVersion" in head.root_attributes or {"module", "seqpnt"} <= elements:
        return "ncover-xml"
    if {"assembly", "method", "statement"} <= elements or (
        "assembly" in elements and "method-count" in head.text[:8_000]
    ):
        return "mprof-xml"
    return None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()
        self.method_file = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "seqpnt":
            path = attributes.get("document", "")
            if attributes.get("excluded") != "true":
                self.place(path, attributes.get("line"), attributes.get("visitcount"))
        elif tag == "statement":
            number = source_line(attributes.get("line"))
            if number is not None and self.method_file:
                self.files.names[self.method_file] = self.method_file
                hits = 1 if to_count(attributes.get("counter")) else 0
                self.files.most(self.method_file, number, hits)
        elif tag == "method":
            self.method_file = attributes.get("filename", "")
        elif tag == "coverage" and "profilerVersion" in attributes:
            self.builder.generator = f"NCover {attributes['profilerVersion']}"

    def place(self, path: str, line: str | None, count: str | None) -> None:
        number = source_line(line)
        if number is not None and path:
            self.files.names[path] = path
            self.files.hit(path, number, to_count(count) or 0)

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

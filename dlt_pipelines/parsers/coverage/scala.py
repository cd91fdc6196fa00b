"""scoverage XML: statements with their source file and line.

Policy: a line is covered when any statement on it ran, with the most runs; statements marked
`branch` are its branches; ignored statements are left out. The root's totals count statements and
are kept as declared.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.dotnet import NumberedFiles
from dlt_pipelines.parsers.coverage.numbers import to_count, to_line
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("scoverage-xml",)


def detect(head: Head) -> str | None:
    """Recognise scoverage by its root."""
    return "scoverage-xml" if head.root == "scoverage" else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()
        self.class_file = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "statement":
            path = attributes.get("source") or self.class_file
            number = to_line(attributes.get("line"))
            if not path or number is None or attributes.get("ignored") == "true":
                return
            hits = to_count(attributes.get("invocation-count")) or 0
            self.files.names[path] = path
            self.files.most(path, number, hits)
            if attributes.get("branch") == "true":
                self.files.branch(path, number, is_taken=hits > 0)
        elif tag == "class":
            self.class_file = attributes.get("filename", "")
        elif tag == "scoverage":
            self.builder.declared_lines = (
                to_count(attributes.get("statement-count")),
                to_count(attributes.get("statements-invoked")),
            )

    def end(self, tag: str) -> None:
        """Nothing ends that matters."""


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    handler = _Handler(builder)
    outcome = drive(source, handler)
    handler.files.hand_over(builder, None, has_branches=True)
    builder.note(outcome.problem)

"""PHPUnit's own XML (`--coverage-xml`): an index of all files, and a document of each file.

Policy: totals alone. A document of a file lists the lines that ran, not those that did not, so
rows of them would say that everything ran.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder
from dlt_pipelines.parsers.coverage.numbers import to_count
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("phpunit-xml",)

_NAMESPACE = "schema.phpunit.de/coverage"


def detect(head: Head) -> str | None:
    """Recognise the root by its namespace."""
    is_coverage = head.root == "phpunit" and _NAMESPACE in head.root_namespace
    return "phpunit-xml" if is_coverage else None


class _Handler:
    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.file: FileRecord | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "file":
            self.file = self.builder.file(_path(attributes))
        elif tag == "lines" and self.file is not None and self.file.lines_total is None:
            valid = to_count(attributes.get("executable"))
            covered = to_count(attributes.get("executed"))
            if valid is not None and covered is not None:
                self.file.lines_total = (valid, min(covered, valid))
        elif tag in ("methods", "functions") and self.file is not None:
            count, tested = to_count(attributes.get("count")), to_count(attributes.get("tested"))
            known = self.file.functions or (0, 0)
            self.file.functions = (known[0] + (count or 0), known[1] + (tested or 0))
        elif tag == "project" and attributes.get("source"):
            self.builder.source_roots.append(attributes["source"])
        elif tag == "build" and attributes.get("phpunit"):
            self.builder.generator = f"PHPUnit {attributes['phpunit']}"

    def end(self, tag: str) -> None:
        if tag == "totals" and self.file is not None:
            self.file = None


def _path(attributes: dict[str, str]) -> str:
    """Return a file's path: the index names its document, the document its folder."""
    if attributes.get("href"):
        return attributes["href"].removesuffix(".xml")
    folder, name = attributes.get("path", "").strip("/"), attributes.get("name", "")
    return f"{folder}/{name}" if folder else name


def read(source: Source, builder: ReportBuilder) -> None:
    """Read either document into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    outcome = drive(source, _Handler(builder))
    builder.note(outcome.problem)

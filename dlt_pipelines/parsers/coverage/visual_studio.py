"""Visual Studio coverage as XML, both shapes.

`CoverageDSPriv` (`.coveragexml`): `Lines` with child elements and a `Coverage` code of 0 covered,
1 partly, 2 not; file names come at the end. `results` (dotnet-coverage, CodeCoverage.exe):
`range` elements with `covered` yes, partial or no; file names come at the end of each module.

Policy: every line of a range counts; a line is covered when any range on it is, partly included,
and a line that is covered only in part has two branches of which one was taken.
"""

from typing import Any

from dlt_pipelines.parsers.coverage.builder import ReportBuilder
from dlt_pipelines.parsers.coverage.dotnet import (
    RANGE_LIMIT,
    RANGES_LIMIT,
    NumberedFiles,
    source_line,
)
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.head import Head
from dlt_pipelines.parsers.xml_stream import drive

FORMATS = ("vs-coverage-ds-xml", "vs-coverage-xml")


def detect(head: Head) -> str | None:
    """Recognise either by its root."""
    if head.root == "CoverageDSPriv":
        return "vs-coverage-ds-xml"
    elements = set(head.elements)
    is_results = head.root == "results" and "modules" in elements and "module" in elements
    return "vs-coverage-xml" if is_results else None


class _Ranges:
    """What both shapes share: ranges of lines by file number."""

    def __init__(self, builder: ReportBuilder) -> None:
        self.builder = builder
        self.switch: Any = None
        self.files = NumberedFiles()

    def add(self, key: str | None, first: str | None, last: str | None, hits: int) -> None:
        start = source_line(first)
        if key is None or start is None:
            return
        end = source_line(last) or start
        for number in self.builder.span(start, min(end, start + RANGE_LIMIT), RANGES_LIMIT):
            self.files.most(key, number, hits)


class _DataSet(_Ranges):
    """`CoverageDSPriv`."""

    FIELDS = frozenset(
        {"LnStart", "LnEnd", "Coverage", "SourceFileID", "SourceFileName", "ModuleName"}
    )

    def __init__(self, builder: ReportBuilder) -> None:
        super().__init__(builder)
        self.row: dict[str, str] = {}
        self.text: list[str] = []

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if tag in self.FIELDS:
            self.text = []
            self.switch.CharacterDataHandler = self.text.append
        elif tag in ("Lines", "SourceFileNames"):
            self.row = {}

    def end(self, tag: str) -> None:
        if tag in self.FIELDS:
            self.switch.CharacterDataHandler = None
            self.row[tag] = "".join(self.text).strip()
        elif tag == "Lines":
            row = self.row
            hits = 0 if row.get("Coverage") == "2" else 1
            self.add(row.get("SourceFileID"), row.get("LnStart"), row.get("LnEnd"), hits)
        elif tag == "SourceFileNames":
            self.files.names[self.row.get("SourceFileID", "")] = self.row.get("SourceFileName", "")


class _Results(_Ranges):
    """`results`."""

    def __init__(self, builder: ReportBuilder) -> None:
        super().__init__(builder)
        self.module: str | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "range":
            hits = 0 if attributes.get("covered") == "no" else 1
            self.add(
                attributes.get("source_id"),
                attributes.get("start_line"),
                attributes.get("end_line"),
                hits,
            )
        elif tag == "source_file" and "id" in attributes:
            self.files.names[attributes["id"]] = attributes.get("path", "")
        elif tag == "module":
            self.module = attributes.get("name")

    def end(self, tag: str) -> None:
        if tag == "module":
            self.files.hand_over(self.builder, self.module)


def read(source: Source, builder: ReportBuilder) -> None:
    """Read a report into `builder`.

    Raises:
        ParseError: The document declares entities.
    """
    is_data_set = builder.format == "vs-coverage-ds-xml"
    handler = _DataSet(builder) if is_data_set else _Results(builder)
    outcome = drive(source, handler)
    handler.files.hand_over(builder, None)
    builder.note(outcome.problem)

"""Coverage report formats: bytes in, files and lines out.

    head ──detect──> format name ──read──> CoverageReport, and rows in the sink

Each module of this package knows one format or one family: `FORMATS`, `detect(head)` and
`read(source, builder)`. Nothing here knows where reports come from or go to.
"""

from importlib import import_module

from dlt_pipelines.parsers.coverage.builder import ReportBuilder, TooLargeError
from dlt_pipelines.parsers.coverage.model import CoverageReport, Sink
from dlt_pipelines.parsers.coverage.source import Source
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import Head

__all__ = ["FORMATS", "CoverageReport", "Sink", "detect", "read"]

_MODULES: dict[str, tuple[str, ...]] = {
    "opencover": ("opencover-xml",),
    "visual_studio": ("vs-coverage-ds-xml", "vs-coverage-xml"),
    "dotcover": ("dotcover-xml",),
    "scala": ("scoverage-xml",),
    "jacoco": ("jacoco-xml",),
    "sonarqube": ("sonarqube-generic-xml",),
    "ncover": ("ncover-xml", "mprof-xml"),
    "clover": ("clover-xml",),
    "cobertura": ("cobertura-xml",),
    "istanbul": ("istanbul-json", "istanbul-summary-json"),
    "coverage_py": ("coveragepy-json", "coveragepy-text"),
    "llvm": ("llvm-cov-json",),
    "gcov": ("gcov-text", "gcov-json", "gcovr-json", "gcovr-summary-json"),
    "salesforce": ("salesforce-json",),
    "services": ("codecov-json", "coveralls-json"),
    "summaries": ("octocov-json", "reportgenerator-summary-json"),
    "simplecov": ("simplecov-json",),
    "apple": ("xccov-json", "xccov-lines-json"),
    "rust": ("tarpaulin-json", "covdir-json"),
    "phpunit": ("phpunit-xml",),
    "annotated": ("llvm-cov-text", "luacov-text", "dlang-text"),
    "lcov": ("lcov",),
    "go": ("go-cover",),
    "jacoco_csv": ("jacoco-csv",),
}
"""Module → formats that it reads, in the order in which they are asked."""

FORMATS: dict[str, str] = {name: module for module, names in _MODULES.items() for name in names}
"""Format name → module that reads it."""


def detect(head: Head) -> str | None:
    """Return the name of the coverage format that a report's start shows, None if it is none."""
    for name in _MODULES:
        module = import_module(f"{__name__}.{name}")
        found: str | None = module.detect(head)
        if found:
            return found
    return None


def read(source: Source, report_format: str, sink: Sink, *, name: str = "") -> CoverageReport:
    """Read one coverage report.

    Args:
        source: Its bytes, or a seekable binary stream standing at its start.
        report_format: Name that `detect` gave.
        sink: Takes the rows of files and lines; nothing is put in before the report was read.
        name: Its file name: a few formats leave the source file's name to it.

    Returns:
        The summary; `parse` is `partial` when something was lost or mended, with the reason.

    Raises:
        ParseError: The content can't be read as this format at all.
    """
    module = import_module(f"{__name__}.{FORMATS[report_format]}")
    builder = ReportBuilder(report_format)
    builder.name = name
    builder.wants_function_lines = sink.wants_function_lines
    try:
        module.read(source, builder)
    except TooLargeError as error:
        builder.note(error.reason)
    except RecursionError as error:
        raise ParseError("the report nests too deep") from error
    return builder.finish(sink)

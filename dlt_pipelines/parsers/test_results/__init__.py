"""Test reports of every known format to rows of suites and cases.

head = read_head(data, name)
format_name = detect(head)
report = read(data, format_name, sink, name=name)
"""

from importlib import import_module
from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.test_results.detection import detect
from dlt_pipelines.parsers.test_results.model import Sink, TestReport

__all__ = ["READERS", "Sink", "TestReport", "detect", "read"]

READERS = {
    "junit-xml": "junit",
}
"""The module of each format; it is imported when a report of the format comes."""


def read(source: bytes | BinaryIO, format_name: str, sink: Sink, *, name: str = "") -> TestReport:
    """Read a report into a sink.

    Args:
        source: The report's bytes, or a seekable binary stream at its start.
        format_name: As `detect` gave it.
        sink: Takes the rows; set its `report_id` first.
        name: File name for messages.

    Returns:
        The summary; `parse` is `partial` when something was lost or mended.

    Raises:
        ParseError: Nothing could be read.
    """
    module = READERS.get(format_name)
    if module is None:
        msg = f"`{format_name}` is no known format of test reports"
        raise ParseError(msg)
    report: TestReport = import_module(f"{__name__}.{module}").read(source, sink, name)
    return report

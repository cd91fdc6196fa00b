"""CppUnit's and AUnit's XML: lists of failed and of successful tests, no durations.

CppUnit names a test `Class::method`; AUnit names it freely. `FailureType` tells a failed assertion
from an error. Sources: CppUnit's XmlOutputter, AUnit's AUnit.Reporter.XML.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import ERRORED, FAILED, PASSED, Sink, TestReport
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds
from dlt_pipelines.parsers.xml_tree import Node, read_tree


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a CppUnit document."""
    return _read(source, sink, "cppunit-xml", "cppunit")


def read_aunit(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read an AUnit document."""
    return _read(source, sink, "aunit-xml", "aunit")


def _read(source: bytes | BinaryIO, sink: Sink, format_name: str, generator: str) -> TestReport:
    tree = read_tree(source)
    root = tree.root
    collector = Collector(sink, format_name)
    collector.open_suite("")
    for group in root.all("FailedTests", "SuccessfulTests"):
        for test in group.all("FailedTest", "Test"):
            _add(collector, test, is_failed=group.tag == "FailedTests")
    statistics = root.child("Statistics")
    declared = None
    if statistics is not None:
        declared = Totals(
            to_count(statistics.child_text("Tests")),
            to_count(statistics.child_text("Failures")),
            to_count(statistics.child_text("Errors")),
            None,
            to_seconds(root.get("elapsed")),
        )
    return finish_document(collector, tree, generator, declared)


def _add(collector: Collector, test: Node, *, is_failed: bool) -> None:
    full = test.child_text("Name") or ""
    class_name, _, method = full.rpartition("::")
    kind = test.child_text("FailureType")
    location = test.child("Location")
    status = PASSED
    failure = None
    if is_failed:
        status = ERRORED if (kind or "").casefold() == "error" else FAILED
        failure = Failure(kind, test.child_text("Message"))
    collector.add_case(
        method or full,
        status,
        class_name=class_name or None,
        failure=failure,
        file=location.child_text("File") if location else None,
        line=to_line(location.child_text("Line")) if location else None,
        seconds=to_seconds(test.get("elapsed") or test.child_text("Time")),
    )

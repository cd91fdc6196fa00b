"""Boost.Test's XML log and its detailed XML report.

The log (`TestLog`) has an element per message of a test case: `Error` is a failed check,
`FatalError` and `Exception` end the case. The report (`TestResult`) has a result per case.
Times are microseconds. Source: the Boost.Test manual.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_line
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_REPORT_STATUS = {"passed": PASSED, "failed": FAILED, "aborted": ERRORED, "skipped": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a log."""
    tree = read_tree(source)
    collector = Collector(sink, "boost-test-log-xml")
    for root in tree.roots:
        _walk(collector, root)
    return finish_document(collector, tree, "boost.test")


def read_report(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a detailed report."""
    tree = read_tree(source)
    collector = Collector(sink, "boost-test-report-xml")
    for root in tree.roots:
        _walk(collector, root)
    return finish_document(collector, tree, "boost.test")


def _walk(collector: Collector, parent: Node) -> None:
    for node in parent.children:
        if node.tag in ("TestLog", "TestResult", "BoostTestLog"):
            _walk(collector, node)
        elif node.tag == "TestSuite":
            collector.open_suite(node.get("name"), file=node.get("file"))
            _add_stray(collector, node)
            _walk(collector, node)
            collector.close_suite()
        elif node.tag == "TestCase":
            _add(collector, node)
            if node.child("TestSuite", "TestCase") is not None:
                # Old versions log the suites that a case builds while it runs inside that case.
                _walk(collector, node)


def _add(collector: Collector, case: Node) -> None:
    status, failure, at = PASSED, None, case
    for node in case.all("FatalError", "Exception", "Error"):
        is_error = node.tag != "Error"
        if failure is None or (is_error and status == FAILED):
            status = ERRORED if is_error else FAILED
            failure = Failure(node.tag, node.text.strip(), None)
            at = node
    if failure is None:
        status = _REPORT_STATUS.get(case.get("result") or "", PASSED)
        if case.get("skipped") == "yes":
            status, failure = SKIPPED, Failure(None, case.get("reason"))
    collector.add_case(
        case.get("name"),
        status,
        seconds=scaled_seconds(case.child_text("TestingTime"), 1_000_000),
        failure=failure,
        file=case.get("file") or at.get("file"),
        line=to_line(case.get("line") or at.get("line")),
    )


def _add_stray(collector: Collector, suite: Node) -> None:
    """Add an error that stands in a suite, outside of every case, as a case of its own."""
    for node in suite.all("FatalError", "Exception", "Error"):
        collector.add_case(
            collector.suite.name,
            ERRORED,
            failure=Failure(node.tag, node.text.strip()),
            is_synthetic=True,
            file=node.get("file"),
            line=to_line(node.get("line")),
        )

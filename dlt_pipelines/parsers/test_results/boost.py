"""Boost.Test's XML log and its detailed XML report.

The log (`TestLog`) has an element per message of a test case: `Error` is a failed check,
`FatalError` and `Exception` end the case. With a log level of `error` it tells no case: then its
messages are one errored, synthetic case. The report (`TestResult`) has a result per case; a short
one has the totals of the module, among whose failed cases are the aborted ones.
Times are microseconds. Source: the Boost.Test manual.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_REPORT_STATUS = {"passed": PASSED, "failed": FAILED, "aborted": ERRORED, "skipped": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a log."""
    tree = read_tree(source)
    collector = Collector(sink, "boost-test-log-xml")
    for root in tree.roots:
        _walk(collector, root)
        _add_stray(collector, root, only_first=True)
    return finish_document(collector, tree, "boost.test")


def read_report(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a detailed report."""
    tree = read_tree(source)
    collector = Collector(sink, "boost-test-report-xml")
    declared = Totals()
    for root in tree.roots:
        _walk(collector, root)
        for module in root.all("TestSuite"):
            declared.add(_totals(module))
    return finish_document(collector, tree, "boost.test", declared)


def _totals(module: Node) -> Totals:
    """Return the totals of a module and all suites in it."""
    count = {
        word: to_count(module.get(f"test_cases_{word}")) or 0
        for word in ("passed", "passed_with_warnings", "failed", "aborted", "skipped")
    }
    if module.get("test_cases_passed") is None:
        return Totals()
    ran = count["passed"] + count["passed_with_warnings"] + count["failed"]
    errored = min(count["aborted"], count["failed"])
    failed = count["failed"] - errored
    return Totals(ran + count["skipped"], failed, errored, count["skipped"])


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


def _add_stray(collector: Collector, suite: Node, *, only_first: bool = False) -> None:
    """Add an error that stands in a suite, outside of every case, as a case of its own."""
    found = suite.all("FatalError", "Exception", "Error")
    for node in found[:1] if only_first else found:
        collector.add_case(
            collector.suite.name,
            ERRORED,
            failure=Failure(node.tag, node.text.strip()),
            is_synthetic=True,
            file=node.get("file"),
            line=to_line(node.get("line")),
        )

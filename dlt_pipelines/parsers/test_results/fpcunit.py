"""FPCUnit's XML (Free Pascal): nested `TestSuite` elements with `Test` elements."""

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
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"ok": PASSED, "failed": FAILED, "error": ERRORED, "ignored": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a document."""
    tree = read_tree(source)
    collector = Collector(sink, "fpcunit-xml")
    root = tree.root
    for listing in root.all("TestListing"):
        _walk(collector, listing)
    declared = Totals(
        to_count(root.child_text("NumberOfRunTests")),
        to_count(root.child_text("NumberOfFailures")),
        to_count(root.child_text("NumberOfErrors")),
        to_count(root.child_text("NumberOfIgnoredTests")),
        to_seconds(root.child_text("TotalElapsedTime")),
    )
    return finish_document(collector, tree, "fpcunit", declared)


def _walk(collector: Collector, parent: Node) -> None:
    for node in parent.children:
        if node.tag == "TestSuite":
            collector.open_suite(
                node.get("Name"), time_seconds=to_seconds(node.get("ElapsedTime"))
            ).declared = Totals(
                to_count(node.get("NumberOfRunTests")),
                to_count(node.get("NumberOfFailures")),
                to_count(node.get("NumberOfErrors")),
                to_count(node.get("NumberOfIgnoredTests")),
            )
            _walk(collector, node)
            collector.close_suite()
        elif node.tag == "Test":
            status = _STATUS.get((node.get("Result") or "").casefold(), ERRORED)
            message = node.child_text("ExceptionMessage") or node.child_text("Message")
            collector.add_case(
                node.get("Name"),
                status,
                class_name=collector.suite.name,
                seconds=to_seconds(node.get("ElapsedTime")),
                failure=None
                if status == PASSED
                else Failure(node.child_text("ExceptionClass"), message),
                file=node.child_text("SourceUnitName"),
                line=to_line(node.child_text("LineNumber")),
            )

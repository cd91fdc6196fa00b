"""CTest's `Test.xml` for CDash (https://cmake.org): one `Test` element per test program."""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"passed": PASSED, "failed": FAILED, "notrun": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a document; `notrun` is skipped."""
    tree = read_tree(source)
    collector = Collector(sink, "ctest-xml")
    site = tree.root
    for testing in site.walk("Testing"):
        collector.open_suite(
            site.get("BuildName") or "",
            hostname=site.get("Hostname", "Name"),
            started_at=to_timestamp(testing.child_text("StartTestTime")),
        )
        for test in testing.all("Test"):
            _add(collector, test)
        collector.close_suite()
    return finish_document(collector, tree, site.get("Generator") or "ctest")


def _add(collector: Collector, test: Node) -> None:
    results = test.child("Results")
    measured: dict[str, str] = {}
    for measurement in results.all("NamedMeasurement") if results else ():
        measured[measurement.get("name") or ""] = measurement.child_text("Value") or ""
    status = _STATUS.get((test.get("Status") or "").casefold(), FAILED)
    failure = None
    if status != PASSED:
        reason = measured.get("Exit Code") or measured.get("Completion Status")
        output = results.child("Measurement") if results else None
        failure = Failure(
            measured.get("Exit Value"), reason, output.full_text() if output else None
        )
    collector.add_case(
        test.child_text("Name"),
        status,
        class_name=test.child_text("Path"),
        seconds=to_seconds(measured.get("Execution Time")),
        failure=failure,
        has_out=bool(results and results.child("Measurement")),
    )

"""MbUnit 2's XML report: assemblies, namespaces, fixtures, runs."""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_count, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"success": PASSED, "failure": FAILED, "ignore": SKIPPED, "skip": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report."""
    tree = read_tree(source)
    root = tree.root
    collector = Collector(sink, "mbunit-xml")
    started = to_timestamp(root.get("date"))
    for assembly in root.walk("assembly"):
        for fixture in assembly.walk("fixture"):
            collector.open_suite(
                fixture.get("type", "name"), package=assembly.get("name"), started_at=started
            ).declared = _totals(fixture)
            for run in fixture.walk("run"):
                _add(collector, run)
            collector.close_suite()
    return finish_document(collector, tree, "mbunit", _totals(root))


def _totals(node: Node) -> Totals:
    counter = node.child("counter")
    if counter is None:
        return Totals()
    skips = [to_count(counter.get(name)) for name in ("ignore-count", "skip-count")]
    return Totals(
        to_count(counter.get("run-count")),
        to_count(counter.get("failure-count")),
        None,
        sum(count or 0 for count in skips),
        to_seconds(counter.get("duration")),
    )


def _add(collector: Collector, run: Node) -> None:
    status = _STATUS.get((run.get("result") or "").casefold(), FAILED)
    exception = run.child("exception")
    failure = None
    if exception is not None:
        failure = Failure(
            exception.get("type"),
            exception.child_text("message"),
            exception.child_text("stack-trace"),
        )
    out, err = run.child("console-out"), run.child("console-error")
    collector.add_case(
        run.get("name"),
        status,
        class_name=collector.suite.name,
        seconds=to_seconds(run.get("duration")),
        failure=failure,
        has_out=bool(out and out.text),
        has_err=bool(err and err.text),
    )

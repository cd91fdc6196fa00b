"""QtTest's XML: a `TestCase` per class, a `TestFunction` per method, an `Incident` per data row.

The function is the test: its data rows share its verdict, the worst of theirs, and those that did
not pass are kept among its properties.

Words of QTestLib: pass, fail, xfail (expected failure), xpass (unexpected pass, which fails), skip,
and the same with `b` in front for blacklisted functions, whose verdict does not count.
"""

from typing import BinaryIO

from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_line
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"pass": PASSED, "fail": FAILED, "xfail": PASSED, "xpass": FAILED, "skip": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read one or several test classes."""
    tree = read_tree(source)
    collector = Collector(sink, "qtestlib-xml")
    seconds = None
    for root in tree.roots:
        for case in root.walk("TestCase"):
            own = case.child("Duration")
            total = scaled_seconds(own.get("msecs"), 1000) if own else None
            collector.open_suite(case.get("name"), time_seconds=total)
            for function in case.all("TestFunction"):
                _add(collector, function)
            collector.close_suite()
            if total is not None:
                seconds = (seconds or 0.0) + total
    return finish_document(collector, tree, "qttest", time_seconds=seconds)


def _add(collector: Collector, function: Node) -> None:
    duration = function.child("Duration")
    nodes = [
        node
        for node in function.children
        if node.tag == "Incident"
        or (node.tag == "Message" and node.get("type") in ("skip", "bskip"))
    ]
    status, failure, at = _verdict(nodes) if nodes else (PASSED, None, function)
    tags = {node.child_text("DataTag") or "": node.get("type") for node in nodes}
    odd_rows = {tag: word for tag, word in tags.items() if tag and word != "pass"}
    properties: dict[str, object] = {}
    if any(tags):
        properties = {"data_row_count": len(tags), "data_rows_not_passed": odd_rows}
    collector.add_case(
        function.get("name"),
        status,
        class_name=collector.suite.name,
        seconds=scaled_seconds(duration.get("msecs"), 1000) if duration else None,
        failure=failure,
        file=at.get("file") or None,
        line=to_line(at.get("line")),
        properties=properties or None,
    )


def _verdict(nodes: list[Node]) -> tuple[str, Failure | None, Node]:
    """Return the worst of a data row's incidents: failed, skipped, quarantined, passed."""
    order = (PASSED, QUARANTINED, SKIPPED, FAILED)
    worst, failure, at = PASSED, None, nodes[0]
    for node in nodes:
        word = node.get("type") or ""
        status = _STATUS.get(word, PASSED)
        if word.startswith("b") and word[1:] in _STATUS:
            status = QUARANTINED
        if order.index(status) > order.index(worst) or (failure is None and word != "pass"):
            worst = max(worst, status, key=order.index)
            at = node
            failure = Failure(word, node.child_text("Description"))
    return worst, failure, at

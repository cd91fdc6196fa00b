"""Robot Framework's `output.xml`, of every version.

Elements of the run's log (keywords, messages) are left out while reading. Skipped tests came with
version 4; before, a test that wasn't critical could fail without failing the run. Source: the
Robot Framework User Guide and its XML schema.
"""

from datetime import datetime
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
from dlt_pipelines.parsers.values import to_line, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED, "NOT RUN": SKIPPED, "NOT_RUN": SKIPPED}
_LOG = frozenset(
    {"kw", "msg", "for", "if", "while", "try", "group", "variable", "return", "statistics"}
)


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read an output file."""
    tree = read_tree(source, _LOG)
    collector = Collector(sink, "robot-xml")
    for root in tree.roots:
        for suite in [root] if root.tag == "suite" else root.all("suite"):
            _walk(collector, suite, 0)
    return finish_document(collector, tree, (tree.root.get("generator") or "robot")[:80])


def _walk(collector: Collector, suite: Node, depth: int) -> None:
    started, seconds = _times(suite)
    collector.open_suite(
        suite.get("name"), file=suite.get("source"), started_at=started, time_seconds=seconds
    )
    for test in suite.all("test", "task"):
        _add(collector, test, suite)
    if depth < 400:
        for inner in suite.all("suite"):
            _walk(collector, inner, depth + 1)
    collector.close_suite()


def _times(node: Node) -> tuple[datetime | None, float | None]:
    state = node.child("status")
    if state is None:
        return None, None
    elapsed = to_seconds(state.get("elapsed"))
    started = to_timestamp(_iso(state.get("start", "starttime")))
    if elapsed is None and started is not None:
        finished = to_timestamp(_iso(state.get("endtime")))
        if finished is not None and finished >= started:
            elapsed = (finished - started).total_seconds()
    return started, elapsed


def _iso(text: str | None) -> str | None:
    """Turn Robot's own `20240131 12:00:01.234` into ISO 8601."""
    if text and len(text) > 8 and text[:8].isdigit():
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:].strip()}"
    return text


def _add(collector: Collector, test: Node, suite: Node) -> None:
    state = test.child("status")
    status = _STATUS.get((state.get("status") if state else None) or "", FAILED)
    message = state.text.strip() if state else ""
    tags = [tag.text.strip() for tag in test.walk("tag")]
    collector.add_case(
        test.get("name"),
        status,
        class_name=collector.suite.path or None,
        seconds=_times(test)[1],
        failure=Failure(None, message) if status != PASSED else None,
        file=suite.get("source"),
        line=to_line(test.get("line")),
        properties={"tags": tags} if tags else None,
    )

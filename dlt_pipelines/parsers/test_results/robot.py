"""Robot Framework's output, as XML of every version and as JSON, which came with version 7.2.

Elements of the run's log (keywords, messages) are left out while reading. Skipped tests came with
version 4; before, a test that wasn't critical could fail without failing the run. Tests are written
before their suite's tear-down runs: where that fails, they fail, as in Robot's own summary. Source:
the Robot Framework User Guide and its XML schema.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
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
_DEPTH_LIMIT = 400
_TEAR_DOWN = re.compile(
    r"(?:suite teardown failed|(skipped in) suite teardown):\s*(.*)", re.I | re.S
)
"""How the message of a suite begins, or goes on, whose tear-down decides over its tests."""

Verdict = tuple[str, str]
"""Status and message that a tear-down gives to tests."""


@dataclass(slots=True)
class _Item:
    """A suite, a test or a task, whichever way it was written."""

    name: str | None
    status: str
    message: str
    started_at: datetime | None
    seconds: float | None
    source: str | None
    line: int | None
    tags: list[str]
    node: Any


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read an `output.xml`."""
    tree = read_tree(source, _LOG)
    collector = Collector(sink, "robot-xml")
    for root in tree.roots:
        for suite in [root] if root.tag == "suite" else root.all("suite"):
            _walk(collector, _of_node(suite), None, 0)
    return finish_document(collector, tree, (tree.root.get("generator") or "robot")[:80])


def read_json(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read an `output.json`."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "robot-json")
    _walk(collector, _of_dict(as_dict(report.get("suite"))), None, 0)
    return finish_document(collector, document, (text_of(report.get("generator")) or "robot")[:80])


def _walk(collector: Collector, suite: _Item, outer: Verdict | None, depth: int) -> None:
    """Add a suite; `outer` is what a tear-down further out made of its tests."""
    collector.open_suite(
        suite.name, file=suite.source, started_at=suite.started_at, time_seconds=suite.seconds
    )
    torn = _torn_down(suite.message, outer)
    for test in _children(suite.node, "test", "task"):
        _add(collector, test, suite, torn)
    if depth < _DEPTH_LIMIT:
        for inner in _children(suite.node, "suite"):
            _walk(collector, inner, torn, depth + 1)
    collector.close_suite()


def _torn_down(message: str, outer: Verdict | None) -> Verdict | None:
    """Return what tear-downs made of the tests of a suite; one further out ran later."""
    found = _TEAR_DOWN.search(message)
    if found is None or (outer and outer[0] == SKIPPED):
        return outer
    if found[1]:
        return SKIPPED, f"Skipped in parent suite teardown:\n{found[2]}"
    return FAILED, f"Parent suite teardown failed:\n{found[2]}"


def _children(node: Any, *kinds: str) -> Iterable[_Item]:
    if isinstance(node, Node):
        return map(_of_node, node.all(*kinds))
    return (_of_dict(part) for kind in kinds for part in dicts(node.get(f"{kind}s")))


def _of_dict(part: dict[str, Any]) -> _Item:
    return _Item(
        name=text_of(part.get("name")),
        status=str(part.get("status")),
        message=(text_of(part.get("message")) or "").strip(),
        started_at=to_timestamp(part.get("start_time")),
        seconds=to_seconds(part.get("elapsed_time")),
        source=text_of(part.get("source")),
        line=to_line(part.get("lineno")),
        tags=[tag for tag in as_list(part.get("tags")) if isinstance(tag, str)],
        node=part,
    )


def _of_node(node: Node) -> _Item:
    state = node.child("status")
    started, seconds = _times(state)
    is_suite = node.tag == "suite"
    return _Item(
        name=node.get("name"),
        status=(state.get("status") if state else None) or "",
        message=state.text.strip() if state else "",
        started_at=started,
        seconds=seconds,
        source=node.get("source"),
        line=to_line(node.get("line")),
        tags=[] if is_suite else [tag.text.strip() for tag in node.walk("tag")],
        node=node,
    )


def _times(state: Node | None) -> tuple[datetime | None, float | None]:
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


def _add(collector: Collector, test: _Item, suite: _Item, torn: Verdict | None) -> None:
    status, message = _STATUS.get(test.status, FAILED), test.message
    if torn and status == PASSED:
        status, message = torn
    elif torn and torn[0] == SKIPPED:
        status = SKIPPED
    collector.add_case(
        test.name,
        status,
        class_name=collector.suite.path or None,
        seconds=test.seconds,
        failure=Failure(None, message) if status != PASSED else None,
        file=suite.source,
        line=test.line,
        properties={"tags": test.tags} if test.tags else None,
    )

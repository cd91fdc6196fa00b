"""Open Test Reporting: events of JUnit's platform and of PHPUnit 12 as XML, and their hierarchy.

What nothing else names as its parent is a test, unless it says that it is a container; in a
hierarchy a root is one. A container that failed is an errored, synthetic case, unless it only sums
up that a test below it failed; one that was skipped with all its tests is a skipped one. An
aborted test (an assumption that did not hold, an incomplete test) gave no verdict. What started and
never finished is an error. Source: https://github.com/ota4j-team/open-test-reporting.
"""

from collections.abc import Iterator
from datetime import datetime
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
from dlt_pipelines.parsers.values import to_line, to_seconds, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {
    "SUCCESSFUL": PASSED,
    "SKIPPED": SKIPPED,
    "ABORTED": SKIPPED,
    "FAILED": FAILED,
    "ERRORED": ERRORED,
}
_DEPTH_LIMIT = 400


class _Item:
    """A test or a container: what began and what ended it, and what stands below it."""

    def __init__(self, started: Node) -> None:
        self.started = started
        self.finished: Node | None = None
        self.children: list[_Item] = []
        types = {node.text.strip().upper() for node in self.own("type")}
        self.is_container = "CONTAINER" in types

    def own(self, tag: str) -> Iterator[Node]:
        """Yield what it says of itself, not of its children in a hierarchy."""
        for part in self.started.children:
            if part.tag != "child":
                yield from part.walk(tag)

    @property
    def name(self) -> str | None:
        """The name it goes by."""
        return self.started.get("name")

    @property
    def started_at(self) -> datetime | None:
        """When it began."""
        return to_timestamp(self.started.get("time", "start"))

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        told = self.started.get("duration")
        if told is not None or self.finished is None:
            return to_seconds(told)
        start, end = self.started_at, to_timestamp(self.finished.get("time"))
        return (end - start).total_seconds() if start and end and end >= start else None

    @property
    def has_failed_below(self) -> bool:
        """Whether a test or container below it failed."""
        stack = list(self.children)
        while stack:
            item = stack.pop()
            if _result(item)[0] in (FAILED, ERRORED):
                return True
            stack.extend(item.children)
        return False

    def source(self, tag: str) -> Node | None:
        """Return what it says of its place in the code."""
        return next(self.own(tag), None)


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the events of a run; one suite per container."""
    tree = read_tree(source)
    collector = Collector(sink, "open-test-reporting-xml")
    items: dict[str, _Item] = {}
    tops: list[_Item] = []
    generator = "junit"
    for root in tree.roots:
        if any("phpunit" in value for value in root.attributes.values()):
            generator = "phpunit"
        for event in root.all("started", "finished"):
            key = event.get("id") or ""
            if event.tag == "finished":
                if key in items:
                    items[key].finished = event
                continue
            item = items[key] = _Item(event)
            above = items.get(event.get("parentId") or "")
            (above.children if above else tops).append(item)
    for item in tops:
        _walk(collector, item, 0)
    return finish_document(collector, tree, generator)


def read_hierarchy(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a hierarchy, which others make of the events."""
    tree = read_tree(source)
    collector = Collector(sink, "open-test-reporting-hierarchy-xml")
    for execution in tree.roots:
        for node in execution.all("root"):
            item = _hierarchy(node)
            item.is_container = True
            _walk(collector, item, 0)
    return finish_document(collector, tree, "open-test-reporting")


def _hierarchy(top: Node) -> _Item:
    root = _Item(top)
    stack = [root]
    while stack:
        item = stack.pop()
        item.finished = item.started
        item.children = [_Item(node) for node in item.started.all("child")]
        stack.extend(item.children)
    return root


def _walk(collector: Collector, item: _Item, depth: int) -> None:
    if not item.children and not item.is_container:
        _add(collector, item)
        return
    place = item.source("fileSource")
    collector.open_suite(
        item.name,
        file=place.get("path") if place else None,
        started_at=item.started_at,
        time_seconds=item.seconds,
    )
    if depth < _DEPTH_LIMIT:
        for inner in item.children:
            _walk(collector, inner, depth + 1)
    status, failure = _result(item)
    has_failed = status in (FAILED, ERRORED) and (
        failure not in (None, Failure()) or not item.has_failed_below
    )
    if item.finished is not None and (has_failed or (status == SKIPPED and not item.children)):
        _add(collector, item, is_container=True)
    collector.close_suite()


def _result(item: _Item) -> tuple[str, Failure | None]:
    if item.finished is None:
        return ERRORED, Failure(None, "it started but never finished")
    result = item.finished.child("result")
    status = _STATUS.get((result.get("status") if result else None) or "SUCCESSFUL", ERRORED)
    if status == PASSED or result is None:
        return status, None
    thrown = result.child("throwable")
    message = result.child_text("reason")
    if thrown is None:
        return status, Failure(None, message)
    return status, Failure(thrown.get("type"), message, thrown.text.strip() or None)


def _add(collector: Collector, item: _Item, *, is_container: bool = False) -> None:
    status, failure = _result(item)
    if is_container and status == FAILED:
        status = ERRORED
    method = item.source("methodSource") or item.source("classSource")
    place, position = item.source("fileSource"), item.source("filePosition")
    collector.add_case(
        item.name,
        status,
        class_name=(method.get("className") if method else None) or collector.suite.name or None,
        seconds=item.seconds,
        failure=failure,
        file=place.get("path") if place else None,
        line=to_line(position.get("line")) if position else None,
        is_synthetic=is_container,
    )

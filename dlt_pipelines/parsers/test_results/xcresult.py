"""What `xcrun xcresulttool get test-results tests` prints of an Xcode result bundle, as JSON.

A node of the type `Test Case` is a test. Below it stand its repetitions, which are its tries, its
arguments or its devices, and the messages of its failures. An expected failure gave no verdict.
A failure of a bundle or a suite itself, such as a runner that crashed, is an errored case.
Source: `xcrun xcresulttool help get test-results tests --schema` of Xcode 16.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document, joined
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_seconds

_STATUS = {
    "Passed": PASSED,
    "Failed": FAILED,
    "Skipped": SKIPPED,
    "Expected Failure": QUARANTINED,
}
_FAILURE = "Failure Message"
_NOTES = (_FAILURE, "Skip Message", "Runtime Warning", "Attachment", "Source Code Reference")
"""Nodes that say something of the one around them."""
_DEPTH_LIMIT = 100
_TRIES_LIMIT = 1_000


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a tree of tests; one suite per plan, bundle and suite."""
    document = read_document(source)
    collector = Collector(sink, "xcresult-json")
    for node in dicts(as_dict(document.value).get("testNodes")):
        _walk(collector, node, 0)
    return finish_document(collector, document, "xctest")


def _walk(collector: Collector, node: dict[str, Any], depth: int) -> None:
    if node.get("nodeType") == "Test Case":
        _add(collector, node)
        return
    suite = collector.open_suite(text_of(node.get("name")))
    children = dicts(node.get("children"))
    if depth < _DEPTH_LIMIT:
        for child in children:
            if child.get("nodeType") not in _NOTES:
                _walk(collector, child, depth + 1)
    said = [text_of(part.get("name")) for part in children if part.get("nodeType") == _FAILURE]
    if said:
        collector.add_case(
            suite.name, ERRORED, failure=Failure(None, said[0], joined(*said[1:])),
            is_synthetic=True,
        )  # fmt: skip
    collector.close_suite()


def _add(collector: Collector, case: dict[str, Any]) -> None:
    identifier = text_of(case.get("nodeIdentifier")) or ""
    shared: dict[str, Any] = {
        "class_name": identifier.rpartition("/")[0] or collector.suite.name or None
    }
    title = text_of(case.get("name")) or identifier.rpartition("/")[2]
    tries = [part for part in dicts(case.get("children")) if part.get("nodeType") == "Repetition"]
    for index, part in enumerate(tries[:-1][:_TRIES_LIMIT]):
        collector.add_case(
            title,
            _status(part),
            seconds=_seconds(part),
            failure=_failure(part),
            retry_index=index,
            is_final=False,
            **shared,
        )
    status = _status(case)
    collector.add_case(
        title,
        status,
        seconds=_seconds(tries[-1] if tries else case),
        failure=_failure(case) if status != PASSED else None,
        retry_index=min(max(0, len(tries) - 1), _TRIES_LIMIT),
        **shared,
    )


def _status(node: dict[str, Any]) -> str:
    return _STATUS.get(str(node.get("result")), SKIPPED)


def _seconds(node: dict[str, Any]) -> float | None:
    seconds = to_seconds(node.get("durationInSeconds"))
    return to_seconds(node.get("duration")) if seconds is None else seconds


def _failure(node: dict[str, Any]) -> Failure | None:
    """Return the first message of a failure below a node; of a skip the node itself tells."""
    stack = [node]
    messages: list[str] = []
    while stack:
        part = stack.pop()
        if part.get("nodeType") in (_FAILURE, "Skip Message"):
            messages.append(text_of(part.get("name")) or "")
        stack.extend(reversed(dicts(part.get("children"))))
    message = messages[0] if messages else text_of(node.get("details"))
    return Failure(None, message, "\n".join(messages[1:]) or None) if message else None

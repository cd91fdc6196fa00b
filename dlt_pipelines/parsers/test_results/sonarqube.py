"""SonarQube's generic test executions: test files with their cases, durations in milliseconds.

Form: https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/test-coverage/
generic-test-data/. `unitTest` is the root of the form before version 6.2.
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
from dlt_pipelines.parsers.values import to_seconds
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_VERDICTS = (("error", ERRORED), ("failure", FAILED), ("skipped", SKIPPED))


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per file."""
    tree = read_tree(source)
    collector = Collector(sink, "sonarqube-test-xml")
    for file in tree.root.walk("file"):
        path = file.get("path")
        collector.open_suite(path, file=path)
        for case in file.walk("testCase"):
            _add(collector, case, path)
        collector.close_suite()
    return finish_document(collector, tree, None)


def _add(collector: Collector, case: Node, path: str | None) -> None:
    status, failure = PASSED, None
    for tag, verdict in _VERDICTS:
        found = case.child(tag)
        if found is not None:
            status, failure = verdict, Failure(None, found.get("message"), found.text or None)
            break
    milliseconds = to_seconds(case.get("duration"))
    collector.add_case(
        case.get("name"),
        status,
        seconds=None if milliseconds is None else milliseconds / 1000,
        failure=failure,
        file=path,
    )

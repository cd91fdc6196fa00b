"""Allure results: of version 2 a file per test, of version 1 an XML document per suite.

Version 2 has containers with the fixtures of tests, too; a container holds no test.
`broken` is an error. A muted failure gives no verdict (quarantined).
Sources: https://allurereport.org/docs/how-it-works-test-result-file/, and the schema of Allure 1.4
(https://github.com/allure-framework/allure1, `allure.xsd`).
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_count, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"passed": PASSED, "failed": FAILED, "broken": ERRORED, "skipped": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a result or a container."""
    document = read_document(source)
    result = as_dict(document.value)
    collector = Collector(sink, "allure2-json")
    labels: dict[str, str] = {}
    for label in dicts(result.get("labels")):
        key, value = text_of(label.get("name")), text_of(label.get("value"))
        if key and value:
            labels.setdefault(key, value)
    if "status" in result or "labels" in result:
        suites = [labels[key] for key in ("parentSuite", "suite", "subSuite") if key in labels]
        for suite in suites:
            collector.open_suite(suite, hostname=labels.get("host"))
        details = as_dict(result.get("statusDetails"))
        status = _STATUS.get(str(result.get("status")), SKIPPED)
        if details.get("muted") is True and status in (FAILED, ERRORED):
            status = QUARANTINED
        parameters = [
            f"{part.get('name')}={part.get('value')}" for part in dicts(result.get("parameters"))
        ]
        failure = None
        if status != PASSED:
            failure = Failure(None, text_of(details.get("message")), text_of(details.get("trace")))
        collector.add_case(
            text_of(result.get("name")),
            status,
            class_name=labels.get("testClass") or labels.get("package"),
            seconds=_seconds(result),
            failure=failure,
            parameters=", ".join(parameters) or None,
            owner_tag=labels.get("owner"),
            properties={**labels, "history_id": result.get("historyId"),
                        "full_name": result.get("fullName")},
        )  # fmt: skip
    return finish_document(collector, document, labels.get("framework") or "allure")


def read_v1(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a suite of version 1; a test without a known status gave no verdict."""
    tree = read_tree(source)
    collector = Collector(sink, "allure1-xml")
    for suite in tree.roots:
        collector.open_suite(
            suite.child_text("name", "title"),
            started_at=to_timestamp(suite.get("start")),
            time_seconds=_seconds(suite.attributes),
        )
        for held in suite.all("test-cases"):
            for case in held.all("test-case"):
                _add_v1(collector, case)
        collector.close_suite()
    return finish_document(collector, tree, "allure")


def _add_v1(collector: Collector, case: Node) -> None:
    status = _STATUS.get((case.get("status") or "").casefold(), SKIPPED)
    broken = case.child("failure")
    failure = None
    if broken is not None and status != PASSED:
        failure = Failure(None, broken.child_text("message"), broken.child_text("stack-trace"))
    labels = {label.get("name") or "": label.get("value") or "" for label in case.walk("label")}
    parameters = [
        f"{part.get('name')}={part.get('value')}"
        for held in case.all("parameters")
        for part in held.all("parameter")
        if (part.get("kind") or "").casefold() == "argument"
    ]
    collector.add_case(
        case.child_text("name", "title"),
        status,
        class_name=labels.get("testClass") or collector.suite.name,
        seconds=_seconds(case.attributes),
        failure=failure,
        parameters=", ".join(parameters) or None,
        owner_tag=labels.get("owner"),
        properties=labels or None,
    )


def _seconds(part: dict[str, Any]) -> float | None:
    start, stop = to_count(part.get("start")), to_count(part.get("stop"))
    return (stop - start) / 1000 if start and stop and stop >= start else None

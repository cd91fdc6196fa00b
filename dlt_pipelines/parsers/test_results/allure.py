"""Allure 2 results: one file per test, and containers with the fixtures of tests.

`broken` is an error. A muted failure gives no verdict (quarantined). A container holds no test.
Source: https://allurereport.org/docs/how-it-works-test-result-file/.
"""

from typing import BinaryIO

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
from dlt_pipelines.parsers.values import to_count

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
    if "status" in result:
        suites = [labels[key] for key in ("parentSuite", "suite", "subSuite") if key in labels]
        for suite in suites:
            collector.open_suite(suite, hostname=labels.get("host"))
        details = as_dict(result.get("statusDetails"))
        status = _STATUS.get(str(result.get("status")), SKIPPED)
        if details.get("muted") is True and status in (FAILED, ERRORED):
            status = QUARANTINED
        start, stop = to_count(result.get("start")), to_count(result.get("stop"))
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
            seconds=(stop - start) / 1000 if start and stop and stop >= start else None,
            failure=failure,
            parameters=", ".join(parameters) or None,
            owner_tag=labels.get("owner"),
            properties={**labels, "history_id": result.get("historyId"),
                        "full_name": result.get("fullName")},
        )  # fmt: skip
    return finish_document(collector, document, labels.get("framework") or "allure")

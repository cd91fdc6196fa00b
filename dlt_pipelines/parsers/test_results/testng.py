"""TestNG's `testng-results.xml`: suites, tests, classes, methods.

Configuration methods (`is-config`) are no tests; what one that failed kept from running says
skipped. A try that a retry analyzer has run again stands as skipped, with the
exception of its failure. A parameter without words of its own is written with the address of its
object (`shop.Order@1b2c3d`), which is another one in each try and run: it is left out.
Source: https://testng.org documentation of the XML reporter.
"""

import re
from collections import Counter
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
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_timestamp
from dlt_pipelines.parsers.xml_tree import Node, read_tree

_STATUS = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED, "SUCCESS_PERCENTAGE_FAILURE": PASSED}

# Bounded and from the start of a word on, or a long text would be searched from each letter anew.
_ADDRESS = re.compile(
    r"(\[{0,9}(?<![\w$])[\w$]{1,200}(?:\.[\w$]{1,200}){1,30};?|\[{1,9}[A-Z])"
    r"@[0-9a-f]{1,8}(?![\w.@-])"
)
"""How Java shows an object that says nothing of itself: class and address."""


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a results document."""
    tree = read_tree(source)
    root = tree.root
    collector = Collector(sink, "testng-xml")
    for suite in root.all("suite"):
        collector.open_suite(suite.get("name"), **_times(suite))
        for test in suite.all("test"):
            collector.open_suite(test.get("name"), **_times(test))
            for group in test.all("class"):
                collector.open_suite(group.get("name"))
                retries: Counter[tuple[str | None, ...]] = Counter()
                for method in group.all("test-method"):
                    _add(collector, method, retries)
                collector.close_suite()
            collector.close_suite()
        collector.close_suite()
    skipped = [to_count(root.get(word)) for word in ("skipped", "ignored")]
    declared = Totals(
        to_count(root.get("total")),
        to_count(root.get("failed")),
        None,
        sum(count or 0 for count in skipped) if skipped[0] is not None else None,
    )
    return finish_document(collector, tree, "testng", declared)


def _times(node: Node) -> dict[str, object]:
    return {
        "started_at": to_timestamp(node.get("started-at")),
        "time_seconds": scaled_seconds(node.get("duration-ms"), 1000),
    }


def _add(collector: Collector, method: Node, retries: Counter[tuple[str | None, ...]]) -> None:
    """Add a method; `retries` counts the tries of each test since its last final one."""
    if method.get("is-config") == "true":
        return
    is_retried = method.get("retried") == "true"
    status = _STATUS.get(method.get("status") or "", FAILED)
    exception = method.child("exception")
    if is_retried and exception is not None:
        status = FAILED
    failure = None
    if exception is not None and status != PASSED:
        failure = Failure(
            exception.get("class"),
            exception.child_text("message"),
            exception.child_text("full-stacktrace", "short-stacktrace"),
        )
    values = [_ADDRESS.sub(r"\1", value.text.strip()) for value in method.walk("value")]
    parameters = ", ".join(values) or None
    test = method.get("name"), parameters
    retry_index = retries[test]
    retries[test] = retry_index + 1 if is_retried else 0
    collector.add_case(
        method.get("name"),
        status,
        class_name=collector.suite.name,
        seconds=scaled_seconds(method.get("duration-ms"), 1000),
        failure=failure,
        parameters=parameters,
        retry_index=retry_index,
        is_final=not is_retried,
    )

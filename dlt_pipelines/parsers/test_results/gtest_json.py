"""GoogleTest's JSON report (`--gtest_output=json`): the fields of its XML report, as JSON.

Form: https://google.github.io/googletest/advanced.html#generating-a-json-report. Tests that did
not run (`NOTRUN`, result `SUPPRESSED`) and skipped ones count as skipped; every failed assertion
stands in `failures`, and the first is the test's message.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import FAILED, PASSED, SKIPPED, Sink, TestReport
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds, to_timestamp

_OWN_FIELDS = {
    *("name", "file", "line", "status", "result", "timestamp", "time", "classname", "failures"),
    *("skipped", "type_param", "value_param"),
}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per test suite."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "gtest-json")
    for suite in dicts(report.get("testsuites")):
        collector.open_suite(
            text_of(suite.get("name")), started_at=to_timestamp(suite.get("timestamp"))
        ).declared = _totals(suite)
        for test in dicts(suite.get("testsuite")):
            _add(collector, test)
        collector.close_suite()
    return finish_document(collector, document, "gtest", _totals(report))


def _totals(part: dict[str, Any]) -> Totals:
    skips = [to_count(part.get(name)) for name in ("disabled", "skipped")]
    known = [count for count in skips if count is not None]
    return Totals(
        to_count(part.get("tests")),
        to_count(part.get("failures")),
        to_count(part.get("errors")),
        sum(known) if known else None,
        to_seconds(part.get("time")),
    )


def _add(collector: Collector, test: dict[str, Any]) -> None:
    failures = [text_of(part.get("failure")) for part in dicts(test.get("failures"))]
    ran = str(test.get("status", "")).casefold() != "notrun"
    result = str(test.get("result", "")).casefold()
    if failures:
        status = FAILED
    elif ran and result not in ("skipped", "suppressed"):
        status = PASSED
    else:
        status = SKIPPED
    reasons = [text_of(part.get("message")) for part in dicts(test.get("skipped"))]
    texts = [text for text in (failures or reasons) if text]
    parameters = [text_of(test.get(name)) for name in ("type_param", "value_param")]
    collector.add_case(
        text_of(test.get("name")),
        status,
        class_name=text_of(test.get("classname")),
        parameters=", ".join(part for part in parameters if part) or None,
        seconds=to_seconds(test.get("time")),
        failure=None if status == PASSED else Failure(None, *_split(texts)),
        file=text_of(test.get("file")),
        line=to_line(test.get("line")),
        properties={key: value for key, value in test.items() if key not in _OWN_FIELDS} or None,
    )


def _split(texts: list[str]) -> tuple[str | None, str | None]:
    """Return the first text as the message and the others as details."""
    return (texts[0], "\n".join(texts[1:]) or None) if texts else (None, None)

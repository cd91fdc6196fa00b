"""Playwright's JSON reporter: suites, specs, a test per project, a result per try.

The test's own status is the verdict: `expected` passed, `unexpected` failed, `skipped`, and `flaky`
for a pass after failures: every try is a row, and the summary counts it apart, as Playwright does.
Errors outside of tests are errored, synthetic cases.
Source: https://playwright.dev/docs/api/class-testcase#test-case-outcome.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document, joined
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line

_VERDICT = {"expected": PASSED, "flaky": PASSED, "unexpected": FAILED, "skipped": SKIPPED}
_RESULT = {
    "passed": PASSED,
    "failed": FAILED,
    "timedOut": FAILED,
    "interrupted": ERRORED,
    "skipped": SKIPPED,
}
_DEPTH_LIMIT = 100


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report, also one that was merged from shards."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "playwright-json")
    for suite in dicts(report.get("suites")):
        _walk(collector, suite, 0)
    for error in dicts(report.get("errors")):
        location = as_dict(error.get("location"))
        collector.add_case(
            "error outside of tests",
            ERRORED,
            failure=Failure(None, text_of(error.get("message")), text_of(error.get("stack"))),
            file=text_of(location.get("file")),
            line=to_line(location.get("line")),
            is_synthetic=True,
        )
    stats = as_dict(report.get("stats"))
    declared = Totals()
    if stats:
        counts = [to_count(stats.get(word)) for word in ("expected", "flaky", "unexpected")]
        skipped = to_count(stats.get("skipped"))
        tests = sum(count or 0 for count in counts) + (skipped or 0)
        declared = Totals(tests, counts[2], None, skipped)
    seconds = scaled_seconds(stats.get("duration"), 1000)
    if seconds is None:
        metadata = as_dict(as_dict(report.get("config")).get("metadata"))
        seconds = scaled_seconds(metadata.get("totalTime"), 1000)
    return finish_document(collector, document, "playwright", declared, seconds)


def _walk(collector: Collector, suite: dict[str, Any], depth: int) -> None:
    collector.open_suite(text_of(suite.get("title")), file=text_of(suite.get("file")))
    for spec in dicts(suite.get("specs")):
        for test in dicts(spec.get("tests")):
            _add(collector, spec, test)
    if depth < _DEPTH_LIMIT:
        for inner in dicts(suite.get("suites")):
            _walk(collector, inner, depth + 1)
    collector.close_suite()


def _add(collector: Collector, spec: dict[str, Any], test: dict[str, Any]) -> None:
    results = dicts(test.get("results"))
    verdict = _VERDICT.get(str(test.get("status")))
    expected = str(test.get("expectedStatus") or "passed")
    if verdict is None:
        if not results:
            return
        verdict = _status(results[-1], expected)
    project = text_of(test.get("projectName"))
    notes = [
        joined(note.get("type"), note.get("description")) for note in dicts(test.get("annotations"))
    ]
    properties: dict[str, Any] = {}
    if project:
        properties["project"] = project
    if tags := as_list(spec.get("tags")):
        properties["tags"] = [str(tag) for tag in tags[:50]]
    if notes:
        properties["annotations"] = notes[:50]
    shared: dict[str, Any] = {
        "parameters": project,
        "file": text_of(spec.get("file")),
        "line": to_line(spec.get("line")),
        "class_name": collector.suite.path or None,
        "properties": properties or None,
    }
    title = text_of(spec.get("title"))
    for index, result in enumerate(results or [{}]):
        is_final = index == max(0, len(results) - 1)
        status = verdict if is_final else _status(result, expected)
        errors = dicts(result.get("errors")) or [as_dict(result.get("error"))]
        error = errors[0]
        failure = None
        if status in (FAILED, ERRORED):
            failure = Failure(
                None if result.get("status") == "failed" else text_of(result.get("status")),
                text_of(error.get("message")),
                text_of(error.get("stack")),
            )
        collector.add_case(
            title,
            status,
            seconds=scaled_seconds(result.get("duration"), 1000),
            failure=failure,
            retry_index=to_count(result.get("retry")) or index,
            is_final=is_final,
            is_flaky=test.get("status") == "flaky",
            has_out=bool(result.get("stdout")),
            has_err=bool(result.get("stderr")),
            **shared,
        )


def _status(result: dict[str, Any], expected: str) -> str:
    """Return how one try went; a failure that was expected is a pass and the other way round."""
    word = str(result.get("status"))
    if word == "skipped":
        return SKIPPED
    if word == expected:
        return PASSED
    return FAILED if word == "passed" else _RESULT.get(word, ERRORED)

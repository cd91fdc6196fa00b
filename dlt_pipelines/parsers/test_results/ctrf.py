"""CTRF, the Common Test Report Format (https://ctrf.io).

`pending`, `other` and words of a writer's own gave no verdict and count as skipped. A flaky test
passed in the end: its failed tries become rows, with their messages where `retryAttempts` holds
them.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line

_STATUS = {
    "passed": PASSED,
    "failed": FAILED,
    "skipped": SKIPPED,
    "pending": SKIPPED,
    "other": SKIPPED,
}
_TRIES_LIMIT = 100


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per distinct suite path."""
    document = read_document(source)
    results = as_dict(as_dict(document.value).get("results"))
    collector = Collector(sink, "ctrf-json")
    groups: dict[str, list[dict[str, Any]]] = {}
    for test in dicts(results.get("tests")):
        suite = test.get("suite")
        path = " > ".join(map(str, suite)) if isinstance(suite, list) else text_of(suite) or ""
        groups.setdefault(path, []).append(test)
    for path, tests in groups.items():
        collector.open_suite(path)
        for test in tests:
            _add(collector, test)
        collector.close_suite()
    summary = as_dict(results.get("summary"))
    skipped = [to_count(summary.get(word)) for word in ("skipped", "pending", "other")]
    declared = Totals(
        to_count(summary.get("tests")),
        to_count(summary.get("failed")),
        None,
        sum(count or 0 for count in skipped) if summary else None,
    )
    seconds = scaled_seconds(summary.get("duration"), 1000)
    start, stop = to_count(summary.get("start")), to_count(summary.get("stop"))
    if seconds is None and start and stop and stop >= start:
        seconds = (stop - start) / (1000 if start > 1e11 else 1)
    generator = text_of(as_dict(results.get("tool")).get("name"))
    return finish_document(collector, document, generator, declared, seconds)


def _add(collector: Collector, test: dict[str, Any]) -> None:
    status = _STATUS.get(str(test.get("status")), SKIPPED)
    labels = as_dict(test.get("labels"))
    properties: dict[str, Any] = {}
    for key in ("tags", "labels", "browser", "device", "type", "rawStatus"):
        if test.get(key):
            properties[key] = test[key]
    shared: dict[str, Any] = {
        "file": text_of(test.get("filePath")),
        "line": to_line(test.get("line")),
        "owner_tag": text_of(labels.get("owner")) or text_of(labels.get("team")),
        "class_name": collector.suite.path or None,
        "properties": properties or None,
    }
    title = text_of(test.get("name"))
    attempts = dicts(test.get("retryAttempts"))
    told = to_count(test.get("retries"))
    retries = min(told or 0, _TRIES_LIMIT)
    is_only_try = told == 0 and [part.get("status") for part in attempts] == [test.get("status")]
    if attempts and len(attempts) > retries:
        # Some writers list the final try among the attempts.
        attempts = [] if is_only_try else attempts[: retries or len(attempts)]
    if not attempts and test.get("flaky") is True:
        attempts = [{}] * (retries or 1)
    for index, attempt in enumerate(attempts):
        collector.add_case(
            title,
            _STATUS.get(str(attempt.get("status")), FAILED),
            seconds=scaled_seconds(attempt.get("duration"), 1000),
            failure=Failure(None, text_of(attempt.get("message")), text_of(attempt.get("trace"))),
            retry_index=index,
            is_final=False,
            **shared,
        )
    failure = None
    if status != PASSED:
        failure = Failure(None, text_of(test.get("message")), text_of(test.get("trace")))
    collector.add_case(
        title,
        status,
        seconds=scaled_seconds(test.get("duration"), 1000),
        failure=failure,
        retry_index=len(attempts),
        has_out=bool(as_list(test.get("stdout"))),
        has_err=bool(as_list(test.get("stderr"))),
        **shared,
    )

"""Jest's `--json`, which Vitest and Jasmine reporters write as well.

A file that failed although none of its assertions did (syntax error, failed set-up or tear-down)
has a message: one errored, synthetic case. Source: https://jestjs.io/docs/configuration#testresultsprocessor-string.
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
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_line, to_timestamp

_STATUS = {
    "passed": PASSED,
    "focused": PASSED,
    "failed": FAILED,
    "skipped": SKIPPED,
    "pending": SKIPPED,
    "todo": SKIPPED,
    "disabled": SKIPPED,
}
_TRIES_LIMIT = 1_000


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a report; one suite per test file."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "jest-json")
    for result in dicts(report.get("testResults")):
        _add_file(collector, result)
    skipped = [to_count(report.get(key)) for key in ("numPendingTests", "numTodoTests")]
    declared = Totals(
        to_count(report.get("numTotalTests")),
        to_count(report.get("numFailedTests")),
        None,
        sum(count or 0 for count in skipped) if skipped[0] is not None else None,
    )
    return finish_document(collector, document, "jest", declared)


def _add_file(collector: Collector, result: dict[str, Any]) -> None:
    file = text_of(result.get("name")) or text_of(result.get("testFilePath"))
    # What Jest hands its reporters tells file, times and message in words of their own.
    times = as_dict(result.get("perfStats"))
    started = to_timestamp(result.get("startTime") or times.get("start"))
    ended = to_timestamp(result.get("endTime") or times.get("end"))
    seconds = None
    if started is not None and ended is not None and ended > started:
        # Of a file that failed outside of its tests Jest tells one instant for both.
        seconds = (ended - started).total_seconds()
    collector.open_suite(file, file=file, started_at=started, time_seconds=seconds)
    cases = dicts(result.get("assertionResults")) or dicts(result.get("testResults"))
    for case in cases:
        _add(collector, case, file)
    has_failed_case = any(_status(case) in (FAILED, ERRORED) for case in cases)
    message = joined(result.get("message")) or joined(result.get("failureMessage"))
    # Vitest before 1.0 says `passed` of a file that it could not load; its message says why.
    if (message or result.get("status") == "failed") and not has_failed_case:
        reason = "the file failed outside of its tests" if cases else "the file did not run"
        collector.add_case(
            file,
            ERRORED,
            failure=Failure(None, None, message or reason),
            file=file,
            is_synthetic=True,
        )
    collector.close_suite()


def _status(case: dict[str, Any]) -> str | None:
    """Return the verdict; a word that nobody knows is an error, none is no test."""
    word = text_of(case.get("status"))
    return _STATUS.get(word, ERRORED) if word else None


def _add(collector: Collector, case: dict[str, Any], file: str | None) -> None:
    status = _status(case)
    if status is None:
        return
    ancestors = [part for part in as_list(case.get("ancestorTitles")) if isinstance(part, str)]
    messages = [part for part in as_list(case.get("failureMessages")) if isinstance(part, str)]
    shared: dict[str, Any] = {
        "class_name": " ".join(ancestors) or None,
        "file": file,
        "line": to_line(as_dict(case.get("location")).get("line")),
    }
    title = text_of(case.get("title")) or text_of(case.get("fullName"))
    reasons = [part for part in as_list(case.get("retryReasons")) if isinstance(part, str)]
    if status == PASSED and not reasons:
        reasons = messages
    again = _runs_before_the_last(case, len(reasons))
    for index in range(again):
        # A try may give several reasons; which of them are its own is not told.
        said = reasons[index:] if index == again - 1 else reasons[index : index + 1]
        collector.add_case(
            title, FAILED, failure=Failure(None, None, joined(*said)), retry_index=index,
            is_final=False, **shared,
        )  # fmt: skip
    collector.add_case(
        title,
        status,
        seconds=scaled_seconds(case.get("duration"), 1000),
        failure=Failure(None, None, "\n".join(messages)) if status == FAILED else None,
        retry_index=again,
        **shared,
    )


def _runs_before_the_last(case: dict[str, Any], reason_count: int) -> int:
    """Return how many tries failed before: newer versions of Jest count them."""
    invocations = to_count(case.get("invocations"))
    if invocations:
        return min(invocations - 1, _TRIES_LIMIT)
    return min(reason_count, _TRIES_LIMIT)

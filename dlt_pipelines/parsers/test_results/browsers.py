"""JSON of runners that drive browsers: Karma (karma-json-reporter), TestCafe and WebdriverIO.

Karma lists the results of each browser, which are tests of their own. TestCafe lists fixtures with
their tests; an unstable test passed after failures, in quarantine mode with each of its attempts.
None tells errors from failures; a hook that failed is an errored case in WebdriverIO's. Sources:
https://github.com/douglasduteil/karma-json-reporter,
https://github.com/DevExpress/testcafe-reporter-json, https://webdriver.io/docs/json-reporter.
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
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_timestamp

_TRIES_LIMIT = 1_000
_WEBDRIVERIO = {"passed": PASSED, "failed": FAILED, "skipped": SKIPPED, "pending": SKIPPED}


def read_karma(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run; one suite per browser."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "karma-json")
    browsers = as_dict(report.get("browsers"))
    for key, results in as_dict(report.get("result")).items():
        browser = as_dict(browsers.get(key))
        last = as_dict(browser.get("lastResult"))
        collector.open_suite(
            text_of(browser.get("name")) or key,
            time_seconds=scaled_seconds(last.get("totalTime"), 1000),
        )
        for result in dicts(results):
            _add_karma(collector, result)
        collector.close_suite()
    summary = as_dict(report.get("summary"))
    if summary.get("error") is True and not collector.failed:
        # A script that did not load, or a browser that was lost.
        collector.add_case("test run", ERRORED, is_synthetic=True)
    counts = [to_count(summary.get(word)) for word in ("success", "failed", "skipped")]
    total = sum(count or 0 for count in counts) if counts[0] is not None else None
    return finish_document(collector, document, "karma", Totals(total, counts[1], None, counts[2]))


def _add_karma(collector: Collector, result: dict[str, Any]) -> None:
    if result.get("skipped") is True or result.get("pending") is True:
        status = SKIPPED
    else:
        status = PASSED if result.get("success") is True else FAILED
    log = joined(*as_list(result.get("log")))
    collector.add_case(
        text_of(result.get("description")),
        status,
        class_name=" ".join(map(str, as_list(result.get("suite")))) or None,
        seconds=scaled_seconds(result.get("time"), 1000),
        failure=None if status == PASSED else Failure(None, None, log),
    )


def read_testcafe(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a run; one suite per fixture."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "testcafe-json")
    for fixture in dicts(report.get("fixtures")):
        file = text_of(fixture.get("path"))
        collector.open_suite(text_of(fixture.get("name")), file=file)
        for test in dicts(fixture.get("tests")):
            _add_testcafe(collector, test, file)
        collector.close_suite()
    total, passed, skipped = (to_count(report.get(word)) for word in ("total", "passed", "skipped"))
    failed = None
    if total is not None and passed is not None:
        failed = max(0, total - passed - (skipped or 0))
    start, end = to_timestamp(report.get("startTime")), to_timestamp(report.get("endTime"))
    seconds = (end - start).total_seconds() if start and end and end >= start else None
    declared = Totals(total, failed, None, skipped)
    return finish_document(collector, document, "testcafe", declared, seconds)


def _add_testcafe(collector: Collector, test: dict[str, Any], file: str | None) -> None:
    errors = [error for error in as_list(test.get("errs")) if isinstance(error, str)]
    status = FAILED if test.get("errs") else PASSED
    if test.get("skipped") is True:
        status = SKIPPED
    attempts = [
        as_dict(attempt).get("passed") is True
        for attempt in as_dict(test.get("quarantine")).values()
    ][:_TRIES_LIMIT]
    earlier = attempts[:-1]
    if not attempts and test.get("unstable") is True and status == PASSED:
        earlier = [False]
    shared: dict[str, Any] = {"class_name": collector.suite.name or None, "file": file}
    title = text_of(test.get("name"))
    for index, has_passed in enumerate(earlier):
        collector.add_case(
            title, PASSED if has_passed else FAILED, retry_index=index, is_final=False, **shared
        )
    collector.add_case(
        title,
        status,
        seconds=scaled_seconds(test.get("durationMs"), 1000),
        failure=Failure(None, joined(*errors)) if status == FAILED else None,
        retry_index=len(earlier),
        **shared,
    )


def read_webdriverio(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the run of a spec, or several that were merged; one suite per `describe`."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "webdriverio-json")
    specs = [spec for spec in as_list(report.get("specs")) if isinstance(spec, str)]
    file = specs[0] if len(specs) == 1 else None
    for suite in dicts(report.get("suites")):
        collector.open_suite(
            text_of(suite.get("name")),
            file=file,
            started_at=to_timestamp(suite.get("start")),
            time_seconds=scaled_seconds(suite.get("duration"), 1000),
        )
        for test in dicts(suite.get("tests")):
            _add_webdriverio(collector, test, _WEBDRIVERIO.get(str(test.get("state"))), file)
        for hook in dicts(suite.get("hooks")):
            if hook.get("state") == "failed" or hook.get("error"):
                _add_webdriverio(collector, hook, ERRORED, file, is_hook=True)
        collector.close_suite()
    state = as_dict(report.get("state"))
    counts = [to_count(state.get(word)) for word in ("passed", "failed", "skipped")]
    total = None if counts[0] is None else sum(count or 0 for count in counts)
    declared = Totals(total, counts[1], None, counts[2])
    return finish_document(collector, document, "webdriverio", declared)


def _add_webdriverio(
    collector: Collector,
    entry: dict[str, Any],
    status: str | None,
    file: str | None,
    *,
    is_hook: bool = False,
) -> None:
    """Add a test or a hook; a test that never ended has no state."""
    error = entry.get("error")
    said = as_dict(error).get("message") if isinstance(error, dict) else error
    status = status or ERRORED
    collector.add_case(
        text_of(entry.get("name")) or text_of(entry.get("title")),
        status,
        class_name=collector.suite.name or None,
        file=file,
        seconds=scaled_seconds(entry.get("duration"), 1000),
        failure=None if status == PASSED else Failure(None, text_of(said)),
        is_synthetic=is_hook,
    )

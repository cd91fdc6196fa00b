"""Mocha's JSON reporter, mochawesome, and Cypress' module API.

Mocha lists every test in `tests`, and again in `passes`, `failures`, `pending`; a failed hook is
only in `failures` (mochawesome: among the suite's hooks) and becomes an errored, synthetic case.
Mocha does not tell errors from failures.
Sources: https://mochajs.org/#json, https://github.com/adamgruber/mochawesome,
https://docs.cypress.io/guides/guides/module-api.
"""

from collections import Counter
from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_document, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure, Totals
from dlt_pipelines.parsers.test_results.finishing import finish_document
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_timestamp

_DEPTH_LIMIT = 100
_TRIES_LIMIT = 1_000
_CYPRESS = {"passed": PASSED, "failed": FAILED, "pending": SKIPPED, "skipped": SKIPPED}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read Mocha's own JSON; one suite per file and title of the enclosing `describe`s."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "mocha-json")
    failures, pending = dicts(report.get("failures")), dicts(report.get("pending"))
    tests = dicts(report.get("tests"))
    listed = {_identity(test) for test in tests}
    lists = (dicts(report.get("passes")), failures, pending)
    strays = [test for part in lists for test in part if _identity(test) not in listed]
    tests += strays
    groups: dict[tuple[str, str], list[tuple[dict[str, Any], str]]] = {}
    for test, status in zip(tests, _statuses(tests, failures, pending), strict=True):
        key = text_of(test.get("file")) or "", _parent(test)
        groups.setdefault(key, []).append((test, status))
    for (file, parent), members in groups.items():
        collector.open_suite(parent or file, file=file or None)
        for test, status in members:
            is_hook = '" hook' in (text_of(test.get("title")) or "")
            verdict = ERRORED if is_hook and status == FAILED else status
            _add(collector, test, verdict, is_synthetic=is_hook)
        collector.close_suite()
    return _finish(collector, document, report, "mocha")


def _identity(test: dict[str, Any]) -> tuple[str, str]:
    return text_of(test.get("fullTitle")) or "", text_of(test.get("file")) or ""


def _statuses(
    tests: list[dict[str, Any]], failures: list[dict[str, Any]], pending: list[dict[str, Any]]
) -> list[str]:
    """Return the status of each test.

    Of several with one name as many failed as are listed so, first those that hold an error; of
    the others as many are pending as are listed so, first those that took no time.
    """
    failed, skipped = Counter(map(_identity, failures)), Counter(map(_identity, pending))
    statuses = [PASSED] * len(tests)
    for index in sorted(range(len(tests)), key=lambda index: not tests[index].get("err")):
        if failed[_identity(tests[index])] > 0:
            failed[_identity(tests[index])] -= 1
            statuses[index] = FAILED
    for index in sorted(range(len(tests)), key=lambda index: bool(tests[index].get("duration"))):
        if statuses[index] == PASSED and skipped[_identity(tests[index])] > 0:
            skipped[_identity(tests[index])] -= 1
            statuses[index] = SKIPPED
    return statuses


def _parent(test: dict[str, Any]) -> str:
    full, title = text_of(test.get("fullTitle")) or "", text_of(test.get("title")) or ""
    return full.removesuffix(title).strip() if title else full


def _add(
    collector: Collector,
    test: dict[str, Any],
    status: str,
    *,
    file: str | None = None,
    is_synthetic: bool = False,
) -> None:
    error = as_dict(test.get("err"))
    failure = None
    if status in (FAILED, ERRORED):
        failure = Failure(
            text_of(error.get("name")),
            text_of(error.get("message")),
            text_of(error.get("stack")) or text_of(error.get("estack")),
        )
    retries = min(to_count(test.get("currentRetry")) or 0, _TRIES_LIMIT)
    title = text_of(test.get("title"))
    shared: dict[str, Any] = {
        "class_name": _parent(test) or None,
        "file": text_of(test.get("file")) or collector.suite.file or file,
        "is_synthetic": is_synthetic,
    }
    for index in range(retries):
        # Mocha tells how many tries failed before, but not why.
        collector.add_case(title, FAILED, retry_index=index, is_final=False, **shared)
    collector.add_case(
        title,
        status,
        seconds=scaled_seconds(test.get("duration"), 1000),
        failure=failure,
        retry_index=retries,
        **shared,
    )


def read_mochawesome(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read mochawesome, also merged ones; tests skipped by a failed hook are skipped."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "mochawesome-json")
    for result in dicts(report.get("results")) or [as_dict(report.get("suites"))]:
        _walk(collector, result, None, 0)
    return _finish(collector, document, report, "mochawesome")


def _walk(collector: Collector, suite: dict[str, Any], file: str | None, depth: int) -> None:
    file = text_of(suite.get("file")) or text_of(suite.get("fullFile")) or file
    is_root = suite.get("root") is True and not suite.get("title")
    if not is_root:
        collector.open_suite(
            text_of(suite.get("title")),
            file=file,
            time_seconds=scaled_seconds(suite.get("duration"), 1000),
        )
    for hook in [*dicts(suite.get("beforeHooks")), *dicts(suite.get("afterHooks"))]:
        if hook.get("fail") is True or hook.get("state") == "failed":
            _add(collector, hook, ERRORED, file=file, is_synthetic=True)
    for test in dicts(suite.get("tests")):
        if test.get("fail") is True or test.get("state") == "failed":
            status = FAILED
        elif test.get("pass") is True or test.get("state") == "passed":
            status = PASSED
        else:
            status = SKIPPED
        _add(collector, test, status)
    if depth < _DEPTH_LIMIT:
        for inner in dicts(suite.get("suites")):
            _walk(collector, inner, file, depth + 1)
    if not is_root:
        collector.close_suite()


def _finish(
    collector: Collector, document: Any, report: dict[str, Any], generator: str
) -> TestReport:
    stats = as_dict(report.get("stats"))
    pending, skipped = to_count(stats.get("pending")), to_count(stats.get("skipped"))
    declared = Totals(
        to_count(stats.get("tests")),
        to_count(stats.get("failures")),
        None,
        None if pending is None else pending + (skipped or 0),
    )
    seconds = scaled_seconds(stats.get("duration"), 1000)
    return finish_document(collector, document, generator, declared, seconds)


def read_cypress(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read what `cypress.run()` returns; every attempt is a row."""
    document = read_document(source)
    report = as_dict(document.value)
    collector = Collector(sink, "cypress-json")
    for run in dicts(report.get("runs")):
        spec = as_dict(run.get("spec"))
        file = text_of(spec.get("relative")) or text_of(spec.get("name"))
        stats = as_dict(run.get("stats"))
        collector.open_suite(
            file,
            file=file,
            started_at=to_timestamp(stats.get("startedAt") or stats.get("wallClockStartedAt")),
            time_seconds=scaled_seconds(
                stats.get("duration") or stats.get("wallClockDuration"), 1000
            ),
        )
        for test in dicts(run.get("tests")):
            _add_cypress(collector, test, file)
        broken = text_of(run.get("error"))
        if broken and not (collector.suite.failed or collector.suite.errored):
            # The browser crashed, or the file could not be built.
            collector.add_case(
                file, ERRORED, failure=Failure(None, broken), file=file, is_synthetic=True
            )
        collector.close_suite()
    declared = Totals(
        to_count(report.get("totalTests")),
        to_count(report.get("totalFailed")),
        None,
        to_count(report.get("totalPending")),
        scaled_seconds(report.get("totalDuration"), 1000),
    )
    return finish_document(collector, document, "cypress", declared)


def _add_cypress(collector: Collector, test: dict[str, Any], file: str | None) -> None:
    titles = [part for part in as_list(test.get("title")) if isinstance(part, str)]
    final = _CYPRESS.get(str(test.get("state")))
    attempts = dicts(test.get("attempts")) or [test]
    for index, attempt in enumerate(attempts):
        is_final = index == len(attempts) - 1
        status = _CYPRESS.get(str(attempt.get("state")), ERRORED)
        if is_final and final is not None:
            status = final
        error = as_dict(attempt.get("error"))
        message = text_of(error.get("message")) or text_of(test.get("displayError"))
        duration = attempt.get("duration") or attempt.get("wallClockDuration")
        collector.add_case(
            titles[-1] if titles else None,
            status,
            class_name=" ".join(titles[:-1]) or None,
            seconds=scaled_seconds(duration, 1000),
            failure=Failure(text_of(error.get("name")), message, text_of(error.get("stack")))
            if status in (FAILED, ERRORED)
            else None,
            retry_index=index,
            is_final=is_final,
            file=file,
        )

"""TeamCity's service messages in a log, as Catch2, PHPUnit, Qt, pytest and xUnit.net write them.

A message, `##teamcity[testFailed name='…' message='…']`, has its values escaped with `|`, and a
`flowId` where tests run beside each other. `testIgnored` is a skip, also of a test that never
started. Several messages on a test are one test, the worst counts; the same name started again is
another test. What started and never finished is an error. Qt ignores or fails a test once more
behind its end, where it went on: what names the test that ended just before is said of that one.
Behind `testRetrySupport` the same name is another try, and the test passed if any of them did.
PHPUnit tells file and class in a `locationHint`; its suites may be a method with its data sets.
Source: https://www.jetbrains.com/help/teamcity/service-messages.html.
"""

import re
from typing import BinaryIO

from dlt_pipelines.parsers.coverage.source import text_lines
from dlt_pipelines.parsers.test_results.collector import (
    DEPTH_LIMIT,
    PATH_SEPARATOR,
    Collector,
    Failure,
)
from dlt_pipelines.parsers.test_results.finishing import joined
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds

_VALUES = r"(?:\s+\w+\s*=\s*'(?:[^'|]|\|.)*+')*+"
_MESSAGE = re.compile(rf"##teamcity\[(\w+)({_VALUES})\s*\]")
_VALUE = re.compile(r"\b(\w++)\s*+=\s*'((?:[^'|]|\|.)*+)'")
_ESCAPE = re.compile(r"\|(?:0x([0-9a-fA-F]{4})|(.))")
_PHP = re.compile(r"php_qn:(?://)?(.+?\.\w+)::\\?(.+?)(?:::|$)")
_LETTERS = {"n": "\n", "r": "\r", "x": "\u0085", "l": "\u2028", "p": "\u2029"}


class _Test:
    def __init__(self, name: str, suites: tuple[str, ...]) -> None:
        self.name = name
        self.suites = suites
        self.status: str | None = None
        self.failure: Failure | None = None
        self.seconds: float | None = None
        self.has_out = self.has_err = False
        self.is_one_try = False
        self.file: str | None = None
        self.class_name = suites[-1] if suites else None

    def place(self, hint: str) -> None:
        """Note file and class of PHPUnit."""
        found = _PHP.match(hint)
        if found:
            self.file, self.class_name = found[1], found[2]

    def judge(self, kind: str, values: dict[str, str]) -> None:
        """Note that it failed or was ignored; a failure stays one."""
        if self.status == FAILED:
            return
        self.status = FAILED if kind == "testFailed" else SKIPPED
        compared = [f"{word}: {values[word]}" for word in ("expected", "actual") if word in values]
        self.failure = Failure(
            values.get("type"), values.get("message"), joined(values.get("details"), *compared)
        )


class _Reader:
    def __init__(self) -> None:
        self.suites: dict[str, list[str]] = {}
        self.running: dict[tuple[str, str], _Test] = {}
        self.ended: dict[str, _Test] = {}
        self.tests: list[_Test] = []
        self.has_tries = False

    def take(self, kind: str, values: dict[str, str]) -> None:
        """Take a message."""
        flow, name = values.get("flowId") or "", values.get("name") or ""
        suites = self.suites.setdefault(flow, [])
        test = self.running.get((flow, name))
        if kind == "testSuiteStarted":
            # Every test holds the path of its suites.
            if len(suites) < DEPTH_LIMIT:
                suites.append(name)
        elif kind == "testSuiteFinished" and name in suites:
            del suites[len(suites) - 1 - suites[::-1].index(name) :]
        elif kind == "testRetrySupport":
            self.has_tries = values.get("enabled") == "true"
        elif kind == "testStarted":
            self._start(flow, name).place(values.get("locationHint") or "")
        elif kind in ("testFailed", "testIgnored"):
            (test or self._ended(flow, name) or self._start(flow, name)).judge(kind, values)
        elif test is not None and kind == "testFinished":
            test.seconds = scaled_seconds(values.get("duration"), 1000)
            test.status = test.status or PASSED
            self.ended[flow] = self.running.pop((flow, name))
        elif test is not None and kind == "testStdOut":
            test.has_out = True
        elif test is not None and kind == "testStdErr":
            test.has_err = True

    def _ended(self, flow: str, name: str) -> _Test | None:
        test = self.ended.get(flow)
        is_same = test is not None and (test.name, test.suites) == (name, tuple(self.suites[flow]))
        return test if is_same else None

    def _start(self, flow: str, name: str) -> _Test:
        test = self.running[flow, name] = _Test(name, tuple(self.suites[flow]))
        test.is_one_try = self.has_tries
        self.tests.append(test)
        self.ended.pop(flow, None)
        return test


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the messages of a log; one suite per path of suites."""
    collector = Collector(sink, "teamcity-text")
    reader = _Reader()
    for line in text_lines(source):
        for found in _MESSAGE.finditer(line):
            values = {key: _plain(value) for key, value in _VALUE.findall(found[2])}
            reader.take(found[1], values)
    groups: dict[tuple[str, ...], list[_Test]] = {}
    for test in reader.tests:
        groups.setdefault(test.suites, []).append(test)
    for suites, tests in groups.items():
        if suites:
            collector.open_suite(PATH_SEPARATOR.join(suites))
        for tries in _by_test(tests):
            _add_tries(collector, tries)
        if suites:
            collector.close_suite()
    is_complete = all(test.status for test in reader.tests)
    return collector.finish(generator=None, is_complete=is_complete)


def _plain(value: str) -> str:
    return _ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _LETTERS.get(found[2], found[2]),
        value,
    )


def _by_test(tests: list[_Test]) -> list[list[_Test]]:
    """Return the tries of each test of a suite; where no retries were told, each is a test."""
    grouped: dict[object, list[_Test]] = {}
    for position, test in enumerate(tests):
        key = (test.class_name, test.name) if test.is_one_try else position
        grouped.setdefault(key, []).append(test)
    return list(grouped.values())


def _add_tries(collector: Collector, tries: list[_Test]) -> None:
    """Add the tries of a test: a pass among them counts, else the last."""
    passes = [index for index, test in enumerate(tries) if test.status == PASSED]
    final = passes[-1] if passes else len(tries) - 1
    for index, test in enumerate(tries):
        _add(collector, test, index, is_final=index == final)


def _add(collector: Collector, test: _Test, retry_index: int, *, is_final: bool) -> None:
    status, failure = test.status, test.failure
    if status is None:
        status, failure = ERRORED, Failure(None, "the test started but never ended")
    collector.add_case(
        test.name,
        status,
        class_name=test.class_name,
        file=test.file,
        seconds=test.seconds,
        failure=failure,
        retry_index=retry_index,
        is_final=is_final,
        has_out=test.has_out,
        has_err=test.has_err,
    )

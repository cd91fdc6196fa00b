"""KTAP, the TAP of the Linux kernel (KUnit, kselftest), also as it stands in the kernel's log.

Unlike in TAP the innermost points are the tests, as `kunit.py` counts them; what sums others up is
their suite. Directives are `SKIP`, `TODO` and `XFAIL`, and `TIMEOUT` and `ERROR` where a test
failed of something else than its checks. What was said since the point before is a failure's
message. Older kernels call their output `TAP version 14` and may indent it with tabs.
Source: https://docs.kernel.org/dev-tools/ktap.html.
"""

import re
from typing import BinaryIO

from dlt_pipelines.parsers.coverage.source import text_lines
from dlt_pipelines.parsers.test_results.collector import PATH_SEPARATOR, Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)

_CLOCK = re.compile(r"^(?:<\d+>)?\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ?")
"""What the kernel puts before a line of its log."""
_POINT = re.compile(
    r"^([ \t]*)(ok|not ok) \d+(?: -)? *(.*?)(?:(?:(?<! ) *+)?# *+([A-Z]{4,7})\b:? *(.*))?$"
)
_PLAN = re.compile(r"^([ \t]*)1\.\.(\d{1,9})\s*$")
_SAID = re.compile(r"^[ \t]*# (?!Subtest:|module:)(.*)$")
_SAID_LIMIT = 100
_LINE_LIMIT = 500
_WITHOUT_VERDICT = {"SKIP": SKIPPED, "TODO": QUARANTINED, "XFAIL": QUARANTINED}
_BROKEN = ("TIMEOUT", "ERROR")


class _Test:
    def __init__(self, found: re.Match[str], said: list[str]) -> None:
        self.indent = len(found[1])
        self.name = found[3]
        self.suites: list[str] = []
        self.status = PASSED if found[2] == "ok" else FAILED
        if found[4] in _WITHOUT_VERDICT:
            self.status = _WITHOUT_VERDICT[found[4]]
        elif found[4] in _BROKEN and self.status == FAILED:
            self.status = ERRORED
        reason = found[5] or (said[0] if said else None)
        self.failure = Failure(found[4], reason or self.name, "\n".join(said) or None)


class _Reader:
    def __init__(self) -> None:
        self.tests: list[_Test] = []
        self.plans: dict[int, int] = {}
        self.said: list[str] = []
        self.is_short = False

    def take(self, line: str) -> None:
        """Take a line without the kernel's clock."""
        if (found := _POINT.match(line)) is not None:
            self._take_point(_Test(found, self.said))
            self.said = []
        elif (found := _PLAN.match(line)) is not None:
            self.plans[len(found[1])] = int(found[2])
        elif (found := _SAID.match(line)) is not None and len(self.said) < _SAID_LIMIT:
            self.said.append(found[1][:_LINE_LIMIT])

    def _take_point(self, point: _Test) -> None:
        """Add a test, or make what is indented further its parts: they are the last tests."""
        has_parts = False
        for test in reversed(self.tests):
            if test.indent <= point.indent:
                break
            has_parts = True
            test.indent = point.indent
            test.suites.insert(0, point.name)
        if not has_parts:
            self.tests.append(point)
        self._close_plans(point.indent + 1)
        if point.indent in self.plans:
            self.plans[point.indent] -= 1

    def _close_plans(self, indent: int) -> None:
        for level in [level for level in self.plans if level >= indent]:
            self.is_short = self.plans.pop(level) > 0 or self.is_short

    def finish(self) -> bool:
        """Tell whether all tests that were planned are there."""
        self._close_plans(0)
        return not self.is_short


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a stream or a log; one suite per path of points that sum others up."""
    collector = Collector(sink, "ktap")
    reader = _Reader()
    for line in text_lines(source):
        reader.take(_CLOCK.sub("", line).rstrip())
    groups: dict[str, list[_Test]] = {}
    for test in reader.tests:
        groups.setdefault(PATH_SEPARATOR.join(test.suites), []).append(test)
    for suite, tests in groups.items():
        if suite:
            collector.open_suite(suite)
        for test in tests:
            collector.add_case(
                test.name,
                test.status,
                class_name=suite or None,
                failure=None if test.status == PASSED else test.failure,
            )
        if suite:
            collector.close_suite()
    return collector.finish(generator="kernel", is_complete=reader.finish())

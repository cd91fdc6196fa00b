"""`go test`: the lines of `-json` (test2json) and the plain text of `-v`.

Every subtest and its parent is a test of its own, every run of a repeated one too. A package that
fails without a failed test (build error, init panic, TestMain) is one errored, synthetic case; so
is the state of a test that started and never ended, unless its package passed: Go misses the end of
a test that printed no newline before it. Benchmarks count as passed tests, once per name and
without the number of processors; one that only holds others is no test, and Go ends none of them.
Sources: `go doc test2json`, the testing package's output.
"""

import re
from typing import Any, BinaryIO

from dlt_pipelines.parsers.coverage.source import text_lines
from dlt_pipelines.parsers.json_document import read_lines, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_seconds, to_timestamp

_RESULT = re.compile(
    r"--- (PASS|FAIL|SKIP|BENCH): (\S.*?)(?: \((\d++(?:\.\d++)?) ?s(?:econds)?\))?$"
)
_RUN = re.compile(r"^=== RUN\s+(\S.*)$")
_MARK = re.compile(r"^=== (?:RUN|PAUSE|CONT|NAME)\s")
_LOGGED = re.compile(r"^\s*\S+\.go:\d+: ")
"""How a test logs: what follows is its own text, whatever it looks like."""
_BENCHMARK = re.compile(r"^(Benchmark\S*)\s+(\d+)\s+([\d.]+) ns/op")
_PROCESSORS = re.compile(r"-\d+$")
_SUMMARY = re.compile(
    r"^(ok|FAIL|\?)\s+([^\s\[\](){}]+)"
    r"(?:\s+(\d+(?:\.\d+)?)s|\s+\(cached\)|\s+\[([^\]]+)\])?(?:\s+.*)?$"
)
_BUILD = re.compile(r"^# (\S+)(?: \[(\S+)\.test\])?\s*$")
_STATUS = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED, "BENCH": PASSED}
_ACTIONS = {"pass": PASSED, "fail": FAILED, "skip": SKIPPED, "bench": PASSED}
_OUTPUT_LIMIT = 200
_LINE_LIMIT = 500


class _Test:
    __slots__ = ("has_output", "name", "output", "seconds", "status", "told")

    def __init__(self, name: str) -> None:
        self.name = name
        self.status: str | None = None
        self.seconds: float | None = None
        self.told: tuple[str, float | None] | None = None
        self.output: list[str] = []
        self.has_output = False

    def say(self, text: str) -> None:
        """Keep a line of output, up to a limit."""
        if len(self.output) < _OUTPUT_LIMIT and not _MARK.match(text):
            self.has_output = True
            self.output.append(text[:_LINE_LIMIT])

    def forget(self) -> None:
        """Drop the output of a test that passed: nobody asks for it."""
        self.output = []


class _Package:
    """What is known of a package while its lines come."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tests: list[_Test] = []
        self.latest: dict[str, _Test] = {}
        self.loose: list[str] = []
        self.pending: dict[str, str] = {}
        self.started: Any = None

    def start(self, name: str) -> _Test:
        """Return the record of a test that starts; one that already ended gets a second one."""
        test = self.latest.get(name)
        if test is None or test.status is not None or test.told is not None:
            test = _Test(name)
            self.tests.append(test)
            self.latest[name] = test
        return test

    def named(self, name: str) -> str:
        """Return a benchmark's name as it started: results put the number of processors behind."""
        if name in self.latest or not name.startswith("Benchmark"):
            return name
        return _PROCESSORS.sub("", name)

    def end(self, name: str, status: str, seconds: float | None) -> _Test:
        """Note a test's verdict; of the verdicts on a benchmark a failure counts."""
        name = self.named(name)
        test = self.latest.get(name)
        if test is not None and test.status is not None and name.startswith("Benchmark"):
            test.status = FAILED if status == FAILED else test.status
            return test
        if test is None or test.status is not None:
            test = self.start(name)
        test.status, test.seconds = status, seconds
        if status == PASSED:
            test.forget()
        return test

    def tell(self, name: str, status: str, seconds: float | None) -> None:
        """Note what a line of output says of a test, in case that its end is missed."""
        test = self.latest.get(self.named(name))
        if test is not None and test.status is None:
            test.told = status, seconds

    def settle(self, *, has_passed: bool) -> None:
        """Decide on tests whose end is missed, and leave out what only holds benchmarks."""
        holders = {test.name.rpartition("/")[0] for test in self.tests}
        kept = []
        for test in self.tests:
            if test.status is None and test.told is not None:
                test.status, test.seconds = test.told
            is_benchmark = test.name.startswith("Benchmark")
            if test.status is None and is_benchmark and (has_passed or test.name in holders):
                continue
            if test.status is None and has_passed:
                test.status = PASSED
            kept.append(test)
        self.tests = kept

    def benchmark(self, name: str, count: str, nanoseconds: str) -> None:
        """Note a line of benchmark results; more of them under one name are one test."""
        name = self.named(name)
        test = self.latest.get(name)
        if test is None:
            test = self.start(name)
        seconds = (to_seconds(count) or 0.0) * (to_seconds(nanoseconds) or 0.0) / 1e9
        test.status = test.status or PASSED
        test.seconds = (test.seconds or 0.0) + seconds

    def say(self, text: str) -> None:
        """Keep a line that belongs to no test."""
        if len(self.loose) < _OUTPUT_LIMIT and text.strip():
            self.loose.append(text[:2_000])


class _Run:
    """Collects packages and writes each when it ends."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.packages: dict[str, _Package] = {}
        self.builds: dict[str, list[str]] = {}
        self.seconds: float | None = None

    def package(self, name: str) -> _Package:
        found = self.packages.get(name)
        if found is None:
            found = self.packages[name] = _Package(name)
        return found

    def finish(
        self,
        package: _Package,
        *,
        failed: bool | None,
        seconds: float | None = None,
        broken: str | None = None,
    ) -> None:
        """Write a package's rows; `failed` is None for one that never ended."""
        package.settle(has_passed=failed is False)
        self.packages.pop(package.name, None)
        if seconds is not None:
            self.seconds = (self.seconds or 0.0) + seconds
        has_rows = package.tests or failed
        if not has_rows:
            return
        add = self.collector.add_case
        self.collector.open_suite(
            package.name, time_seconds=seconds, started_at=package.started, package=package.name
        )
        for test in package.tests:
            details = "\n".join(test.output)
            status, failure = test.status, None
            if status is None:
                status = ERRORED
                failure = Failure(None, "the test started but never ended", details)
            elif status == FAILED:
                failure = Failure(None, None, details or "Failed")
            elif status == SKIPPED and details:
                failure = Failure(None, None, details)
            add(
                test.name,
                status,
                class_name=package.name,
                seconds=test.seconds,
                failure=failure,
                has_out=test.has_output,
            )
        is_told = any(test.status in (FAILED, None) for test in package.tests)
        if failed and not is_told:
            output = package.loose or self.builds.get(broken or package.name, [])
            add(
                f"[{broken}]" if broken in ("build failed", "setup failed") else "Failure",
                ERRORED,
                class_name=package.name,
                failure=Failure(broken, None, "\n".join(output) or "the package failed"),
                is_synthetic=True,
            )
        self.collector.close_suite()


def read_text(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read plain output; what stands before a package's summary line belongs to it."""
    collector = Collector(sink, "go-test-text")
    run = _Run(collector)
    reader = _TextReader(run)
    for line in text_lines(source):
        reader.take(line)
    complete = reader.finish()
    return collector.finish(generator="go", is_complete=complete, time_seconds=run.seconds)


class _TextReader:
    """Reads the text of `go test`, line by line."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.package = _Package("")
        self.current: _Test | None = None
        self.build: list[str] | None = None

    def take(self, line: str) -> None:
        """Take a line."""
        if (found := _RUN.match(line.rstrip())) is not None:
            self.current = self.package.start(found[1])
            self.build = None
        elif (found := self._result(line)) is not None:
            self.current = self.package.end(found[2], _STATUS[found[1]], to_seconds(found[3]))
        elif (found := _BENCHMARK.match(line)) is not None:
            self.package.benchmark(found[1], found[2], found[3])
        elif (found := _SUMMARY.match(line)) is not None:
            self._summary(found)
        elif (found := _BUILD.match(line)) is not None:
            self.build = self.run.builds.setdefault(found[2] or found[1], [])
        elif self.build is not None:
            if len(self.build) < _OUTPUT_LIMIT:
                self.build.append(line[:2_000])
        elif line.strip() in ("PASS", "FAIL"):
            self.current = None
        elif self.current is not None and self.current.status is None:
            self.current.say(line)
        else:
            if self.current is not None and line.startswith((" ", "\t")):
                self.current.say(line)
            self.package.say(line)

    def _result(self, line: str) -> re.Match[str] | None:
        """Return the verdict that a line speaks, None for what a test says of itself.

        Below the verdict on a fuzz test stands, indented, that of the worker that found the input.
        """
        found = _RESULT.search(line.rstrip())
        if found is None or _LOGGED.match(line):
            return None
        above = self.current
        has_ended = above is not None and above.name == found[2] and above.status is not None
        return None if has_ended and line[0] in " \t" else found

    def _summary(self, found: re.Match[str]) -> None:
        package, self.package = self.package, _Package("")
        self.current = self.build = None
        package.name = found[2]
        broken = found[4]
        if broken in ("build failed", "setup failed"):
            package.loose = self.run.builds.get(found[2], [])
        self.run.finish(
            package, failed=found[1] == "FAIL", seconds=to_seconds(found[3]), broken=broken
        )

    def finish(self) -> bool:
        """Write what has no summary line; return whether there was nothing of the kind."""
        if not self.package.tests:
            return True
        self.run.finish(self.package, failed=None)
        return False


def read_json(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read events; lines that are no JSON are read as plain output."""
    collector = Collector(sink, "go-test-json")
    run = _Run(collector)
    text = _TextReader(run)
    problem: str | None = None
    for event, wrong in read_lines(source):
        if isinstance(event, dict) and ("Action" in event):
            _take_event(run, event)
        elif wrong:
            line = wrong.partition("`")[2].removesuffix("`")
            text.take(line)
            if line.startswith("{"):
                problem = problem or wrong
    text.finish()
    is_complete = not run.packages and problem is None
    for package in list(run.packages.values()):
        run.finish(package, failed=None)
    return collector.finish(
        generator="go", problem=problem, is_complete=is_complete, time_seconds=run.seconds
    )


def _take_event(run: _Run, event: dict[str, Any]) -> None:
    action = text_of(event.get("Action"))
    if action in ("build-output", "build-fail"):
        lines = run.builds.setdefault(str(event.get("ImportPath")), [])
        if action == "build-output" and len(lines) < _OUTPUT_LIMIT:
            lines.append(str(event.get("Output", "")).rstrip("\n"))
        return
    package = run.package(text_of(event.get("Package")) or "")
    test_name = text_of(event.get("Test"))
    if package.started is None:
        package.started = to_timestamp(event.get("Time"))
    if action == "output":
        _take_output(package, test_name or "", str(event.get("Output") or ""))
    elif test_name is not None:
        if action == "run":
            package.start(test_name)
        elif action in _ACTIONS:
            package.end(test_name, _ACTIONS[action], to_seconds(event.get("Elapsed")))
    elif action in ("pass", "fail", "skip"):
        built = text_of(event.get("FailedBuild"))
        broken = None
        if built is not None:
            package.loose = run.builds.get(built, package.loose)
            broken = "build failed"
        run.finish(
            package,
            failed=action == "fail",
            seconds=to_seconds(event.get("Elapsed")),
            broken=broken or _broken(package.loose),
        )


def _broken(lines: list[str]) -> str | None:
    for line in lines:
        for word in ("build failed", "setup failed"):
            if line.startswith("FAIL") and f"[{word}]" in line:
                return word
    return None


def _take_output(package: _Package, test_name: str, output: str) -> None:
    """Put output together to lines; an event may hold a part of one."""
    text = package.pending.pop(test_name, "") + output
    if not text.endswith("\n") and len(text) < 10_000:
        package.pending[test_name] = text
        return
    line = text.rstrip("\n")
    if (found := _BENCHMARK.match(line)) is not None:
        package.benchmark(found[1], found[2], found[3])
        return
    if (found := _RESULT.search(line.rstrip())) is not None:
        package.tell(found[2], _STATUS[found[1]], to_seconds(found[3]))
    test = package.latest.get(package.named(test_name))
    if test is not None and test.status is None:
        if found is None:
            test.say(line)
    elif not test_name and line not in ("PASS", "FAIL"):
        package.say(line)

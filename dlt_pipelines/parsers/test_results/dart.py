"""The events of `dart test --reporter json` and `flutter test --machine`, one a line.

Hidden tests (loading, set-up) are no tests unless they fail. An error that comes behind the end of
a test fails it. A test that never ended is errored, and so is a run that failed although none of
its tests did. Source:
https://github.com/dart-lang/test/blob/master/pkgs/test/doc/json_reporter.md.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, as_list, dicts, read_lines, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_line, to_seconds

_STATUS = {"success": PASSED, "failure": FAILED, "error": ERRORED}
_LOADING = "loading "
"""How the name of the hidden test begins that loads a file."""
_NEVER_ENDED = "the test started but never ended"


class _Run:
    def __init__(self) -> None:
        self.suites: dict[Any, str] = {}
        self.groups: dict[Any, str] = {}
        self.tests: dict[Any, dict[str, Any]] = {}
        self.errors: dict[Any, dict[str, Any]] = {}
        self.printed: set[Any] = set()
        self.done: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self.ended: set[str] = set()
        self.hidden: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.late: dict[str, str] = {}
        self.is_done = False
        self.has_failed = False
        self.seconds: float | None = None

    def take(self, event: dict[str, Any]) -> None:
        """Take an event."""
        kind = event.get("type")
        if kind == "suite":
            suite = as_dict(event.get("suite"))
            self.suites[str(suite.get("id"))] = text_of(suite.get("path")) or ""
        elif kind == "group":
            group = as_dict(event.get("group"))
            self.groups[str(group.get("id"))] = text_of(group.get("name")) or ""
        elif kind == "testStart":
            test = as_dict(event.get("test"))
            self.tests[str(test.get("id"))] = {**test, "start": event.get("time")}
        elif kind == "error":
            self._take_error(str(event.get("testID")), event)
        elif kind == "print":
            self.printed.add(str(event.get("testID")))
        elif kind == "testDone":
            identity = str(event.get("testID"))
            test = self.tests.pop(identity, {"id": event.get("testID")})
            self.ended.add(identity)
            if event.get("hidden") is not True or event.get("result") != "success":
                self.done.append((test, event))
            else:
                self.hidden[identity] = test, event
        elif kind == "done":
            self.is_done = True
            self.has_failed = event.get("success") is False
            milliseconds = to_seconds(event.get("time"))
            self.seconds = None if milliseconds is None else milliseconds / 1000

    def _take_error(self, identity: str, event: dict[str, Any]) -> None:
        self.errors.setdefault(identity, event)
        if identity not in self.ended:
            return
        self.late.setdefault(identity, FAILED if event.get("isFailure") is True else ERRORED)
        if identity in self.hidden:
            self.done.append(self.hidden.pop(identity))

    def unended(self) -> list[dict[str, Any]]:
        """Return the tests that started and never ended, without those that load files."""
        return [
            test
            for test in self.tests.values()
            if not (text_of(test.get("name")) or "").startswith(_LOADING)
        ]


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the events of a run; one suite per file."""
    collector = Collector(sink, "dart-json")
    run = _Run()
    problem: str | None = None
    for value, wrong in read_lines(source):
        problem = problem or (wrong if wrong and "`{" in wrong else None)
        for event in dicts(value) if isinstance(value, list) else [as_dict(value)]:
            run.take(event)
    groups: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for test, event in [*run.done, *((test, {}) for test in run.unended())]:
        path = run.suites.get(str(test.get("suiteID")), "")
        groups.setdefault(path, []).append((test, event))
    for path, tests in groups.items():
        collector.open_suite(path, file=path or None)
        for test, event in tests:
            _add(collector, run, test, event)
        collector.close_suite()
    if run.has_failed and run.done and not (collector.failed or collector.errored):
        collector.add_case("test run", ERRORED, is_synthetic=True)
    return collector.finish(
        generator="dart",
        problem=problem,
        is_complete=run.is_done and problem is None,
        time_seconds=run.seconds,
    )


def _add(collector: Collector, run: _Run, test: dict[str, Any], event: dict[str, Any]) -> None:
    identity = str(test.get("id"))
    status = (
        SKIPPED if event.get("skipped") is True else _STATUS.get(str(event.get("result")), ERRORED)
    )
    status = run.late.get(identity, status)
    error = run.errors.get(identity, {})
    failure = None
    if not event:
        failure = Failure(None, text_of(error.get("error")) or _NEVER_ENDED)
    elif status in (FAILED, ERRORED):
        failure = Failure(None, text_of(error.get("error")), text_of(error.get("stackTrace")))
    elif status == SKIPPED:
        failure = Failure(None, text_of(as_dict(test.get("metadata")).get("skipReason")))
    names = [run.groups.get(str(group), "") for group in as_list(test.get("groupIDs"))]
    group = names[-1] if names else ""
    full = text_of(test.get("name")) or ""
    start, end = to_seconds(test.get("start")), to_seconds(event.get("time"))
    seconds = (end - start) / 1000 if start is not None and end is not None else None
    line = test.get("root_line") or test.get("line")
    collector.add_case(
        full.removeprefix(group).strip() or full,
        status,
        class_name=group or None,
        seconds=seconds if seconds is not None and seconds >= 0 else None,
        failure=failure,
        file=text_of(test.get("root_url")) or text_of(test.get("url")),
        line=to_line(line),
        has_out=identity in run.printed,
    )

"""The event stream of Swift Testing (`--event-stream-output-path`): one JSON record a line.

A function is a test, parameterised or not; suites are not. It failed where an issue was recorded
that is a failure (before version 6.3, any) and not known; known issues alone give no verdict. Runs
of a test that are repeated are tries, the last of which counts. An issue outside of every function
is an errored case. Source: `Documentation/ABI/JSON.md` of swift-testing.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import as_dict, dicts, read_lines, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    QUARANTINED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import to_line, to_seconds

_WITHOUT_VERDICT = ("testSkipped", "testCancelled")
_RUN = "test run"


class _Try:
    def __init__(self, started: float | None = None) -> None:
        self.started = started
        self.seconds: float | None = None
        self.status = ERRORED
        self.message: str | None = "the test started but never ended"
        self.issue: tuple[str, str | None] | None = None

    def end(self, status: str, at: float | None = None, message: str | None = None) -> None:
        """Take the end of the try; what was recorded before weighs more than the end."""
        self.status, self.message = self.issue or (status, message)
        if at is not None and self.started is not None and at >= self.started:
            self.seconds = at - self.started

    def record(self, status: str, message: str | None) -> None:
        """Take an issue; the first failure counts, and a known issue where there is none."""
        if self.issue is None or (self.issue[0], status) == (QUARANTINED, FAILED):
            self.issue = status, message


class _Reader:
    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.functions: dict[str, dict[str, Any]] = {}
        self.names: dict[str, str] = {}
        self.tries: dict[str, list[_Try]] = {}
        self.outside: list[tuple[str, str | None]] = []
        self.started: float | None = None
        self.ended: float | None = None

    def take_test(self, test: dict[str, Any]) -> None:
        """Take the record of a function or of a suite."""
        identity = str(test.get("id"))
        self.names[identity] = text_of(test.get("name")) or ""
        if test.get("kind") == "function":
            self.functions[identity] = test

    def take_event(self, event: dict[str, Any]) -> None:
        """Take what happened."""
        kind, identity = event.get("kind"), str(event.get("testID"))
        at = to_seconds(as_dict(event.get("instant")).get("absolute"))
        if kind == "runStarted":
            self.started = at
        elif kind == "runEnded":
            self.ended = at or 0.0
        elif kind == "issueRecorded":
            self._take_issue(event, identity)
        elif identity not in self.functions:
            return
        elif kind == "testStarted":
            self.tries.setdefault(identity, []).append(_Try(at))
        elif kind in _WITHOUT_VERDICT:
            self._last(identity).end(SKIPPED, message=_said(event))
        elif kind == "testEnded" and self._last(identity).status != SKIPPED:
            self._last(identity).end(PASSED, at)

    def _last(self, identity: str) -> _Try:
        tries = self.tries.setdefault(identity, [])
        if not tries:
            tries.append(_Try())
        return tries[-1]

    def _take_issue(self, event: dict[str, Any], identity: str) -> None:
        issue = as_dict(event.get("issue"))
        if issue.get("isFailure") is False and issue.get("isKnown") is not True:
            return
        status = QUARANTINED if issue.get("isKnown") is True else FAILED
        if identity in self.functions:
            self._last(identity).record(status, _said(event))
        elif status == FAILED:
            self.outside.append((self.names.get(identity, _RUN), _said(event)))

    def finish(self, problem: str | None) -> TestReport:
        """Write the rows."""
        for identity, tries in self.tries.items():
            for index, told in enumerate(tries):
                self._add(identity, told, index, is_final=index == len(tries) - 1)
        for name, message in self.outside:
            failure = Failure(None, message)
            self.collector.add_case(name, ERRORED, failure=failure, is_synthetic=True)
        seconds = None
        if self.started is not None and self.ended is not None and self.ended >= self.started:
            seconds = self.ended - self.started
        return self.collector.finish(
            generator="swift-testing",
            problem=problem,
            is_complete=self.ended is not None and problem is None,
            time_seconds=seconds,
        )

    def _add(self, identity: str, told: _Try, index: int, *, is_final: bool) -> None:
        test = self.functions[identity]
        name = text_of(test.get("name")) or identity
        place = as_dict(test.get("sourceLocation"))
        paths = (text_of(place.get(key)) for key in ("filePath", "_filePath", "fileID"))
        owner, mark, _ = identity.rpartition(f"/{name}")
        self.collector.add_case(
            name,
            told.status,
            class_name=owner if mark else None,
            file=next(filter(None, paths), None),
            line=to_line(place.get("line")),
            seconds=told.seconds,
            failure=None if told.status == PASSED else Failure(None, told.message),
            retry_index=index,
            is_final=is_final,
        )


def _said(event: dict[str, Any]) -> str | None:
    messages = dicts(event.get("messages"))
    return "\n".join(text for message in messages if (text := text_of(message.get("text")))) or None


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read a stream; records of a kind that nobody knows are left out."""
    reader = _Reader(Collector(sink, "swift-testing-json"))
    problem: str | None = None
    for record, wrong in read_lines(source):
        problem = problem or wrong
        payload = as_dict(as_dict(record).get("payload"))
        kind = as_dict(record).get("kind")
        if kind == "test":
            reader.take_test(payload)
        elif kind == "event":
            reader.take_event(payload)
    return reader.finish(problem)

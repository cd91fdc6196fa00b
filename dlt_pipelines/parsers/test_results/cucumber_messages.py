"""Cucumber Messages: one JSON envelope per line (https://github.com/cucumber/messages).

A test case is a pickle; each of its attempts is a row, the last one counts. Its status is the worst
of its steps and hooks. Undefined, ambiguous and pending steps fail a case,
as they fail a run in strict mode, which is the default. A hook that failed before the first test
case keeps all of them from running, and an exception outside of steps and hooks ends a run: nothing
is counted for either, as in Cucumber's own JUnit report, but the report is not complete.
"""

from collections.abc import Callable
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

_SEVERITY = ("UNKNOWN", "PASSED", "SKIPPED", "PENDING", "UNDEFINED", "AMBIGUOUS", "FAILED")
_STATUS = {
    "UNKNOWN": PASSED,
    "PASSED": PASSED,
    "SKIPPED": SKIPPED,
    "PENDING": FAILED,
    "UNDEFINED": FAILED,
    "AMBIGUOUS": FAILED,
    "FAILED": FAILED,
}


class _Attempt:
    __slots__ = (
        "case_id", "index", "is_final", "is_retried", "message", "seconds", "started", "worst",
    )  # fmt: skip

    def __init__(self, case_id: str, index: int, started: float | None) -> None:
        self.case_id = case_id
        self.index = index
        self.started = started
        self.worst = "UNKNOWN"
        self.message: str | None = None
        self.seconds: float | None = None
        self.is_final = False
        self.is_retried = False

    def see(self, result: dict[str, Any]) -> None:
        """Take the result of a step or hook."""
        # Until version 18 of the messages, the step that failed said so and not the test case.
        self.is_retried = self.is_retried or result.get("willBeRetried") is True
        word = text_of(result.get("status"))
        if word in _SEVERITY and _SEVERITY.index(word) > _SEVERITY.index(self.worst):
            self.worst = word
            self.message = text_of(result.get("message")) or self.message


class _Reader:
    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.features: dict[str, tuple[str, dict[str, int]]] = {}
        self.pickles: dict[str, dict[str, Any]] = {}
        self.pickle_of_case: dict[str, str] = {}
        self.attempts: dict[str, _Attempt] = {}
        self.order: list[_Attempt] = []
        self.methods: dict[str, Callable[[dict[str, Any]], None]] = {
            "meta": self.on_meta,
            "gherkinDocument": self.on_gherkin_document,
            "pickle": self.on_pickle,
            "testCase": self.on_test_case,
            "testRunStarted": self.on_run_started,
            "testRunFinished": self.on_run_finished,
            "testRunHookFinished": self.on_run_hook_finished,
            "testCaseStarted": self.on_case_started,
            "testStepFinished": self.on_step_finished,
            "testCaseFinished": self.on_case_finished,
        }
        self.generator = "cucumber"
        self.started: float | None = None
        self.finished: float | None = None
        self.is_aborted = False

    def take(self, envelope: dict[str, Any]) -> None:
        """Take one message."""
        for kind, content in envelope.items():
            method = self.methods.get(kind)
            if method is not None and isinstance(content, dict):
                method(content)

    def on_meta(self, meta: dict[str, Any]) -> None:
        self.generator = text_of(as_dict(meta.get("implementation")).get("name")) or self.generator

    def on_gherkin_document(self, document: dict[str, Any]) -> None:
        feature = as_dict(document.get("feature"))
        lines: dict[str, int] = {}
        stack = dicts(feature.get("children"))
        while stack:
            child = stack.pop()
            stack.extend(dicts(as_dict(child.get("rule")).get("children")))
            scenario = as_dict(child.get("scenario"))
            parts = [scenario]
            for examples in dicts(scenario.get("examples")):
                parts.extend(dicts(examples.get("tableBody")))
            for part in parts:
                line = to_line(as_dict(part.get("location")).get("line"))
                if text_of(part.get("id")) and line:
                    lines[part["id"]] = line
        uri = text_of(document.get("uri")) or ""
        self.features[uri] = (text_of(feature.get("name")) or uri, lines)

    def on_pickle(self, pickle: dict[str, Any]) -> None:
        kept = ("uri", "name", "astNodeIds", "tags")
        self.pickles[str(pickle.get("id"))] = {key: pickle.get(key) for key in kept}

    def on_test_case(self, case: dict[str, Any]) -> None:
        self.pickle_of_case[str(case.get("id"))] = str(case.get("pickleId"))

    def on_run_started(self, started: dict[str, Any]) -> None:
        self.started = _moment(started)

    def on_run_finished(self, finished: dict[str, Any]) -> None:
        self.finished = _moment(finished)
        self.is_aborted = self.is_aborted or isinstance(finished.get("exception"), dict)

    def on_run_hook_finished(self, finished: dict[str, Any]) -> None:
        result = as_dict(finished.get("result"))
        self.is_aborted = self.is_aborted or (result.get("status") == "FAILED" and not self.order)

    def on_case_started(self, started: dict[str, Any]) -> None:
        index = started.get("attempt")
        attempt = _Attempt(
            str(started.get("testCaseId")),
            index if isinstance(index, int) and 0 <= index < 10_000 else 0,
            _moment(started),
        )
        self.attempts[str(started.get("id"))] = attempt
        self.order.append(attempt)

    def on_step_finished(self, finished: dict[str, Any]) -> None:
        attempt = self.attempts.get(str(finished.get("testCaseStartedId")))
        if attempt is not None:
            attempt.see(as_dict(finished.get("testStepResult")))

    def on_case_finished(self, finished: dict[str, Any]) -> None:
        attempt = self.attempts.get(str(finished.get("testCaseStartedId")))
        if attempt is not None:
            attempt.is_retried = attempt.is_retried or finished.get("willBeRetried") is True
            attempt.is_final = not attempt.is_retried
            ended = _moment(finished)
            if ended is not None and attempt.started is not None and ended >= attempt.started:
                attempt.seconds = ended - attempt.started

    def finish(self, problem: str | None) -> TestReport:
        """Write the rows, a suite per feature."""
        by_uri: dict[str, list[tuple[_Attempt, dict[str, Any]]]] = {}
        for attempt in self.order:
            pickle = self.pickles.get(self.pickle_of_case.get(attempt.case_id, ""), {})
            by_uri.setdefault(text_of(pickle.get("uri")) or "", []).append((attempt, pickle))
        for uri, attempts in by_uri.items():
            feature, lines = self.features.get(uri, (uri, {}))
            self.collector.open_suite(feature, file=uri or None)
            for attempt, pickle in attempts:
                self._add(attempt, pickle, uri, lines, feature)
            self.collector.close_suite()
        seconds = None
        if self.started is not None and self.finished is not None:
            seconds = max(0.0, self.finished - self.started)
        return self.collector.finish(
            generator=self.generator,
            problem=problem,
            is_complete=self.finished is not None and problem is None and not self.is_aborted,
            time_seconds=seconds,
        )

    def _add(
        self,
        attempt: _Attempt,
        pickle: dict[str, Any],
        uri: str,
        lines: dict[str, int],
        feature: str,
    ) -> None:
        status = _STATUS[attempt.worst]
        is_open = not attempt.is_final and not attempt.is_retried
        is_cut = is_open and attempt.seconds is None and self.finished is None
        if is_cut and status == PASSED:
            status = ERRORED
        failure = None
        if status != PASSED:
            failure = Failure(attempt.worst.lower(), attempt.message or attempt.worst.lower())
        ids = [node for node in as_list(pickle.get("astNodeIds")) if isinstance(node, str)]
        tags = [text_of(tag.get("name")) for tag in dicts(pickle.get("tags"))]
        self.collector.add_case(
            text_of(pickle.get("name")),
            status,
            class_name=feature,
            seconds=attempt.seconds,
            failure=failure,
            retry_index=attempt.index,
            is_final=attempt.is_final or is_cut,
            file=uri or None,
            line=next((lines[node] for node in reversed(ids) if node in lines), None),
            properties={"tags": tags} if tags else None,
        )


def _moment(message: dict[str, Any]) -> float | None:
    stamp = as_dict(message.get("timestamp"))
    seconds, nanos = stamp.get("seconds"), stamp.get("nanos", 0)
    whole, fraction = to_seconds(seconds), to_seconds(nanos)
    return None if whole is None else whole + (fraction or 0.0) / 1e9


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read the messages of a run."""
    reader = _Reader(Collector(sink, "cucumber-messages-ndjson"))
    problem: str | None = None
    for envelope, wrong in read_lines(source):
        problem = problem or wrong
        if isinstance(envelope, dict):
            reader.take(envelope)
    return reader.finish(problem)

"""Bazel's Build Event Protocol as JSON: a test target is a test.

Events stand one a line or pretty-printed one after the other. Each attempt of each run and shard
is a row; the last attempt counts. The cases inside a target lie in its `test.xml`. Source:
https://bazel.build/remote/bep.
"""

from typing import Any, BinaryIO

from dlt_pipelines.parsers.json_document import TEXT_BEFORE, as_dict, read_values, text_of
from dlt_pipelines.parsers.test_results.collector import Collector, Failure
from dlt_pipelines.parsers.test_results.model import (
    ERRORED,
    FAILED,
    PASSED,
    SKIPPED,
    Sink,
    TestReport,
)
from dlt_pipelines.parsers.values import scaled_seconds, to_count, to_seconds

_STATUS = {
    "PASSED": PASSED,
    "FLAKY": PASSED,
    "FAILED": FAILED,
    "TIMEOUT": ERRORED,
    "INCOMPLETE": ERRORED,
    "REMOTE_FAILURE": ERRORED,
    "FAILED_TO_BUILD": ERRORED,
    "TOOL_HALTED_BEFORE_TESTING": ERRORED,
    "NO_STATUS": SKIPPED,
}


def read(source: bytes | BinaryIO, sink: Sink, name: str = "") -> TestReport:
    """Read an event stream."""
    collector = Collector(sink, "bazel-bep-json")
    attempts: dict[tuple[str, int, int], list[tuple[int, dict[str, Any]]]] = {}
    labels: set[str] = set()
    unbuilt: dict[str, str] = {}
    problem: str | None = None
    is_finished = False
    for event, wrong in read_values(source):
        problem = wrong if problem in (None, TEXT_BEFORE) and wrong else problem
        identity = as_dict(as_dict(event).get("id"))
        is_finished = is_finished or event_is_last(as_dict(event))
        result = as_dict(identity.get("testResult"))
        if result and as_dict(event).get("testResult"):
            label = text_of(result.get("label")) or ""
            key = (label, to_count(result.get("run")) or 1, to_count(result.get("shard")) or 1)
            attempt = to_count(result.get("attempt")) or 1
            attempts.setdefault(key, []).append((attempt, as_dict(event["testResult"])))
            labels.add(label)
        summary = as_dict(as_dict(event).get("testSummary"))
        target = text_of(as_dict(identity.get("testSummary")).get("label"))
        if summary and target:
            unbuilt[target] = str(summary.get("overallStatus"))
    for (label, run, shard), results in attempts.items():
        results.sort(key=lambda pair: pair[0])
        for index, (_attempt, result) in enumerate(results):
            _add(collector, label, run, shard, result, index, is_final=index == len(results) - 1)
    for label, word in unbuilt.items():
        if label not in labels:
            status = _STATUS.get(word, ERRORED)
            failure = None if status == PASSED else Failure(word, word)
            collector.add_case(label, status, failure=failure)
    is_whole = is_finished and problem in (None, TEXT_BEFORE)
    return collector.finish(generator="bazel", problem=problem, is_complete=is_whole)


def event_is_last(event: dict[str, Any]) -> bool:
    """Whether the event says that it is the stream's last one."""
    return event.get("lastMessage") is True or "buildFinished" in as_dict(event.get("id"))


def _add(
    collector: Collector,
    label: str,
    run: int,
    shard: int,
    result: dict[str, Any],
    index: int,
    *,
    is_final: bool,
) -> None:
    word = str(result.get("status"))
    status = _STATUS.get(word, ERRORED)
    seconds = scaled_seconds(result.get("testAttemptDurationMillis"), 1000)
    if seconds is None:
        seconds = to_seconds(result.get("testAttemptDuration"))
    package, _, target = label.rpartition(":")
    several = [f"run {run}"] if run > 1 else []
    several += [f"shard {shard}"] if shard > 1 else []
    collector.add_case(
        target or label,
        status,
        class_name=package or None,
        seconds=seconds,
        failure=None
        if status == PASSED
        else Failure(word, text_of(result.get("statusDetails")) or word),
        parameters=", ".join(several) or None,
        retry_index=index,
        is_final=is_final,
    )

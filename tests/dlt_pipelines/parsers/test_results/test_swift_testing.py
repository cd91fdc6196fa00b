"""The event stream of Swift Testing: issues, known issues, repetitions and what never ended."""

import json
from pathlib import Path

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

SAMPLE = Path(__file__).parent / "samples" / "swift-testing.jsonl"
ADDS = "Shop.Sums/adds()/Sums.swift:4:2"


def stream(*events):
    """The stream of a test that these events happened to, each (kind, seconds, more)."""
    test = {"kind": "function", "name": "adds()", "id": ADDS, "sourceLocation": {"line": 4}}
    records = [{"version": 0, "kind": "test", "payload": test}]
    for kind, at, more in events:
        event = {"kind": kind, "instant": {"absolute": at}, "messages": [], "testID": ADDS, **more}
        records.append({"version": 0, "kind": "event", "payload": event})
    return "".join(json.dumps(record) + "\n" for record in records)


def test_each_function_has_its_verdict():
    report, rows = read_cases(SAMPLE.read_text("utf-8"))
    assert [(row["name"], row["status"]) for row in rows] == [
        ("adds()", "passed"),
        ("divides()", "failed"),
        ("known()", "quarantined"),
        ("later()", "skipped"),
        ("warns()", "passed"),
        ("hangs()", "errored"),
        ("Sums", "errored"),
    ]
    assert [row["failure_message"] for row in rows] == [
        None,
        "Expectation failed: 1 == 2",
        "known",
        "not now",
        None,
        "the test started but never ended",
        "set-up failed",
    ]
    assert (rows[0]["class_name"], rows[0]["file"], rows[0]["line"]) == (
        "Shop.Sums", "/w/Sums.swift", 4,
    )  # fmt: skip
    assert (rows[0]["duration_seconds"], report.time_seconds) == (0.5, 3.0)
    assert rows[6]["is_synthetic"]


ISSUE = {"issue": {"isKnown": False}}


def test_an_issue_before_version_6_3_is_a_failure():
    _report, rows = read_cases(
        stream(("testStarted", 1, {}), ("issueRecorded", 1, ISSUE), ("testEnded", 2, {}))
    )
    assert [row["status"] for row in rows] == ["failed"]


def test_repetitions_are_tries():
    report, rows = read_cases(
        stream(
            ("testStarted", 1, {"iteration": 1}),
            ("issueRecorded", 1, ISSUE),
            ("testEnded", 2, {}),
            ("testStarted", 3, {"iteration": 2}),
            ("testEnded", 3.5, {}),
        )
    )
    told = [(row["status"], row["retry_index"], row["is_final"]) for row in rows]
    assert told == [("failed", 0, False), ("passed", 1, True)]
    assert counts(report) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(("kinds", "is_complete"), [(("runEnded",), True), ((), False)])
def test_a_stream_is_complete_with_the_end_of_its_run(kinds, is_complete):
    report, _rows = read_cases(stream(("runStarted", 1, {}), *((kind, 2, {}) for kind in kinds)))
    assert (report.test_count, report.is_complete) == (0, is_complete)


def test_a_skipped_test_stays_skipped_when_it_ends():
    _report, rows = read_cases(
        stream(("testStarted", 1, {}), ("testCancelled", 1, {}), ("testEnded", 2, {}))
    )
    assert [row["status"] for row in rows] == ["skipped"]


@pytest.mark.parametrize("key", ["version", "kind", "payload"])
def test_records_are_told_by_all_their_keys(key):
    record = {"version": 0, "kind": "event", "payload": {"instant": {"absolute": 1}}}
    del record[key]
    assert test_results.detect(read_head(json.dumps(record).encode())) is None

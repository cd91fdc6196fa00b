"""pytest-json-report: the words that plugins put in the place of the outcome."""

import json

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

PASSED = {phase: {"outcome": "passed", "duration": 0.5} for phase in ("setup", "call", "teardown")}


def report_of(*tests):
    tests = [{"nodeid": "a.py::test_a", "lineno": 1, **test} for test in tests]
    summary = {"collected": len(tests)}
    head = {"created": 1767323045.5, "duration": 2.5, "exitcode": 0, "root": "/w"}
    return json.dumps({**head, "summary": summary, "tests": tests})


def broken(phase, outcome="failed"):
    return {**PASSED, phase: {"outcome": outcome, "duration": 0.5, "longrepr": "boom"}}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        pytest.param({"outcome": "subtests passed", **PASSED}, (1, 1, 0, 0, 0), id="passed"),
        pytest.param({"outcome": "subtests x", **broken("call")}, (1, 0, 1, 0, 0), id="call"),
        pytest.param({"outcome": "subtests x", **broken("teardown")}, (1, 0, 0, 1, 0), id="end"),
        pytest.param({"outcome": "w", **broken("call", "skipped")}, (1, 0, 0, 0, 1), id="skipped"),
        pytest.param({"outcome": "word"}, (0, 0, 0, 0, 0), id="no phase at all"),
        pytest.param({"outcome": "rerun"}, (1, 0, 1, 0, 0), id="a rerun without its try"),
    ],
)
def test_of_a_word_of_a_plugin_the_phases_tell_the_verdict(test, expected):
    report, _rows = read_cases(report_of(test))
    assert counts(report) == expected


@pytest.mark.parametrize("word", ["rerun", "retried"])
def test_a_rerun_that_passed_took_the_place_of_the_try_that_failed(word):
    report, rows = read_cases(report_of({"outcome": word, **PASSED}))
    assert counts(report) == (1, 1, 0, 0, 0)
    tries = [(r["status"], r["retry_index"], r["is_final"], r["duration_seconds"]) for r in rows]
    assert tries == [("failed", 0, False, None), ("passed", 1, True, 1.5)]


def test_entries_of_one_test_are_its_tries():
    tests = [{"outcome": "rerun", **broken("call")}, {"outcome": "passed", **PASSED}]
    report, rows = read_cases(report_of(*tests))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert [(row["status"], row["is_final"]) for row in rows] == [
        ("failed", False),
        ("passed", True),
    ]

"""Jest's, Vitest's and Mocha's JSON: tries that ran before, and files that did not load."""

import json

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases


def of_jest(*cases, status="passed", message=""):
    cases = [{"title": "t", "ancestorTitles": [], "failureMessages": [], **case} for case in cases]
    file = {"name": "a.test.js", "status": status, "message": message, "assertionResults": cases}
    return json.dumps({"numTotalTests": len(cases), "success": True, "testResults": [file]})


def tries(rows):
    return [
        (row["status"], row["retry_index"], row["is_final"], row["failure_message"]) for row in rows
    ]


def test_jest_counts_the_tries_and_tells_their_reasons_only_where_it_is_told_to():
    passed = {"status": "passed", "invocations": 3, "retryReasons": []}
    report, rows = read_cases(of_jest(passed))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert tries(rows) == [
        ("failed", 0, False, None),
        ("failed", 1, False, None),
        ("passed", 2, True, None),
    ]
    failed = {"status": "failed", "invocations": 2, "failureMessages": ["last"]}
    report, rows = read_cases(of_jest({**failed, "retryReasons": ["test", "after each"]}))
    assert counts(report) == (1, 0, 1, 0, 0)
    assert tries(rows) == [("failed", 0, False, "test\nafter each"), ("failed", 1, True, "last")]


@pytest.mark.parametrize(
    ("case", "count"),
    [
        pytest.param({"status": "passed", "invocations": 1}, 1, id="once"),
        pytest.param({"status": "skipped", "invocations": 0}, 1, id="never"),
        pytest.param({"status": "passed", "failureMessages": ["1", "2"]}, 3, id="Vitest"),
        pytest.param({"status": "failed", "failureMessages": ["1", "2"]}, 1, id="two reasons"),
        pytest.param({"status": "passed", "retryReasons": ["1"]}, 2, id="reasons, no count"),
        pytest.param({"status": "passed", "invocations": 10**9}, 1_001, id="absurd"),
    ],
)
def test_a_test_of_jest_has_as_many_rows_as_tries(case, count):
    _report, rows = read_cases(of_jest(case))
    assert len(rows) == count
    assert [row["is_final"] for row in rows] == [False] * (count - 1) + [True]


@pytest.mark.parametrize("status", ["passed", "failed"], ids=["Vitest before 1.0", "since then"])
def test_a_file_with_a_message_and_no_failed_test_did_not_load(status):
    report, rows = read_cases(of_jest(status=status, message="Cannot find module"))
    assert counts(report) == (1, 0, 0, 1, 0)
    assert rows[0]["is_synthetic"]
    assert rows[0]["failure_message"] == "Cannot find module"
    report, _rows = read_cases(of_jest({"status": "failed"}, status=status, message="1 failed"))
    assert counts(report) == (1, 0, 1, 0, 0)
    report, _rows = read_cases(of_jest({"status": "passed"}))
    assert counts(report) == (1, 1, 0, 0, 0)


def test_of_mocha_the_tries_before_have_no_reason():
    stats = {"suites": 0, "tests": 1, "passes": 1, "pending": 0, "failures": 0}
    test = {"title": "t", "fullTitle": "t", "duration": 4, "currentRetry": 2, "err": {}}
    content = {"stats": stats, "tests": [test], "pending": [], "failures": [], "passes": [test]}
    report, rows = read_cases(json.dumps(content))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert tries(rows) == [
        ("failed", 0, False, None),
        ("failed", 1, False, None),
        ("passed", 2, True, None),
    ]
    assert [row["duration_seconds"] for row in rows] == [None, None, 0.004]


MOCHAWESOME_STATS = {"suites": 1, "tests": 2, "passes": 1, "failures": 1, "testsRegistered": 2}
SUITE = {
    "title": "s",
    "root": False,
    "suites": [],
    "tests": [{"title": "a", "pass": True}, {"title": "b", "fail": True, "err": {"message": "m"}}],
}
META = {"mocha": {"version": "11.0.0"}, "mochawesome": {"options": {}, "version": "8.1.1"}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {"results": [{"title": "", "root": True, "suites": [SUITE]}], "meta": META},
            (2, 1, 1, 0, 0),
            id="since version 4",
        ),
        pytest.param({"suites": SUITE, "copyrightYear": 2018}, (2, 1, 1, 0, 0), id="version 3"),
    ],
)
def test_mochawesome(body, expected):
    report, rows = read_cases(json.dumps({"stats": MOCHAWESOME_STATS, **body}))
    assert report.format == "mochawesome-json"
    assert counts(report) == expected
    assert [row["suite_path"] for row in rows] == ["s", "s"]


def test_mochawesome_without_a_test():
    stats = dict.fromkeys(MOCHAWESOME_STATS, 0)
    content = json.dumps({"stats": stats, "results": [False], "meta": META})
    report, rows = read_cases(content)
    assert report.format == "mochawesome-json"
    assert counts(report) == (0, 0, 0, 0, 0)
    assert rows == []


def test_one_instant_for_start_and_end_of_a_file_tells_no_time():
    def seconds(start, end):
        report = json.loads(of_jest({"status": "passed", "duration": 1500}))
        report["testResults"][0].update(startTime=start, endTime=end)
        return read_cases(json.dumps(report))[0].time_seconds

    assert seconds(1_700_000_000_000, 1_700_000_000_000) == 1.5
    assert seconds(1_700_000_000_000, 1_700_000_002_000) == 2.0

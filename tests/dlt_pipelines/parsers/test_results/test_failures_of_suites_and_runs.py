"""Failures that belong to a suite or a run and that no test tells of: NUnit's and Dart's."""

import json

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

_PASSED = '<test-case name="adds" result="Passed"/>'
_FAILED = '<test-case name="sums" result="Failed"><failure/></test-case>'
_FAILURE = "<failure><message>no database</message></failure>"


def _suite(site, inside):
    told = f' site="{site}"' if site else ""
    return (
        f'<test-suite type="TestFixture" name="Stock" result="Failed"{told}>{inside}</test-suite>'
    )


@pytest.mark.parametrize(
    ("suites", "expected"),
    [
        (_suite("TearDown", _FAILURE + _PASSED), (2, 1, 0, 1, 0)),
        (_suite("TearDown", _FAILURE + _FAILED), (2, 0, 1, 1, 0)),
        (_suite("SetUp", _FAILURE), (1, 0, 0, 1, 0)),
        (_suite("SetUp", _FAILURE + _FAILED), (1, 0, 1, 0, 0)),
        (_suite("", _FAILURE), (1, 0, 0, 1, 0)),
        (_suite("", _FAILURE + _FAILED), (1, 0, 1, 0, 0)),
        (_suite("Child", _FAILURE + _FAILED), (1, 0, 1, 0, 0)),
        (_suite("Child", _FAILURE + _PASSED), (1, 1, 0, 0, 0)),
        (
            _suite("SetUp", _FAILURE + _suite("Parent", _FAILURE) + _suite("Parent", _FAILURE)),
            (1, 0, 0, 1, 0),
        ),
        (_suite("", _FAILURE + _suite("TearDown", _FAILURE + _PASSED)), (2, 1, 0, 1, 0)),
        (_suite("", _PASSED), (1, 1, 0, 0, 0)),
        (_FAILURE, (1, 0, 0, 1, 0)),
    ],
)
def test_a_failure_of_a_suite_of_nunit_is_told_once(suites, expected):
    report, rows = read_cases(f'<test-run id="1" name="shop.dll">{suites}</test-run>')
    assert (report.format, counts(report)) == ("nunit3-xml", expected)
    told = [row for row in rows if row["is_synthetic"]]
    assert [row["failure_message"] for row in told] == ["no database"] * expected[3]


def test_a_failure_of_a_suite_of_nunit_has_its_name():
    _report, rows = read_cases(f"<test-run>{_suite('TearDown', _FAILURE + _PASSED)}</test-run>")
    assert [(row["name"], row["suite_path"]) for row in rows] == [
        ("adds", "Stock"),
        ("Stock", "Stock"),
    ]


def test_a_failed_set_up_of_nunit_2():
    report, _rows = read_cases(
        '<test-results total="0" errors="0" failures="0" not-run="0">'
        f'<test-suite name="Shop" success="False">{_FAILURE}<results>'
        f'<test-suite name="Stock" success="False">{_FAILURE}<results/></test-suite>'
        "</results></test-suite></test-results>"
    )
    assert (report.format, counts(report)) == ("nunit2-xml", (1, 0, 0, 1, 0))


def _started(number, name="adds"):
    return {"type": "testStart", "time": 10, "test": {"id": number, "name": name, "suiteID": 0}}


def _done(number, *, result="success", hidden=False):
    return {
        "type": "testDone", "testID": number, "time": 20,
        "result": result, "hidden": hidden, "skipped": False,
    }  # fmt: skip


def _error(number, *, is_failure):
    return {"type": "error", "testID": number, "error": "closed", "isFailure": is_failure}


def _finished(*, success):
    return {"type": "done", "time": 30, "success": success}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([_started(1), _done(1), _finished(success=True)], (1, 1, 0, 0, 0)),
        (
            [_started(1), _done(1), _error(1, is_failure=False), _finished(success=False)],
            (1, 0, 0, 1, 0),
        ),
        (
            [_started(1), _done(1), _error(1, is_failure=True), _finished(success=False)],
            (1, 0, 1, 0, 0),
        ),
        (
            [
                _started(1, "loading a.dart"),
                _done(1, hidden=True),
                _started(2),
                _done(2),
                _error(1, is_failure=False),
                _finished(success=False),
            ],
            (2, 1, 0, 1, 0),
        ),
        ([_started(1), _done(1), _finished(success=False)], (2, 1, 0, 1, 0)),
        ([_finished(success=False)], (0, 0, 0, 0, 0)),
        ([_started(1), _done(1), _started(2, "sums")], (2, 1, 0, 1, 0)),
        ([_started(1), _done(1), _started(2, "loading b.dart")], (1, 1, 0, 0, 0)),
        (
            [_started(1), _error(1, is_failure=True), _done(1, result="failure")],
            (1, 0, 1, 0, 0),
        ),
    ],
)
def test_what_fails_behind_the_tests_of_dart(events, expected):
    first = {"protocolVersion": "0.1.1", "runnerVersion": "1.25", "type": "start", "time": 0}
    report, rows = read_cases("\n".join(map(json.dumps, [first, *events])))
    assert (report.format, counts(report)) == ("dart-json", expected)
    assert report.is_complete == (events[-1]["type"] == "done")
    told = {row["name"]: row["failure_message"] for row in rows if row["status"] == "errored"}
    assert told.get("sums") in (None, "the test started but never ended")
    assert told.get("adds") in (None, "closed")


def test_a_hidden_test_of_dart_that_fails_late_is_told_by_its_name():
    first = {"protocolVersion": "0.1.1", "runnerVersion": "1.25", "type": "start", "time": 0}
    late = [_started(1, "(tearDownAll)"), _done(1, hidden=True), _error(1, is_failure=False)]
    events = [first, *late, _finished(success=False)]
    _report, rows = read_cases("\n".join(map(json.dumps, events)))
    assert [(row["name"], row["status"]) for row in rows] == [("(tearDownAll)", "errored")]


_OPENED = {"title": "opens", "fullName": "Map opens", "status": "passed", "duration": 5}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"testResults": [_OPENED], "failureMessage": None}, (1, 1, 0, 0, 0)),
        ({"testResults": [], "failureMessage": "no module"}, (1, 0, 0, 1, 0)),
        ({"testResults": [_OPENED], "failureMessage": "afterAll"}, (2, 1, 0, 1, 0)),
        (
            {"testResults": [{**_OPENED, "status": "failed"}], "failureMessage": "closed"},
            (1, 0, 1, 0, 0),
        ),
        ({"assertionResults": [{**_OPENED, "status": "exploded"}]}, (1, 0, 0, 1, 0)),
        ({"assertionResults": [{**_OPENED, "status": None}, _OPENED]}, (1, 1, 0, 0, 0)),
        (
            {"assertionResults": [{**_OPENED, "status": "exploded"}], "status": "failed"},
            (1, 0, 0, 1, 0),
        ),
    ],
)
def test_what_jest_hands_its_reporters(file, expected):
    times = {"perfStats": {"start": 1_700_000_000_000, "end": 1_700_000_002_500}}
    told = {"numTotalTests": 1, "testResults": [{"testFilePath": "/a/map.js", **times, **file}]}
    report, rows = read_cases(json.dumps(told))
    assert (report.format, counts(report)) == ("jest-json", expected)
    assert {row["file"] for row in rows} == {"/a/map.js"}
    assert report.time_seconds == 2.5
    told = [row["failure_message"] for row in rows if row["is_synthetic"]]
    assert told == ([file["failureMessage"]] if told else [])


@pytest.mark.parametrize(
    ("error", "state", "expected"),
    [
        ("the browser crashed", None, (1, 0, 0, 1, 0)),
        ("the browser crashed", "passed", (2, 1, 0, 1, 0)),
        ("the browser crashed", "failed", (1, 0, 1, 0, 0)),
        (None, "passed", (1, 1, 0, 0, 0)),
        (None, None, (0, 0, 0, 0, 0)),
    ],
)
def test_a_file_of_cypress_that_broke(error, state, expected):
    tests = [{"title": ["Map", "opens"], "state": state}] if state else []
    run = {"error": error, "spec": {"relative": "map.cy.js"}, "stats": {}, "tests": tests}
    report, rows = read_cases(json.dumps({"totalTests": len(tests), "runs": [run]}))
    assert (report.format, counts(report)) == ("cypress-json", expected)
    told = [(row["name"], row["failure_message"]) for row in rows if row["is_synthetic"]]
    assert told == [("map.cy.js", error)] * expected[3]


@pytest.mark.parametrize(
    ("is_error", "success", "expected"),
    [
        (True, True, (2, 1, 0, 1, 0)),
        (True, False, (1, 0, 1, 0, 0)),
        (False, True, (1, 1, 0, 0, 0)),
    ],
)
def test_a_browser_of_karma_that_broke(is_error, success, expected):
    result = {"suite": ["Map"], "description": "opens", "success": success, "time": 5}
    summary = {"success": 1, "failed": 0, "error": is_error}
    browsers = {"1": {"name": "Chrome"}}
    report, _rows = read_cases(
        json.dumps({"browsers": browsers, "result": {"1": [result]}, "summary": summary})
    )
    assert (report.format, counts(report)) == ("karma-json", expected)


def _node(kind, name, *children, result="Failed"):
    return {"nodeType": kind, "name": name, "result": result, "children": list(children)}


def test_a_bundle_of_xcode_that_crashed():
    crash = _node("Failure Message", "the runner crashed")
    passed = _node("Test Suite", "Map", _node("Test Case", "opens()", result="Passed"))
    bundles = [_node("Unit test bundle", "A", crash), _node("Unit test bundle", "B", passed)]
    plan = {"devices": [], "testNodes": [_node("Test Plan", "All", *bundles)]}
    report, rows = read_cases(json.dumps(plan))
    assert (report.format, counts(report)) == ("xcresult-json", (2, 1, 0, 1, 0))
    assert report.suite_count == 4
    assert [(row["name"], row["failure_message"], row["is_synthetic"]) for row in rows] == [
        ("A", "the runner crashed", True),
        ("opens()", None, False),
    ]

"""What single tools write that looks like something else, as they were seen to write it."""

import json

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases


def test_what_a_go_test_logs_is_no_verdict_of_its_own():
    report, rows = read_cases(
        "=== RUN   TestLog\n"
        "    a_test.go:4: --- FAIL: TestFake (0.00s)\n"
        "--- FAIL: TestLog (0.00s)\n"
        "FAIL\nFAIL\tx/a\t0.010s\n"
    )
    assert [(row["name"], row["status"]) for row in rows] == [("TestLog", "failed")]
    assert "TestFake" in rows[0]["failure_message"]
    assert report.test_count == 1


def test_the_worker_of_a_go_fuzz_test_is_no_second_test():
    report, rows = read_cases(
        "--- FAIL: FuzzAbs (0.02s)\n"
        "    --- FAIL: FuzzAbs (0.00s)\n"
        "        a_test.go:24: 77\n"
        "FAIL\nFAIL\tx/a\t0.027s\n"
    )
    assert counts(report) == (1, 0, 1, 0, 0)
    assert rows[0]["duration_seconds"] == 0.02
    assert "77" in rows[0]["failure_message"]


@pytest.mark.parametrize(
    "content",
    [
        """<testsuites tests="1" name="AllTests"><testsuite name="A" tests="1">
        <testcase name="b" file="a.cc" line="3"/></testsuite></testsuites>""",
        """{"tests": 1, "name": "AllTests", "testsuites": [{"name": "A", "tests": 1,
        "testsuite": [{"name": "b", "file": "a.cc", "line": 3}]}]}""",
    ],
    ids=["xml", "json"],
)
def test_tests_that_googletest_only_lists_are_no_report(content):
    assert test_results.detect(read_head(content.encode())) is None


def test_the_xml_of_dejagnu_is_no_junit():
    content = (
        "<?xml version='1.1'?><testsuite><test><input></input><output></output>"
        "<result>FAIL</result><name>two</name><prms_id>0</prms_id></test></testsuite>"
    )
    assert test_results.detect(read_head(content.encode())) is None


_POINTS = "1..2\nok 1 - one\nnot ok 2 - two\n"


@pytest.mark.parametrize(
    "start",
    [
        "Log of Meson test suite run on 2026-01-02T03:04:05\n\n===== 1/9 =====\n",
        "=======\n   x 1: ./test-suite.log\n=======\n\n# TOTAL: 9\n# PASS:  7\n\n",
    ],
    ids=["meson", "automake"],
)
def test_a_log_that_holds_tap_of_single_tests_is_no_tap(start):
    assert test_results.detect(read_head(_POINTS.encode())) == "tap"
    assert test_results.detect(read_head((start + _POINTS).encode())) is None


def test_a_log_of_prove_with_clock_times_is_no_json():
    report, _rows = read_cases(
        "[08:45:03] t/a.t .. \n" + _POINTS + "[08:45:04] t/b.t .. \n1..1\nok 1\n"
    )
    assert counts(report) == (3, 2, 1, 0, 0)
    assert report.is_complete


def test_what_catch2_lets_fail_has_no_verdict():
    inside = '<skipped message="TEST_CASE tagged with !mayfail"/><failure message="no"/>'
    report, rows = read_cases(f'<testsuite><testcase name="a">{inside}</testcase></testsuite>')
    assert counts(report) == (1, 0, 0, 0, 1)
    assert rows[0]["status"] == "quarantined"


def test_a_failure_beside_another_skip_counts():
    inside = '<failure message="no"/><skipped message="late"/>'
    report, _rows = read_cases(f'<testsuite><testcase name="a">{inside}</testcase></testsuite>')
    assert counts(report) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('tests="0" errors="1"', (1, 0, 0, 1, 0)),
        ('tests="0" errors="0"', (0, 0, 0, 0, 0)),
    ],
    ids=["a set-up that failed", "nothing"],
)
def test_a_suite_without_tests_that_declares_an_error(header, expected):
    report, rows = read_cases(f'<testsuites><testsuite name="g" {header}></testsuite></testsuites>')
    assert counts(report) == expected
    assert all(row["is_synthetic"] and row["name"] == "g" for row in rows)


def test_cunit_has_a_record_for_every_assertion_that_failed():
    failure = (
        "<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME>{}</TEST_NAME>"
        "<CONDITION>x</CONDITION></CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD>"
    )
    suite = "".join(failure.format(name) for name in ("f", "f", "g"))
    report, rows = read_cases(
        "<CUNIT_TEST_RUN_REPORT><CUNIT_RUN_SUITE><CUNIT_RUN_SUITE_SUCCESS><SUITE_NAME>A"
        f"</SUITE_NAME>{suite}</CUNIT_RUN_SUITE_SUCCESS></CUNIT_RUN_SUITE></CUNIT_TEST_RUN_REPORT>"
    )
    assert [row["name"] for row in rows] == ["f", "g"]
    assert report.failed_count == 2


_MODULE = (
    '<TestResult><TestSuite name="m" test_cases_passed="7" test_cases_passed_with_warnings="1"'
    ' test_cases_failed="7" test_cases_skipped="3" test_cases_aborted="3">{}</TestSuite>'
    "</TestResult>"
)


def test_a_short_report_of_boost_is_counted_by_its_totals():
    report, rows = read_cases(_MODULE.format(""))
    assert counts(report) == (18, 8, 4, 3, 3)
    assert not rows


def test_a_detailed_report_of_boost_is_counted_by_its_cases():
    report, _rows = read_cases(_MODULE.format('<TestCase name="a" result="passed"></TestCase>'))
    assert counts(report) == (1, 1, 0, 0, 0)
    assert report.declared_tests == 18


def test_a_log_of_boost_without_cases_is_not_green():
    report, rows = read_cases(
        '<TestLog><Error file="a.cpp" line="8">no</Error><FatalError>gone</FatalError></TestLog>'
    )
    assert counts(report) == (1, 0, 0, 1, 0)
    assert rows[0]["is_synthetic"]


def test_a_file_that_busted_could_not_load_is_an_errored_case():
    report, rows = read_cases(
        '<testsuites tests="1" errors="1"><error message="spec/c_spec.lua:1">syntax</error>'
        '<testsuite tests="1" name="Run 1 of 1"><testcase name="a"/></testsuite></testsuites>'
    )
    assert counts(report) == (2, 1, 0, 1, 0)
    row = next(row for row in rows if row["status"] == "errored")
    assert (row["name"], row["is_synthetic"]) == ("test run", True)
    assert row["failure_message"] == "spec/c_spec.lua:1"


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param(("WARN",), (1, 1, 0, 0, 0), id="a warning"),
        pytest.param(("WARN_EQ", "WARN_THROWS_AS"), (1, 1, 0, 0, 0), id="warnings"),
        pytest.param(("WARN", "CHECK"), (1, 0, 1, 0, 0), id="a warning and a failure"),
        pytest.param(("WARNING",), (1, 0, 1, 0, 0), id="another word"),
        pytest.param(("",), (1, 0, 1, 0, 0), id="no word"),
    ],
)
def test_assertions_of_doctest_that_only_warn_fail_no_test(kinds, expected):
    failures = "".join(f'<failure message="1 == 2" type="{kind}"/>' for kind in kinds)
    case = f'<testcase classname="a.cpp" name="a" status="run">{failures}</testcase>'
    report, _rows = read_cases(f'<testsuite doctest_version="2.4.9">{case}</testsuite>')
    assert counts(report) == expected
    assert report.generator == "doctest"
    assert counts(read_cases(f"<testsuite>{case}</testsuite>")[0]) == (1, 0, 1, 0, 0)


def of_libtest(*events):
    """Lines of events: `+` starts a test, a word ends it, `suite` starts and ends a suite."""
    lines = [
        {"type": "suite", "event": name}
        if word == "suite"
        else {"type": "test", "event": "started" if word == "+" else word, "name": name}
        for word, name in events
    ]
    report, rows = read_cases("\n".join(map(json.dumps, lines)))
    return counts(report), [
        (row["name"], row["status"], row["retry_index"], row["is_final"]) for row in rows
    ]


def test_nextest_ends_a_test_with_the_number_of_its_last_try():
    start, end = ("suite", "started"), ("suite", "failed")
    events = [start, ("+", "b$m::a"), ("+", "b$m::c"), ("failed", "b$m::a#3"), ("ok", "b$m::c#2")]
    found, rows = of_libtest(*events, end)
    assert found == (2, 1, 1, 0, 0)
    assert rows == [
        ("a", "failed", 0, False), ("a", "failed", 1, False), ("a", "failed", 2, True),
        ("c", "failed", 0, False), ("c", "passed", 1, True),
    ]  # fmt: skip
    # The number belongs to the name of a test that did not start without it.
    assert of_libtest(start, ("+", "a#2"), ("ok", "a#2"), end)[1] == [("a#2", "passed", 0, True)]
    both = [start, ("+", "b$a"), ("+", "b$a#2"), ("ok", "b$a#2"), ("ok", "b$a"), end]
    assert of_libtest(*both)[0] == (2, 2, 0, 0, 0)
    assert of_libtest(start, ("ok", "b$c#2"), end)[1] == [("b$c#2", "passed", 0, True)]
    assert len(of_libtest(start, ("+", "b$a"), ("ok", "b$a#999999999"), end)[1]) == 1_000


def test_tests_of_nextest_may_end_behind_their_suite():
    start, end = ("suite", "started"), ("suite", "failed")
    events = [start, ("+", "b$slow"), ("+", "b$never"), end, start, ("failed", "b$slow"), end]
    assert of_libtest(*events) == (
        (2, 0, 1, 1, 0),
        [("b$slow", "failed", 0, True), ("b$never", "errored", 0, True)],
    )
    # Of the harness itself a suite ends behind all of its tests.
    assert of_libtest(start, ("+", "a"), end, start, ("+", "a"), end)[0] == (2, 0, 0, 2, 0)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        pytest.param('<property name="skip" value="why"/>', ("skipped", "why"), id="skip"),
        pytest.param('<property name="skip" value="true"/>', ("skipped", None), id="no reason"),
        pytest.param('<property name="todo" value="later"/>', ("quarantined", "later"), id="todo"),
        pytest.param('<property name="other" value="x"/>', ("passed", None), id="another"),
    ],
)
def test_node_tap_tells_directives_as_properties(inside, expected):
    def told(name, failure=""):
        case = f'<testcase name="a">{failure}<properties>{inside}</properties></testcase>'
        suite = f'<testsuite name="a.js">{case}</testsuite>'
        _report, rows = read_cases(f'<testsuites name="{name}">{suite}</testsuites>')
        assert len(rows) == 1
        return rows[0]["status"], rows[0]["failure_message"]

    assert told("TAP Tests") == expected
    # A point that is not ok does not fail either; elsewhere properties are properties.
    failed = told("TAP Tests", '<failure message="no"/>')
    assert failed == (("failed", "no") if expected[0] == "passed" else expected)
    assert told("other") == ("passed", None)


@pytest.mark.parametrize(
    ("header", "case", "statuses"),
    [
        ('flakes="1"', 'flaky="true"', ["failed", "failed", "passed"]),
        ('flakes="0"', "", ["failed"]),
        ('flakes="0"', 'flaky="false"', ["failed"]),
        ("", 'flaky="true"', ["failed"]),
    ],
)
def test_firebase_test_lab_tells_what_passed_in_the_end(header, case, statuses):
    report, rows = read_cases(
        f'<testsuite name="" tests="1" {header}><testcase name="opens" classname="Map" time="4.5" '
        f"{case}><failure>no view</failure><failure>no map</failure></testcase></testsuite>"
    )
    assert [row["status"] for row in rows] == statuses
    assert [row["is_final"] for row in rows] == [*[False] * (len(rows) - 1), True]
    assert counts(report) == ((1, 1, 0, 0, 0) if len(rows) > 1 else (1, 0, 1, 0, 0))
    assert report.time_seconds == 4.5


@pytest.mark.parametrize(
    ("told", "again", "expected"),
    [
        ("testRetrySupport enabled='true'", "testFinished", (1, 1, 0, 0, 0)),
        ("testRetrySupport enabled='true'", "testFailed", (1, 0, 1, 0, 0)),
        ("testRetrySupport enabled='false'", "testFinished", (2, 1, 1, 0, 0)),
        ("testCount count='2'", "testFinished", (2, 1, 1, 0, 0)),
    ],
)
def test_teamcity_is_told_that_a_name_comes_again_for_another_try(told, again, expected):
    lines = [
        told,
        "testStarted name='opens'",
        "testFailed name='opens' message='no view'",
        "testFinished name='opens' duration='500'",
        "testStarted name='opens'",
        f"{again} name='opens' duration='250'",
        "testFinished name='opens' duration='250'",
    ]
    report, rows = read_cases("".join(f"##teamcity[{line}]\n" for line in lines))
    assert counts(report) == expected
    tries = [(row["retry_index"], row["is_final"]) for row in rows]
    assert tries == ([(0, False), (1, True)] if expected[0] == 1 else [(0, True), (0, True)])


def test_tries_of_one_name_in_two_suites_of_teamcity_are_two_tests():
    suite = (
        "##teamcity[testSuiteStarted name='{0}']\n##teamcity[testStarted name='opens']\n"
        "##teamcity[testFinished name='opens']\n##teamcity[testSuiteFinished name='{0}']\n"
    )
    text = "##teamcity[testRetrySupport enabled='true']\n" + suite.format("a") + suite.format("b")
    assert counts(read_cases(text)[0]) == (2, 2, 0, 0, 0)


def test_a_killed_test_of_allure_has_no_verdict():
    report, rows = read_cases(
        json.dumps(
            {
                "uuid": "5a", "historyId": "7c", "name": "opens", "stage": "running",
                "labels": [{"name": "suite", "value": "Map"}], "start": 1_700_000_000_000,
            }
        )
    )  # fmt: skip
    assert (report.format, counts(report)) == ("allure2-json", (1, 0, 0, 0, 1))
    assert (rows[0]["name"], rows[0]["suite_path"]) == ("opens", "Map")


@pytest.mark.parametrize("status", ["blocked", None])
def test_a_test_of_ctrf_with_a_word_of_its_own_is_there(status):
    tests = [{"name": "opens", "status": "passed"}, {"name": "closes", "status": status}]
    report, _rows = read_cases(
        json.dumps({"results": {"tool": {"name": "own"}, "summary": {"tests": 2}, "tests": tests}})
    )
    assert (report.format, counts(report)) == ("ctrf-json", (2, 1, 0, 0, 1))


@pytest.mark.parametrize(
    ("told", "statuses"),
    [
        ({"retries": 0, "retryAttempts": [{"status": "passed"}]}, ["passed"]),
        ({"retries": 0, "retryAttempts": [{"status": "failed"}]}, ["failed", "passed"]),
        ({"retryAttempts": [{"status": "failed"}]}, ["failed", "passed"]),
        (
            {"retries": 1, "retryAttempts": [{"status": "failed"}, {"status": "passed"}]},
            ["failed", "passed"],
        ),
    ],
)
def test_tries_of_ctrf_with_and_without_the_last_one(told, statuses):
    report = {"reportFormat": "CTRF", "results": {"tests": [{"name": "a", "status": "passed"}]}}
    report["results"]["tests"][0].update(told)
    summary, rows = read_cases(json.dumps(report))
    assert (summary.format, counts(summary)) == ("ctrf-json", (1, 1, 0, 0, 0))
    assert [row["status"] for row in rows] == statuses


@pytest.mark.parametrize(
    ("kind", "tests"),
    [
        ({"keyword": "Background"}, 1),
        ({"type": "background", "keyword": "Grundlage"}, 1),
        ({"type": "scenario", "keyword": "Background"}, 2),
    ],
)
def test_a_background_of_cucumber_without_a_type(kind, tests):
    def element(**told):
        return {"name": "", "line": 2, "steps": [{"result": {"status": "passed"}}], **told}

    feature = {"uri": "map.feature", "keyword": "Feature", "name": "Map", "line": 1}
    feature["elements"] = [element(**kind), element(keyword="Scenario", name="opens")]
    report, _rows = read_cases(json.dumps([feature]))
    assert (report.format, report.test_count) == ("cucumber-json", tests)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ('tests="5" failures="1"', (5, 3, 1, 0, 1)),
        ('tests="5" failures="1" skipped="0"', (5, 4, 1, 0, 0)),
        ('tests="6" failures="1"', (6, 5, 1, 0, 0)),
    ],
)
def test_what_the_root_of_a_report_without_cases_leaves_out(root, expected):
    report, _rows = read_cases(
        f'<testsuites {root}><testsuite tests="3" skipped="1" failures="0"/>'
        '<testsuite tests="2" failures="1" errors="0"/></testsuites>'
    )
    assert counts(report) == expected

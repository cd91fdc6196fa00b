"""Reports of single frameworks: what their words mean, told with the rows they become."""

import json

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases


def statuses(rows):
    return [(row["name"], row["status"]) for row in rows]


def test_allure_1_tells_arguments_owner_and_why():
    _report, rows = read_cases(
        '<test-suite start="1000" stop="3000"><name>Sums</name><test-cases>'
        '<test-case start="1000" stop="1500" status="broken"><name>adds</name>'
        "<failure><message>gone</message><stack-trace>at 4</stack-trace></failure>"
        '<labels><label name="owner" value="payments"/></labels>'
        '<parameters><parameter name="n" value="1" kind="argument"/>'
        '<parameter name="OS" value="x" kind="environment-variable"/></parameters>'
        "</test-case></test-cases></test-suite>"
    )
    row = rows[0]
    assert (row["status"], row["class_name"], row["parameters"]) == ("errored", "Sums", "n=1")
    assert (row["failure_message"], row["failure_details"]) == ("gone", "at 4")
    assert (row["owner_tag"], row["duration_seconds"]) == ("payments", 0.5)


def test_a_suite_of_nunit_is_no_allure():
    report, _rows = read_cases(
        '<test-suite name="a"><test-case name="b" result="Passed"/></test-suite>'
    )
    assert (report.format, report.test_count) == ("nunit3-xml", 1)


def log_of_pytest(*phases, is_finished=True):
    """A log of phases: node, when, outcome and more fields."""
    lines = [
        {"$report_type": "TestReport", "nodeid": node, "when": when, "outcome": outcome,
         "location": ["a.py", 3, "t"], "duration": 0.5, **more}
        for node, when, outcome, more in phases
    ]  # fmt: skip
    lines.append({"$report_type": "SessionFinish"} if is_finished else {"$report_type": "Warning"})
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_workers_of_pytest_write_in_between_each_other():
    report, rows = read_cases(
        log_of_pytest(
            ("a.py::x", "setup", "passed", {"worker_id": "gw0"}),
            ("a.py::y", "setup", "passed", {"worker_id": "gw1"}),
            ("a.py::x", "call", "failed", {"worker_id": "gw0", "longrepr": "no"}),
            ("a.py::y", "call", "passed", {"worker_id": "gw1"}),
            ("a.py::y", "teardown", "passed", {"worker_id": "gw1"}),
            ("a.py::x", "teardown", "passed", {"worker_id": "gw0"}),
        )
    )
    assert statuses(rows) == [("x", "failed"), ("y", "passed")]
    assert [row["duration_seconds"] for row in rows] == [1.5, 1.5]
    assert (rows[0]["line"], rows[0]["file"], rows[0]["failure_message"]) == (4, "a.py", "no")
    assert report.is_complete


def test_a_test_that_each_worker_of_pytest_ran_is_one_for_each():
    phases = [
        ("a.py::x", when, "passed", {"worker_id": worker})
        for when in ("setup", "call", "teardown")
        for worker in ("gw0", "gw1")
    ]
    _report, rows = read_cases(log_of_pytest(*phases))
    assert [(row["duration_seconds"], row["is_final"]) for row in rows] == [(1.5, True)] * 2


def test_reruns_of_pytest_are_tries():
    _report, rows = read_cases(
        log_of_pytest(
            ("a.py::x", "setup", "passed", {}),
            ("a.py::x", "call", "rerun", {"longrepr": "once"}),
            ("a.py::x", "teardown", "passed", {}),
            ("a.py::x", "setup", "passed", {}),
            ("a.py::x", "call", "passed", {}),
            ("a.py::x", "teardown", "passed", {}),
        )
    )
    tries = [(row["status"], row["retry_index"], row["is_final"]) for row in rows]
    assert tries == [("failed", 0, False), ("passed", 1, True)]
    assert rows[0]["failure_message"] == "once"


def test_a_log_of_pytest_that_breaks_off_leaves_its_open_test_errored():
    report, rows = read_cases(
        log_of_pytest(
            ("a.py::x", "setup", "passed", {}),
            ("a.py::x", "call", "passed", {}),
            ("a.py::x", "teardown", "passed", {}),
            ("a.py::y", "setup", "passed", {}),
            is_finished=False,
        )
    )
    assert statuses(rows) == [("x", "passed"), ("y", "errored")]
    assert not report.is_complete


def test_xfail_of_pytest_gives_no_verdict_and_an_unexpected_pass_passes():
    _report, rows = read_cases(
        log_of_pytest(
            ("a.py::x", "call", "skipped", {"wasxfail": "known"}),
            ("a.py::y", "call", "passed", {"wasxfail": ""}),
            ("a.py::z", "setup", "skipped", {"longrepr": ["a.py", 3, "Skipped: no disk"]}),
        )
    )
    assert statuses(rows) == [("x", "quarantined"), ("y", "passed"), ("z", "skipped")]
    assert rows[2]["failure_message"] == "Skipped: no disk"


def test_ginkgo_tells_attempts_panics_and_nodes_that_failed():
    spec = {"LeafNodeType": "It", "LeafNodeText": "a", "ContainerHierarchyTexts": ["Sums", "x"]}
    once = {"Failure": {"Message": "Failure recorded during attempt 1:\nonce"}}
    specs = [
        {**spec, "State": "passed", "NumAttempts": 2, "AdditionalFailures": [once]},
        {**spec, "State": "passed", "NumAttempts": 3, "MaxMustPassRepeatedly": 3},
        {**spec, "State": "panicked", "Failure": {"Message": "m", "ForwardedPanic": "boom"}},
        {**spec, "State": "timedout"},
        {"LeafNodeType": "BeforeSuite", "State": "failed"},
        {"LeafNodeType": "AfterSuite", "State": "passed"},
    ]
    report, rows = read_cases(json.dumps([{"SuitePath": "/x", "SpecReports": specs}]))
    assert [(row["name"], row["status"], row["is_final"]) for row in rows] == [
        ("a", "failed", False),
        ("a", "passed", True),
        ("a", "passed", True),
        ("a", "errored", True),
        ("a", "failed", True),
        ("[BeforeSuite]", "errored", True),
    ]
    assert counts(report) == (5, 2, 1, 2, 0)
    assert (rows[1]["class_name"], rows[3]["failure_message"]) == ("Sums x", "boom")
    assert rows[5]["is_synthetic"]


def test_attempts_of_testcafe_in_quarantine_mode_are_tries():
    tries = {"1": {"passed": False}, "2": {"passed": True}, "3": {"passed": True}}
    test = {"name": "a", "errs": [], "unstable": True, "quarantine": tries}
    fixtures = [{"name": "f", "path": "f.js", "tests": [test]}]
    _report, rows = read_cases(
        json.dumps({"userAgents": [], "total": 1, "passed": 1, "fixtures": fixtures})
    )
    assert [(row["status"], row["is_final"]) for row in rows] == [
        ("failed", False), ("passed", False), ("passed", True),
    ]  # fmt: skip


def test_a_request_of_newman_without_an_answer_is_an_error_of_its_own():
    run = {
        "stats": {"iterations": {"total": 2}},
        "executions": [
            {"item": {"name": "up"}, "cursor": {"iteration": 1}, "assertions": [
                {"assertion": "is ok"}, {"assertion": "later", "skipped": True},
                {"assertion": "no", "error": {"name": "AssertionError", "message": "m"}}]},
        ],
        "failures": [
            {"at": "assertion:2 in test-script", "error": {"message": "m"}},
            {"at": "request", "source": {"name": "down"}, "error": {"message": "refused"}},
        ],
    }  # fmt: skip
    report, rows = read_cases(json.dumps({"collection": {"info": {"name": "c"}}, "run": run}))
    assert counts(report) == (4, 1, 1, 1, 1)
    assert {row["parameters"] for row in rows} == {"iteration 2", None}
    assert (rows[3]["class_name"], rows[3]["failure_message"]) == ("down", "refused")


def otr(*events):
    space = 'xmlns:e="https://schemas.opentest4j.org/reporting/events/0.2.0"'
    return f"<e:events {space}>{''.join(events)}</e:events>"


def test_open_test_reporting_of_phpunit_has_no_word_for_containers():
    report, rows = read_cases(
        otr(
            '<e:started id="1" name="SumsTest"/><e:started id="2" parentId="1" name="adds"/>',
            '<e:finished id="2"><result status="ERRORED"><reason>no</reason></result></e:finished>',
            '<e:started id="3" parentId="1" name="waits"/>',
            '<e:finished id="3"><result status="ABORTED"/></e:finished>',
            '<e:finished id="1"/>',
        )
    )
    assert statuses(rows) == [("adds", "errored"), ("waits", "skipped")]
    assert report.suite_count == 1


def test_what_never_finished_in_open_test_reporting_is_an_error():
    _report, rows = read_cases(
        otr('<e:started id="1" name="c"/><e:started id="2" parentId="1" name="a"/>')
    )
    assert statuses(rows) == [("a", "errored")]


def test_repetitions_of_xcode_are_tries():
    case = {
        "nodeType": "Test Case", "name": "a()", "nodeIdentifier": "S/a()", "result": "Passed",
        "children": [
            {"nodeType": "Repetition", "result": "Failed",
             "children": [{"nodeType": "Failure Message", "name": "once"}]},
            {"nodeType": "Repetition", "result": "Passed", "duration": "0,5s"},
        ],
    }  # fmt: skip
    _report, rows = read_cases(json.dumps({"testNodes": [case]}))
    tries = [(row["status"], row["retry_index"], row["is_final"]) for row in rows]
    assert tries == [("failed", 0, False), ("passed", 1, True)]
    assert (rows[0]["failure_message"], rows[1]["class_name"]) == ("once", "S")
    assert rows[1]["duration_seconds"] == 0.5


def test_parameters_of_testng_are_told_without_the_address_of_an_object():
    method = (
        '<test-method name="pays" status="{}" {}><params><param index="0"><value>'
        "<![CDATA[shop.Order@{}]]></value></param></params>{}</test-method>"
    )
    first = method.format("SKIP", 'retried="true"', "1b2c", '<exception class="E"/>')
    document = (
        f'<testng-results><suite name="s"><test name="t"><class name="shop.C">{first}'
        f"{method.format('PASS', '', '7fff', '')}</class></test></suite></testng-results>"
    )
    _report, rows = read_cases(document)
    assert [row["parameters"] for row in rows] == ["shop.Order", "shop.Order"]
    assert [(row["retry_index"], row["is_final"]) for row in rows] == [(0, False), (1, True)]


def test_an_address_of_mail_is_no_address_of_an_object():
    _report, rows = read_cases(
        '<testng-results><suite name="s"><test name="t"><class name="C">'
        '<test-method name="a" status="PASS"><params><param><value>j.doe@cafe.de</value></param>'
        "</params></test-method></class></test></suite></testng-results>"
    )
    assert rows[0]["parameters"] == "j.doe@cafe.de"


def messages(*lines):
    return "".join(f"##teamcity[{line}]\n" for line in lines)


def test_messages_of_teamcity_tell_escaped_values_and_what_was_compared():
    _report, rows = read_cases(
        messages(
            "testStarted name='a|'b|[1|]'",
            "testFailed name='a|'b|[1|]' message='x|ny|0x00e9' type='cmp' expected='1' actual='2'",
            "testFinished name='a|'b|[1|]' duration='1500'",
        )
    )
    row = rows[0]
    assert (row["name"], row["status"], row["duration_seconds"]) == ("a'b[1]", "failed", 1.5)
    assert row["failure_message"] == "x\ny\xe9"
    assert row["failure_details"] == "expected: 1\nactual: 2"


def test_messages_of_teamcity_belong_to_their_flow():
    report, rows = read_cases(
        messages(
            "testSuiteStarted name='A' flowId='1'", "testSuiteStarted name='B' flowId='2'",
            "testStarted name='x' flowId='1'", "testStarted name='x' flowId='2'",
            "testFailed name='x' flowId='2'", "testFinished name='x' flowId='2'",
            "testSuiteFinished name='B' flowId='2'", "testFinished name='x' flowId='1'",
            "testStarted name='y' flowId='2'", "testFinished name='y' flowId='2'",
        )
    )  # fmt: skip
    assert [(row["suite_path"], row["name"], row["status"]) for row in rows] == [
        ("A", "x", "passed"), ("B", "x", "failed"), ("", "y", "passed"),
    ]  # fmt: skip
    assert (report.suite_count, report.is_complete) == (2, True)


def test_a_failure_of_teamcity_stays_one_and_the_same_name_again_is_another_test():
    _report, rows = read_cases(
        messages(
            "testStarted name='x'",
            "testFailed name='x' message='first'",
            "testIgnored name='x' message='then'",
            "testFinished name='x'",
            "testStarted name='x'",
            "testFinished name='x'",
            "testIgnored name='y'",
            "testIgnored name='x'",
        )
    )
    assert statuses(rows) == [
        ("x", "failed"), ("x", "passed"), ("y", "skipped"), ("x", "skipped"),
    ]  # fmt: skip
    assert rows[0]["failure_message"] == "first"


def test_what_qt_says_of_a_test_behind_its_end_is_said_of_that_test():
    ended = ("testStarted name='x' flowId='f'", "testFinished name='x' flowId='f'")
    ignored = ("testIgnored name='x' message='on' flowId='f'", "testFinished name='x' flowId='f'")
    in_suite = ("testSuiteStarted name='S' flowId='f'", *ended)
    assert statuses(read_cases(messages(*in_suite, *ignored, *ignored))[1]) == [("x", "skipped")]
    # A test of another suite or flow is another one.
    left = (*in_suite, "testSuiteFinished name='S' flowId='f'", *ignored)
    assert statuses(read_cases(messages(*left))[1]) == [("x", "passed"), ("x", "skipped")]
    other = (*ended, "testIgnored name='x' flowId='g'")
    assert statuses(read_cases(messages(*other))[1]) == [("x", "passed"), ("x", "skipped")]


@pytest.mark.parametrize(
    ("hint", "file", "class_name"),
    [
        (r"php_qn:///w/tests/ATest.php::\Shop\ATest::testA with data set #1", "/w/tests/ATest.php",
         r"Shop\ATest"),
        (r"php_qn:/w/ATest.php::\Shop\ATest::testA", "/w/ATest.php", r"Shop\ATest"),
        (r"php_qn://C:\w\ATest.php::ATest::testA", r"C:\w\ATest.php", "ATest"),
        ("php_qn:///w/a.phpt::a", "/w/a.phpt", "a"),
        ("java:test://shop.ATest/testA", None, "testA"),
    ],
)  # fmt: skip
def test_phpunit_tells_teamcity_file_and_class(hint, file, class_name):
    started = f"testStarted name='testA with data set #1' locationHint='{hint}'"
    lines = ("testSuiteStarted name='testA'", started, "testFinished name='testA with data set #1'")
    _report, [row] = read_cases(messages(*lines))
    assert (row["file"], row["class_name"]) == (file, class_name)


def test_a_log_of_teamcity_that_breaks_off_leaves_its_open_test_errored():
    report, rows = read_cases(messages("testStarted name='x'"))
    assert statuses(rows) == [("x", "errored")]
    assert not report.is_complete


def test_suites_of_teamcity_that_never_finish_are_kept_to_a_depth():
    parts = ("testSuiteStarted name='s'", "testStarted name='t'", "testFinished name='t'")
    _report, rows = read_cases(messages(*parts * 3_000))
    assert (len(rows), {row["status"] for row in rows}) == (3_000, {"passed"})
    assert rows[-1]["suite_path"] == " > ".join(["s"] * 200)


def test_the_answer_of_jenkins_in_xml():
    report, rows = read_cases(
        "<testResult><duration>1.5</duration><failCount>1</failCount><passCount>1</passCount>"
        "<skipCount>0</skipCount><suite><case><className>C</className><name>a</name>"
        "<status>FIXED</status></case><case><className>C</className><name>b</name>"
        "<errorDetails>no</errorDetails><status>REGRESSION</status></case>"
        "<name>s</name></suite></testResult>"
    )
    assert statuses(rows) == [("a", "passed"), ("b", "failed")]
    assert (rows[1]["class_name"], rows[1]["failure_message"]) == ("C", "no")
    assert (report.declared_tests, report.declared_failed, report.time_seconds) == (2, 1, 1.5)


def test_what_jenkins_keeps_of_a_build_has_other_words():
    _report, rows = read_cases(
        "<result><suites><suite><name>s</name><cases><case><testName>a</testName>"
        "<skipped>true</skipped><skippedMessage>later</skippedMessage></case></cases></suite>"
        "</suites></result>"
    )
    assert statuses(rows) == [("a", "skipped")]
    assert rows[0]["failure_message"] == "later"


def test_reports_that_follow_each_other_in_a_file_all_count():
    one, two = (
        f'<gtester><testbinary path="t"><testcase path="/a/{name}"/></testbinary></gtester>'
        for name in "xy"
    )
    report, rows = read_cases(one + two)
    assert statuses(rows) == [("x", "passed"), ("y", "passed")]
    assert report.parse == "partial"


def test_what_cargo_says_may_stand_before_the_events_of_a_harness():
    report, _rows = read_cases(
        "   Compiling sums v0.1.0\n"
        '{ "type": "suite", "event": "started", "test_count": 1 }\n'
        '{ "type": "test", "event": "started", "name": "a" }\n'
        '{ "type": "test", "name": "a", "event": "ok" }\n'
        '{ "type": "suite", "event": "ok", "passed": 1, "failed": 0, "ignored": 0 }\n'
    )
    assert (report.format, report.test_count) == ("libtest-json", 1)

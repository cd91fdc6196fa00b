"""What reports say around their tests: banners, prefixes, hooks, aborts, properties."""

import json
from pathlib import Path

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

_BAZEL = (
    '{"id":{"started":{}},"started":{"uuid":"u"}}\n'
    '{"id":{"testResult":{"label":"//a:b","run":1}},"testResult":{"status":"PASSED"}}\n'
    '{"id":{"buildFinished":{}},"lastMessage":true}\n'
)


@pytest.mark.parametrize("banner", ["", "> build\n", "$ run {x}\n[1] waits\n{}x\n"])
def test_bazel_events_behind_a_banner(banner):
    report, _rows = read_cases(banner + _BAZEL)
    assert (report.format, counts(report)) == ("bazel-bep-json", (1, 1, 0, 0, 0))
    assert report.parse == ("partial" if banner else "ok")
    assert report.is_complete


def test_bazel_events_that_break_off_behind_a_banner():
    report, _rows = read_cases("> build\n" + _BAZEL[:-20])
    assert report.test_count == 1
    assert not report.is_complete
    assert "no JSON from line" in report.error


@pytest.mark.parametrize("prefix", ["", "c:"])
@pytest.mark.parametrize("namespace", ["", "http://check.sourceforge.net/ns", "urn:other"])
def test_check_under_any_namespace(prefix, namespace):
    name = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    told = f' {name}="{namespace}"' if namespace else ""
    text = (
        f"<TAG:testsuites{told}><TAG:suite><TAG:title>S</TAG:title>"
        '<TAG:test result="success"><TAG:fn>a.c:1</TAG:fn><TAG:id>one</TAG:id></TAG:test>'
        '<TAG:test result="failure"><TAG:fn>a.c:2</TAG:fn><TAG:id>two</TAG:id></TAG:test>'
        "</TAG:suite></TAG:testsuites>"
    )
    report, rows = read_cases(text.replace("TAG:", prefix))
    assert (report.format, counts(report)) == ("check-xml", (2, 1, 1, 0, 0))
    assert [row["line"] for row in rows] == [1, 2]


def test_aunit_under_a_prefix():
    text = (
        '<a:TestRun xmlns:a="urn:x"><a:SuccessfulTests><a:Test><a:Name>one</a:Name></a:Test>'
        "</a:SuccessfulTests><a:FailedTests><a:Test><a:Name>two</a:Name></a:Test>"
        "</a:FailedTests></a:TestRun>"
    )
    report, _rows = read_cases(text)
    assert (report.format, counts(report)) == ("aunit-xml", (2, 1, 1, 0, 0))
    report, _rows = read_cases(text.replace("<a:Test>", '<a:Test id="1">'))
    assert report.format == "cppunit-xml"


def messages(*kinds):
    return "".join(json.dumps(kind) + "\n" for kind in kinds)


def hook(status):
    return {"testRunHookFinished": {"testRunHookStartedId": "h", "result": {"status": status}}}


_CASE = (
    {"testCaseStarted": {"id": "s", "testCaseId": "c", "attempt": 0}},
    {"testStepFinished": {"testCaseStartedId": "s", "testStepResult": {"status": "PASSED"}}},
    {"testCaseFinished": {"testCaseStartedId": "s", "willBeRetried": False}},
)
_STARTED = {"testRunStarted": {"timestamp": {"seconds": 1, "nanos": 0}}}
_FINISHED = {"testRunFinished": {"timestamp": {"seconds": 2, "nanos": 0}, "success": False}}
_BROKEN = {"testRunFinished": {**_FINISHED["testRunFinished"], "exception": {"type": "Error"}}}


@pytest.mark.parametrize(
    ("told", "tests", "is_complete"),
    [
        ((_STARTED, hook("FAILED"), _FINISHED), 0, False),
        ((_STARTED, hook("PASSED"), _FINISHED), 0, True),
        ((_STARTED, hook("PASSED"), *_CASE, hook("FAILED"), _FINISHED), 1, True),
        ((_STARTED, _BROKEN), 0, False),
    ],
    ids=["before all", "none failed", "after all", "exception"],
)
def test_cucumber_runs_that_were_kept_from_their_tests(told, tests, is_complete):
    report, _rows = read_cases(messages(*told))
    assert (report.test_count, report.errored_count) == (tests, 0)
    assert report.is_complete is is_complete


def test_each_value_of_a_property_of_junit_is_kept():
    _report, rows = read_cases(
        '<testsuite name="s"><testcase name="a"><properties><property name="step" value="one"/>'
        '<property name="owner" value="shop"/><property name="step">two</property>'
        '<property name="owner" value="payments"/></properties></testcase></testsuite>'
    )
    assert json.loads(rows[0]["properties"]) == {"step": "one\ntwo", "owner": "shop\npayments"}
    assert rows[0]["owner_tag"] == "payments"


def otr_events(suite_result, *results):
    """A suite with a result around tests with results, as Open Test Reporting tells them."""

    def finished(key, result):
        return f'<e:finished id="{key}">{result}</e:finished>'

    tests = "".join(
        f'<e:started id="{number}" parentId="s" name="t{number}"/>' + finished(number, result)
        for number, result in enumerate(results)
    )
    return (
        '<e:events xmlns="https://schemas.opentest4j.org/reporting/core/0.2.0"'
        ' xmlns:e="https://schemas.opentest4j.org/reporting/events/0.2.0">'
        f'<e:started id="s" name="S"/>{tests}{finished("s", suite_result)}</e:events>'
    )


GREEN, RED = '<result status="SUCCESSFUL"/>', '<result status="FAILED"/>'
TOLD = '<result status="FAILED"><reason>gone</reason></result>'


@pytest.mark.parametrize(
    ("suite", "tests", "failed", "errored"),
    [
        (RED, (GREEN, TOLD), 1, 0),
        (TOLD, (GREEN, TOLD), 1, 1),
        (RED, (GREEN, GREEN), 0, 1),
        (GREEN, (GREEN, TOLD), 1, 0),
    ],
    ids=["sums up", "a reason of its own", "no test failed", "says nothing of its tests"],
)
def test_a_failed_container_that_only_sums_up_is_no_error(suite, tests, failed, errored):
    report, _rows = read_cases(otr_events(suite, *tests))
    assert (report.failed_count, report.errored_count) == (failed, errored)


def test_a_hierarchy_names_its_containers_and_times():
    path = Path(__file__).parent / "samples" / "otr-hierarchy.xml"
    report, rows = read_cases(path.read_text("utf-8"))
    assert [(row["suite_path"], row["name"], row["status"]) for row in rows] == [
        ("shop.SumsTest", "adds", "passed"),
        ("shop.SumsTest > Division", "divides", "failed"),
        ("shop.SumsTest > Division", "later", "skipped"),
        ("shop.BrokenTest", "waits", "skipped"),
        ("shop.BrokenTest", "shop.BrokenTest", "errored"),
    ]
    assert (rows[0]["duration_seconds"], rows[1]["failure_message"]) == (0.5, "1 is not 2")
    assert [row["file"] for row in rows[3:]] == ["/w/BrokenTest.java", None]
    assert report.time_seconds == 3.5

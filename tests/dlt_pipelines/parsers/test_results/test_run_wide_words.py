"""What reports say around their tests: banners, prefixes, hooks, aborts, properties."""

import json

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

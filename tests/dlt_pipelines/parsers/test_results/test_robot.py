"""Robot Framework: what a failed tear-down makes of the tests that were written before it ran."""

import json

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

FAILED = "Suite teardown failed:\nno"
ALSO = "Suite setup failed:\nyes\n\nAlso suite teardown failed:\nno"
SKIPPED = "Skipped in suite teardown:\nno"


def of_kind(kind):
    return [(f"{kind} {status}", status) for status in ("PASS", "FAIL", "SKIP")]


def of_xml(outer, inner):
    def suite(name, message, inside=""):
        tests = "".join(
            f'<test name="{test}"><status status="{status}">said</status></test>'
            for test, status in of_kind(name)
        )
        state = f'<status status="FAIL">{message}</status>'
        return f'<suite name="{name}">{tests}{inside}{state}</suite>'

    inside = suite("outer", outer, suite("inner", inner))
    return f'<robot generator="Robot 7.5">{inside}</robot>'


def of_json(outer, inner):
    def suite(name, message, *inside):
        tests = [
            {"name": test, "status": status, "message": "said"} for test, status in of_kind(name)
        ]
        return {"name": name, "tests": tests, "suites": list(inside), "message": message}

    report = {"generator": "Robot 7.5", "generated": "2026-01-02T03:04:05", "rpa": False}
    return json.dumps({**report, "suite": suite("outer", outer, suite("inner", inner))})


@pytest.mark.parametrize("write", [of_xml, of_json], ids=["XML", "JSON"])
@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        pytest.param("", "", (6, 2, 2, 0, 2), id="none failed"),
        pytest.param("Suite setup failed:\nno", "", (6, 2, 2, 0, 2), id="a set-up"),
        pytest.param(FAILED, "", (6, 0, 4, 0, 2), id="the outer one: all but the skipped"),
        pytest.param("", FAILED, (6, 1, 3, 0, 2), id="the inner one: its own"),
        pytest.param("", ALSO, (6, 1, 3, 0, 2), id="after a failed set-up"),
        pytest.param(SKIPPED, "", (6, 0, 0, 0, 6), id="skipped"),
        pytest.param(FAILED, SKIPPED, (6, 0, 2, 0, 4), id="a skipped one inside"),
        pytest.param(SKIPPED, FAILED, (6, 0, 0, 0, 6), id="a skipped one around"),
    ],
)
def test_a_tear_down_decides_over_the_tests_of_its_suites(write, outer, inner, expected):
    report, _rows = read_cases(write(outer, inner))
    assert counts(report) == expected


def test_a_test_that_passed_before_says_what_failed():
    _report, rows = read_cases(of_xml(FAILED, ""))
    said = {row["name"]: row["failure_message"] for row in rows}
    assert said["outer FAIL"] == "said"
    assert said["outer PASS"] == "Parent suite teardown failed:\nno"


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ('<kw name="Stop" type="TEARDOWN"><arg>now', ["passed"]),
        ('<test name="b"><kw name="Wait"><arg>long', ["passed", "failed"]),
        ("", ["passed"]),
    ],
    ids=["in the tear-down", "in a test", "between tests"],
)
def test_a_run_that_was_killed_keeps_how_its_tests_ended(cut, expected):
    done = '<test name="a"><status status="PASS"/></test>'
    report, rows = read_cases(f'<robot generator="Robot 7.5"><suite name="s">\n{done}\n{cut}')
    assert [row["status"] for row in rows] == expected
    assert (report.parse, report.is_complete) == ("partial", False)

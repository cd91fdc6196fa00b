"""Aggregates beside their parts, copies, and other runs of the same tests."""

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.test_results.merging import FingerprintBuffer, repeated_reports


def report(*cases, attributes=""):
    """The fingerprints of a report with the (name, time) cases in a suite."""
    inside = "".join(
        f'<testcase classname="c" name="{name}" time="{time}"/>' for name, time in cases
    )
    buffer = FingerprintBuffer()
    buffer.format = "junit-xml"
    sink = test_results.Sink(cases=buffer, suites=buffer.suites)
    content = f'<testsuite name="s" {attributes}>{inside}</testsuite>'
    test_results.read(content.encode(), "junit-xml", sink)
    return buffer


A, B, C = ("a", 1), ("b", 2), ("c", 3)


def test_parts_of_an_aggregate_are_left_out():
    assert repeated_reports([report(A), report(A, B, C), report(B, C)]) == {0, 2}


def test_of_equal_reports_the_first_stays():
    assert repeated_reports([report(A, B), report(B, A)]) == {1}


def test_another_run_of_the_same_tests_stays():
    assert repeated_reports([report(A, B), report(("a", 1.5), ("b", 2.5))]) == set()


def test_reports_that_share_some_cases_stay():
    assert repeated_reports([report(A, B), report(B, C)]) == set()


def test_a_case_that_is_there_twice_is_not_in_a_report_with_it_once():
    assert repeated_reports([report(A, B, C), report(A, A)]) == set()


def test_reports_without_times_stay():
    assert repeated_reports([report(("a", 0)), report(("a", 0), ("b", 0))]) == set()


START = 'timestamp="2024-05-06T07:08:09"'


@pytest.mark.parametrize(
    ("one", "other", "left_out"),
    [
        pytest.param('hostname="a"', 'hostname="b"', set(), id="hosts"),
        pytest.param(START, START.replace("09", "10"), set(), id="starts"),
        pytest.param('time="1"', 'time="1.1"', set(), id="times"),
        pytest.param(f'{START} time="1"', f'{START} time="1.1"', {1}, id="summed up anew"),
        pytest.param(f'hostname="a" {START} time="1"', "", {1}, id="nothing told"),
        pytest.param(f'hostname="a" {START}', f'hostname="b" {START}', set(), id="host alone"),
    ],
)
def test_suites_tell_the_runs_of_a_matrix_apart(one, other, left_out):
    assert repeated_reports([report(A, attributes=one), report(A, attributes=other)]) == left_out
    third = report(A, attributes=one)
    assert repeated_reports([report(A, attributes=one), report(A, attributes=other), third]) == {
        *left_out,
        2,
    }


def test_the_same_run_in_another_format_is_left_out():
    reports = [report(A, attributes='time="1"'), report(A, attributes='time="2"')]
    reports[1].format = "testng-xml"
    assert repeated_reports(reports) == {1}


def test_thousands_of_suites_with_one_name_tell_nothing_and_take_no_time():
    suites = "".join(f'<testsuite name="s" time="{n}"/>' for n in range(20_000))
    reports = []
    for host in ("a", "b"):
        buffer = FingerprintBuffer()
        sink = test_results.Sink(cases=buffer, suites=buffer.suites)
        content = suites.replace('name="s"', f'name="s" hostname="{host}"')
        case = '<testsuite name="t"><testcase name="a" time="1"/></testsuite>'
        test_results.read(f"<testsuites>{content}{case}</testsuites>".encode(), "junit-xml", sink)
        reports.append(buffer)
    assert repeated_reports(reports) == {1}

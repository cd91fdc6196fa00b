"""Aggregates beside their parts, copies, and other runs of the same tests."""

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.test_results.merging import FingerprintBuffer, repeated_reports


def report(*cases):
    """The fingerprints of a report with the (name, time) cases."""
    inside = "".join(
        f'<testcase classname="c" name="{name}" time="{time}"/>' for name, time in cases
    )
    buffer = FingerprintBuffer()
    sink = test_results.Sink(cases=buffer)
    test_results.read(f"<testsuite>{inside}</testsuite>".encode(), "junit-xml", sink)
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

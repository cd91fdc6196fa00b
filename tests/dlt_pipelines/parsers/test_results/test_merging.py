"""Aggregates beside their parts, copies, and other runs of the same tests."""

import time

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.test_results.merging import FingerprintBuffer, repeated_reports
from dlt_pipelines.parsers.test_results.model import CASE_COLUMNS


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


def test_many_reports_take_little_longer_each_than_few():
    parts = [report((f"a{number}", 1), (f"b{number}", 2)) for number in range(3_000)]
    cases = [(f"{name}{number}", seconds) for number in range(3_000) for name, seconds in (A, B)]
    started = time.process_time()
    assert repeated_reports([*parts, report(*cases)]) == set(range(3_000))
    assert repeated_reports(parts) == set()
    assert time.process_time() - started < 2


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


def log_of_rust(*tests):
    """The fingerprints of a run in the JSON of libtest, whose names have modules."""
    lines = "".join(
        f'{{"type":"test","event":"{word}","name":"c::tests::{name}","exec_time":{time}}}\n'
        for name, time, word in tests
    )
    buffer = FingerprintBuffer()
    buffer.format = "libtest-json"
    test_results.read(lines.encode(), "libtest-json", test_results.Sink(cases=buffer))
    return buffer


AS_LONG = [("x", 1.0004, "ok"), ("y", 2.0003, "ok"), ("z", 2.9996, "ok")]


@pytest.mark.parametrize(
    ("tests", "left_out"),
    [
        pytest.param(AS_LONG, {1}, id="as long"),
        pytest.param([*AS_LONG[:2], ("z", 2.9996, "failed")], set(), id="a failure"),
        pytest.param([*AS_LONG[:2], ("z", 2.9996, "ignored")], set(), id="a skip"),
        pytest.param([*AS_LONG, ("q", 0, "ok")], set(), id="a test more"),
        pytest.param([*AS_LONG[:2], ("z", 3.1, "ok")], set(), id="longer"),
        pytest.param([("x", 1.2, "ok"), ("y", 2, "ok"), ("z", 2.8, "ok")], set(), id="longest"),
        pytest.param([("x", 1.2, "ok"), *AS_LONG[1:]], set(), id="all together"),
    ],
)
def test_a_run_under_other_names_in_another_format_is_left_out(tests, left_out):
    assert repeated_reports([report(A, B, C), log_of_rust(*tests)]) == left_out


def fingerprints(format_name, *tries):
    """The fingerprints of (name, status, seconds, whether final) tries."""
    buffer = FingerprintBuffer()
    buffer.format = format_name
    for name, status, seconds, is_final in tries:
        told = {"name": name, "status": status, "duration_seconds": seconds, "is_final": is_final}
        buffer.append(tuple(told.get(column) for column in CASE_COLUMNS))
    return buffer


def test_formats_without_errors_or_earlier_tries_tell_of_the_same_run():
    passed = [(name, "passed", 1.0, True) for name in "abc"]
    tries = fingerprints(
        "junit-xml", *passed, ("d", "failed", 5.0, False), ("d", "errored", 1, True)
    )
    alone = fingerprints(
        "trx", *[(name * 2, *rest) for name, *rest in passed], ("q", "failed", 1, True)
    )
    assert repeated_reports([tries, alone]) == {1}
    skipped = fingerprints(
        "trx", *[(name * 2, *rest) for name, *rest in passed], ("q", "skipped", 1, True)
    )
    assert repeated_reports([tries, skipped]) == set()


def test_other_names_in_one_format_are_another_run():
    again = log_of_rust(*AS_LONG)
    again.format = "junit-xml"
    assert repeated_reports([report(A, B, C), again]) == set()


def test_two_tests_in_another_format_may_be_others():
    assert repeated_reports([report(A, B), log_of_rust(*AS_LONG[:2])]) == set()


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

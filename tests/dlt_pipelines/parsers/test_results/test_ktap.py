"""KTAP of the Linux kernel: innermost points are tests, and its log has a clock in each line."""

import time

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

_NESTED = """KTAP version 1
1..1
  KTAP version 1
  1..2
    KTAP version 1
    1..2
    ok 1 one
    # two: EXPECTATION FAILED at lib/a.c:14
    not ok 2 two
  # inner: pass:1 fail:1 skip:0 total:2
  not ok 1 inner
  ok 2 three # SKIP no disk
not ok 1 outer
"""


def test_innermost_points_are_tests_and_what_sums_them_up_their_suite():
    report, rows = read_cases(_NESTED)
    assert [(row["suite_path"], row["name"], row["status"]) for row in rows] == [
        ("outer > inner", "one", "passed"),
        ("outer > inner", "two", "failed"),
        ("outer", "three", "skipped"),
    ]
    assert (report.format, counts(report)) == ("ktap", (3, 1, 1, 0, 1))
    assert rows[1]["failure_message"] == "two: EXPECTATION FAILED at lib/a.c:14"
    assert report.is_complete


@pytest.mark.parametrize("clock", ["[   12.5] ", "<6>[12.500000] ", "[   12.5][  T123] "])
def test_the_log_of_the_kernel_has_a_clock_before_each_line(clock):
    log = f"{clock}random: crng init done\n" + "".join(
        clock + line + "\n" for line in _NESTED.splitlines()
    )
    report, _rows = read_cases(log)
    assert (report.format, counts(report)) == ("ktap", (3, 1, 1, 0, 1))


@pytest.mark.parametrize(
    ("point", "status"),
    [
        ("ok 1 a", "passed"), ("ok 1 - a", "passed"), ("not ok 1 a", "failed"),
        ("not ok 1 a # TIMEOUT 45 seconds", "errored"), ("not ok 1 a # ERROR no", "errored"),
        ("not ok 1 a # XFAIL known", "quarantined"), ("not ok 1 a # TODO", "quarantined"),
        ("ok 1 a # SKIP", "skipped"), ("not ok 1 a # exit=1", "failed"),
    ],
)  # fmt: skip
def test_directives(point, status):
    _report, rows = read_cases(f"KTAP version 1\n1..1\n{point}\n")
    assert [row["status"] for row in rows] == [status]
    assert rows[0]["name"].startswith("a")


def test_the_head_of_a_suite_is_no_message():
    _report, rows = read_cases(
        "KTAP version 1\n1..1\n  # Subtest: s\n  # module: m\n  1..1\n  not ok 1 a\nnot ok 1 s\n"
    )
    assert rows[0]["failure_message"] == "a"


def test_tests_that_were_planned_and_never_came_leave_the_report_incomplete():
    report, _rows = read_cases("KTAP version 1\n1..1\n  1..3\n  ok 1 a\nok 1 b\n")
    assert (report.test_count, report.is_complete) == (1, False)


def test_a_log_that_breaks_off_keeps_the_tests_of_the_open_suite():
    report, rows = read_cases("KTAP version 1\n1..2\n  1..2\n  ok 1 a\n  not ok 2 b\n")
    assert [(row["suite_path"], row["status"]) for row in rows] == [("", "passed"), ("", "failed")]
    assert not report.is_complete


def test_ktap_inside_of_tap_is_tap():
    content = b"TAP version 13\n1..1\n# KTAP version 1\nKTAP version 1\nok 1 a\n"
    assert test_results.detect(read_head(content)) == "tap"


_OLDER = """TAP version 14
1..1
{indent}# Subtest: inner
{indent}1..3
{indent}ok 1 - one
{indent}# two: EXPECTATION FAILED at lib/a.c:14
{indent}not ok 2 - two
{indent}ok 3 - three # SKIP no disk
not ok 1 - inner
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["\t", "    "])
@pytest.mark.parametrize("clock", ["", "[   12.5] ", "[   12.5][  T123] "])
def test_older_kernels_call_it_tap_version_14(clock, indent, end):
    lines = _OLDER.format(indent=indent).splitlines()
    report, rows = read_cases("".join(clock + line + end for line in lines))
    assert (report.format, counts(report)) == ("ktap", (3, 1, 1, 0, 1))
    assert rows[1]["failure_message"] == "two: EXPECTATION FAILED at lib/a.c:14"
    assert (rows[1]["suite_path"], report.is_complete) == ("inner", True)


@pytest.mark.parametrize(
    "content",
    [
        "TAP version 14\n1..1\n# Subtest: a\n    1..1\n    ok 1 - b\nok 1 - a\n",
        "TAP version 13\n1..1\n    # Subtest: a\n    1..1\n    ok 1 - b\nok 1 - a\n",
        "TAP version 14\n1..1\nok 1 - a\n    # Subtest: b\n",
    ],
)
def test_subtests_of_tap_are_no_ktap(content):
    assert test_results.detect(read_head(content.encode())) == "tap"


def test_many_tests_take_little_longer_each_than_few():
    points = "".join(f"  ok {number} t{number}\n" for number in range(1, 30_001))
    started = time.process_time()
    report, _rows = read_cases(f"KTAP version 1\n1..1\n  1..30000\n{points}ok 1 suite\n")
    assert (report.test_count, report.suite_count, report.is_complete) == (30_000, 1, True)
    assert time.process_time() - started < 5

"""JUnit XML: reruns, flaky tries, and cases that stand in the report several times."""

import pytest

from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases


def one_case(inside="", attributes=""):
    case = f'<testcase classname="c" name="n" {attributes}>{inside}</testcase>'
    return f'<testsuite name="s">{case}</testsuite>'


def times(cases):
    return [(row["status"], row["duration_seconds"], row["is_final"]) for row in cases]


def test_reruns_are_rows_and_the_last_try_counts():
    content = one_case('<failure message="1"/><rerunFailure message="2"/><rerunError message="3"/>')
    report, cases = read_cases(content)
    tries = [(r["status"], r["retry_index"], r["is_final"], r["failure_message"]) for r in cases]
    assert tries == [
        ("failed", 0, False, "1"),
        ("failed", 1, False, "2"),
        ("errored", 2, True, "3"),
    ]
    assert counts(report) == (1, 0, 0, 1, 0)


def test_flaky_elements_are_failed_tries_before_a_pass():
    content = one_case(
        "<flakyFailure message='1'><stackTrace>t</stackTrace></flakyFailure><flakyError/>"
    )
    report, cases = read_cases(content)
    assert [(r["status"], r["is_final"]) for r in cases] == [
        ("failed", False),
        ("errored", False),
        ("passed", True),
    ]
    assert counts(report) == (1, 1, 0, 0, 0)


PLACE = 'classname="c" name="n" file="a.py" line="3"'


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        pytest.param(["<failure/>", "<error/>", ""], (1, 1, 0, 0, 0), id="passed in the end"),
        pytest.param(["", "<failure/>"], (1, 1, 0, 0, 0), id="passed at first"),
        pytest.param(["<failure/>", "<failure/>"], (1, 0, 1, 0, 0), id="never passed"),
        pytest.param(["", "", ""], (3, 3, 0, 0, 0), id="all passed: parameters"),
    ],
)
def test_repeated_cases_of_one_place_are_tries_if_one_did_not_pass(cases, expected):
    inside = "".join(f"<testcase {PLACE}>{case}</testcase>" for case in cases)
    report, rows = read_cases(f"<testsuite>{inside}</testsuite>")
    assert counts(report) == expected
    assert len(rows) == len(cases)
    assert sum(row["is_final"] for row in rows) == expected[0]


def test_repeated_cases_without_a_place_count_each():
    cases = (
        '<testcase classname="c" name="n"/><testcase classname="c" name="n"><failure/></testcase>'
    )
    report, _rows = read_cases(f"<testsuite>{cases}</testsuite>")
    assert counts(report) == (2, 1, 1, 0, 0)


def test_of_reruns_the_case_tells_the_time_of_its_first_try():
    inside = '<failure/><rerunFailure time="2.0"/><rerunError time="3.0"/>'
    _report, cases = read_cases(one_case(inside, 'time="1.0"'))
    assert times(cases) == [
        ("failed", 1.0, False),
        ("failed", 2.0, False),
        ("errored", 3.0, True),
    ]
    # Surefire told no time of a rerun for long: not observed.
    _report, cases = read_cases(one_case("<failure/><rerunFailure/>", 'time="1.0"'))
    assert times(cases) == [("failed", 1.0, False), ("failed", None, True)]


def test_of_flaky_tries_the_case_tells_the_time_of_the_pass():
    _report, cases = read_cases(one_case('<flakyFailure time="2.0"/>', 'time="1.0"'))
    assert times(cases) == [("failed", 2.0, False), ("passed", 1.0, True)]


def test_reruns_without_a_plain_failure():
    inside = '<rerunFailure time="2.0"/><rerunError time="3.0"/>'
    report, cases = read_cases(one_case(inside, 'time="1.0"'))
    assert times(cases) == [("failed", 2.0, False), ("errored", 3.0, True)]
    assert counts(report) == (1, 0, 0, 1, 0)
    _report, cases = read_cases(one_case("<rerunFailure/>", 'time="1.0"'))
    assert times(cases) == [("failed", 1.0, True)]


@pytest.mark.parametrize("tag", ["flakyFailure", "rerunError"])
def test_output_inside_of_a_try_is_no_part_of_its_failure(tag):
    def hash_of(output):
        inside = f"<{tag}>trace {output} <stackTrace>end</stackTrace></{tag}>"
        return read_cases(one_case(inside))[1][0]

    said = [
        hash_of(f"<system-out>at {time}<b>{time}</b></system-out><system-err>{time}</system-err>")
        for time in ("10:00", "10:01")
    ]
    assert said[0]["failure_hash"] == said[1]["failure_hash"]
    assert said[0]["failure_details"].split() == ["trace", "end"]


def of_pytest(*cases, suite='name="pytest"'):
    inside = "".join(
        f'<testcase classname="c" name="{name}" time="1.0">{inside}</testcase>'
        if inside
        else f'<testcase classname="c" name="{name}" time="1.0" />'
        for name, inside in cases
    )
    return f"<testsuites><testsuite {suite}>{inside}</testsuite></testsuites>"


def test_pytest_leaves_a_case_without_a_result_for_every_rerun():
    cases = [("a", ""), ("a", ""), ("a", "<failure/>"), ("b", ""), ("b", ""), ("c", "")]
    report, rows = read_cases(of_pytest(*cases))
    assert counts(report) == (3, 2, 1, 0, 0)
    assert [(row["name"], row["status"], row["retry_index"], row["is_final"]) for row in rows] == [
        ("a", "failed", 0, False),
        ("a", "failed", 1, False),
        ("a", "failed", 2, True),
        ("b", "failed", 0, False),
        ("b", "passed", 1, True),
        ("c", "passed", 0, True),
    ]


def test_reruns_of_pytest_are_found_over_the_ends_of_a_batch():
    cases = [(str(number), "") for number in range(2_000)]
    for index in (1_023, 1_024, 1_500):
        cases.insert(index, cases[index])
    report, rows = read_cases(of_pytest(*cases))
    assert counts(report) == (2_000, 2_000, 0, 0, 0)
    assert len(rows) == 2_003
    assert [int(row["name"]) for row in rows] == [int(name) for name, _inside in cases]


def test_reruns_of_pytest_stand_between_the_cases_of_other_workers():
    cases = [("a", ""), ("b", ""), ("a", ""), ("c", "<failure/>"), ("b", ""), ("a", "<failure/>")]
    report, rows = read_cases(of_pytest(*cases))
    assert counts(report) == (3, 1, 2, 0, 0)
    assert [(row["retry_index"], row["is_final"]) for row in rows if row["name"] == "a"] == [
        (0, False),
        (1, False),
        (2, True),
    ]
    # What stands too far away is a test of its own, and no number of tries is without an end.
    far = [("a", ""), *((str(number), "") for number in range(2_100)), ("a", "")]
    report, rows = read_cases(of_pytest(*far))
    assert (report.test_count, len(rows)) == (2_102, 2_102)
    report, rows = read_cases(of_pytest(*[("a", "")] * 3_000))
    assert (report.test_count, len(rows)) == (3, 3_000)
    assert max(row["retry_index"] for row in rows) == 1_000


def test_reruns_of_pytest_end_with_their_suite():
    suite = '<testsuite name="pytest"><testcase classname="c" name="a" time="1.0"/></testsuite>'
    report, _rows = read_cases(f"<testsuites>{suite * 2}</testsuites>")
    assert counts(report) == (2, 2, 0, 0, 0)


TEAR_DOWN = '<error message="failed on teardown with &quot;OSError&quot;"/>'
OLD_TEAR_DOWN = '<error message="test teardown failure"/>'


@pytest.mark.parametrize("error", [TEAR_DOWN, OLD_TEAR_DOWN], ids=["new", "before pytest 6"])
def test_pytests_tear_down_after_a_failure_is_an_error_of_its_own(error):
    report, rows = read_cases(of_pytest(("a", ""), ("a", "<failure/>"), ("a", error)))
    assert counts(report) == (2, 0, 1, 1, 0)
    assert [row["is_final"] for row in rows] == [False, True, True]
    # A rerun that failed in its tear-down alone.
    report, rows = read_cases(of_pytest(("a", ""), ("a", error)))
    assert counts(report) == (1, 0, 0, 1, 0)
    # In xunit1, also where another tool took the cases over.
    inside = "".join(f"<testcase {PLACE}>{case}</testcase>" for case in ("<failure/>", error))
    assert counts(read_cases(f"<testsuite>{inside}</testsuite>")[0]) == (2, 0, 1, 1, 0)


def test_pytest_is_known_by_its_suite_where_the_name_is_set():
    numbers = 'errors="0" failures="0" skipped="0" tests="1" time="1"'
    suite = f'name="x" {numbers} timestamp="" hostname=""'
    report, _rows = read_cases(of_pytest(("a", ""), ("a", ""), suite=suite))
    assert counts(report) == (1, 1, 0, 0, 0)
    report, _rows = read_cases(of_pytest(("a", ""), ("a", ""), suite='name="x" tests="2"'))
    assert counts(report) == (2, 2, 0, 0, 0)


def test_a_failure_of_pytest_and_the_same_test_again_are_two_tries():
    """With file and line they are known to be one test; without, nobody can tell."""

    def told(place, *cases):
        inside = "".join(f"<testcase {place}>{case}</testcase>" for case in cases)
        report, rows = read_cases(f'<testsuite name="pytest">{inside}</testsuite>')
        return counts(report), [(row["status"], row["is_final"]) for row in rows]

    failure = '<failure message="no">why</failure>'
    assert told(PLACE, failure, "") == ((1, 1, 0, 0, 0), [("failed", False), ("passed", True)])
    tries = told(PLACE, failure, failure, "")
    assert tries == ((1, 1, 0, 0, 0), [("failed", False), ("failed", False), ("passed", True)])
    assert told('classname="c" name="a"', failure, "")[0] == (2, 1, 1, 0, 0)
    # What the first try said is kept.
    inside = f"<testcase {PLACE}>{failure}</testcase><testcase {PLACE}/>"
    _report, rows = read_cases(f'<testsuite name="pytest">{inside}</testsuite>')
    assert [row["failure_message"] for row in rows] == ["no", None]


def test_no_case_of_pytest_is_a_rerun_where_the_header_counts_all():
    """`--dist each` runs every test in every worker; the header leaves reruns out."""
    cases = [("a", ""), ("b", "<failure/>"), ("a", ""), ("b", "<failure/>"), ("c", "<skipped/>")]
    report, rows = read_cases(of_pytest(*cases, suite='name="pytest" tests="5"'))
    assert counts(report) == (5, 2, 2, 0, 1)
    assert all(row["is_final"] and row["retry_index"] == 0 for row in rows)
    assert sorted(row["name"] for row in rows) == ["a", "a", "b", "b", "c"]
    report, rows = read_cases(of_pytest(*cases, suite='name="pytest" tests="4"'))
    assert counts(report) == (4, 1, 2, 0, 1)
    # What failed by its own word and has a place stays a try.
    inside = "".join(f"<testcase {PLACE}>{case}</testcase>" for case in ("", "<failure/>", ""))
    report, rows = read_cases(f'<testsuite name="pytest" tests="3">{inside}</testsuite>')
    assert counts(report) == (2, 2, 0, 0, 0)
    assert [(row["status"], row["retry_index"]) for row in rows] == [
        ("passed", 0), ("failed", 0), ("passed", 1),
    ]  # fmt: skip
    # Each suite has a header of its own, and an empty one has no case.
    suite = of_pytest(("a", ""), ("a", ""), suite='name="pytest" tests="{}"')
    suite = suite.removeprefix("<testsuites>").removesuffix("</testsuites>")
    empty = of_pytest(suite='name="pytest" tests="0"').removeprefix("<testsuites>")
    report, _rows = read_cases(f"<testsuites>{suite.format(2) * 2}{suite.format(1)}{empty}")
    assert counts(report) == (5, 5, 0, 0, 0)


def test_bun_writes_one_case_for_a_test():
    """Rows of `test.each` may have one name, and stand on one line."""
    inside = f"<testcase {PLACE}/><testcase {PLACE}><failure/></testcase>"
    suites = f"<testsuite>{inside}</testsuite></testsuites>"
    report, rows = read_cases(f'<testsuites name="bun test">{suites}')
    assert counts(report) == (2, 1, 1, 0, 0)
    assert all(row["is_final"] for row in rows)
    assert counts(read_cases(f"<testsuites>{suites}")[0]) == (1, 1, 0, 0, 0)


def repetition(name, told, inside=""):
    """A case with the property by which trainer numbers the runs of a test in Xcode."""
    held = f'<properties><property name="repetition" value="{told}"/></properties>'
    return f'<testcase classname="C" name="{name}" time="1">{inside}{held}</testcase>'


@pytest.mark.parametrize(
    ("cases", "tests", "tries"),
    [
        (
            repetition("a", "Repetition 1 of 3", "<failure/>")
            + repetition("a", "Repetition 2 of 3"),
            (1, 1, 0, 0, 0),
            [("failed", 0, False), ("passed", 1, True)],
        ),
        (
            repetition("a", "First Run", "<failure/>") + repetition("a", "Retry 1", "<failure/>"),
            (1, 0, 1, 0, 0),
            [("failed", 0, False), ("failed", 1, True)],
        ),
        (
            repetition("a", "First Run") + repetition("a", "First Run"),
            (1, 1, 0, 0, 0),
            [("passed", 0, False), ("passed", 1, True)],
        ),
        (
            repetition("a", "First Run") + repetition("b", "First Run"),
            (2, 2, 0, 0, 0),
            [("passed", 0, True), ("passed", 0, True)],
        ),
        (
            repetition("a", "seldom", "<failure/>") + repetition("a", "often"),
            (2, 1, 1, 0, 0),
            [("failed", 0, True), ("passed", 0, True)],
        ),
    ],
    ids=["passed then", "never passed", "passed twice", "other test", "other words"],
)
def test_repetitions_of_xcode_are_tries(cases, tests, tries):
    report, rows = read_cases(f'<testsuite name="s">{cases}</testsuite>')
    assert counts(report) == tests
    assert [(row["status"], row["retry_index"], row["is_final"]) for row in rows] == tries

"""Jest, Mocha and `go test`: what fails outside of a test, and tests whose end is not told."""

import json

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.test_results.reading import read_cases


def read(content):
    """Return the report and the name, status and origin of its cases."""
    report, rows = read_cases(content)
    return report, [(row["name"], row["status"], row["is_synthetic"]) for row in rows]


def jest_file(*statuses, message=""):
    cases = [{"title": f"t{index}", "status": status} for index, status in enumerate(statuses)]
    file = {"name": "/a.js", "status": "failed", "message": message, "assertionResults": cases}
    return json.dumps({"numTotalTests": len(cases), "testResults": [file]})


@pytest.mark.parametrize("status", ["passed", "pending"])
def test_a_file_of_jest_that_failed_without_a_failed_test_is_errored(status):
    report, rows = read(jest_file(status, message="afterAll boom"))
    assert rows[1:] == [("/a.js", "errored", True)]
    assert (report.failed_count, report.errored_count) == (0, 1)


def test_a_file_of_jest_with_a_failed_test_has_no_case_of_its_own():
    _report, rows = read(jest_file("passed", "failed", message="t1 failed"))
    assert [row[:2] for row in rows] == [("t0", "passed"), ("t1", "failed")]


def go_events(*events):
    """Events (action, test, output) of the package `p`."""
    lines = []
    for action, test, output in events:
        event = {"Action": action, "Package": "p", "Test": test, "Output": output}
        lines.append(json.dumps({key: value for key, value in event.items() if value}))
    return "\n".join(lines)


def test_benchmarks_of_go_end_with_their_result_and_holders_are_none():
    report, rows = read(
        go_events(
            ("run", "BenchmarkSizes", ""),
            ("run", "BenchmarkSizes/size-10", ""),
            ("output", "BenchmarkSizes/size-10", "BenchmarkSizes/size-10 \t 9\t 2.5 ns/op\n"),
            ("run", "BenchmarkSizes/size-20", ""),
            ("output", "BenchmarkSizes/size-20", "BenchmarkSizes/size-20-8 \t 9\t 2 ns/op\n"),
            ("pass", "", ""),
        )
    )
    assert [row[:2] for row in rows] == [
        ("BenchmarkSizes/size-10", "passed"),
        ("BenchmarkSizes/size-20", "passed"),
    ]
    assert report.test_count == 2


def test_holders_of_benchmarks_are_none_where_something_else_failed():
    _report, rows = read(
        go_events(
            ("run", "TestX", ""),
            ("fail", "TestX", ""),
            ("run", "BenchmarkA", ""),
            ("run", "BenchmarkA/b", ""),
            ("output", "BenchmarkA/b", "BenchmarkA/b-8 \t 9\t 2 ns/op\n"),
            ("fail", "", ""),
        )
    )
    assert [row[:2] for row in rows] == [("TestX", "failed"), ("BenchmarkA/b", "passed")]


def test_a_benchmark_of_go_that_fails_is_one_row_without_its_processors():
    _report, rows = read(
        go_events(
            ("run", "BenchmarkLate", ""),
            ("output", "BenchmarkLate-10", "--- FAIL: BenchmarkLate-10\n"),
            ("fail", "BenchmarkLate-10", ""),
            ("fail", "", ""),
        )
    )
    assert rows == [("BenchmarkLate", "failed", False)]


def test_an_end_behind_output_without_a_newline_is_taken():
    _report, rows = read(
        go_events(
            ("run", "TestPass", ""),
            ("output", "TestPass", "no newline--- PASS: TestPass (0.25s)\n"),
            ("run", "TestFail", ""),
            ("output", "TestFail", "none here--- FAIL: TestFail (0.00s)\n"),
            ("fail", "", ""),
        )
    )
    assert rows == [("TestPass", "passed", False), ("TestFail", "failed", False)]


@pytest.mark.parametrize(
    ("end", "status"),
    [(("pass", "", ""), "passed"), (("fail", "", ""), "errored"), (None, "errored")],
)
def test_a_test_of_go_without_an_end_follows_its_package(end, status):
    _report, rows = read(go_events(("run", "TestX", ""), *([end] if end else [])))
    assert rows == [("TestX", status, False)]


def test_every_run_of_a_repeated_test_of_go_is_a_row():
    _report, rows = read(
        go_events(
            ("run", "TestX", ""),
            ("output", "TestX", "a--- PASS: TestX (0.00s)\n"),
            ("run", "TestX", ""),
            ("output", "TestX", "--- FAIL: TestX (0.00s)\n"),
            ("fail", "TestX", ""),
            ("fail", "", ""),
        )
    )
    assert rows == [("TestX", "passed", False), ("TestX", "failed", False)]


def mocha_test(title, **more):
    return {"title": title, "fullTitle": f"S {title}", "file": "/a.js", "err": {}, **more}


def test_tests_of_mocha_with_one_name_keep_their_own_verdict():
    good, skip = mocha_test("same", duration=1), mocha_test("same")
    bad = mocha_test("same", duration=2, err={"message": "no"})
    lists = {"tests": [skip, good, bad], "passes": [good], "failures": [bad], "pending": [skip]}
    report, rows = read(json.dumps({"stats": {"tests": 3}, **lists}))
    assert [row[1] for row in rows] == ["skipped", "passed", "failed"]
    assert (report.passed_count, report.failed_count, report.skipped_count) == (1, 1, 1)


@pytest.mark.parametrize("hooks", ["beforeHooks", "afterHooks"])
@pytest.mark.parametrize("is_root", [True, False])
def test_failed_hooks_of_mochawesome_are_errored_cases(hooks, is_root):
    hook = {"title": "h", "fullTitle": "S h", "fail": True, "err": {"message": "no"}}
    fine = {"title": "g", "fullTitle": "S g", "fail": False, "state": None}
    suite = {hooks: [fine, hook], "tests": [mocha_test("t", skipped=True)], "suites": []}
    outer = {"root": True, "title": "", "file": "a.js", "suites": [{"title": "S", **suite}]}
    result = {"root": True, "title": "", **suite} if is_root else outer
    _report, rows = read(json.dumps({"stats": {"tests": 0}, "results": [result]}))
    assert rows == [("h", "errored", True), ("t", "skipped", False)]


BANNER = "\n> shop@1.0.0 test\n> jest --json\n\n"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        pytest.param(BANNER, "", "text stands before the JSON document", id="npm"),
        pytest.param(
            'yarn run v1.22\n[12:00] ["x"]\n{"level": "info"}\n',
            "",
            "text stands before the JSON document",
            id="yarn and a line of a log",
        ),
        pytest.param(
            BANNER,
            "\nnpm ERR! code 1\n",
            "text stands before the JSON document; something follows the JSON document",
            id="npm before and behind",
        ),
    ],
)
def test_json_behind_other_text_is_found(before, after, problem):
    report, rows = read(before + jest_file("passed", "failed") + after)
    assert [row[1] for row in rows] == ["passed", "failed"]
    assert (report.format, report.parse, report.error) == ("jest-json", "partial", problem)
    assert report.is_complete


def test_json_behind_other_text_may_be_long_or_cut_off():
    long = jest_file(*["passed"] * 3, message="x" * 100_000)
    assert len(read(BANNER + long)[1]) == 4
    report, rows = read(BANNER + jest_file("passed", "failed")[:-2])
    assert [row[1] for row in rows] == ["passed", "failed"]
    assert not report.is_complete


def test_text_formats_may_hold_lines_of_json():
    report, rows = read(f"TAP version 13\n1..1\n{jest_file('failed')}\nok 1 - adds\n")
    assert (report.format, [row[0] for row in rows]) == ("tap", ["adds"])


def test_other_json_behind_text_is_no_report():
    content = BANNER + json.dumps({"name": "shop", "scripts": {"test": "jest"}})
    assert test_results.detect(read_head(content.encode())) is None

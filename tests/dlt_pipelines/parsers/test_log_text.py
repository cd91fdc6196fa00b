"""Reports in the log of a CI job: the time before each line, and colours, are none of theirs."""

import pytest

from dlt_pipelines.parsers.log_text import as_written
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

GITHUB = "2026-01-31T12:00:00.1234567Z "
GITLAB = "2026-01-31T12:00:00.123456Z 01O "
JENKINS = "[2026-01-31T12:00:00.123Z] "

GO = (
    "=== RUN   TestA\n--- PASS: TestA (0.01s)\n=== RUN   TestB\n    b_test.go:4: no\n"
    "--- FAIL: TestB (0.02s)\nFAIL\nFAIL\tshop/cart\t0.030s\n"
)
TAP = "TAP version 13\n1..2\nok 1 - a\nnot ok 2 - b\n  ---\n  message: no\n  ...\n"
KTAP = "KTAP version 1\n1..1\n    1..2\n    ok 1 a\n    not ok 2 b\nnot ok 1 c\n"
GO_JSON = (
    '{"Action":"run","Package":"p","Test":"A"}\n{"Action":"pass","Package":"p","Test":"A"}\n'
    '{"Action":"run","Package":"p","Test":"B"}\n{"Action":"fail","Package":"p","Test":"B"}\n'
    '{"Action":"fail","Package":"p"}\n'
)
CTRF = (
    '{"results": {"tool": {"name": "t"},\n"summary": {"tests": 2},\n"tests": [\n'
    '{"name": "a", "status": "passed"},\n{"name": "b", "status": "failed"}]}}\n'
)


def logged(text, time):
    return "".join(f"{time}{line}\n" for line in text.splitlines())


@pytest.mark.parametrize("time", [GITHUB, GITLAB, JENKINS])
@pytest.mark.parametrize(
    ("text", "format_name"),
    [
        (GO, "go-test-text"), (TAP, "tap"), (KTAP, "ktap"), (GO_JSON, "go-test-json"),
        (CTRF, "ctrf-json"),
    ],
)  # fmt: skip
def test_a_report_with_a_time_before_each_line_is_read_as_it_was_written(text, format_name, time):
    written, rows = read_cases(text)
    report, logged_rows = read_cases(logged(text, time))
    assert (report.format, counts(report)) == (format_name, (2, 1, 1, 0, 0))
    assert report == written
    assert logged_rows == rows


def test_lines_of_the_log_around_the_report_may_have_no_time():
    report, _rows = read_cases("Started by timer\n" + logged(GO, JENKINS))
    assert counts(report) == (2, 1, 1, 0, 0)


def test_a_log_that_begins_with_a_byte_order_mark_and_long_lines():
    long = logged("x" * 5_000, GITHUB) * 3
    report, _rows = read_cases("\ufeff" + logged("##[group]Run go test", GITHUB) + long
                               + logged(GO, GITHUB))  # fmt: skip
    assert counts(report) == (2, 1, 1, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "ok 1 - a\n",
        f"=== RUN   TestA\n{GITHUB}said by a test\n--- PASS: TestA (0.01s)\n",
        "2026-01-31 12:00:00 a\n2026-01-31 12:00:00 b\n",
    ],
)
def test_times_that_a_program_wrote_itself_stay(text):
    assert as_written(text) == text


def test_what_a_test_logs_with_a_time_is_kept_as_its_message():
    said = f"{GITHUB}lost the database"
    _report, rows = read_cases(f"=== RUN   TestA\n{said}\n--- FAIL: TestA (0.01s)\nFAIL\tp\t1s\n")
    assert rows[0]["failure_message"] == said


@pytest.mark.parametrize("time", ["", GITHUB])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("text", [GO, TAP, KTAP])
def test_colours_of_a_terminal_are_left_out(text, encoding, time):
    written, rows = read_cases(text)
    coloured = "".join(
        f"{time}\x1b[1;31m{line}\x1b[0m\x1b[K\n" if line.strip() else "\n"
        for line in text.splitlines()
    )
    report, coloured_rows = read_cases(coloured, encoding)
    assert report == written
    assert coloured_rows == rows


def test_other_escapes_of_a_terminal_stay():
    assert as_written("a \x1b]0;title\x07 b") == "a \x1b]0;title\x07 b"

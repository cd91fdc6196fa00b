"""Runners whose tests are programs: what their words mean, and what is left of a cut-off run."""

import json
from pathlib import Path

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases

SAMPLES = Path(__file__).parent / "samples"


def sample(name):
    return (SAMPLES / name).read_text("utf-8")


def told(rows):
    return [(row["class_name"], row["name"], row["status"]) for row in rows]


def test_avocado_names_file_class_method_and_variant():
    _report, rows = read_cases(sample("avocado.json"))
    assert told(rows)[:3] == [
        ("Sums", "adds", "passed"),
        ("Sums", "divides", "failed"),
        (None, "/bin/broken", "errored"),
    ]
    assert (rows[1]["file"], rows[1]["parameters"]) == ("sums.py", "zero-1a2b")
    assert rows[1]["failure_message"] == "1 != 2"
    assert rows[3]["failure_message"] is None


def test_a_test_of_avocado_that_was_cut_off_is_none():
    content = sample("avocado.json").partition('"status": "CANCEL"')[0]
    report, rows = read_cases(content)
    assert (report.parse, report.is_complete, len(rows)) == ("partial", False, 4)


def test_meson_names_suites_and_keeps_what_a_program_wrote():
    _report, rows = read_cases(sample("meson.jsonl"))
    assert told(rows) == [
        ("shop:unit", "adds", "passed"),
        ("shop:unit+slow", "divides", "failed"),
        (None, "sleeps", "errored"),
        (None, "later", "skipped"),
        (None, "known", "quarantined"),
        (None, "mended", "failed"),
    ]
    assert (rows[1]["failure_type"], rows[1]["failure_message"]) == ("FAIL", "1 != 2")
    assert (rows[2]["failure_message"], rows[0]["has_system_out"]) == ("timeout", True)


@pytest.mark.parametrize(
    ("content", "names", "is_complete"),
    [
        (":test-result: PASS\n:global-test-result: PASS\n:recheck: no\n", ["sums"], True),
        (":global-test-result: ERROR\n", ["sums"], True),
        (":test-global-result: SKIP\n", ["sums"], True),
        (":test-result: PASS 1 - a\n:test-result: PASS 2\n:glo", ["1 - a", "2"], False),
    ],
    ids=["one", "without tests", "older", "cut off"],
)
def test_automake_names_a_script_by_its_file(content, names, is_complete):
    sink = test_results.Sink()
    format_name = test_results.detect(read_head(content.encode()))
    name = "logs.zip!tests\\sums.trs"
    report = test_results.read(content.encode(), format_name, sink, name=name)
    (batch,) = sink.cases.pop_batches()
    assert (format_name, report.is_complete) == ("automake-trs", is_complete)
    assert batch["name"] == names
    assert report.errored_count == ("ERROR" in content)


@pytest.mark.parametrize("line", ["and then", "", ":test result: PASS"])
def test_a_text_that_quotes_automake_is_no_report(line):
    content = f":test-result: PASS\n{line}\n:global-test-result: PASS\n"
    assert test_results.detect(read_head(content.encode())) is None


def test_dejagnu_tells_scripts_variations_and_broken_scripts():
    report, rows = read_cases(sample("dejagnu.sum"))
    assert [row["suite_name"] for row in rows[5:8]] == [
        "shop.sums/sums.exp",
        "shop.base/base.exp",
        "shop.sums/sums.exp",
    ]
    assert [row["parameters"] for row in rows[5:]] == [None, None, "unix/-m32", "unix/-m32"]
    assert (rows[6]["is_synthetic"], rows[6]["name"]) == (True, "shop.base/base.exp")
    assert rows[3]["status"] == "failed"  # a pass that nobody expected fails the run
    assert report.is_complete


def test_dejagnu_without_its_summary_is_not_complete():
    report, _rows = read_cases(sample("dejagnu.sum").partition("\t\t=== shop Summary")[0])
    assert counts(report) == (7, 1, 2, 2, 2)
    assert not report.is_complete


def test_twister_tells_platforms_and_what_could_not_be_built():
    _report, rows = read_cases(sample("twister.json"))
    assert told(rows)[:3] == [
        ("tests/sums", "sums.adds", "passed"),
        ("tests/sums", "sums.divides", "failed"),
        ("tests/sums", "sums.rounds", "failed"),
    ]
    assert [row["parameters"] for row in rows] == ["qemu_x86"] * 5 + ["frdm"] * 2
    assert (rows[1]["failure_message"], rows[1]["failure_details"]) == ("Failed", "1 != 2")
    assert told(rows)[6] == ("tests/broken", "tests/broken", "errored")
    assert (rows[6]["is_synthetic"], rows[6]["failure_message"]) == (True, "CMake build failure")


def test_apex_names_classes_and_says_why():
    _report, rows = read_cases(sample("apex.json"))
    assert told(rows) == [
        ("SumsTest", "adds", "passed"),
        ("shop.SumsTest", "divides", "failed"),
        ("BrokenTest", "<compile>", "errored"),
        ("SumsTest", "later", "skipped"),
    ]
    assert (rows[1]["failure_message"], rows[1]["duration_seconds"]) == ("1 is not 2", 1.0)
    inner = json.dumps(json.loads(sample("apex.json"))["result"])
    assert counts(read_cases(inner)[0]) == (4, 1, 1, 1, 1)


def test_unreal_tells_errors_and_what_was_still_in_process():
    report, rows = read_cases(sample("unreal.json"))
    assert told(rows) == [
        ("Shop.Sums", "Adds", "passed"),
        ("Shop.Sums", "Warns", "passed"),
        ("Shop.Sums", "Divides", "failed"),
        ("Shop.Sums", "Hangs", "errored"),
        (None, "Later", "skipped"),
    ]
    place = rows[2]["failure_message"], rows[2]["file"], rows[2]["line"]
    assert place == ("1 is not 2", "/w/Sums.cpp", 7)
    assert report.declared_tests == 5


@pytest.mark.parametrize("key", ["suites", "specs", "state", "capabilities"])
def test_webdriverio_is_told_by_all_of_its_keys(key):
    report = json.loads(sample("webdriverio.json"))
    del report[key]
    assert test_results.detect(read_head(json.dumps(report).encode())) != "webdriverio-json"


def test_webdriverio_tells_hooks_that_failed():
    _report, rows = read_cases(sample("webdriverio.json"))
    assert told(rows)[3:] == [
        ("sums", "hangs", "errored"),
        ("sums", '"after all" hook', "errored"),
    ]
    assert [row["is_synthetic"] for row in rows[3:]] == [False, True]
    assert (rows[4]["failure_message"], rows[4]["file"]) == ("gone", "/w/sums.e2e.js")


def test_a_run_without_tests():
    empty = {"job_id": "4f", "tests": [], "total": 0, "pass": 0, "failures": 0, "time": 0.0}
    report, rows = read_cases(json.dumps(empty))
    assert (report.format, counts(report), rows) == ("avocado-json", (0, 0, 0, 0, 0), [])

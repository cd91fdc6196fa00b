"""`python -m dlt_pipelines.parsers inspect`: what is this report?"""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dlt_pipelines.parsers.__main__ import main

KEYS = [
    "path", "kind", "format", "generator", "parse", "error", "tests", "passed", "failed", "errored",
    "skipped", "suites", "time_seconds", "lines_valid", "lines_covered", "branches_valid",
    "branches_covered", "declared",
]  # fmt: skip
JUNIT = (
    '<testsuite name="pytest" tests="3" failures="1" errors="0" skipped="0" time="1.5">'
    '<testcase classname="a" name="x"/><testcase classname="a" name="y"><failure/></testcase>'
    '<testcase classname="a" name="z"><skipped/></testcase></testsuite>'
)
LCOV = "TN:unit\nSF:src/a.py\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "junit.xml").write_text(JUNIT)
    (tmp_path / "lcov.info").write_text(LCOV)
    (tmp_path / "notes.txt").write_text("nothing of the kind")
    with zipfile.ZipFile(tmp_path / "reports.zip", "w") as archive:
        archive.writestr("a.xml", JUNIT)
        archive.writestr("again/a.xml", JUNIT)
        archive.writestr("b.xml", JUNIT.replace("pytest", "other"))
    with zipfile.ZipFile(tmp_path / "mixed.zip", "w") as archive:
        archive.writestr("a.xml", JUNIT)
        archive.writestr("lcov.info", LCOV)
    return tmp_path


def inspect(capsys, *paths):
    code = main(["inspect", "--json", *map(str, paths)])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_results_with_coverage_tell_both(tmp_path, capsys):
    entry = {"path": "a.js", "statementMap": {"0": {"start": {"line": 2}}}, "s": {"0": 3}}
    case = {"status": "passed", "title": "adds"}
    results = {
        "numTotalTests": 1,
        "testResults": [{"name": "a.test.js", "assertionResults": [case]}],
        "coverageMap": {"a.js": entry},
    }
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results))
    _, (found,) = inspect(capsys, path)
    assert (found["kind"], found["format"], found["tests"]) == ("test", "jest-json", 1)
    assert (found["lines_valid"], found["lines_covered"]) == (1, 1)
    main(["inspect", str(path)])
    assert capsys.readouterr().out.rstrip().endswith("0 skipped · 1 of 1 lines covered")


def test_a_test_report_has_exactly_the_promised_keys(files, capsys):
    code, (found,) = inspect(capsys, files / "junit.xml")
    assert code == 0
    assert list(found) == KEYS
    assert (found["kind"], found["format"], found["generator"]) == ("test", "junit-xml", "pytest")
    counts = [found[name] for name in ("tests", "passed", "failed", "errored", "skipped", "suites")]
    assert counts == [3, 1, 1, 0, 1, 1]
    assert found["declared"] == {
        "tests": 3, "failed": 1, "errored": 0, "skipped": 0, "time_seconds": 1.5,
    }  # fmt: skip
    assert found["lines_valid"] is None


def test_a_coverage_report(files, capsys):
    code, (found,) = inspect(capsys, files / "lcov.info")
    assert (code, found["kind"], found["format"]) == (0, "coverage", "lcov")
    assert (found["lines_valid"], found["lines_covered"], found["tests"]) == (2, 1, None)


def test_a_missing_file_and_an_unknown_one_answer_and_fail(files, capsys):
    code, (missing, unknown) = inspect(capsys, files / "no.xml", files / "notes.txt")
    assert code == 1
    assert (missing["parse"], missing["kind"]) == ("error", None)
    assert "No such file" in missing["error"]
    assert (unknown["parse"], unknown["kind"]) == ("error", None)
    assert "no known report" in unknown["error"]


def test_a_folder_answers_too(files, capsys):
    code, (found,) = inspect(capsys, files)
    assert (code, found["parse"]) == (1, "error")


def test_an_archive_is_merged_and_a_copy_counts_once(files, capsys):
    code, (found,) = inspect(capsys, files / "reports.zip")
    assert (code, found["parse"], found["tests"], found["failed"]) == (0, "ok", 6, 2)


PARTS = [
    "SF:src/a.py\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n",
    "SF:./src/a.py\nDA:2,3\nDA:3,0\nBRDA:1,0,0,1\nBRDA:1,0,1,1\nDA:1,0\nend_of_record\n",
    "SF:src/b.py\nDA:1,0\nend_of_record\n",
]
LINES = ("lines_valid", "lines_covered", "branches_valid", "branches_covered")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2, 1, 0)], ids=str)
def test_coverage_in_an_archive_is_merged_line_by_line(tmp_path, capsys, order):
    with zipfile.ZipFile(tmp_path / "coverage.zip", "w") as archive:
        for number, part in enumerate(order):
            archive.writestr(f"{number}.info", f"TN:job{number}\n{PARTS[part]}")
    code, (found,) = inspect(capsys, tmp_path / "coverage.zip")
    assert (code, found["parse"], found["format"]) == (0, "ok", "lcov")
    assert [found[name] for name in LINES] == [4, 2, 2, 2]
    assert found["declared"] is None


def test_formats_of_one_run_in_an_archive_count_once(tmp_path, capsys):
    cobertura = (
        '<coverage line-rate="0.5" version="1"><packages><package name="src"><classes>'
        '<class name="a" filename="src\\a.py"><lines><line number="1" hits="9"/>'
        '<line number="2" hits="0"/></lines></class></classes></package></packages></coverage>'
    )
    with zipfile.ZipFile(tmp_path / "coverage.zip", "w") as archive:
        archive.writestr("coverage.xml", cobertura)
        archive.writestr("lcov.info", LCOV)
        archive.writestr("cut.info", "SF:src/c.py\nDA:1,")
    code, (found,) = inspect(capsys, tmp_path / "coverage.zip")
    assert (code, found["parse"], found["format"]) == (0, "partial", "cobertura-xml, lcov")
    assert [found[name] for name in LINES[:2]] == [2, 1]


def test_summaries_without_lines_add_their_files(tmp_path, capsys):
    def summary(path, covered):
        lines = {"total": 10, "covered": covered, "skipped": 0, "pct": 10 * covered}
        parts = dict.fromkeys(("lines", "statements", "functions", "branches"), lines)
        return json.dumps({"total": parts, path: parts})

    with zipfile.ZipFile(tmp_path / "coverage.zip", "w") as archive:
        for name, path, covered in (("1", "/a.js", 4), ("2", "/a.js", 6), ("3", "/b.js", 1)):
            archive.writestr(f"{name}/coverage-summary.json", summary(path, covered))
    _code, (found,) = inspect(capsys, tmp_path / "coverage.zip")
    assert [found[name] for name in LINES] == [20, 7, 20, 7]


def test_more_lines_than_are_merged(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("dlt_pipelines.parsers.coverage.merged_totals.ROW_LIMIT", 3)
    with zipfile.ZipFile(tmp_path / "coverage.zip", "w") as archive:
        for number, part in enumerate(PARTS[:2]):
            archive.writestr(f"{number}.info", part)
    _code, (found,) = inspect(capsys, tmp_path / "coverage.zip")
    assert (found["parse"], found["lines_valid"]) == ("partial", 2)
    assert "more distinct lines" in found["error"]


def test_an_archive_of_several_kinds_says_so(files, capsys):
    code, (found,) = inspect(capsys, files / "mixed.zip")
    assert (code, found["kind"]) == (1, None)
    assert "several kinds" in found["error"]


def test_a_line_for_people(files, capsys):
    assert main(["inspect", str(files / "junit.xml"), str(files / "lcov.info")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(
        "junit.xml: junit-xml · by pytest · 3 tests: 1 passed, 1 failed, 0 errored, 1 skipped"
    )
    assert "1 of 2 lines covered" in second


def test_it_starts_without_the_heavy_libraries(files):
    code = (
        "import sys; from dlt_pipelines.parsers.__main__ import main;"
        f"main(['inspect', {str(files / 'junit.xml')!r}]);"
        "print(sorted({'dlt', 'pandas', 'dagster', 'duckdb', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


def test_output_that_is_no_utf8_terminal(files):
    done = subprocess.run(
        [sys.executable, "-m", "dlt_pipelines.parsers", "inspect", str(files / "junit.xml")],
        capture_output=True, check=True, cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert b"3 tests" in done.stdout


def test_bytes_in_an_archive_name_survive_json(tmp_path, capsys):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("grün/ü.xml", "<x")
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    code, (found,) = inspect(capsys, tmp_path / "a.zip")
    assert (code, found["parse"]) == (1, "error")

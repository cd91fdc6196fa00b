"""The command that says how much of a change is covered."""

import json
import subprocess
import sys

import pytest

from dlt_pipelines.parsers.coverage import merge
from dlt_pipelines.parsers.coverage_diff_command import main

DIFF = """--- a/src/a.py
+++ b/src/a.py
@@ -0,0 +1,4 @@
+a
+b
+c
+d
--- a/b.py
+++ b/b.py
@@ -0,0 +1 @@
+a
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "change.diff").write_text(DIFF)
    (tmp_path / "one.info").write_text("SF:/w/src/a.py\nDA:1,1\nDA:2,0\nDA:3,0\nend_of_record\n")
    (tmp_path / "two.info").write_text("SF:src/a.py\nDA:2,4\nend_of_record\n")
    (tmp_path / "cut.xml").write_text(
        '<coverage line-rate="1"><packages><package name="p"><classes>'
        '<class name="a" filename="src/a.py"><lines><line number="3" hits="1"/>'
    )
    (tmp_path / "notes.txt").write_text("nothing")
    return tmp_path


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_json_holds_files_and_total(files, capsys):
    code, out, _ = run(
        capsys, "--report", f"{files}/one.info", "--diff", f"{files}/change.diff", "--json"
    )
    assert code == 0
    document = json.loads(out)
    a, b = document["files"]
    assert a["path"] == "src/a.py"
    assert (a["changed"], a["coverable"], a["hits"], a["misses"]) == (4, 3, 1, 2)
    assert a["missing_lines"] == [2, 3]
    assert (b["is_reported"], b["line_ratio"]) == (False, None)
    assert document["total"]["line_ratio"] == pytest.approx(1 / 3)
    assert document["problems"] == []


@pytest.mark.parametrize("expand", [[], ["--expand"]])
def test_ranges_cost_what_the_change_asks_of_them(files, capsys, monkeypatch, expand):
    """A few bytes of a report can name millions of lines, of the files of the change as well."""
    monkeypatch.setattr(merge, "KEPT_LIMIT", 1_000)
    (files / "c.out").write_text("mode: set\nm/src/a.py:1.1,5000.2 1 1\nm/c.py:1.1,5000.2 1 1\n")
    asked = ("--report", f"{files}/c.out", "--diff", f"{files}/change.diff", "--json", *expand)
    code, out, said = run(capsys, *asked)
    if expand:  # needs the lines around those of the change
        assert (code, "more than 1,000 of its lines matter" in said) == (2, True)
    else:
        assert (code, json.loads(out)["total"]["hits"]) == (0, 4)


def test_an_expanded_file_needs_its_lines_around_the_change(files, capsys):
    (files / "few.info").write_text("SF:SRC\\A.PY\nDA:2,7\nDA:40,0\nend_of_record\n")
    asked = ("--report", f"{files}/few.info", "--diff", f"{files}/change.diff", "--json")
    totals = [json.loads(run(capsys, *asked, *more)[1])["total"] for more in ([], ["--expand"])]
    assert [(row["coverable"], row["hits"]) for row in totals] == [(1, 1), (3, 3)]


def test_reports_are_merged_under_the_path_of_the_change(files, capsys):
    _, out, _ = run(
        capsys, "--report", f"{files}/one.info", f"{files}/two.info", "--diff",
        f"{files}/change.diff", "--json",
    )  # fmt: skip
    assert json.loads(out)["total"]["hits"] == 2


def test_text_for_people(files, capsys):
    _, out, _ = run(capsys, "--report", f"{files}/one.info", "--diff", f"{files}/change.diff")
    assert "src/a.py: 3 of 4 changed lines coverable: line 33.3 %" in out
    assert "missing 2, 3" in out
    assert "b.py: 1 changed lines, in no report" in out


def test_report_read_in_part_is_used_and_said(files, capsys):
    code, out, err = run(capsys, "--report", f"{files}/cut.xml", "--diff", f"{files}/change.diff")
    assert code == 0
    assert "line 100.0 %" in out
    assert "cut.xml" in err


@pytest.mark.parametrize(("ratio", "code"), [("0.3", 0), ("0.5", 1)])
def test_fail_under(files, capsys, ratio, code):
    arguments = ["--report", f"{files}/one.info", "--diff", f"{files}/change.diff"]
    found, _out, err = run(capsys, *arguments, "--fail-under", ratio)
    assert (found, "fewer than 50.0 %" in err) == (code, code == 1)


@pytest.mark.parametrize("name", ["notes.txt", "missing.xml"])
def test_what_is_no_report_ends_with_a_reason(files, capsys, name):
    code, out, err = run(capsys, "--report", f"{files}/{name}", "--diff", f"{files}/change.diff")
    assert (code, out) == (2, "")
    assert name in err


def test_as_a_process_with_the_diff_on_standard_input(files):
    done = subprocess.run(
        [sys.executable, "-m", "dlt_pipelines.parsers", "coverage-diff", "--json",
         "--report", f"{files}/one.info", "--diff", "-"],
        input=DIFF.encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["total"]["coverable"] == 3

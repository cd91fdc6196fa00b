"""`testops coverage diff`: its options reach the parsers, and their exit code comes back."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def files(tmp_path):
    (tmp_path / "lcov.info").write_text("SF:a.py\nDA:1,1\nDA:3,0\nend_of_record\n", "utf-8")
    (tmp_path / "change.diff").write_text("--- a/a.py\n+++ b/a.py\n@@ -0,0 +1,3 @@\n+x\n+y\n+z\n")
    return tmp_path


def run(files, *options):
    words = ["coverage", "diff", "--report", "lcov.info", "--diff", "change.diff", *options]
    return subprocess.run(
        [sys.executable, "-m", "testops", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=files,
    )


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        ((), 0, "2 of 3 changed lines coverable: line 50.0 %"),
        (("--expand",), 0, "3 of 3 changed lines coverable: line 66.7 %"),
        (("--fail-under", "0.5"), 0, "line 50.0 %"),
        (("--fail-under", "0.6"), 1, "fewer than 60.0 %"),
        (("--fail-under", "0.6", "--expand"), 0, "line 66.7 %"),
        (("--fail-under", "60"), 2, "--fail-under"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_options_and_exit_codes(files, options, code, says):
    done = run(files, *options)
    assert done.returncode == code, done.stderr
    assert says in done.stdout + done.stderr


def test_a_file_that_is_no_diff_passes_no_gate(files):
    (files / "change.diff").write_text("fatal: bad revision 'main...'\n")
    done = run(files, "--fail-under", "0.9", "--json")
    assert done.returncode == 2
    assert "`change.diff` is no unified diff" in done.stderr
    assert "`change.diff` is no unified diff" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize("text", ["", "\n", "commit 1234567\nAuthor: A\n\n    Merge\n"])
def test_a_change_of_nothing_is_no_error(files, text):
    (files / "change.diff").write_text(text)
    assert run(files, "--fail-under", "0.9").returncode == 0


def test_a_file_that_is_not_there_is_named(files):
    (files / "lcov.info").unlink()
    done = run(files, "--json")
    assert done.returncode == 2
    assert (
        json.loads(done.stdout)["error"] == "`lcov.info` can't be read: No such file or directory"
    )

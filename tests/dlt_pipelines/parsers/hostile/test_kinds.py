"""Content made to break a reader: an answer with a reason, in bounded memory and time.

Every kind is read in one child process that may take 512 MB more than it has when the kind starts.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[3]
MEGABYTES = 512
SECONDS = 10.0
MODULES = (
    "markup_kinds",
    "coverage_kinds",
    "document_kinds",
    "text_kinds",
    "archive_kinds",
    "slow_kinds",
    "page_kinds",
    "table_kinds",
)
LEAST_KINDS = 150


def _kinds():
    """Return name → outcome and reason, without making any content."""
    before = list(sys.path)
    sys.path.insert(0, str(FOLDER))
    try:
        rows = [row for name in MODULES for row in __import__(name).KINDS]
    finally:
        sys.path[:] = before
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names), "two kinds of one name"
    return {name: (outcome, reason) for name, outcome, reason, _make in rows}


KINDS = _kinds()


@pytest.fixture(scope="module")
def answers():
    """What came of every kind."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(FOLDER / "run_kinds.py"), str(MEGABYTES)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"died after `{rows[-1]['name']}`: {done.stderr[-500:]}"
    return {row["name"]: row for row in rows}


def test_there_are_many_kinds_and_each_was_read(answers):
    assert len(KINDS) >= LEAST_KINDS
    assert set(answers) == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_kind(answers, name):
    outcome, reason = KINDS[name]
    found = answers[name]
    assert found["parse"] == outcome, found
    if reason is None:
        assert found["error"] is None
    else:
        assert found["error"], "a reason is due"
        assert reason in found["error"]
    assert found["seconds"] < SECONDS
    assert found["count"] is None or found["count"] >= 0

"""The judge in its own process says what the gate says, and says when it cannot."""

from pathlib import Path

import pytest

from expectations.gate import run_gate
from expectations.judge import Judge, JudgeError


def test_judge_says_what_the_gate_says(raw_build: Path, tmp_path: Path) -> None:
    with Judge() as judge:
        assert judge.judge("raw", raw_build) == run_gate("raw", raw_build)
        with pytest.raises(JudgeError, match="nowhere"):
            judge.judge("raw", tmp_path / "nowhere.duckdb")
        assert judge.judge("raw", raw_build).passed


def test_judge_that_was_never_asked_ends_at_once() -> None:
    with Judge() as judge:
        judge.warm()
        process = judge._process
    assert process is not None
    assert process.returncode is not None

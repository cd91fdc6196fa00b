"""What a gate said of the same inputs is said again, but a refusal is always asked for anew."""

from pathlib import Path

import duckdb
import pytest

from dagster_project.build_file import BuildFile
from dagster_project.gates import gate_checks
from dagster_project.home import Home
from dagster_project.observer import Observer
from dlt_pipelines.config import Settings
from expectations.results import ExpectationResult, GateResult


class _Judge:
    """Says what it is told to say, and counts how often it is asked."""

    def __init__(self, *, is_content: bool) -> None:
        self.is_content = is_content
        self.asked = 0

    def judge(self, gate: str, *_: object) -> GateResult:
        self.asked += 1
        table = "quality.source_loads"
        found = ExpectationResult(
            "sources_are_not_mostly_rejected", table, "blocking", self.is_content, "…", "0 rows"
        )
        return GateResult(gate, (found,))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    current = Home(Settings(tmp_path / "home", tmp_path, None, False, "UTC"))
    current.settings.home.mkdir()
    duckdb.connect(str(current.build_file)).close()
    return current


def _run(home: Home, judge: _Judge, observer: Observer) -> bool:
    """Let one step of gate 1 tell what it knows; return whether it lets the build pass."""
    checks = gate_checks("raw", name="gate_loads", schemas=frozenset({"quality"}))
    step = checks.node_def.compute_fn.decorated_fn
    told = step(observer=observer, judge=judge, home=home, build_file=BuildFile())
    return all(one.passed for one in told)


@pytest.mark.parametrize("is_content", [True, False], ids=["passed", "refused"])
def test_the_steps_of_one_run_ask_once(is_content: bool, home: Home) -> None:
    judge, observer = _Judge(is_content=is_content), Observer()
    assert [_run(home, judge, observer) for _ in range(3)] == [is_content] * 3
    assert judge.asked == 1


def test_what_passed_is_not_judged_again(home: Home) -> None:
    judge = _Judge(is_content=True)
    assert _run(home, judge, Observer())
    judge.is_content = False
    assert _run(home, judge, Observer())
    assert judge.asked == 1


def test_what_was_mended_without_new_rows_passes(home: Home) -> None:
    judge = _Judge(is_content=False)
    assert not _run(home, judge, Observer())
    judge.is_content = True
    assert _run(home, judge, Observer())
    assert judge.asked == 2

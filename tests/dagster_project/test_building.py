"""The loop of whoever changes a model: what it lints, what it says it touches, its order."""

import os
import subprocess
from pathlib import Path

import pytest

from dagster_project import building
from dagster_project.building import changed_sql, loading_order, touched
from dlt_pipelines import loading
from dlt_pipelines.loading import known_sources

_CHILDREN = {
    "model.testops.fct_a": ["model.testops.mart_a", "semantic_model.testops.a"],
    "model.testops.mart_a": ["exposure.testops.page"],
    "semantic_model.testops.a": ["metric.testops.plain"],
    "metric.testops.plain": ["metric.testops.ratio"],
    "model.testops.mart_b": ["exposure.testops.other"],
}


def test_metrics_and_exposures_are_found_down_the_graph() -> None:
    assert touched(_CHILDREN, ["model.testops.fct_a"]) == [
        "metrics touched: plain, ratio",
        "exposures touched: page",
    ]


def test_what_nobody_reads_touches_nothing() -> None:
    assert touched({}, ["model.testops.lonely"]) == [
        "metrics touched: none",
        "exposures touched: none",
    ]


def test_sql_that_differs_from_the_last_commit_is_linted(tmp_path: Path) -> None:
    models = tmp_path / "dbt_project" / "models"
    models.mkdir(parents=True)
    for name in ("same", "changed", "deleted"):
        (models / f"{name}.sql").write_text("select 1\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *command], check=True)
    (models / "changed.sql").write_text("select 2\n")
    (models / "deleted.sql").unlink()
    (models / "new.sql").write_text("select 3\n")
    (models / "new.yml").write_text("models: []\n")
    assert changed_sql(tmp_path) == [
        "dbt_project/models/changed.sql",
        "dbt_project/models/new.sql",
    ]


def test_without_git_nothing_is_linted(tmp_path: Path) -> None:
    assert changed_sql(tmp_path) == []


def test_sources_that_need_others_come_last() -> None:
    order = sorted(known_sources(), key=loading_order)
    assert order.index("test_results") > order.index("github_actions")
    assert sorted(order) == list(known_sources())


@pytest.fixture
def loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Call the loop with builds that end as told; return its code and what was made."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(building, "make_no_debug_events", lambda: None)
    monkeypatch.setattr(building, "_start_rules", lambda _: None)
    monkeypatch.setattr(building, "home", lambda: None)
    monkeypatch.setattr(loading, "known_sources", lambda: ("git_history",))
    made: list[str] = []

    def simulate(*_: object, **__: object) -> None:
        (tmp_path / "small").mkdir()
        made.append("simulated")

    monkeypatch.setattr(subprocess, "run", simulate)
    monkeypatch.setattr(loading, "run", lambda *_, **__: made.append("loaded"))
    monkeypatch.setattr(building, "changed_sql", lambda _: [])

    def call(select: str, *codes: int) -> tuple[int, list[str]]:
        ends = list(codes)

        def build(selected: list[str], _: object, state: Path) -> int:
            made.append(" ".join(selected) or "everything")
            if not (code := ends.pop(0)):
                state.mkdir(exist_ok=True)
                (state / "manifest.json").touch()
            return code

        monkeypatch.setattr(building, "_build", build)
        made.clear()
        code = building.main(["--folder", str(tmp_path / "small"), "--select", select])
        assert ends == []
        return code, list(made)

    return call


def test_a_mistake_in_the_first_build_costs_no_second_organisation(loop) -> None:
    assert loop("fct_a+", 2) == (2, ["simulated", "loaded", "everything"])
    assert loop("fct_a+", 1) == (1, ["everything"])
    assert loop("fct_a+", 0, 1) == (1, ["everything", "fct_a+"])
    assert loop("fct_a+", 0) == (0, ["fct_a+"])
    assert loop("", 0) == (0, ["everything"])


def test_everything_is_built_once_at_first(loop) -> None:
    assert loop("", 0) == (0, ["simulated", "loaded", "everything"])

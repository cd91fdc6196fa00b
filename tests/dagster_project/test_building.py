"""The loop of whoever changes a model: what it lints, what it says it touches, its order."""

import subprocess
from pathlib import Path

from dagster_project.building import changed_sql, loading_order, touched
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

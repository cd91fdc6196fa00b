"""What a model left behind is dropped; everything else stays."""

import json
from pathlib import Path

import duckdb
import pytest

from dagster_project.leftovers import drop_leftovers

_NODES = {
    "model.t.fct_jobs": ("model", "core", "fct_jobs", "table"),
    "model.t.mart_days": ("model", "marts", "mart_days", "view"),
    "model.t.mart_parts": ("model", "marts", "mart_parts", "ephemeral"),
    "seed.t.words": ("seed", "seeds", "words", "seed"),
    "test.t.unique_x": ("test", "dbt_test__audit", "unique_x", "test"),
}


@pytest.fixture
def build_file(tmp_path: Path) -> Path:
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema core; create schema marts; create schema seeds;
            create schema raw_github_actions; create schema quality;
            create table core.fct_jobs as select 1 as job;
            create view marts.mart_days as select * from core.fct_jobs;
            create table seeds.words as select 'green' as word;
            create table raw_github_actions.runs as select 1 as run;
            create table quality.source_loads as select 1 as load;
        """)
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    names = ("resource_type", "schema", "alias")
    nodes = {
        key: dict(zip(names, node[:3], strict=True)) | {"config": {"materialized": node[3]}}
        for key, node in _NODES.items()
    }
    path.write_text(json.dumps({"nodes": nodes}))
    return path


def _names(path: Path) -> set[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
    return {name for (name,) in rows}


def test_tables_and_views_of_models_that_are_gone(build_file: Path, manifest: Path) -> None:
    whole = _names(build_file)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("""
            create table marts.mart_renamed as select * from core.fct_jobs;
            create view marts.mart_old as select * from marts.mart_renamed;
            create table marts.mart_parts as select 'made before it was ephemeral' as part;
        """)
    dropped = drop_leftovers(build_file, manifest)
    assert dropped == ["marts.mart_old", "marts.mart_parts", "marts.mart_renamed"]
    assert _names(build_file) == whole


def test_nothing_is_left_over(build_file: Path, manifest: Path) -> None:
    whole = _names(build_file)
    assert drop_leftovers(build_file, manifest) == []
    assert _names(build_file) == whole

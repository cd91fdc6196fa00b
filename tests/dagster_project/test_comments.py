"""What tables and columns mean, in the published file."""

import json
from pathlib import Path

import duckdb
import pytest

from dagster_project.comments import comments_of

FLAKINESS = {
    "resource_type": "model",
    "schema": "marts",
    "name": "mart_test__flakiness",
    "description": "One row per test_key.\n  It's what was seen.\n",
    "columns": {
        "test_key": {"description": "Hash of the test\nand its repository."},
        "team": {"description": ""},
        "withheld": {"description": "Not published."},
    },
}
NODES = {
    "model.testops.mart_test__flakiness": FLAKINESS,
    "model.testops.stg_jobs": {**FLAKINESS, "schema": "staging", "name": "stg_jobs"},
    "test.testops.unique": {**FLAKINESS, "resource_type": "test", "description": "a test"},
    "seed.testops.dora_bands": {
        **FLAKINESS,
        "resource_type": "seed",
        "schema": "seeds",
        "name": "dora_bands",
        "description": "",
    },
}
TABLES = {
    "marts.mart_test__flakiness": {"columns": [{"name": "test_key"}, {"name": "team"}]},
    "seeds.dora_bands": {"columns": [{"name": "test_key"}]},
    "quality.source_loads": {"columns": [{"name": "source"}]},
}


@pytest.fixture
def told(tmp_path: Path) -> dict[tuple[str, str | None], str]:
    """Return the comments by table and column, as a client reads them from the file."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"nodes": NODES}))
    file = tmp_path / "published.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as target")
        for name, table in TABLES.items():
            columns = ", ".join(f"{one['name']} varchar" for one in table["columns"])
            connection.execute(f"create schema target.{name.split('.')[0]}")
            connection.execute(f"create table target.{name} ({columns})")
        comments_of(manifest)(connection, TABLES)
    with duckdb.connect(str(file), read_only=True) as connection:
        return {
            (table, column): comment
            for table, column, comment in connection.execute(
                "select table_name, null, comment from duckdb_tables() union all "
                "select table_name, column_name, comment from duckdb_columns() where not internal"
            ).fetchall()
        }


def test_what_is_described_is_told_in_one_line(told) -> None:
    assert told["mart_test__flakiness", None] == "One row per test_key. It's what was seen."
    assert told["mart_test__flakiness", "test_key"] == "Hash of the test and its repository."
    assert told["dora_bands", "test_key"] == "Hash of the test and its repository."


def test_what_is_not_described_has_no_comment(told) -> None:
    nothing = {key for key, comment in told.items() if comment is None}
    assert nothing == {
        ("mart_test__flakiness", "team"),
        ("dora_bands", None),
        ("source_loads", None),
        ("source_loads", "source"),
    }

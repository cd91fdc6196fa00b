"""What tables and columns mean is put into the published file, where SQL clients show it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb

from expectations.publishing.copying import quoted, text
from expectations.publishing.publication import Addition


def comments_of(manifest: Path) -> Addition:
    """Return what describes the tables of a build and their columns.

    Args:
        manifest: dbt's manifest of the models that the build was made by.
    """

    def add(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> None:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
        # One transaction: each statement alone would write the catalogue to the disk.
        connection.begin()
        for node in nodes:
            table = tables.get(f"{node['schema']}.{node['name']}")
            if table is None or node["resource_type"] not in ("model", "seed"):
                continue
            for statement in _statements(node, {one["name"] for one in table["columns"]}):
                connection.execute(statement)
        connection.commit()

    return add


def _statements(node: Mapping[str, Any], published: set[str]) -> Iterator[str]:
    """Yield a statement for each thing that is described; nothing of what is not published."""
    table = f"target.{quoted(node['schema'])}.{quoted(node['name'])}"
    if node["description"]:
        yield f"comment on table {table} is {_line(node['description'])}"
    for name, column in node["columns"].items():
        if column["description"] and name in published:
            yield f"comment on column {table}.{quoted(name)} is {_line(column['description'])}"


def _line(description: str) -> str:
    return text(" ".join(description.split()))

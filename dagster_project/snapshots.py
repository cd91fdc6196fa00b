"""Ready-made metrics are put into the published file by the service that answers all others."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.publishing.publication import Addition
from testops.metrics.catalogue import read_catalogue
from testops.metrics.snapshots import COLUMNS, SCHEMA, TABLE, Snapshot, make

_FEW_ROWS = 5_000_000
"""Below, hundreds of small statements are faster side by side than each shared out over threads."""

_TYPES = {
    "varchar": pa.string(),
    "date": pa.date32(),
    "double": pa.float64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
}


def snapshots_of(metric_model: Path) -> Addition:
    """Return what makes the table of snapshots of a build.

    Args:
        metric_model: dbt's semantic manifest, as it is published.
    """

    def add(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any]) -> None:
        types = {
            name: {column["name"]: column["type"] for column in table["columns"]}
            for name, table in tables.items()
        }
        catalogue = read_catalogue(json.loads(metric_model.read_text(encoding="utf-8")), types)
        askers = [connection.cursor() for _ in range(os.cpu_count() or 1)]
        for asker in askers:
            asker.execute("set timezone = 'UTC'")
            asker.execute("use target")
        if sum(table["rows"] for table in tables.values()) < _FEW_ROWS:
            connection.execute("set threads = 1")
        made = list(make(askers, catalogue))
        for asker in askers:
            asker.close()
        connection.execute("reset threads")
        connection.execute("use target")
        connection.execute(f"create schema {SCHEMA}")
        _write(connection, made)
        connection.execute("use memory")

    return add


def _write(connection: duckdb.DuckDBPyConnection, made: list[Snapshot]) -> None:
    """Write all rows at once; one by one takes a millisecond each."""
    columns = list(zip(*made, strict=True)) or [() for _ in COLUMNS]
    kinds = [_TYPES[kind] for kind in COLUMNS.values()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    connection.register("made", pa.table(arrays, names=list(COLUMNS)))
    connection.execute(
        f"create table {SCHEMA}.{TABLE} as select * from made"  # noqa: S608 - names of ours
        " order by slice_kind, window_name, slice_name, metric, period_start_date"
    )
    connection.unregister("made")
    connection.execute(
        f"comment on table {SCHEMA}.{TABLE} is 'One row per metric, slice and period.'"
    )

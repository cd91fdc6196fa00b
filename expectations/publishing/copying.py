"""Copy the readers' tables of a build into a database file and into Parquet files."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from expectations.publishing.files import flush, sha256

STORAGE_VERSION = "v1.2.0"
"""Read by every DuckDB client since February 2025, whatever version writes it."""

WHOLE_SCHEMAS = ("core", "marts", "quality", "quarantine")
"""Published with every table that is in them."""

PARQUET_SCHEMA = "marts"
"""Published as Parquet files too."""

WITHHELD_TABLES = frozenset({("quality", "seen_files")})
"""Notes of the loaders to themselves."""

WITHHELD_COLUMNS = frozenset({("quarantine", "rejected_rows", "row")})
"""The vendor's own bytes stay in the build file: nobody has looked at them."""

_BOOKKEEPING = "_dlt_"


@dataclass(frozen=True)
class Table:
    """A table to be published: its columns in their order, name and type each."""

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]
    comment: str | None

    @property
    def full_name(self) -> str:
        """The name that people and manifests use."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """The name that SQL uses."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def column_list(self) -> str:
        """The columns as SQL."""
        return ", ".join(quoted(name) for name, _ in self.columns)


def quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Return a value as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def readers_tables(
    connection: duckdb.DuckDBPyConnection, catalog: str, seeds: frozenset[str]
) -> list[Table]:
    """Return what is published of an attached build, sorted by schema and name.

    Args:
        connection: a connection with the build attached.
        catalog: under which name it is attached.
        seeds: tables of the schema `seeds` that readers need; the rest are details of the models.
    """
    rows = connection.execute(
        """
        select columns.schema_name, columns.table_name, columns.column_name, columns.data_type,
            tables.comment
        from duckdb_columns() as columns
        left join duckdb_tables() as tables
            on columns.database_oid = tables.database_oid and columns.table_oid = tables.table_oid
        where columns.database_name = ?
        order by columns.schema_name, columns.table_name, columns.column_index
        """,
        [catalog],
    ).fetchall()
    tables: dict[tuple[str, str], list[tuple[str, str]]] = {}
    comments: dict[tuple[str, str], str | None] = {}
    for schema, name, column, kind, comment in rows:
        wanted = schema in WHOLE_SCHEMAS or (schema == "seeds" and name in seeds)
        if not wanted or name.startswith(_BOOKKEEPING) or (schema, name) in WITHHELD_TABLES:
            continue
        comments[schema, name] = comment
        columns = tables.setdefault((schema, name), [])
        if not column.startswith(_BOOKKEEPING) and (schema, name, column) not in WITHHELD_COLUMNS:
            columns.append((column, kind))
    return [
        Table(schema, name, tuple(columns), comments[schema, name])
        for (schema, name), columns in tables.items()
    ]


def copy_database(
    connection: duckdb.DuckDBPyConnection, source: str, target: Path, tables: list[Table]
) -> None:
    """Write the tables into a new database file that clients of DuckDB 1.2 can open.

    Args:
        connection: a connection with the build attached as `source`.
        source: name of the attached build.
        target: the file; it must not exist.
        tables: what to copy.
    """
    connection.execute(
        f"attach {text(str(target))} as target (storage_version {text(STORAGE_VERSION)})"
    )
    for schema in sorted({table.schema for table in tables}):
        connection.execute(f"create schema target.{quoted(schema)}")

    def copy(table: Table) -> None:
        with connection.cursor() as own:
            own.execute(
                _statement(
                    "create table target.$table as select $columns from $source.$table",
                    table,
                    source,
                )
            )
            if table.comment:
                own.execute(f"comment on table target.{table.quoted} is {text(table.comment)}")

    # Most of the time goes into compression, which one statement does on little more than a core.
    # The build is in no order either, and to keep the one there is takes a tenth of the time.
    connection.execute("set preserve_insertion_order = false")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(copy, tables):
            pass
    connection.execute("reset preserve_insertion_order")


def seal_database(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Write everything into the file itself, so that no log lies beside it, and to the disk."""
    connection.execute("checkpoint target")
    connection.execute("detach target")
    flush(target)


def copy_parquet(
    connection: duckdb.DuckDBPyConnection, source: str, folder: Path, tables: list[Table]
) -> dict[str, dict[str, Any]]:
    """Write the marts as Parquet, in an order that the rows alone decide.

    Args:
        connection: a connection with the build attached as `source`.
        source: name of the attached build.
        folder: where the folder `marts` is made.
        tables: what to copy; only those of the schema `marts` are written.

    Returns:
        Per table its file relative to `folder`, bytes and sha256.
    """
    marts = folder / PARQUET_SCHEMA
    marts.mkdir()
    written = {}
    for table in tables:
        if table.schema != PARQUET_SCHEMA:
            continue
        path = marts / f"{table.name}.parquet"
        connection.execute(
            _statement(
                "copy (select $columns from $source.$table order by all)"
                " to $path (format parquet, compression zstd)",
                table,
                source,
                path=text(str(path)),
            )
        )
        flush(path)
        written[table.full_name] = {
            "file": f"{PARQUET_SCHEMA}/{path.name}",
            "bytes": path.stat().st_size,
            "sha256": sha256(path),
        }
    flush(marts)
    return written


def row_counts(
    connection: duckdb.DuckDBPyConnection, catalog: str, tables: list[Table]
) -> dict[str, int]:
    """Return the rows of each table, by full name."""
    return {
        table.full_name: connection.execute(
            _statement("select count(*) from $source.$table", table, catalog)
        ).fetchall()[0][0]
        for table in tables
    }


def _statement(template: str, table: Table, source: str, **values: str) -> str:
    """Put quoted names into a statement; names cannot be parameters."""
    return Template(template).substitute(
        table=table.quoted, columns=table.column_list, source=quoted(source), **values
    )

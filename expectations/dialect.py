"""The little of a SQLAlchemy dialect that Great Expectations needs to speak to DuckDB.

The public `duckdb-engine` reflects columns through PostgreSQL's catalogue, which SQLAlchemy 2.1
does not accept any more. A gate reads columns, tables and rows and writes nothing, so the default
dialect with the three questions of reflection answered from `information_schema` is enough.
"""

from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.engine import default

DIALECT = "duckdb"


class Session:
    """A DB-API connection whose cursors all see one attached database, in UTC.

    A cursor of DuckDB is a connection of its own: it forgets what another one was set to.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        self._connection = connection
        self._database = database

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor that is set up."""
        cursor = self._connection.cursor()
        cursor.execute(f'use "{self._database}"')
        cursor.execute("set timezone = 'UTC'")
        return cursor

    def close(self) -> None:
        """Close nothing: the connection is its owner's."""


class DuckDBDialect(default.DefaultDialect):
    """DuckDB as an engine to read from; a gate has no transactions to begin or to end."""

    name = DIALECT
    driver = DIALECT
    default_paramstyle = "qmark"
    supports_statement_cache = True
    supports_native_boolean = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return the DB-API module."""
        return duckdb

    def get_columns(
        self, connection: Any, table_name: str, schema: str | None = None, **_: Any
    ) -> list[dict[str, Any]]:
        """Return the columns of a table in their order, as SQLAlchemy's reflection wants them."""
        rows = connection.exec_driver_sql(
            "select column_name, is_nullable from information_schema.columns"
            " where table_catalog = current_database() and table_schema = ? and table_name = ?"
            " order by ordinal_position",
            (schema or "main", table_name),
        ).fetchall()
        return [
            {
                "name": name,
                "type": sa.types.NullType(),
                "nullable": nullable == "YES",
                "default": None,
            }
            for name, nullable in rows
        ]

    def get_table_names(self, connection: Any, schema: str | None = None, **_: Any) -> list[str]:
        """Return the tables and views of a schema."""
        rows = connection.exec_driver_sql(
            "select table_name from information_schema.tables"
            " where table_catalog = current_database() and table_schema = ? order by table_name",
            (schema or "main",),
        ).fetchall()
        return [name for (name,) in rows]

    def has_table(
        self, connection: Any, table_name: str, schema: str | None = None, **_: Any
    ) -> bool:
        """Return whether a table or view of that name is in the schema."""
        return table_name in self.get_table_names(connection, schema)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin nothing."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit nothing."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll nothing back."""


registry.register(DIALECT, __name__, DuckDBDialect.__name__)

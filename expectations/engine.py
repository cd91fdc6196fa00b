"""Great Expectations on one DuckDB connection that stays open.

Its SQLAlchemy engine closes a connection before it fetches the rows of it, and DuckDB forgets the
result with the connection ("list index out of range", great_expectations issue 10738). Here one
connection is opened for a gate, read-only, and handed out again and again; every expectation runs
as SQL inside the database, nothing is copied into a data frame.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import duckdb
import great_expectations as gx
import sqlalchemy as sa
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent import SQLDatasource
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy.pool import StaticPool

from expectations import dialect


class KeptConnectionEngine(SqlAlchemyExecutionEngine):
    """An execution engine that keeps its connection open until the gate is done."""

    @contextmanager
    def get_connection(self) -> Iterator[Any]:
        """Hand out the one connection and leave it open."""
        kept = getattr(self, "_kept_connection", None)
        if kept is None:
            kept = self._kept_connection = self.engine.connect()
        yield kept


EngineClass = type[KeptConnectionEngine]


class KeptConnectionDatasource(SQLDatasource):
    """A datasource that asks an engine which exists already, see `open_datasource`."""

    type: Literal["duckdb_kept"] = "duckdb_kept"
    _kept: Any = pydantic.PrivateAttr(None)

    @property
    def execution_engine_type(self) -> EngineClass:
        """The engine that asks the database."""
        return KeptConnectionEngine

    def get_execution_engine(self) -> Any:
        """Return the engine on the kept connection; an address could not name it."""
        return self._kept

    def get_engine(self) -> Any:
        """Return the SQLAlchemy engine on the kept connection."""
        return self._kept.engine

    def test_connection(self, **_: Any) -> None:
        """Try nothing: the connection is open before it is kept."""

    def keep(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        """Ask this connection from now on."""
        engine = sa.create_engine(
            f"{dialect.DIALECT}://",
            creator=lambda: dialect.Session(connection, database),
            poolclass=StaticPool,
        )
        self._kept = KeptConnectionEngine(engine=engine, create_temp_table=False)


def open_datasource(connection: duckdb.DuckDBPyConnection, database: str) -> Any:
    """Return a datasource of an ephemeral context that asks the given connection.

    The context writes no files and sends nothing home.

    Args:
        connection: an open connection; it stays the caller's, who closes it when the gate is done.
        database: under which name the database is attached whose tables are meant.
    """
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = {"globally": False}
    datasource = context.data_sources.add_duckdb_kept(
        "build", connection_string=f"{dialect.DIALECT}://"
    )
    datasource.keep(connection, database)
    return datasource

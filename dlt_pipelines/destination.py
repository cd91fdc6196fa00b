"""The build file as one source sees it: what is there, what is rolled back, what is recorded.

One connection is opened per run and lent to dlt, so that a run opens the file once. The tables of
schemas `quality` and `quarantine` are written here with plain SQL: a dlt pipeline of their own
would cost every run more time than the load itself.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import dlt
import duckdb
import pyarrow as pa

from dlt_pipelines.drift import Drift, KnownField, Usual
from dlt_pipelines.ledger_tables import INSTANT, NOTES, TABLES, sql_type
from dlt_pipelines.quarantine import RejectedFile, RejectedRow

STORAGE_VERSION = "v1.3.0"
"""How a new build file is written. DuckDB's own choice can be read by clients of 2024 too, which
nobody asks of this file, and takes half as long again to write tables with many texts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LOADED_AT = pa.field("loaded_at", INSTANT)

# Where dlt keeps packages that are not loaded yet.
_PENDING = ("normalize/new", "normalize/extracted", "load/new", "load/normalized")


class DestinationError(RuntimeError):
    """The build file cannot be used; the message says what to do next."""


def open_build_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the build file for writing; a missing one is made, in our storage version.

    Args:
        path: The file; one that is there keeps the version in which it was made.

    Raises:
        duckdb.Error: It cannot be opened or made.
    """
    if not path.exists():
        with duckdb.connect() as maker:
            name = str(path).replace("'", "''")
            maker.execute(f"attach '{name}' (storage_version '{STORAGE_VERSION}')")
    return duckdb.connect(str(path))


class Destination:
    """The build file, opened for one run of one source.

    Args:
        build_file: The DuckDB file; made when it is missing.
        pipelines_folder: Where dlt keeps its working folders.
        source: Name of the source; its dataset is `raw_<source>`.
    """

    def __init__(self, build_file: Path, pipelines_folder: Path, source: str) -> None:
        self._build_file = build_file
        self._pipelines_folder = pipelines_folder
        self._source = source
        self.dataset = f"raw_{source}"
        self._tables: tuple[str, ...] = ()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._pipeline: Any = None
        self._columns: dict[str, frozenset[str]] = {}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The one connection of this run."""
        if self._connection is None:
            try:
                self._connection = open_build_file(self._build_file)
            except duckdb.IOException as error:
                raise DestinationError(
                    f"`{self._build_file}` cannot be opened for writing: {error}; it has one "
                    "writer, so wait for the other run to end or end it"
                ) from error
        return self._connection

    @property
    def pipeline(self) -> Any:
        """The dlt pipeline of this source, on the connection of this run."""
        if self._pipeline is None:
            self._pipeline = dlt.pipeline(
                pipeline_name=self._source,
                pipelines_dir=str(self._pipelines_folder),
                destination=dlt.destinations.duckdb(self.connection),
                dataset_name=self.dataset,
                progress=None,
            )
        return self._pipeline

    def prepare(self, tables: tuple[str, ...]) -> None:
        """Make the ledger tables and remove what a killed run left behind.

        Args:
            tables: Raw tables of the source.
        """
        self._tables = tables
        for name, schema in TABLES.items():
            columns = ", ".join(f'"{part.name}" {sql_type(part.type)}' for part in schema)
            self.connection.execute(f"create schema if not exists {name.split('.')[0]}")
            self.connection.execute(f"create table if not exists {name} ({columns})")
        if self._is_interrupted():
            self.roll_back()

    def make_tables(self, schemas: Mapping[str, pa.Schema]) -> None:
        """Make missing raw tables and columns as dlt would, for tables without new rows.

        Each table that dlt is given costs a load the time of many queries.

        Args:
            schemas: Columns of each raw table; `loaded_at` comes by itself.
        """
        for name, schema in schemas.items():
            known = self.columns(name)
            kinds = {part.name: sql_type(part.type) for part in [*schema, _LOADED_AT]}
            columns = [f"{_quoted(column)} {kind}" for column, kind in kinds.items()]
            if not known:
                self.connection.execute(f"create schema if not exists {_quoted(self.dataset)}")
                self.connection.execute(
                    f"create table {self._qualified(name)} ({', '.join(columns)})"
                )
            elif not kinds.keys() <= known:
                for column in columns:
                    self.connection.execute(
                        f"alter table {self._qualified(name)} add column if not exists {column}"
                    )
        self._columns.clear()

    def close(self) -> None:
        """Give the file free."""
        self._pipeline = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query on the build file and return its rows; take instants as `epoch_us(x)`."""
        return self.connection.execute(sql, list(parameters)).fetchall()

    def columns(self, table: str) -> frozenset[str]:
        """Return the column names that a raw table had when the run began; empty without it."""
        if table not in self._columns:
            self._columns[table] = self._described(table)
        return self._columns[table]

    def _described(self, table: str) -> frozenset[str]:
        """Ask for one table: a list of the columns of all takes DuckDB a hundred times as long."""
        try:
            rows = self.query(f"describe {self._qualified(table)}")
        except duckdb.CatalogException:
            return frozenset()
        return frozenset(row[0] for row in rows)

    def known(self, table: str, *columns: str) -> set[Any]:
        """Return the distinct values of a raw table; tuples when several columns are asked."""
        if not set(columns) <= self.columns(table):
            return set()
        names = ", ".join(map(_quoted, columns))
        rows = self.query(
            _named("select distinct $names from $table", self._qualified(table), names=names)
        )
        return {row[0] for row in rows} if len(columns) == 1 else set(rows)

    def last_cursor_at(self) -> datetime | None:
        """Return the newest `cursor_at` that a whole run of this source recorded."""
        found = self.query(
            "select epoch_us(max(cursor_at)) from quality.source_loads where source = ?",
            (self._source,),
        )
        return _instant(found[0][0])

    def next_loaded_at(self, now: datetime) -> datetime:
        """Return `now`, or the instant after the newest load when the clock says no more."""
        newest = _instant(
            self.query("select epoch_us(max(loaded_at)) from quality.source_loads")[0][0]
        )
        if newest is None or now > newest:
            return now
        return newest + timedelta(microseconds=1)

    def record_load(self, row: Mapping[str, Any]) -> None:
        """Write the commit record of a run."""
        self._append("quality.source_loads", [dict(row)])

    def known_rejections(self) -> set[tuple[str, str | None, str]]:
        """Return locator, hash and reason of every file of this source in quarantine."""
        return set(
            self.query(
                "select locator, content_sha256, reason from quarantine.rejected_files"
                " where source = ?",
                (self._source,),
            )
        )

    def write_rejected(
        self, files: Sequence[RejectedFile], rows: Sequence[RejectedRow], loaded_at: datetime
    ) -> None:
        """Write rejected files and rows; they stay only if the run is recorded in the end."""
        common = {"source": self._source, "loaded_at": loaded_at}
        self._append("quarantine.rejected_files", [{**vars(file), **common} for file in files])
        self._append("quarantine.rejected_rows", [{**vars(row), **common} for row in rows])

    def seen_files(self) -> dict[str, tuple[str, datetime]]:
        """Return fingerprint and instant of reading of each file that whole runs have read."""
        if not self._raw_tables():
            return {}
        rows = self.query(
            "select locator, max_by(fingerprint, loaded_at), epoch_us(max(loaded_at))"
            " from quality.seen_files where source = ? group by locator",
            (self._source,),
        )
        return {
            locator: (fingerprint, _EPOCH + timedelta(microseconds=epoch_us))
            for locator, fingerprint, epoch_us in rows
        }

    def record_files(self, fingerprints: Mapping[str, str], loaded_at: datetime) -> None:
        """Note files as read; the note stays only if the run is recorded in the end."""
        common = {"source": self._source, "loaded_at": loaded_at}
        self._append(
            "quality.seen_files",
            [
                {"locator": locator, "fingerprint": fingerprint, **common}
                for locator, fingerprint in fingerprints.items()
            ],
        )

    def known_fields(self) -> dict[str, dict[str, KnownField]]:
        """Return what is usual for the fields of this source's objects, by kind and path."""
        found = self.query(
            "select object_kind, field_path, list(distinct field_type), bool_and(is_always)"
            " from quality.known_fields where source = ? group by object_kind, field_path",
            (self._source,),
        )
        known: dict[str, dict[str, KnownField]] = {}
        for kind, path, types, is_always in found:
            seen = frozenset(name for name in types if name != "null")
            known.setdefault(kind, {})[path] = KnownField(seen, is_always)
        return known

    def drifted(self) -> dict[tuple[str, str, str], set[str | None]]:
        """Return what schema drift of this source was recorded, with the types seen."""
        found = self.query(
            "select object_kind, field_path, drift_kind, list(distinct example_type)"
            " from quality.schema_drift where source = ? group by all",
            (self._source,),
        )
        return {(kind, path, drift): set(types or ()) for kind, path, drift, types in found}

    def write_drift(
        self, usual: Sequence[Usual], drifts: Sequence[Drift], loaded_at: datetime
    ) -> None:
        """Write what was learnt about fields; it stays only if the run is recorded in the end."""
        common = {"source": self._source, "loaded_at": loaded_at}
        self._append("quality.known_fields", [{**asdict(item), **common} for item in usual])
        self._append("quality.schema_drift", [{**asdict(item), **common} for item in drifts])

    def forget_packages(self) -> None:
        """Drop what was extracted and holds no row."""
        self.pipeline.abort_packages()

    def roll_back(self) -> None:
        """Remove every row of this source newer than its last recorded run, and dlt's packages."""
        self._pipeline = None
        self._columns.clear()
        shutil.rmtree(self._pipelines_folder / self._source, ignore_errors=True)
        newest = self._last_recorded()
        for table in self._raw_tables():
            self.connection.execute(
                _named("delete from $table where epoch_us(loaded_at) > ?", table), [newest]
            )
        for table in NOTES:
            self.connection.execute(
                _named("delete from $table where source = ? and epoch_us(loaded_at) > ?", table),
                [self._source, newest],
            )

    def _last_recorded(self) -> int:
        """Return the instant of the last whole run in epoch microseconds, -1 before the first."""
        found = self.query(
            "select epoch_us(max(loaded_at)) from quality.source_loads where source = ?",
            (self._source,),
        )
        return -1 if found[0][0] is None else int(found[0][0])

    def _qualified(self, table: str) -> str:
        return f"{_quoted(self.dataset)}.{_quoted(table)}"

    def _raw_tables(self) -> list[str]:
        """Return the quoted names of the existing raw tables that have `loaded_at`."""
        return [
            self._qualified(table) for table in self._tables if "loaded_at" in self.columns(table)
        ]

    def _is_interrupted(self) -> bool:
        """Tell whether the run before this one was cut off."""
        working = self._pipelines_folder / self._source
        if any(any((working / part).iterdir()) for part in _PENDING if (working / part).is_dir()):
            return True
        parts = [
            _named("select max(loaded_at) as newest from $table", t) for t in self._raw_tables()
        ]
        parts += [
            _named("select max(loaded_at) as newest from $table where source = ?", t) for t in NOTES
        ]
        every = " union all ".join(parts)
        newest = self.query(
            _named("select epoch_us(max(newest)) from ($table)", every), [self._source] * len(NOTES)
        )[0][0]
        return newest is not None and newest > self._last_recorded()

    def _append(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        if not rows:
            return
        batch = pa.Table.from_pylist([dict(row) for row in rows], schema=TABLES[table])
        self.connection.register("appended_rows", batch)
        try:
            self.connection.execute(
                _named("insert into $table by name select * from appended_rows", table)
            )
        finally:
            self.connection.unregister("appended_rows")


def _quoted(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _named(sql: str, table: str, **names: str) -> str:
    """Put names that are quoted already into a statement; values are always parameters."""
    return Template(sql).substitute(table=table, **names)


def _instant(epoch_us: int | None) -> datetime | None:
    return None if epoch_us is None else _EPOCH + timedelta(microseconds=epoch_us)

"""What a source is given for one run: settings, the clock of the run, its tables and its ledger."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dlt
import pyarrow as pa

from dlt_pipelines.config import Settings
from dlt_pipelines.destination import Destination
from dlt_pipelines.drift import Observer, Types, observe_payloads
from dlt_pipelines.files import (
    REMOTE_BYTES_LIMIT,
    FileTooLargeError,
    FoundFile,
    without_secrets,
)
from dlt_pipelines.quarantine import RejectedFile, RejectedRow, keep
from dlt_pipelines.report_model import UNREADABLE

_LOADED_AT = pa.field("loaded_at", pa.timestamp("us", tz="UTC"))
_ROWS_PER_BATCH = 20_000
_REJECTED_AT_ONCE = 5_000
_CONTRACT = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}


@dataclass
class Audit:
    """What a source counts while it runs; it becomes the row in `quality.source_loads`.

    Attributes:
        mode: `files`, `api` or `local`.
        cursor_at: How far the source has read by time; the next run finds it as `last_cursor_at`.
    """

    mode: str = "files"
    seen_count: int = 0
    loaded_count: int = 0
    unchanged_count: int = 0
    partial_count: int = 0
    rejected_count: int = 0
    byte_count: int = 0
    cursor_at: datetime | None = None


class LoadContext:
    """One run of one source.

    Attributes:
        source: Name of the source.
        settings: Settings of the writing side.
        options: Section `sources.<source>` of the configuration, without secrets.
        loaded_at: The `loaded_at` of every row of this run, UTC, later than that of any run before.
        audit: Counts to be kept up by the source.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        options: Mapping[str, Any],
        destination: Destination,
        loaded_at: datetime,
    ) -> None:
        self.source = source
        self.settings = settings
        self.options = options
        self.loaded_at = loaded_at
        self.audit = Audit()
        self._destination = destination
        self._rejected_files: list[RejectedFile] = []
        self._rejected_rows: list[RejectedRow] = []
        self._known_rejections: set[tuple[str, str | None, str]] | None = None
        self._observer: Observer | None = None
        self._looks_itself = False
        self._schemas: dict[str, pa.Schema] = {}

    @property
    def schemas(self) -> Mapping[str, pa.Schema]:
        """Columns of every raw table that the source's resources may fill, with `loaded_at`."""
        return self._schemas

    @property
    def last_cursor_at(self) -> datetime | None:
        """`audit.cursor_at` of the newest whole run, None before the first."""
        return self._destination.last_cursor_at()

    def known(self, table: str, *columns: str) -> set[Any]:
        """Return the distinct values of a raw table's column that are loaded already.

        Args:
            table: Raw table of this source.
            columns: One column gives a set of values, several a set of tuples.
        """
        return self._destination.known(table, *columns)

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Query the build file (`?` marks parameters); take instants as `epoch_us(x)`."""
        return self._destination.query(sql, parameters)

    def has_table(self, table: str) -> bool:
        """Tell whether a raw table of this source exists yet."""
        return bool(self._destination.columns(table))

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns that a raw table of this source had when the run began."""
        return self._destination.columns(table)

    def seen_files(self) -> dict[str, tuple[str, datetime]]:
        """Return the fingerprint of every file read by whole runs, and when it was read."""
        return self._destination.seen_files()

    def record_files(self, fingerprints: Mapping[str, str]) -> None:
        """Remember files that need not be read again while their fingerprint stays the same."""
        self._destination.record_files(fingerprints, self.loaded_at)

    def content_of(self, file: FoundFile, limit: int = REMOTE_BYTES_LIMIT) -> bytes | None:
        """Return the bytes of a file; None where they can't be had, which is then on record.

        Args:
            file: Whose bytes.
            limit: How many bytes it may have.
        """
        try:
            return file.read(limit)
        except FileTooLargeError as error:
            self.reject_file(file.locator, str(error), "too_large", size_bytes=file.size_bytes)
        except OSError as error:
            reason = f"the file can't be read: {error.strerror or error}"
            self.reject_file(file.locator, reason, UNREADABLE)
        return None

    def reject_file(
        self,
        locator: str,
        reason: str,
        error_class: str,
        *,
        content: bytes | None = None,
        content_sha256: str | None = None,
        size_bytes: int | None = None,
    ) -> None:
        """Put a file into quarantine; the load goes on.

        What lies there already, rejected for the same reason, gets no second row.

        Args:
            locator: Where it came from, relative to the project.
            reason: One sentence for a person.
            error_class: Short name of the kind of trouble.
            content: Its bytes, to keep a copy of when they are not too many.
            content_sha256: Hash of its bytes when it is known.
            size_bytes: Its size; by default that of `content`.
        """
        # Readers get to see both.
        locator, reason = without_secrets(locator), without_secrets(reason)
        self.audit.rejected_count += 1
        if self._known_rejections is None:
            self._known_rejections = self._destination.known_rejections()
        if (locator, content_sha256, reason) in self._known_rejections:
            return
        self._known_rejections.add((locator, content_sha256, reason))
        kept_as = None
        if content is not None:
            kept_as = keep(self.settings.quarantine_folder, content, content_sha256)
            size_bytes = len(content) if size_bytes is None else size_bytes
        self._rejected_files.append(
            RejectedFile(locator, content_sha256, size_bytes, reason, error_class, kept_as)
        )
        self._write_rejected(_REJECTED_AT_ONCE)

    def reject_row(
        self,
        table_name: str,
        row: Mapping[str, Any] | str,
        reason: str,
        row_number: int | None = None,
    ) -> None:
        """Put a row into quarantine; the load goes on."""
        text = row if isinstance(row, str) else json.dumps(row, default=str, ensure_ascii=False)
        self._rejected_rows.append(RejectedRow(table_name, row_number, text, reason))
        self._write_rejected(_REJECTED_AT_ONCE)

    def observer(self, read: Types) -> Observer:
        """Return the observer of this run, to be shown every object of the vendor.

        A source that does not ask for it is observed by what its rows keep in `payload`.

        Args:
            read: Types that the parser expects of the fields it reads, by kind of object.
        """
        self._looks_itself = True
        if self._observer is None:
            self._observer = Observer(read)
        return self._observer

    def flush_observed(self) -> None:
        """Record how the vendor's objects differ from what is usual, and what is usual now."""
        if self._observer is None or not self._observer.kinds:
            return
        usual, drifts = self._observer.findings(
            self._destination.known_fields(), self._destination.drifted()
        )
        self._destination.write_drift(usual, drifts, self.loaded_at)

    def flush_rejected(self) -> None:
        """Write what was rejected so far."""
        self._write_rejected(1)

    def source_of(self, *resources: Any) -> Any:
        """Make the dlt source of this run: new tables and columns are taken, types are frozen."""

        @dlt.source(name=self.source, schema_contract=_CONTRACT, max_table_nesting=0)
        def build() -> Any:
            return resources

        return build()

    def arrow_resource(
        self, name: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch | pa.Table]
    ) -> Any:
        """Make the resource of one raw table from Arrow batches.

        Args:
            name: Raw table.
            schema: Its columns without `loaded_at`, which is added.
            batches: Lazily made batches of that schema; the more rows each, the better.
        """
        return self.arrow_tables(name, {name: schema}, ((name, batch) for batch in batches))

    def row_resource(self, name: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> Any:
        """Make the resource of one raw table from dicts; missing keys become NULL.

        Instants may be ISO texts. A row whose values do not fit goes to `quarantine.rejected_rows`.
        """
        return self.row_tables(name, {name: schema}, ((name, row) for row in rows))

    def row_tables(
        self,
        name: str,
        schemas: Mapping[str, pa.Schema],
        rows: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> Any:
        """Make one resource that fills several raw tables in one pass from (table, dict) pairs."""
        return self.arrow_tables(name, schemas, self._batched(schemas, rows))

    def arrow_tables(
        self,
        name: str,
        schemas: Mapping[str, pa.Schema],
        batches: Iterable[tuple[str, pa.RecordBatch | pa.Table]],
    ) -> Any:
        """Make one resource that fills several raw tables in one pass from (table, batch) pairs.

        Args:
            name: Name of the resource.
            schemas: Columns of each raw table without `loaded_at`, which is added.
            batches: Pairs of a table's name and a batch of its schema, lazily made.
        """
        targets = {
            table: pa.schema([*(part.with_nullable(nullable=True) for part in schema), _LOADED_AT])
            for table, schema in schemas.items()
        }
        self._schemas.update(targets)

        @dlt.resource(name=name, write_disposition="append", schema_contract=_CONTRACT)
        def read() -> Iterator[Any]:
            for table, batch in batches:
                if batch.num_rows:
                    self._observe(table, batch)
                    stamped = self._stamped(batch, targets[table])
                    yield dlt.mark.with_table_name(stamped, table)

        return read

    def _observe(self, table: str, batch: pa.RecordBatch | pa.Table) -> None:
        if self._looks_itself:
            return
        if self._observer is None:
            self._observer = Observer({})
        observe_payloads(self._observer, table, batch)

    def _stamped(self, batch: pa.RecordBatch | pa.Table, target: pa.Schema) -> pa.Table:
        """Return the batch with `loaded_at` as a table of the target's columns."""
        instants = pa.repeat(pa.scalar(self.loaded_at, _LOADED_AT.type), batch.num_rows)
        columns = [batch.column(part.name) for part in target if part.name != _LOADED_AT.name]
        return pa.table([*columns, instants], schema=target)

    def _batched(
        self, schemas: Mapping[str, pa.Schema], rows: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[tuple[str, pa.Table]]:
        waiting: dict[str, list[Mapping[str, Any]]] = {table: [] for table in schemas}
        for table, row in rows:
            pending = waiting[table]
            pending.append(row)
            if len(pending) >= _ROWS_PER_BATCH:
                yield table, self._to_table(table, schemas[table], pending)
                waiting[table] = []
        for table, pending in waiting.items():
            if pending:
                yield table, self._to_table(table, schemas[table], pending)

    def _to_table(
        self, table: str, schema: pa.Schema, rows: Sequence[Mapping[str, Any]]
    ) -> pa.Table:
        try:
            return pa.Table.from_arrays(
                [to_array([row.get(part.name) for row in rows], part.type) for part in schema],
                schema=schema,
            )
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            if len(rows) == 1:
                self.reject_row(table, rows[0], f"the row does not fit table `{table}`: {error}")
                return schema.empty_table()
        half = len(rows) // 2
        return pa.concat_tables(
            [self._to_table(table, schema, rows[:half]), self._to_table(table, schema, rows[half:])]
        )

    def _write_rejected(self, at_least: int) -> None:
        if len(self._rejected_files) + len(self._rejected_rows) < at_least:
            return
        files, self._rejected_files = self._rejected_files, []
        rows, self._rejected_rows = self._rejected_rows, []
        self._destination.write_rejected(files, rows, self.loaded_at)


def to_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Make an Arrow array; instants may be ISO texts, with `Z` or an offset, else taken as UTC.

    Raises:
        ValueError: A text is no instant, or a value does not fit the type.
    """
    if pa.types.is_timestamp(kind):
        values = [to_instant(value) for value in values]
    return pa.array(values, type=kind)


def to_instant(value: Any) -> datetime | None:
    """Read an ISO 8601 text as an aware UTC instant; empty texts and None give None.

    Raises:
        ValueError: The text is no instant, or one that UTC has no year for.
    """
    if value is None or value == "":
        return None
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"`{value}` is beyond all years") from error

"""Builds of CI servers: saved answers, deliveries and polled pages → Arrow.

    files ──find_files, seen_files──┐
    webhooks ──read_deliveries──────┼─▶ a vendor's reader ─▶ BuildLoad ─▶ Arrow ─▶ raw_<vendor>
    api ──a vendor's poller─────────┘                          │
                                                     versions known already are left out

All ways end in the same rows, because the same reader takes the same objects apart. A row is left
out when the same version (`payload`) of the same thing is known, from this run or the destination.
"""

import hashlib
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import datetime
from string import Template
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from dlt_pipelines.config import Settings, path_list
from dlt_pipelines.context import LoadContext, to_array
from dlt_pipelines.deliveries import has_landed, read_deliveries
from dlt_pipelines.files import COMPRESSED, FoundFile, find_files, unpacked
from dlt_pipelines.parsers.builds import KEYS, SCHEMAS, Sink
from dlt_pipelines.parsers.builds.reader import PageReport
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.polling import mode_of


class Reader(Protocol):
    """Reads the documents of one file or answer into a sink."""

    report: PageReport

    def read(self, document: Any, address: str | None = None) -> None:
        """Read one document."""

    def read_in_steps(self, data: bytes) -> Iterator[None]:
        """Read a saved file and yield after each document."""


Plan = TypeVar("Plan")
Row = tuple[Any, ...]
Batches = Iterator[tuple[str, pa.Table]]
MakeReader = Callable[[Sink, str], Reader]

COLLECTED = "collected_ranges"

_SOURCE_FILE = pa.field("source_file", pa.string())
# What was read to its end: lists by span of time, details of a thing without one.
_COLLECTED_SCHEMA = pa.schema(
    [
        pa.field("things", pa.string()),
        pa.field("name", pa.string()),
        pa.field("from_at", pa.timestamp("us", tz="UTC")),
        pa.field("until_at", pa.timestamp("us", tz="UTC")),
    ]
)
_SUFFIXES = (".json", ".jsonl", ".ndjson")
_BUILD_XML = "build.xml"
_SIZE_LIMIT = 256 * 1024 * 1024
_FLUSH_ROWS = 40_000
_REJECTED_ROWS_PER_PAGE = 100
_ROW_TEXT_LIMIT = 10_000
_MARK_DIGITS = 16


def table_schemas(*tables: str) -> dict[str, pa.Schema]:
    """Return the raw tables of a vendor: the things it knows, then the ledger."""
    return {
        **{table: SCHEMAS[table].append(_SOURCE_FILE) for table in tables},
        COLLECTED: _COLLECTED_SCHEMA,
    }


def collected_schema() -> pa.Schema:
    """Return the columns of the ledger of what was read to its end."""
    return _COLLECTED_SCHEMA


def is_configured(
    options: Mapping[str, Any], settings: Settings, vendor: str, *needed: str
) -> bool:
    """Tell whether there is anything to read; `needed` are the settings of the API mode."""
    if options.get("mode") == "api":
        return not needed or any(options.get(name) for name in needed)
    if options.get("mode", "files") != "files":
        return True  # wrong, which `build` says
    return bool(options.get("files")) or has_landed(settings, vendor)


class BuildLoad:
    """The sink of a vendor's readers, and the batches that dlt takes from it.

    Args:
        context: The run of the source.
        schemas: Raw tables of the source, as `table_schemas` gives them.
        make_reader: Makes the vendor's reader of one file or answer.
        keys: Columns that identify a thing, by table; the second of them is asked for.
    """

    def __init__(
        self,
        context: LoadContext,
        schemas: Mapping[str, pa.Schema],
        make_reader: MakeReader,
        keys: Mapping[str, tuple[str, ...]] = KEYS,
    ) -> None:
        self.context = context
        self._schemas = schemas
        self._make_reader = make_reader
        self._keys = keys
        # where trouble is put that no table is to blame for
        self._main = "builds" if "builds" in schemas else next(iter(schemas))
        self._rows: dict[str, list[Row]] = {table: [] for table in schemas}
        self._waiting = 0
        self._seen: set[int] = set()
        self._has_table = {table: context.has_table(table) for table in schemas}
        self._source_file = ""
        self._rejected: list[tuple[str | None, int, Any, str]] = []
        self._damaged_pages: set[str] = set()

    def row(self, table: str, row: Row) -> None:
        """Take one row in the order of its table's schema."""
        if table in self._rows:
            self._rows[table].append((*row, self._source_file))
            self._waiting += 1

    def reject(self, table: str | None, number: int, item: Any, reason: str) -> None:
        """Take an object that could not become a row."""
        if len(self._rejected) < _REJECTED_ROWS_PER_PAGE:
            self._rejected.append((table, number, item, reason))

    def collected(
        self,
        things: str,
        name: str,
        from_at: datetime | None = None,
        until_at: datetime | None = None,
    ) -> None:
        """Enter into the ledger that something was read to its end."""
        self._rows[COLLECTED].append((things, name, from_at, until_at))
        self._waiting += 1

    def document(self, document: Any, address: str, page: str | None = None) -> None:
        """Read a polled answer, which is counted already, or one of the objects in it.

        Args:
            document: What was answered.
            address: Where it is.
            page: Address of the list that showed it, where it has one of its own.
        """
        reader = self._start(address)
        reader.read(document, address)
        if self._put_aside(address, reader.report):
            self._damaged_pages.add(page or address)

    def count_pages(self) -> None:
        """Tell damaged pages from those that were loaded whole, at the end of a load."""
        audit = self.context.audit
        audit.partial_count += len(self._damaged_pages)
        audit.loaded_count -= len(self._damaged_pages)
        self._damaged_pages.clear()

    def files(self, section: str, patterns: Sequence[str]) -> Batches:
        """Yield the rows of the files that are new or have changed since they were read."""
        context = self.context
        seen = context.seen_files()
        read: dict[str, str] = {}
        for file in find_files(patterns, context.settings, f"{section}.files"):
            if not (file.is_named or _is_readable(file.locator)):
                continue
            context.audit.seen_count += 1
            if seen.get(file.locator, ("", None))[0] == file.fingerprint:
                context.audit.unchanged_count += 1
            elif (yield from self._file(file)):
                read[file.locator] = file.fingerprint
            yield from self.full_batches()
        context.record_files(read)

    def deliveries(self, vendor: str) -> Batches:
        """Yield the rows of the webhook deliveries that no whole run has read."""
        for delivery in read_deliveries(self.context, vendor):
            reader = self._start(delivery.locator)
            reader.read(
                {
                    "vendor": vendor,
                    "event": delivery.event,
                    "received_at": delivery.received_at.isoformat(),
                    "body": delivery.body,
                }
            )
            self._finish(delivery.locator, reader.report, delivery.content)
            yield from self.full_batches()

    def full_batches(self) -> Batches:
        """Yield what waits if it is enough to be worth a batch."""
        if self._waiting >= _FLUSH_ROWS:
            yield from self.last_batches()

    def last_batches(self) -> Batches:
        """Yield everything that waits."""
        waiting, self._rows = self._rows, {table: [] for table in self._schemas}
        self._waiting = 0
        for table, rows in waiting.items():
            kept = rows if table == COLLECTED else self._new(table, rows)
            if kept:
                schema = self._schemas[table]
                columns = zip(*kept, strict=True)
                yield (
                    table,
                    pa.Table.from_arrays(
                        [
                            to_array(list(column), part.type)
                            for column, part in zip(columns, schema, strict=True)
                        ],
                        schema=schema,
                    ),
                )

    def _start(self, source_file: str) -> Reader:
        self._source_file = source_file
        self._rejected = []
        return self._make_reader(self, source_file)

    def _file(self, file: FoundFile) -> Generator[tuple[str, pa.Table], None, bool]:
        """Yield the rows of one file once they are many; tell whether it need not come again."""
        context, locator = self.context, file.locator
        content = context.content_of(file, _SIZE_LIMIT)
        if content is None:
            return False
        context.audit.byte_count += len(content)
        reader = self._start(locator)
        try:
            data = unpacked(locator, content, _SIZE_LIMIT)
        except (EOFError, ValueError, zlib.error) as error:
            reader.report.error = f"the compressed file can't be unpacked: {error}"
        else:
            for _ in reader.read_in_steps(data):
                yield from self.full_batches()
        self._finish(locator, reader.report, content)
        return True

    def _put_aside(self, source_file: str, report: PageReport) -> bool:
        """Keep what was lost as rejected rows; tell whether anything was."""
        if report.error:
            where = json_text({"source_file": source_file})
            self.context.reject_row(self._main, where, report.error)
        for table, number, item, reason in self._rejected:
            cut = json_text(item)[:_ROW_TEXT_LIMIT]
            self.context.reject_row(table or self._main, cut, reason, number)
        return bool(report.rejected or report.error)

    def _finish(self, source_file: str, report: PageReport, content: bytes) -> None:
        """Count a file, and put what it lost into quarantine.

        What gave rows keeps its bad objects as rejected rows; what gave none and lost something is
        rejected as a whole, with the first reason.
        """
        audit = self.context.audit
        if not report.rejected and not report.error:
            audit.loaded_count += 1
        elif sum(report.rows.values()):
            audit.partial_count += 1
            self._put_aside(source_file, report)
        else:
            self.context.reject_file(
                source_file,
                report.error or self._rejected[0][3],
                "unreadable" if report.error else "no_known_object",
                content=content,
                content_sha256=hashlib.sha256(content).hexdigest(),
            )

    def _new(self, table: str, rows: list[Row]) -> list[Row]:
        """Return the rows whose version is not known."""
        schema = self._schemas[table]
        key = [schema.get_field_index(name) for name in self._keys[table]]
        payload = schema.get_field_index("payload")
        if self._has_table[table]:
            self._recall(table, sorted({row[key[1]] for row in rows if row[key[1]] is not None}))
        new = []
        for row in rows:
            mark = hash((table, *(row[part] for part in key), _digest(row[payload])))
            if mark not in self._seen:
                self._seen.add(mark)
                new.append(row)
        return new

    def _recall(self, table: str, ids: list[Any]) -> None:
        """Learn which versions of these things the destination holds."""
        if not ids:
            return
        # a column of the key may be newer than the table
        known = self.context.columns(table)
        statement = Template(
            "select $key, left(sha256(payload), $digits) from $table"
            " where $id in (select unnest(?))"
        ).substitute(
            key=", ".join(name if name in known else "null" for name in self._keys[table]),
            id=self._keys[table][1],
            digits=_MARK_DIGITS,
            table=f"raw_{self.context.source}.{table}",
        )
        self._seen.update(hash((table, *row)) for row in self.context.query(statement, (ids,)))


def build_source(
    context: LoadContext,
    schemas: Mapping[str, pa.Schema],
    make_reader: MakeReader,
    make_plan: Callable[[Mapping[str, Any], datetime], Plan],
    read_api: Callable[[BuildLoad, Plan], Batches],
    *,
    vendor: str | None = None,
    keys: Mapping[str, tuple[str, ...]] = KEYS,
) -> Any:
    """Return the dlt source of one run.

    Args:
        context: The run.
        schemas: As of `BuildLoad`.
        make_reader: As of `BuildLoad`.
        make_plan: What the settings ask of the API at an instant; called in mode `api` alone.
        read_api: Yields the rows of a plan.
        vendor: Whose deliveries are read, whatever the mode; None where none can come.
        keys: As of `BuildLoad`.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    section = f"sources.{context.source}"
    context.audit.mode = mode_of(context.options, section)
    plan = make_plan(context.options, context.loaded_at) if context.audit.mode == "api" else None

    def read() -> Batches:
        load = BuildLoad(context, schemas, make_reader, keys)
        if plan is None:
            yield from load.files(section, path_list(context.options, section, "files"))
        if vendor is not None:
            yield from load.deliveries(vendor)
        if plan is not None:
            yield from read_api(load, plan)
        yield from load.last_batches()

    return context.source_of(context.arrow_tables(context.source, schemas, read()))


def _is_readable(locator: str) -> bool:
    name = locator.lower().removesuffix(COMPRESSED)
    return name.endswith(_SUFFIXES) or name.rpartition("/")[2] == _BUILD_XML


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()[:_MARK_DIGITS]

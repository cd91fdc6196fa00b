"""Where accepted tables wait for the load: `<home>/landing/imports/<kind>/<import id>.parquet`.

    file ─▶ checked rows and rejected rows ─▶ `.part` file ─▶ its name, all at once

The import id is made of what the file holds and how it was read (kind, maps, constants): the same
file twice is one, and the same file with other maps takes the place of the one before.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.parsers.archives import unpacked
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.tables.batches import RejectedRow
from dlt_pipelines.parsers.tables.checking import Checked, TableCheck, schema_without_origin
from dlt_pipelines.parsers.tables.model import Kind
from dlt_pipelines.parsers.tables.reading import read_batches

FOLDER = "imports"
_METADATA = b"testops.import"
_REJECTED = (("rejected_row", pa.string()), ("rejected_reason", pa.string()))
_SHOWN_PROBLEMS = 20
_CONTENT_DIGITS = 32
_READING_DIGITS = 16
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Order:
    """How files are to be read.

    Attributes:
        kind: What their rows are.
        maps: Ours → theirs.
        constants: Values of columns that rows leave empty.
    """

    kind: Kind
    maps: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What changes with the way of reading."""
        parts = [
            self.kind.name,
            sorted((ours, list(theirs)) for ours, theirs in self.maps.items()),
            sorted(self.constants.items()),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_READING_DIGITS]

    def import_id(self, content_sha256: str) -> str:
        """Return the identity of a file read this way: 32 digits of its content, 16 of the way."""
        return f"{content_sha256[:_CONTENT_DIGITS]}-{self.digest}"


@dataclass
class Outcome:
    """What became of one file.

    Attributes:
        file: As it was named.
        status: `accepted`, `known` (it lies there already), `checked` (a dry run) or `refused`.
        row_count: Rows that fit.
        rejected_count: Rows that don't; they go to quarantine with the load.
        columns: Theirs → ours.
        other_columns: Columns that are none of ours; they are kept as JSON.
        suggestions: Maps that may be meant.
        problems: The first rows that don't fit.
        error: Why it was refused.
    """

    file: str
    status: str = "refused"
    import_id: str | None = None
    row_count: int = 0
    rejected_count: int = 0
    columns: dict[str, str] = field(default_factory=dict)
    other_columns: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)
    error: str | None = None

    def take(self, checked: Checked) -> None:
        """Count some rows."""
        self.row_count += checked.rows.num_rows
        self.rejected_count += len(checked.rejected)
        for row in checked.rejected[: _SHOWN_PROBLEMS - len(self.problems)]:
            self.problems.append({"row": row.number, "reason": row.reason})


def land(path: Path, order: Order, landing: Path, *, is_dry_run: bool = False) -> Outcome:
    """Check a file and put what fits, and what doesn't, into the landing folder.

    Args:
        path: The file.
        order: How to read it.
        landing: The landing folder of the warehouse home.
        is_dry_run: Check only, write nothing.
    """
    outcome = Outcome(str(path))
    try:
        with path.open("rb") as packed, unpacked(packed, path.name) as stream:
            outcome.import_id = order.import_id(digest_of(stream))
            target = landing / FOLDER / order.kind.name / f"{outcome.import_id}.parquet"
            if is_dry_run:
                for checked in _read(stream, order, outcome):
                    outcome.take(checked)
                _refuse_without_rows(outcome)
                outcome.status = "checked"
            else:
                _land(stream, order, target, outcome)
    except ParseError as error:
        outcome.error = error.reason
    except OSError as error:
        outcome.error = f"it can't be read or kept: {error.strerror or error}"
    if outcome.error:
        outcome.status = "refused"
    return outcome


def _land(stream: BinaryIO, order: Order, target: Path, outcome: Outcome) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(target.parent):
        if target.is_file():
            counts = _description(target)
            outcome.status = "known"
            outcome.row_count = counts["row_count"]
            outcome.rejected_count = counts["rejected_count"]
            return
        # A name of its own per import: what a killed one left is written over by the next.
        part = target.with_name(f".{target.stem}.part")
        schema = pa.schema([*schema_without_origin(order.kind), *_REJECTED])
        try:
            with pq.ParquetWriter(
                part, schema, compression="zstd", write_page_checksum=True
            ) as writer:
                for checked in _read(stream, order, outcome):
                    outcome.take(checked)
                    writer.write_table(_landed(checked, schema))
                _refuse_without_rows(outcome)
                described = {
                    "source_file": Path(outcome.file).name,
                    "row_count": outcome.row_count,
                    "rejected_count": outcome.rejected_count,
                }
                writer.add_key_value_metadata({_METADATA: json.dumps(described).encode()})
            if outcome.row_count:
                _make_durable(part, target)
                for other in target.parent.glob(f"{target.name[:_CONTENT_DIGITS]}-*.parquet"):
                    if other != target:
                        other.unlink()
        finally:
            part.unlink(missing_ok=True)
        outcome.status = "accepted"


def _read(stream: BinaryIO, order: Order, outcome: Outcome) -> Iterator[Checked]:
    check = TableCheck(order.kind, order.maps, order.constants)
    try:
        for batch in read_batches(stream):
            yield check.check(batch)
    finally:
        outcome.columns = check.used
        outcome.other_columns = check.other_names
        outcome.suggestions = check.suggestions


def _refuse_without_rows(outcome: Outcome) -> None:
    """Refuse a file of which no row fits: surely it was read the wrong way.

    Raises:
        ParseError: There are rows, and none fits.
    """
    if outcome.rejected_count and not outcome.row_count:
        first = outcome.problems[0]
        raise ParseError(
            f"none of its {outcome.rejected_count} rows fits; row {first['row']}: {first['reason']}"
        )


def _landed(checked: Checked, schema: pa.Schema) -> pa.Table:
    """Return accepted rows, then rejected ones with nothing but their number, text and reason."""
    rejected = pa.table(
        {
            "row_number": pa.array([row.number for row in checked.rejected], pa.int64()),
            "rejected_row": pa.array([row.text for row in checked.rejected], pa.string()),
            "rejected_reason": pa.array([row.reason for row in checked.rejected], pa.string()),
        }
    )
    parts = [_widened(checked.rows, schema), _widened(rejected, schema)]
    return pa.concat_tables(parts)


def _widened(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the columns of a schema; those that the rows don't have are NULL."""
    names = set(rows.column_names)
    columns = [
        rows[part.name] if part.name in names else pa.nulls(rows.num_rows, part.type)
        for part in schema
    ]
    return pa.table(columns, schema=schema)


def read_landed(path: Path, kind: Kind) -> Iterator[Checked]:
    """Read what `land` wrote; columns that a later version added are NULL.

    Raises:
        pa.ArrowException: The file is damaged.
        OSError: It can't be read.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        missing = file.metadata.num_rows
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            missing -= batch.num_rows
            table = pa.Table.from_batches([batch])
            is_rejected = table["rejected_reason"].is_valid()
            rejected = [
                RejectedRow(row["row_number"], row["rejected_row"], row["rejected_reason"])
                for row in table.filter(is_rejected)
                .select(["row_number", "rejected_row", "rejected_reason"])
                .to_pylist()
            ]
            accepted = table.filter(table["rejected_reason"].is_null())
            yield Checked(_widened(accepted, schema_without_origin(kind)), rejected)
        if missing:
            raise pa.ArrowInvalid(f"{missing} of its rows are missing")


def source_file_of(path: Path) -> str:
    """Return the name of the file that was imported."""
    return str(_description(path)["source_file"])


def _description(path: Path) -> dict[str, Any]:
    with pq.ParquetFile(path) as file:
        found: dict[str, Any] = json.loads(file.metadata.metadata[_METADATA])
    return found


def digest_of(stream: BinaryIO) -> str:
    """Return the hex SHA-256 of a stream and go back to its start."""
    digest = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _make_durable(part: Path, target: Path) -> None:
    """Give a whole file its name; neither content nor name is lost with the power."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""CSV, Parquet and JSON Lines to columns of text, batch by batch, in flat memory.

What a format has types for becomes the text that the other formats would have, so one set of rules
checks them all. A row that can't be read is handed on with its number and the reason.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_limits import memory_of_values
from dlt_pipelines.parsers.tables.batches import (
    COLUMN_LIMIT,
    REJECTED_LIMIT,
    ROW_BYTES_LIMIT,
    TEXT_AT_ONCE,
    Batch,
    RejectedRow,
    rows_at_once,
)
from dlt_pipelines.parsers.tables.parquet import read_parquet
from dlt_pipelines.parsers.tables.texts import as_text, read_object, texts_of_numbers

CSV = "CSV"
PARQUET = "Parquet"
JSON_LINES = "JSON Lines"

_VALUES_LIMIT = 192 * 1024 * 1024
_SHOWN_CHARACTERS = 2_000
_HEADER_BYTES = 256 * 1024
_CHUNK_BYTES = 1024 * 1024
_TOO_MANY = f"more than {REJECTED_LIMIT:,} rows of it can't be read; is this the right file?"
_TOO_MANY_NAMES = f"its objects have more than {COLUMN_LIMIT} names"
# For private use, so in no text; only looked for in files that are not whole UTF-8.
_NO_TEXT = "\uf8f0"
_NO_TEXT_BYTES = _NO_TEXT.encode()
_MARKED = "testops_marked"
# One NUL in so many characters makes a file binary, or UTF-16 without its mark.
_ZIP = "PK\x03\x04"
_NUL_SHARE = 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def format_of(start: bytes) -> str:
    """Tell the format of a file by its first bytes.

    Raises:
        ParseError: It is none of the three.
    """
    if start.startswith(b"PAR1"):
        return PARQUET
    encoding = _encoding(start)
    text = start.decode(encoding, "replace").lstrip()
    if not text:
        raise ParseError("it is empty, without even a header; export it again")
    if text.startswith(_ZIP):
        raise ParseError(
            "it is a zip archive, as spreadsheets are, too; unpack it, or export the sheet as CSV"
        )
    if text.count("\0") * _NUL_SHARE > len(text):
        raise ParseError(
            "it holds NUL characters, so it is no table in text; save it as UTF-8 CSV, Parquet or "
            "JSON Lines"
        )
    if text.startswith("["):
        raise ParseError("it is one JSON array; write one JSON object per line instead")
    return JSON_LINES if text.startswith("{") else CSV


def read_batches(stream: BinaryIO) -> Iterator[Batch]:
    """Read a table from its start to its end; at least one batch comes, which names the columns.

    Args:
        stream: A seekable binary stream.

    Raises:
        ParseError: The file as a whole can't be read.
    """
    stream.seek(0)
    start = stream.read(64 * 1024)
    stream.seek(0)
    found = format_of(start)
    if found == PARQUET:
        batches = read_parquet(stream)
    elif found == JSON_LINES:
        batches = _json_lines(stream, _encoding(start))
    else:
        batches = _csv(stream, _encoding(start))
    for batch in batches:
        yield from _cut(batch)


def _cut(batch: Batch) -> Iterator[Batch]:
    """Cut a batch of many columns, so that it takes no more memory than one of few."""
    row_count = rows_at_once(len(batch.columns))
    for start in range(0, max(len(batch.numbers), 1), row_count):
        yield Batch(
            {name: column.slice(start, row_count) for name, column in batch.columns.items()},
            batch.numbers.slice(start, row_count),
            [] if start else batch.rejected,
        )


def _encoding(start: bytes) -> str:
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def _csv(stream: BinaryIO, encoding: str) -> Iterator[Batch]:
    names, delimiter = _header(stream, encoding)
    is_clean = encoding == "utf-8" and _is_utf8(stream)
    skipped: dict[int, RejectedRow] = {}
    given_up = False
    skipped_count = no_text_count = 0

    def take(row: Any) -> str:
        nonlocal given_up, skipped_count
        skipped_count += 1
        if skipped_count > REJECTED_LIMIT:
            given_up = True
            return "error"
        # The reader counts the header as row 1.
        number = int(row.number) - 1
        reason = f"it has {row.actual_columns} values for {row.expected_columns} columns"
        skipped[number] = RejectedRow(number, (row.text or "")[:_SHOWN_CHARACTERS], reason)
        return "skip"

    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), check_utf8=False
    )
    parse = arrow_csv.ParseOptions(
        delimiter=delimiter, newlines_in_values=True, invalid_row_handler=take
    )
    read = arrow_csv.ReadOptions(use_threads=False, block_size=ROW_BYTES_LIMIT)
    source = stream if is_clean else pa.PythonFile(_Utf8Stream(stream, encoding), mode="r")
    next_number = 1
    try:
        with arrow_csv.open_csv(source, read, parse, convert) as reader:
            for batch in reader:
                numbers: list[int] = []
                while len(numbers) < batch.num_rows:
                    if next_number not in skipped:
                        numbers.append(next_number)
                    next_number += 1
                rejected = [skipped.pop(one) for one in sorted(skipped) if one < next_number]
                taken = _taken(names, batch, numbers, rejected, is_clean=is_clean)
                no_text_count += batch.num_rows - len(taken.numbers)
                if no_text_count > REJECTED_LIMIT:
                    raise ParseError(_TOO_MANY)
                yield taken
    except (pa.ArrowException, UnicodeError) as error:
        raise ParseError(_TOO_MANY if given_up else _csv_trouble(error)) from error
    yield Batch(
        {name: pa.array([], pa.string()) for name in names},
        pa.array([], pa.int64()),
        [skipped[number] for number in sorted(skipped)],
    )


def _csv_trouble(error: BaseException) -> str:
    text = str(error)
    if "straddling" in text or "boundar" in text:
        return (
            f"a row is longer than {ROW_BYTES_LIMIT >> 20} MiB, or a quote is never closed; mend "
            "the quotes or leave the long column out"
        )
    return f"it can't be read as CSV: {text.splitlines()[0]}; export it again"


def _header(stream: BinaryIO, encoding: str) -> tuple[list[str], str]:
    """Return the names of the columns and the delimiter."""
    start = stream.read(_HEADER_BYTES)
    stream.seek(0)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(start)
    line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t|", key=line.count)
    try:
        names = next((row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row), [])
    except csv.Error as error:
        raise ParseError(f"its header can't be read: {error}; write plain names") from error
    if len(names) > COLUMN_LIMIT:
        raise ParseError(f"it has more than {COLUMN_LIMIT} columns; is this the right file?")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParseError(f"its header has `{twice[0]}` twice; give every column its own name")
    return names, delimiter


def _taken(
    names: list[str],
    batch: pa.RecordBatch,
    numbers: list[int],
    rejected: list[RejectedRow],
    *,
    is_clean: bool,
) -> Batch:
    """Return the rows of a batch but those with bytes that were no text."""
    columns = batch.columns
    if not is_clean:
        is_bad = [False] * batch.num_rows
        for column in columns:
            for index in pc.indices_nonzero(pc.match_substring(column, _NO_TEXT)).to_pylist():
                is_bad[index] = True
        reason = "it is no UTF-8 text; save the file as UTF-8"
        for index, number in enumerate(numbers):
            if is_bad[index]:
                shown = ",".join(column[index].as_py() or "" for column in columns)
                text = shown[:_SHOWN_CHARACTERS].replace(_NO_TEXT, "\ufffd")
                rejected.append(RejectedRow(number, text, reason))
        wanted = pa.array([not bad for bad in is_bad], pa.bool_())
        columns = [column.filter(wanted) for column in columns]
        numbers = [number for number, bad in zip(numbers, is_bad, strict=True) if not bad]
    return Batch(dict(zip(names, columns, strict=True)), pa.array(numbers, pa.int64()), rejected)


def _is_utf8(stream: BinaryIO) -> bool:
    """Tell whether a whole stream is UTF-8, and go back to its start."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := stream.read(_CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


class _Utf8Stream(io.RawIOBase):
    """A stream of text in any encoding as UTF-8; bytes that are no text become `_NO_TEXT`."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)(_MARKED)
        self._waiting = b""
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there is text."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Return up to that many bytes; fewer only at the end."""
        parts, length = [self._waiting], len(self._waiting)
        while not self._is_done and (size < 0 or length < size):
            chunk = self._stream.read(_CHUNK_BYTES)
            self._is_done = not chunk
            text = self._decoder.decode(chunk, self._is_done)
            parts.append(text.encode("utf-8", "replace"))
            length += len(parts[-1])
        data = b"".join(parts)
        size = length if size < 0 else size
        self._waiting = data[size:]
        return data[:size]


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _NO_TEXT, error.end


codecs.register_error(_MARKED, _mark)


def _json_lines(stream: BinaryIO, encoding: str) -> Iterator[Batch]:
    names: set[str] = set()
    objects = _Objects()
    rejected_count = 0
    for number, line in enumerate(_lines(stream, encoding), 1):
        rejected_count += not objects.take(number, line)
        if rejected_count > REJECTED_LIMIT:
            raise ParseError(_TOO_MANY)
        if objects.is_full:
            yield objects.batch()
            names |= objects.columns.keys()
            objects = _Objects()
        is_near = len(names) + len(objects.columns) > COLUMN_LIMIT
        if is_near and len(names | objects.columns.keys()) > COLUMN_LIMIT:
            raise ParseError(_TOO_MANY_NAMES)
    if objects.numbers or objects.rejected:
        yield objects.batch()


class _Objects:
    """The objects of some lines as columns; an object may have names that no other has."""

    def __init__(self) -> None:
        self.columns: dict[str, list[str | float | None]] = {}
        self.numbers: list[int] = []
        self.rejected: list[RejectedRow] = []
        self.text_size = 0

    @property
    def is_full(self) -> bool:
        """Tell whether they are as many as one batch holds."""
        if self.text_size > TEXT_AT_ONCE:
            return True
        count = max(len(self.numbers), len(self.rejected))
        return count >= rows_at_once(len(self.columns))

    def take(self, number: int, line: bytes) -> bool:
        """Take a line; tell whether it is an object."""
        reason = None
        row: Any = None
        if len(line) > _CHUNK_BYTES and memory_of_values(line) > _VALUES_LIMIT:
            reason = f"its values take more than {_VALUES_LIMIT >> 20} MiB of memory"
        elif _NO_TEXT_BYTES in line:
            reason = "it is no text in the encoding of the file; save the file as UTF-8"
        else:
            try:
                row = read_object(line)
            except (ValueError, RecursionError) as error:
                reason = f"it is no JSON: {error}"
        if reason is None and not isinstance(row, dict):
            reason = "it is no JSON object"
        if reason is not None:
            self.rejected.append(_rejected_line(number, line, reason))
            return False
        if len(row) > COLUMN_LIMIT:
            raise ParseError(_TOO_MANY_NAMES)
        self.text_size += len(line)
        for name, value in row.items():
            values = self.columns.setdefault(name, [])
            values += [None] * (len(self.numbers) - len(values))
            values.append(value if isinstance(value, float) else as_text(value))
        self.numbers.append(number)
        return True

    def batch(self) -> Batch:
        """Return them, with NULL where an object lacks a name."""
        count = len(self.numbers)
        arrays = {
            name: pa.array(
                texts_of_numbers([*values, *[None] * (count - len(values))]), pa.string()
            )
            for name, values in self.columns.items()
        }
        return Batch(arrays, pa.array(self.numbers, pa.int64()), self.rejected)


def _lines(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    if encoding != "utf-8":
        stream = cast(BinaryIO, io.BufferedReader(_Utf8Stream(stream, encoding)))
    while line := stream.readline(ROW_BYTES_LIMIT + 1):
        if len(line) > ROW_BYTES_LIMIT:
            raise ParseError(
                f"a line is longer than {ROW_BYTES_LIMIT >> 20} MiB; write one object per line"
            )
        if line.strip():
            yield line


def _rejected_line(number: int, line: bytes, reason: str) -> RejectedRow:
    return RejectedRow(number, line[:_SHOWN_CHARACTERS].decode("utf-8", "replace").strip(), reason)

"""Parquet to columns of text: what is packed well must not unpack to more than there is memory."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.tables.batches import (
    COLUMN_LIMIT,
    ROW_BYTES_LIMIT,
    TEXT_AT_ONCE,
    Batch,
    rows_at_once,
)
from dlt_pipelines.parsers.tables.texts import texts_of

# As of archives: what unpacks to more than this was not written by anybody's export.
_RATIO = 400
_RATIO_FROM = 512 * 1024 * 1024


def read_parquet(stream: BinaryIO) -> Iterator[Batch]:
    """Read a table; the first batch is empty and names the columns.

    Raises:
        ParseError: The file is damaged, or its rows are too many or too long for its size.
    """
    number = 1
    try:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        names = file.schema_arrow.names
        if len(set(names)) < len(names) or len(names) > COLUMN_LIMIT:
            raise ParseError("it has two columns of one name, or too many; name each column once")
        empty = {name: pa.array([], pa.string()) for name in names}
        yield Batch(empty, pa.array([], pa.int64()))
        limit = max(_RATIO * size, _RATIO_FROM)
        # a value that comes a million times is held once
        file = pq.ParquetFile(
            stream, page_checksum_verification=True, read_dictionary=_text_columns(file)
        )
        for batch in file.iter_batches(_rows_of_file_at_once(file)):
            for part in _parts(batch):
                limit -= _text_size(part)
                if limit < 0:
                    raise ParseError(f"it unpacks to more than {_RATIO} times its size")
                numbers = pa.array(range(number, number + part.num_rows), pa.int64())
                number += part.num_rows
                columns = {
                    name: texts_of(column) for name, column in zip(names, part.columns, strict=True)
                }
                yield Batch(columns, numbers)
        if number <= file.metadata.num_rows:
            told = f"{number - 1} of {file.metadata.num_rows} rows are there"
            raise ParseError(f"the Parquet file is cut or damaged: {told}; write it again")
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, ParseError):
            raise
        reason = str(error).splitlines()[0][:300]
        raise ParseError(f"the Parquet file is cut or damaged: {reason}; write it again") from error


def _text_columns(file: pq.ParquetFile) -> list[str]:
    return [part.name for part in file.schema_arrow if pa.types.is_string(part.type)]


def _rows_of_file_at_once(file: pq.ParquetFile) -> int:
    """Return how many rows to read at once, by what the rows of the fullest group take.

    Raises:
        ParseError: A row takes more than a row may.
    """
    rows = rows_at_once(len(file.schema_arrow.names))
    for index in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(index)
        each = group.total_byte_size // max(group.num_rows, 1)
        if each > ROW_BYTES_LIMIT:
            raise ParseError(f"its rows take more than {ROW_BYTES_LIMIT >> 20} MiB each")
        rows = min(rows, TEXT_AT_ONCE // max(each, 1))
    return max(rows, 1)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Cut a batch into parts whose texts are not too long together."""
    if batch.num_rows > 1 and _text_size(batch) > TEXT_AT_ONCE:
        half = batch.num_rows // 2
        yield from _parts(batch.slice(0, half))
        yield from _parts(batch.slice(half))
    else:
        yield batch


def _text_size(batch: pa.RecordBatch) -> int:
    """Return the bytes of the texts of a batch, each value counted as often as it comes."""
    size = 0
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            size += pc.sum(lengths.cast(pa.int64())).as_py() or 0
        else:
            size += column.nbytes
    return size

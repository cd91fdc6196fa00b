"""Columns of the raw coverage tables, as Arrow schemas.

A row of a sink has the columns of `FILE_COLUMNS` or `LINE_COLUMNS`, in this order; whoever loads
adds `loaded_at`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

REPORT_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("locator", pa.string()),
        pa.field("repository", pa.string()),
        pa.field("run_id", pa.string()),
        pa.field("run_attempt", pa.int64()),
        pa.field("job_id", pa.string()),
        pa.field("artifact_id", pa.string()),
        pa.field("artifact_name", pa.string()),
        pa.field("head_sha", pa.string()),
        pa.field("path_numbers", pa.string()),
        pa.field("content_sha256", pa.string()),
        pa.field("size_bytes", pa.int64()),
        pa.field("format", pa.string()),
        pa.field("generator", pa.string()),
        pa.field("flag", pa.string()),
        pa.field("parse", pa.string()),
        pa.field("error", pa.string()),
        pa.field("declared_lines_valid", pa.int64()),
        pa.field("declared_lines_covered", pa.int64()),
        pa.field("declared_branches_valid", pa.int64()),
        pa.field("declared_branches_covered", pa.int64()),
        pa.field("lines_valid", pa.int64()),
        pa.field("lines_covered", pa.int64()),
        pa.field("branches_valid", pa.int64()),
        pa.field("branches_covered", pa.int64()),
        pa.field("file_count", pa.int64()),
        pa.field("source_roots", pa.string()),
        pa.field("source_modified_at", pa.timestamp("us", tz="UTC")),
    ]
)
"""One row per coverage report file."""

FILE_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("file_index", pa.int64(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("package", pa.string()),
        pa.field("lines_valid", pa.int64()),
        pa.field("lines_covered", pa.int64()),
        pa.field("branches_valid", pa.int64()),
        pa.field("branches_covered", pa.int64()),
        pa.field("functions_valid", pa.int64()),
        pa.field("functions_covered", pa.int64()),
    ]
)
"""One row per source file of a report; `file_index` counts from 0 in the report's order."""

LINE_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("file_index", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        pa.field("hits", pa.int64()),
        pa.field("branches_valid", pa.int64()),
        pa.field("branches_covered", pa.int64()),
    ]
)
"""One row per coverable source line of a file of a report; lines count from 1."""


def to_record_batch(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Make an Arrow batch of the columns that a sink handed out.

    Args:
        columns: Values per column, all of one length; every column of `schema` must be there.
        schema: One of the schemas of this module.
    """
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[part.name], type=part.type) for part in schema], schema=schema
    )

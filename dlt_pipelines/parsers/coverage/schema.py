"""Columns of the raw coverage tables, as Arrow schemas.

A row of a sink has the columns of `FILE_COLUMNS` or `LINE_COLUMNS`, in this order; whoever loads
adds `loaded_at`.
"""

import pyarrow as pa

from dlt_pipelines.parsers.report_rows import PLACE

REPORT_SCHEMA = pa.schema(
    [
        *PLACE,
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

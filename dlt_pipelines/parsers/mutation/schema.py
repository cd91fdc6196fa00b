"""Columns of the raw mutation tables, as Arrow schemas.

A row of a sink has the columns of `MUTANT_COLUMNS` or `TEST_COLUMNS`, in this order; whoever loads
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
        pa.field("parse", pa.string()),
        pa.field("error", pa.string()),
        pa.field("is_complete", pa.bool_()),
        pa.field("mutant_count", pa.int64()),
        pa.field("detected_count", pa.int64()),
        pa.field("undetected_count", pa.int64()),
        pa.field("invalid_count", pa.int64()),
        pa.field("ignored_count", pa.int64()),
        pa.field("file_count", pa.int64()),
        pa.field("source_modified_at", pa.timestamp("us", tz="UTC")),
    ]
)
"""One row per mutation report file."""

MUTANT_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("mutant_index", pa.int64(), nullable=False),
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("end_line", pa.int64()),
        pa.field("class_name", pa.string()),
        pa.field("function_name", pa.string()),
        pa.field("operator", pa.string()),
        pa.field("replacement", pa.string()),
        pa.field("status", pa.string()),
        pa.field("vendor_status", pa.string()),
        pa.field("killing_tests", pa.string()),
        pa.field("covering_test_count", pa.int64()),
        pa.field("duration_seconds", pa.float64()),
    ]
)
"""One row per mutant of a report; `mutant_index` counts from 0 in the report's order."""

TEST_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("test_index", pa.int64(), nullable=False),
        pa.field("file", pa.string()),
        pa.field("test_name", pa.string()),
        pa.field("covered_mutant_count", pa.int64()),
        pa.field("only_covered_mutant_count", pa.int64()),
        pa.field("covered_files", pa.string()),
    ]
)
"""One row per test that a report names; `test_index` counts from 0 in the report's order.

`covered_files` is a JSON list of paths as the mutants have them.
"""


def to_record_batch(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Make an Arrow batch of the columns that a sink handed out.

    Args:
        columns: Values per column, all of one length; every column of `schema` must be there.
        schema: One of the schemas of this module.
    """
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[part.name], type=part.type) for part in schema], schema=schema
    )

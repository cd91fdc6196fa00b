"""Columns of the raw mutation tables, as Arrow schemas.

A row of a sink has the columns of `MUTANT_COLUMNS` or `TEST_COLUMNS`, in this order; whoever loads
adds `loaded_at`.
"""

import pyarrow as pa

from dlt_pipelines.parsers.report_rows import PLACE

REPORT_SCHEMA = pa.schema(
    [
        *PLACE,
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

`covered_files` is a JSON list of paths as the mutants have them: of those that the test ran
through, or killed where that is all that is told.
"""

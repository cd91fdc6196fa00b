"""Columns of the raw test result tables, as Arrow schemas.

A row of a sink has the columns of `SUITE_COLUMNS` or `CASE_COLUMNS`, in this order; whoever loads
adds `loaded_at`.
"""

import pyarrow as pa

from dlt_pipelines.parsers.report_rows import PLACE

_UTC = pa.timestamp("us", tz="UTC")

REPORT_SCHEMA = pa.schema(
    [
        *PLACE,
        pa.field("parse", pa.string()),
        pa.field("error", pa.string()),
        pa.field("is_complete", pa.bool_()),
        pa.field("declared_tests", pa.int64()),
        pa.field("declared_failed", pa.int64()),
        pa.field("declared_errored", pa.int64()),
        pa.field("declared_skipped", pa.int64()),
        pa.field("declared_time_seconds", pa.float64()),
        pa.field("test_count", pa.int64()),
        pa.field("passed_count", pa.int64()),
        pa.field("failed_count", pa.int64()),
        pa.field("errored_count", pa.int64()),
        pa.field("skipped_count", pa.int64()),
        pa.field("suite_count", pa.int64()),
        pa.field("time_seconds", pa.float64()),
        pa.field("source_modified_at", _UTC),
    ]
)

SUITE_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("suite_index", pa.int64(), nullable=False),
        pa.field("parent_suite_index", pa.int64()),
        pa.field("suite_path", pa.string()),
        pa.field("name", pa.string()),
        pa.field("package", pa.string()),
        pa.field("file", pa.string()),
        pa.field("hostname", pa.string()),
        pa.field("started_at", _UTC),
        pa.field("time_seconds", pa.float64()),
        pa.field("declared_tests", pa.int64()),
        pa.field("declared_failed", pa.int64()),
        pa.field("declared_errored", pa.int64()),
        pa.field("declared_skipped", pa.int64()),
        pa.field("test_count", pa.int64()),
        pa.field("passed_count", pa.int64()),
        pa.field("failed_count", pa.int64()),
        pa.field("errored_count", pa.int64()),
        pa.field("skipped_count", pa.int64()),
        pa.field("properties", pa.string()),
    ]
)

CASE_SCHEMA = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("case_index", pa.int64(), nullable=False),
        pa.field("suite_index", pa.int64()),
        pa.field("suite_path", pa.string()),
        pa.field("suite_name", pa.string()),
        pa.field("class_name", pa.string()),
        pa.field("name", pa.string()),
        pa.field("parameters", pa.string()),
        pa.field("file", pa.string()),
        pa.field("line", pa.int64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("duration_seconds", pa.float64()),
        pa.field("retry_index", pa.int64(), nullable=False),
        pa.field("is_final", pa.bool_(), nullable=False),
        pa.field("failure_type", pa.string()),
        pa.field("failure_message", pa.string()),
        pa.field("failure_details", pa.string()),
        pa.field("failure_hash", pa.string()),
        pa.field("has_system_out", pa.bool_(), nullable=False),
        pa.field("has_system_err", pa.bool_(), nullable=False),
        pa.field("owner_tag", pa.string()),
        pa.field("is_synthetic", pa.bool_(), nullable=False),
        pa.field("properties", pa.string()),
    ]
)

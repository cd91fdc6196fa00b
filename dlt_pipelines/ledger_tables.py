"""The tables in which loads tell of themselves, with plain SQL types."""

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")

TABLES = {
    "quality.source_loads": pa.schema(
        [
            ("source", pa.string()),
            ("mode", pa.string()),
            ("started_at", INSTANT),
            ("finished_at", INSTANT),
            ("seconds", pa.float64()),
            ("seen_count", pa.int64()),
            ("loaded_count", pa.int64()),
            ("unchanged_count", pa.int64()),
            ("partial_count", pa.int64()),
            ("rejected_count", pa.int64()),
            ("row_count", pa.int64()),
            ("byte_count", pa.int64()),
            ("cursor_at", INSTANT),
            ("loaded_at", INSTANT),
        ]
    ),
    "quality.seen_files": pa.schema(
        [
            ("source", pa.string()),
            ("locator", pa.string()),
            ("fingerprint", pa.string()),
            ("loaded_at", INSTANT),
        ]
    ),
    # what is usual for the fields of a vendor's objects; the newest word on a field counts
    "quality.known_fields": pa.schema(
        [
            ("source", pa.string()),
            ("object_kind", pa.string()),
            ("field_path", pa.string()),
            ("field_type", pa.string()),
            ("is_always", pa.bool_()),
            ("loaded_at", INSTANT),
        ]
    ),
    "quality.schema_drift": pa.schema(
        [
            ("source", pa.string()),
            ("object_kind", pa.string()),
            ("field_path", pa.string()),
            ("drift_kind", pa.string()),
            ("usual_type", pa.string()),
            ("example_type", pa.string()),
            ("is_read", pa.bool_()),
            ("object_count", pa.int64()),
            ("loaded_at", INSTANT),
        ]
    ),
    "quarantine.rejected_files": pa.schema(
        [
            ("source", pa.string()),
            ("locator", pa.string()),
            ("content_sha256", pa.string()),
            ("size_bytes", pa.int64()),
            ("reason", pa.string()),
            ("error_class", pa.string()),
            ("kept_as", pa.string()),
            ("loaded_at", INSTANT),
        ]
    ),
    "quarantine.rejected_rows": pa.schema(
        [
            ("source", pa.string()),
            ("table_name", pa.string()),
            ("row_number", pa.int64()),
            ("row", pa.string()),
            ("reason", pa.string()),
            ("loaded_at", INSTANT),
        ]
    ),
}

_SQL_TYPES = {
    "string": "varchar",
    "bool": "boolean",
    "int16": "bigint",
    "int32": "bigint",
    "int64": "bigint",
    "double": "double",
    "date32[day]": "date",
}

# Written while a run is under way, so rolled back with it.
NOTES = (
    "quality.seen_files",
    "quality.known_fields",
    "quality.schema_drift",
    "quarantine.rejected_files",
    "quarantine.rejected_rows",
)


def sql_type(kind: pa.DataType) -> str:
    """Return the DuckDB type that dlt gives a column of an Arrow type."""
    if kind == INSTANT:
        return "timestamp with time zone"
    return _SQL_TYPES[str(kind)]

"""Arrow schemas of the coverage tables, and the columns a coverage parser fills itself.

One place for names, order and types: the parsers write `FILE_COLUMNS` and `LINE_COLUMNS`, the
source that loads them adds `report_id` and `loaded_at` and ends with `FILES` and `LINES`.
"""

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", tz="UTC")

REPORTS = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("locator", pa.string(), nullable=False),
        ("repository", pa.string()),
        ("run_id", pa.string()),
        ("run_attempt", pa.int64()),
        ("job_id", pa.string()),
        ("artifact_id", pa.string()),
        ("artifact_name", pa.string()),
        ("head_sha", pa.string()),
        ("path_numbers", pa.string()),
        ("content_sha256", pa.string()),
        ("size_bytes", pa.int64()),
        ("format", pa.string()),
        ("generator", pa.string()),
        ("flag", pa.string()),
        ("parse", pa.string()),
        ("error", pa.string()),
        ("declared_lines_valid", pa.int64()),
        ("declared_lines_covered", pa.int64()),
        ("declared_branches_valid", pa.int64()),
        ("declared_branches_covered", pa.int64()),
        ("lines_valid", pa.int64()),
        ("lines_covered", pa.int64()),
        ("branches_valid", pa.int64()),
        ("branches_covered", pa.int64()),
        ("file_count", pa.int64()),
        ("source_modified_at", TIMESTAMP),
        ("loaded_at", TIMESTAMP),
    ]
)
"""One row per coverage report file."""

FILES = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("file_index", pa.int64(), nullable=False),
        ("path", pa.string()),
        ("package", pa.string()),
        ("lines_valid", pa.int64()),
        ("lines_covered", pa.int64()),
        ("branches_valid", pa.int64()),
        ("branches_covered", pa.int64()),
        ("functions_valid", pa.int64()),
        ("functions_covered", pa.int64()),
        ("loaded_at", TIMESTAMP),
    ]
)
"""One row per source file of a report; `file_index` counts from 0 in the report's order."""

LINES = pa.schema(
    [
        pa.field("report_id", pa.string(), nullable=False),
        pa.field("file_index", pa.int64(), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
        ("hits", pa.int64()),
        ("branches_valid", pa.int64()),
        ("branches_covered", pa.int64()),
        ("loaded_at", TIMESTAMP),
    ]
)
"""One row per coverable source line of a file of a report (lines count from 1)."""

ADDED_BY_THE_SOURCE = ("report_id", "loaded_at")
FILE_COLUMNS = tuple(name for name in FILES.names if name not in ADDED_BY_THE_SOURCE)
LINE_COLUMNS = tuple(name for name in LINES.names if name not in ADDED_BY_THE_SOURCE)

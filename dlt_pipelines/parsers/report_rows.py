"""What raw tables of reports have in common, whatever the reports are about."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

PLACE = (
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
)
"""The first columns of every table of reports: where a report lay, whose it is, what wrote it."""


def to_record_batch(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Make an Arrow batch of the columns that a sink handed out.

    Args:
        columns: Values per column, all of one length; every column of `schema` must be there.
        schema: Columns of one of the tables.
    """
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[part.name], type=part.type) for part in schema], schema=schema
    )

"""Columns of the raw tables of changed lines."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_TEXT = pa.string()

COMPARISONS = pa.schema(
    [
        ("repository", _TEXT),
        ("head_sha", _TEXT),
        ("named_base_sha", _TEXT),
        ("named_by", _TEXT),
        ("base_sha", _TEXT),
        ("is_whole", pa.bool_()),
    ]
)
HUNKS = pa.schema(
    [
        ("repository", _TEXT),
        ("head_sha", _TEXT),
        ("base_sha", _TEXT),
        ("path", _TEXT),
        ("previous_path", _TEXT),
        ("change_type", _TEXT),
        ("first_line", pa.int64()),
        ("line_count", pa.int64()),
    ]
)
SCHEMAS = {"comparisons": COMPARISONS, "hunks": HUNKS}

Batch = tuple[str, pa.Table]


def table_of(name: str, rows: Sequence[tuple[Any, ...]]) -> Batch:
    """Return rows of one raw table with its name."""
    schema = SCHEMAS[name]
    columns = list(zip(*rows, strict=True))
    arrays = [
        pa.array(column, type=part.type) for part, column in zip(schema, columns, strict=True)
    ]
    return name, pa.table(arrays, schema=schema)

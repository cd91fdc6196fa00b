"""Columns of the raw tables of CODEOWNERS."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

_TEXT = pa.string()
_UTC = pa.timestamp("us", tz="UTC")

SCHEMAS = {
    # One row per version of a CODEOWNERS file on the default branch.
    "files": pa.schema(
        [
            ("repository", _TEXT),
            ("path", _TEXT),
            ("sha", _TEXT),
            ("committed_at", _UTC),
            ("dialect", _TEXT),
            ("content", _TEXT),
        ]
    ),
    # One row per rule of a version; owners as JSON, section of GitLab's dialect only.
    "rules": pa.schema(
        [
            ("repository", _TEXT),
            ("path", _TEXT),
            ("sha", _TEXT),
            ("line", pa.int64()),
            ("pattern", _TEXT),
            ("owners", _TEXT),
            ("section", _TEXT),
        ]
    ),
    # One row per path and time in which its owners did not change; newest load per repository.
    "path_owners": pa.schema(
        [
            ("repository", _TEXT),
            ("path", _TEXT),
            ("owners", _TEXT),
            ("rule_pattern", _TEXT),
            ("rule_line", pa.int64()),
            ("codeowners_sha", _TEXT),
            ("valid_from", _UTC),
            ("valid_to", _UTC),
        ]
    ),
}

Batch = tuple[str, pa.Table]


def table_of(name: str, rows: Sequence[tuple[Any, ...]]) -> Batch:
    """An Arrow table of rows, each with the columns of `SCHEMAS[name]` in their order."""
    schema = SCHEMAS[name]
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(column, type=part.type) for part, column in zip(schema, columns, strict=True)
    ]
    return name, pa.table(arrays, schema=schema)

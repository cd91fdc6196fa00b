"""Values on their way into Arrow columns that not every value fits."""

from typing import Any

import pyarrow as pa

from dlt_pipelines.parsers.columns import Columns


def storable(columns: Columns, schema: pa.Schema) -> Columns:
    """Return the columns with every value that does not fit its type replaced or made NULL."""
    return {
        part.name: [_storable_value(value, part.type) for value in columns[part.name]]
        for part in schema
    }


def _storable_value(value: Any, kind: pa.DataType) -> Any:
    if isinstance(value, str) and pa.types.is_string(kind):
        return value.encode("utf-8", "replace").decode("utf-8")
    try:
        return pa.scalar(value, type=kind).as_py()
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None

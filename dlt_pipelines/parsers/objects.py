"""What readers of vendors' JSON objects have in common: rows by table, and what was not kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

_TYPES = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "bool": pa.bool_(),
    "double": pa.float64(),
    "at": pa.timestamp("us", tz="UTC"),
}


class ObjectError(Exception):
    """An object can't become a row; the message is a sentence for people."""


@dataclass(slots=True)
class Findings:
    """What was found in one document.

    Attributes:
        rows: Pairs of a table's name and a row of its schema, in the order of the document.
        not_kept: Number of objects by kind which the vendor has but no table keeps.
        rejected: Pairs of an object that could not become a row and the reason, a sentence.
        named: Ids of objects that something happened to, of which the document says no more.
    """

    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    not_kept: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[Any, str]] = field(default_factory=list)
    named: list[str] = field(default_factory=list)


def schema_of(columns: str) -> pa.Schema:
    """Return an Arrow schema of words such as `incident_id:text opened_at:at`, in their order.

    The types are `text`, `bigint`, `double`, `bool` and `at`, an instant in UTC.
    """
    pairs = (column.split(":") for column in columns.split())
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in pairs])


def schemas_of(tables: Mapping[str, str]) -> dict[str, pa.Schema]:
    """Return the schemas of several tables, see `schema_of`."""
    return {table: schema_of(columns) for table, columns in tables.items()}


def identifier(item: Mapping[str, Any], *names: str) -> str:
    """Return the first of these members that is a text which is not empty, or a number.

    Raises:
        ObjectError: There is none.
    """
    for name in names:
        value = item.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    raise ObjectError(f"`{names[0]}` is missing or empty")

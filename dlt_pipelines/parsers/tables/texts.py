"""Values of formats with types as the texts that the other formats have, every digit kept."""

import json
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from dlt_pipelines.parsers.json_limits import cut_deep

WHOLE_NUMBERS = 2**53
"""Below it a number with a point holds every whole number."""
# Of more than 64 bits, or near it; anywhere in a line, because that is enough to look closer.
_LONG_NUMBER = re.compile(rb"\d{19}")
_NO_NUMBER = re.compile(rb"\b(?:NaN|Infinity)\b")


def read_object(line: bytes) -> Any:
    """Read a line with every digit of its numbers, and with NaN, which is Python's own JSON.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        row = cut_deep(orjson.loads(line))
    except orjson.JSONDecodeError:
        if not _NO_NUMBER.search(line):
            raise
    else:
        if not _LONG_NUMBER.search(line):
            return row
    row = cut_deep(json.loads(line))
    json.dumps(row, ensure_ascii=False).encode()  # half a character passes the reader
    return row


def texts_of_numbers(values: list[str | float | None]) -> list[str | None]:
    """Return texts; numbers with a point are whole where all of a column are, as in Parquet."""
    numbers = [value for value in values if isinstance(value, float) and not math.isnan(value)]
    is_whole = all(value.is_integer() and abs(value) < WHOLE_NUMBERS for value in numbers)
    return [
        value if not isinstance(value, float) else _number_text(value, is_whole=is_whole)
        for value in values
    ]


def _number_text(value: float, *, is_whole: bool) -> str | None:
    if math.isnan(value):
        return None
    return str(int(value)) if is_whole else repr(value)


def as_text(value: Any) -> str | None:
    """Return one value as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(
            value.to_integral_value() if value == value.to_integral_value() else value, "f"
        )
    if isinstance(value, timedelta):
        return as_text(value.total_seconds())
    if isinstance(value, UUID | time):
        return str(value)
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # a number of more than 64 bits somewhere in it
        return json.dumps(value, default=str, ensure_ascii=False, separators=(",", ":"))


def texts_of(values: pa.Array) -> pa.Array:
    """Return a typed column as texts, as a CSV file would have them."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return texts_of(values.dictionary_decode())
    if pa.types.is_string(kind):
        return values
    if pa.types.is_integer(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind):
        return values.cast(pa.string())
    if pa.types.is_floating(kind):
        wide = values.cast(pa.float64())
        is_whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less(pc.abs(wide), WHOLE_NUMBERS))
        if pc.all(is_whole).as_py() is not False:
            return wide.cast(pa.int64()).cast(pa.string())
        values = wide
    elif pa.types.is_timestamp(kind):
        values = values.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array(
            [None if one is None else one.decode("utf-8", "replace") for one in values.to_pylist()],
            pa.string(),
        )
    return pa.array([_scalar_text(one) for one in values], pa.string())


def _scalar_text(value: pa.Scalar) -> str | None:
    try:
        return as_text(value.as_py())
    except (OverflowError, ValueError):
        return f"{value.value} beyond all years"

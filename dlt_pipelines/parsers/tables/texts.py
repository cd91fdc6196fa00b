"""Values of formats with types as the texts that the other formats have, every digit kept."""

import json
import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

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
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        if not _NO_NUMBER.search(line):
            raise
    else:
        if not _LONG_NUMBER.search(line):
            return row
    row = json.loads(line)
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

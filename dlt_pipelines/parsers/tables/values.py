"""Texts of a table to values, each once however often it stands there."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

import pyarrow as pa

from dlt_pipelines.parsers.tables.model import BOOLEAN, INSTANT, INTEGER, NUMBER, WORD, Column

_EMPTY_WORDS = frozenset({"", "null", "none", "na", "n/a", "nan", "nat", "\\n", "-"})
_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?\d{1,19}(\.0+)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_SPACED_OFFSET = re.compile(r"(?<=\d)\s+(UTC|GMT|Z|[+-]\d{2}:?\d{2})$")
# A zone whose offset nobody can know for sure: CET, IST and their like; PM is one, too.
_ZONE_WORD = re.compile(
    r"\b(?!(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ut|utc|gmt)"
    r"[a-z]*\b)[a-z]{2,}\b",
    re.IGNORECASE,
)
_SHORT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")
# Numbers of seconds, milliseconds, microseconds and nanoseconds between 1973 and 5138; of
# milliseconds from 1990 on, as 202601311200 is a date without marks and no time of 1976.
_EPOCH_UNITS = ((1e8, 1e11, 1), (6.3e11, 1e14, 1e3), (1e14, 1e17, 1e6), (1e17, 9e18, 1e9))
_YEARS = range(1970, 2200)
_SHOWN = 60


def converter(column: Column) -> Callable[[str], Any]:
    """Return the function that makes a value of a column's text.

    It returns None for what means "no value" and raises ValueError with the reason.
    """
    converters: dict[str, Callable[[str], Any]] = {
        INTEGER: partial(_integer, column.largest),
        NUMBER: partial(_number, column.largest),
        BOOLEAN: _boolean,
        INSTANT: instant,
        WORD: partial(_word, column.words),
    }
    return converters[column.type]


def converted(texts: pa.Array, column: Column) -> tuple[pa.Array, dict[int, str]]:
    """Return the values of a column, and the reason for each row whose text is none.

    Args:
        texts: Texts, trimmed; empty ones are NULL.
        column: A column that is no text.
    """
    convert = converter(column)
    coded = texts.dictionary_encode()
    values: list[Any] = []
    reasons: dict[int, str] = {}
    for code, text in enumerate(coded.dictionary.to_pylist()):
        value = None
        try:
            value = None if text.lower() in _EMPTY_WORDS else convert(text)
        except (ValueError, OverflowError) as error:
            reasons[code] = f"`{column.name}` is `{text[:_SHOWN]}`, {error}"
        values.append(value)
    array = pa.array(values, column.arrow_type).take(coded.indices)
    if not reasons:
        return array, {}
    by_row = {
        row: reasons[code] for row, code in enumerate(coded.indices.to_pylist()) if code in reasons
    }
    return array, by_row


def _integer(largest: int, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("which is no whole number")
    value = int(text.partition(".")[0])
    if not 0 <= value <= largest:
        raise ValueError(f"which is not between 0 and {largest}")
    return value


def _number(largest: int, text: str) -> float | None:
    if not _NUMBER.fullmatch(text):
        raise ValueError("which is no number; write one such as 12.5")
    value = float(text)
    if value > largest:
        raise ValueError(f"which is larger than {largest}")
    # Tools write -1 for what they did not measure.
    return value if value >= 0 else None


def _boolean(text: str) -> bool:
    word = text.lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ValueError("which is neither true nor false")


def _word(words: Mapping[str, str], text: str) -> str:
    found = words.get("".join(filter(str.isalnum, text.lower())))
    if found is None:
        known = ", ".join(sorted(set(words.values())))
        raise ValueError(f"which is none of the known words ({known}, and what others call them)")
    return found


def instant(text: str) -> datetime:
    """Read an ISO 8601 text or a number since 1970; without an offset it is UTC.

    Raises:
        ValueError: It is neither.
    """
    found = _from_number(text) or _from_text(text)
    if found is None:
        raise ValueError(
            "which is no instant; write ISO 8601 such as 2026-01-31T12:00:00Z, or seconds since "
            "1970"
        )
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if aware.year not in _YEARS:
        raise ValueError(f"which is not between {_YEARS.start} and {_YEARS.stop}")
    return aware


def _from_number(text: str) -> datetime | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    for lowest, highest, unit in _EPOCH_UNITS:
        if lowest <= value < highest:
            return datetime.fromtimestamp(round(value / unit * 1e6) / 1e6, UTC)
    return None


def _from_text(text: str) -> datetime | None:
    tidy = _SPACED_OFFSET.sub(lambda found: found[1], text)
    tidy = tidy.removesuffix("UTC").removesuffix("GMT") if tidy.endswith(("UTC", "GMT")) else tidy
    if len(tidy) > len("2026-01-31"):
        tidy = _SHORT_OFFSET.sub(r"\1:\2", tidy)
    try:
        return datetime.fromisoformat(tidy)
    except ValueError:
        pass
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    # The zones that it does not know it leaves out, as if the time were UTC.
    return None if found.tzinfo is None and _ZONE_WORD.search(text) else found

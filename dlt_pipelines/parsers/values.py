"""Numbers and times as reports write them; what isn't one becomes None, never zero."""

import math
import re
from datetime import UTC, datetime
from typing import Any

_COUNT_LIMIT = 2**53
_SECONDS_LIMIT = 1e12
_DURATION = re.compile(r"^([0-9.,]+(?:[eE][+-]?[0-9]{1,3})?)\s*(ms|s|sec|secs|seconds?|m|min|h)?$")
_UNIT_SECONDS = {"ms": 0.001, "m": 60.0, "min": 60.0, "h": 3600.0}
_CLOCK = re.compile(r"^(?:(\d{1,6})[.:](?=\d+:\d+:))?(\d{1,3}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$")
_ISO_DURATION = re.compile(
    r"^P(?:(\d{1,6})D)?T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:\.\d{1,9})?)S)?$"
)
_FRACTION = re.compile(r"\.(\d{7,})")
_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")
_ZONE = re.compile(r" ?([A-Z]{3,4})$")
_ZONES = {
    "UTC": "+00:00", "GMT": "+00:00", "CET": "+01:00", "CEST": "+02:00",
    "EST": "-05:00", "EDT": "-04:00", "CDT": "-05:00", "MST": "-07:00",
    "MDT": "-06:00", "PST": "-08:00", "PDT": "-07:00",
}  # fmt: skip
"""Names of zones that mean one thing; `IST` and `CST` are those of several countries."""
_FIRST_YEAR = 1970
"""Nothing was reported before: .NET and Go write their year 1 where a time was never set."""


def clean(text: str) -> str:
    """Replace what no table may hold: lone surrogates and zero characters."""
    if text.isascii():
        return text.replace("\0", "\ufffd") if "\0" in text else text
    return text.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "\ufffd")


def to_count(value: Any) -> int | None:
    """Return a total of a header: a whole number from 0 on, also as `1,234`, `3.0` or a number."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().replace(",", "")
        if not value.isdecimal() or len(value) > 16:
            try:
                value = float(value)
            except ValueError:
                return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not 0 <= number <= _COUNT_LIMIT or number != int(number):
        return None
    return int(value)


def to_seconds(value: Any) -> float | None:
    """Return a duration in seconds.

    `1,234.56` is 1234.56 and `0,5` is 0.5: a comma before a point or repeated groups thousands, a
    lone comma is a decimal one. A unit (`ms`, `s`, `m`, `h`), a clock (`00:00:01.5`) or ISO 8601's
    words (`PT1M2.5S`) may be there. Negative, endless and non-numeric durations are None.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        clock = (_ISO_DURATION if text[:1] == "P" else _CLOCK).match(text)
        if clock:
            days, hours, minutes, seconds = clock.groups(default="0")
            return int(days) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds)
        found = _DURATION.match(text)
        if not found:
            return None
        scale = _UNIT_SECONDS.get(found[2] or "s", 1.0)
        try:
            seconds_value = float(_without_groups(found[1])) * scale
        except ValueError:
            return None
    else:
        try:
            seconds_value = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
    return seconds_value if 0 <= seconds_value < _SECONDS_LIMIT else None


def _without_groups(digits: str) -> str:
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma < 0:
        return digits
    if point > comma or digits.count(",") > 1:
        return digits.replace(",", "")
    return digits.replace(".", "").replace(",", ".")


def scaled_seconds(value: Any, units_per_second: float) -> float | None:
    """Return a duration given in other units, as `scaled_seconds(1500, 1000)` for milliseconds."""
    number = to_seconds(value)
    return None if number is None else number / units_per_second


def to_timestamp(value: Any) -> datetime | None:
    """Return a point in time in UTC.

    Takes ISO 8601 with or without zone (without one it is UTC), also with the zone's name or a
    blank behind the `T`, and seconds or milliseconds since 1970. Anything else is None.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
        return _from_epoch(value)
    if not isinstance(value, str):
        return None
    text = _FRACTION.sub(lambda found: "." + found[1][:6], value.strip())
    text = _OFFSET.sub(r"\1:\2", text).replace("T ", "T", 1)
    text = _ZONE.sub(lambda found: _ZONES.get(found[1], found[0]), text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment.year >= _FIRST_YEAR else None


def _from_epoch(value: Any) -> datetime | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number) or number <= 0:
        return None
    seconds = number / 1000 if number > 1e11 else number
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return None


def to_line(value: Any) -> int | None:
    """Return a line number, from 1 on."""
    number = to_count(value)
    return number if number and number < 2**31 else None

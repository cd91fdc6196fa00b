"""JSON values → column values. What is missing or of another type is NULL, never a guess."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text

_LARGEST_BIGINT = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_EPOCH_SECONDS = 253_402_300_799  # 9999-12-31T23:59:59Z
_SHORTEST_MOMENT = len("2026-01-01T00:00:00")
# `2021-04-28 21:50:00 +0200`, `2016-08-12 15:23:28 UTC`: how webhooks write what the API has in ISO
_SPACED = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?: ?(UTC|[+-]\d\d:?\d\d))?$")


def text(value: Any) -> str | None:
    """Return text as sent, numbers as their digits, anything else as NULL."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def integer(value: Any) -> int | None:
    """Return a whole number that fits a BIGINT, also when it was sent as text."""
    if type(value) is not int:
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:20])  # longer digits are out of range however they go on
        elif isinstance(value, float) and value.is_integer():
            value = int(value)
        else:
            return None
    return value if -_LARGEST_BIGINT <= value <= _LARGEST_BIGINT else None


def flag(value: Any) -> bool | None:
    """Return a truth value, or NULL."""
    return value if isinstance(value, bool) else None


def moment(value: Any) -> datetime | None:
    """Return a moment in UTC from ISO 8601 text or, as `push` deliveries send it, epoch seconds.

    Text without a zone is UTC, as everything of this vendor is; year 1 is its way to say "never".
    """
    if type(value) is not str:
        if type(value) is int and 0 < value <= _LATEST_EPOCH_SECONDS:
            return _EPOCH + timedelta(seconds=value)
        return None
    if len(value) < _SHORTEST_MOMENT:
        return None
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is UTC and parsed.year > 1:
            return parsed
        parsed = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.year > 1 else None


def instant(value: Any) -> datetime | None:
    """Return a moment in UTC, also from the spaced text of the webhooks of GitLab and Buildkite."""
    if isinstance(value, str):
        found = _SPACED.match(value.strip())
        if found:
            zone = "+00:00" if found[3] in (None, "UTC") else found[3]
            return moment(f"{found[1]}T{found[2]}{zone}")
    return moment(value)


def login(value: Any) -> str | None:
    """Return the login of an account object; deleted accounts are sent as null."""
    return text(value.get("login")) if isinstance(value, dict) else None


def member(value: Any, name: str) -> Any:
    """Return a member of an object, or None where the value is no object."""
    return value.get(name) if isinstance(value, dict) else None


def names_json(value: Any) -> str | None:
    """Return a list of names as JSON text; elements are names or objects with a name, or gone."""
    if not isinstance(value, list):
        return None
    names = [member(item, "name") if isinstance(item, dict) else item for item in value]
    return json_text([name for name in names if name is not None])

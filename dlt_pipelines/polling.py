"""What sources that poll an API have in common: settings of time and patience."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dlt_pipelines.config import ConfigurationError

_MODES = ("files", "api")
_REQUEST_LIMIT = 20_000
_TIMEOUT_SECONDS = 60
_FIRST_LOAD_DAYS = 90
_SECOND = timedelta(seconds=1)
_LOOKBACK_DAYS = 31  # a run of CI can be started again for 30 days


@dataclass(frozen=True, slots=True)
class Patience:
    """Which span of time one load is to read, and with what patience.

    Attributes:
        since: First instant.
        until: Last second, which belongs to the span as a whole.
        is_since_set: True when the settings say since when.
        is_backfill: True when the span has an end of its own, and the present is left alone.
        lookback: How far back the present reaches.
        request_limit: Requests that the load may make.
        timeout_seconds: Patience with a silent server.
    """

    since: datetime
    until: datetime
    is_since_set: bool
    is_backfill: bool
    lookback: timedelta
    request_limit: int
    timeout_seconds: float

    @property
    def before(self) -> datetime:
        """First instant after the span; vendors' times have parts of a second."""
        return self.until + _SECOND

    def as_of(self, server_at: datetime | None) -> "Patience":
        """Return the span up to what is now for the server, whose times those of its things are.

        Where this machine's clock is ahead, the span would else count as read up to a time that has
        not come, and what changes until then would never be asked for.
        """
        if server_at is None or not self.since <= server_at < self.until:
            return self
        return replace(self, until=server_at)


def patience(options: Mapping[str, Any], section: str, now: datetime) -> Patience:
    """Return what `since`, `until`, `lookback_days`, `request_limit`, `timeout_seconds` ask for.

    Raises:
        ConfigurationError: A setting is wrong.
    """
    now = now.replace(microsecond=0)
    since = instant_option(options, section, "since", time.min)
    until = instant_option(options, section, "until", time(23, 59, 59))
    start, end = since or now - timedelta(days=_FIRST_LOAD_DAYS), min(until or now, now)
    if since is None:
        # midnight, so that the span of one day's loads stays the same
        start = datetime.combine(start.date(), time.min, UTC)
    if start > end:
        raise ConfigurationError(f"`{section}.since` is later than `until` or now")
    return Patience(
        since=start,
        until=end,
        is_since_set=since is not None,
        is_backfill=until is not None and until < now,
        lookback=timedelta(days=number_option(options, section, "lookback_days", _LOOKBACK_DAYS)),
        request_limit=int(number_option(options, section, "request_limit", _REQUEST_LIMIT)),
        timeout_seconds=number_option(options, section, "timeout_seconds", _TIMEOUT_SECONDS),
    )


def mode_of(options: Mapping[str, Any], section: str) -> str:
    """Return how a source reads.

    Raises:
        ConfigurationError: The setting is wrong.
    """
    mode = options.get("mode", "files")
    if mode not in _MODES:
        raise ConfigurationError(f"`{section}.mode` is `{mode}`; write one of {', '.join(_MODES)}")
    return str(mode)


def number_option(options: Mapping[str, Any], section: str, key: str, default: float) -> float:
    """Return a setting that is a number above 0.

    Raises:
        ConfigurationError: It is something else.
    """
    value = options.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ConfigurationError(f"`{section}.{key}` is `{value}`; write a number above 0")
    return value


def instant_option(options: Mapping[str, Any], section: str, key: str, at: time) -> datetime | None:
    """Return a setting that is a day or an instant, to the second; a day means its time `at`.

    Raises:
        ConfigurationError: It is something else.
    """
    value = options.get(key)
    if value is None:
        return None
    found = value if isinstance(value, date) else None
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            has_time = len(value) > len("2026-01-01")
            found = (datetime if has_time else date).fromisoformat(value)
    if found is None:
        raise ConfigurationError(f"`{section}.{key}` is `{value}`; write a day such as 2026-01-31")
    if not isinstance(found, datetime):
        return datetime.combine(found, at, UTC)
    aware = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.replace(microsecond=0)

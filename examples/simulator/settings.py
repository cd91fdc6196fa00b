"""What a simulation is made of: seed, volume and time frame. Never the clock of the machine."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

OWNER = "simulated-org"
ORGANISATION = "Simulated Organisation"
START = datetime(2026, 6, 1, tzinfo=UTC)
API = "https://api.github.com"
WEB = "https://github.com"
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulation.

    Args:
        seed: every random choice follows from it.
        scale: multiplies runs and test results; 1.0 is about 8 000 runs and 400 000 results.
        days: length of the period; the first day is always 2026-06-01.
    """

    seed: int = 7
    scale: float = 1.0
    days: int = 120

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"`--scale {self.scale}` makes nothing: give a number above 0")
        if self.days < 28:
            raise ValueError(f"`--days {self.days}` is too short: give at least 28 days")

    @property
    def repository_count(self) -> int:
        """How many repositories: volume grows by their number and by the runs in each."""
        return max(4, round(12 * self.scale**0.5))

    @property
    def density(self) -> float:
        """Runs of one repository relative to the default volume."""
        return 12 * self.scale / self.repository_count

    @property
    def start(self) -> int:
        """First second of the period, in seconds of the Unix epoch (a Monday, UTC)."""
        return int(START.timestamp())

    @property
    def end(self) -> int:
        """The moment at which the organisation was looked at: 17:30 UTC of the last day."""
        return self.start + (self.days - 1) * DAY + 17 * HOUR + 30 * MINUTE

    def at(self, fraction: float, hour: float = 0.0) -> int:
        """Seconds of the day that lies at `fraction` of the period, at `hour` o'clock UTC."""
        return self.start + int(self.days * fraction) * DAY + int(hour * HOUR)

    def random(self, *topic: object) -> random.Random:
        """A generator of its own for a topic, so that parts do not disturb each other."""
        return random.Random(":".join(str(part) for part in (self.seed, *topic)))


def stamp(second: int | None) -> str | None:
    """The time in the form of the GitHub API, `2026-06-01T08:00:00Z`."""
    if second is None:
        return None
    minute, seconds = divmod(second % DAY, MINUTE)
    return f"{_day(second // DAY)}T{minute // 60:02d}:{minute % 60:02d}:{seconds:02d}Z"


def week_start(second: int) -> str:
    """Monday of the ISO week (UTC) as `YYYY-MM-DD`."""
    day = second // DAY
    return _day(day - (day + 3) % 7)


@cache
def _day(day: int) -> str:
    """Day number of the Unix epoch as `YYYY-MM-DD`."""
    return _at(day * DAY).strftime("%Y-%m-%d")


def is_weekend(second: int) -> bool:
    """Whether the second falls on Saturday or Sunday (UTC)."""
    return _at(second).weekday() >= 5


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)

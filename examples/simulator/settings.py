"""What a simulation is made of: seed, volume and time frame. Never the clock of the machine."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

OWNER = "simulated-org"
ORGANISATION = "Simulated Organisation"
START = date(2026, 6, 1)
SHORTEST = 3
API = "https://api.github.com"
WEB = "https://github.com"
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulation.

    Args:
        seed: every random choice follows from it.
        scale: multiplies runs and test results; 1.0 is about 8 000 runs and 400 000 results.
        days: length of the period.
        first_day: date (UTC) of its first day.
        time_zone: business time zone, IANA name: where the truth cuts days and weeks. People keep
            the same hours of UTC wherever they are.
        repositories: how many there are, when volume shall not decide it.
    """

    seed: int = 7
    scale: float = 1.0
    days: int = 120
    first_day: date = START
    time_zone: str = "UTC"
    repositories: int | None = None

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"`--scale {self.scale}` makes nothing: give a number above 0")
        if self.days < SHORTEST:
            raise ValueError(f"`--days {self.days}` is too short: give at least {SHORTEST} days")
        if self.repositories is not None and self.repositories < 1:
            raise ValueError(f"`--repositories {self.repositories}` is nobody: give at least 1")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError) as error:
            raise ValueError(f"`--time-zone {self.time_zone}` is no IANA time zone") from error

    @property
    def repository_count(self) -> int:
        """How many repositories: volume grows by their number and by the runs in each."""
        return self.repositories or max(4, round(12 * self.scale**0.5))

    @property
    def density(self) -> float:
        """Runs of one repository relative to the default volume."""
        return 12 * self.scale / self.repository_count

    @property
    def start(self) -> int:
        """First second of the period, in seconds of the Unix epoch (0 o'clock UTC)."""
        return int(datetime.combine(self.first_day, time(), UTC).timestamp())

    @property
    def end(self) -> int:
        """The moment at which the organisation was looked at: 17:30 UTC of the last day."""
        return self.start + (self.days - 1) * DAY + 17 * HOUR + 30 * MINUTE

    def at(self, fraction: float, hour: float = 0.0) -> int:
        """Seconds of the day that lies at `fraction` of the period, at `hour` o'clock UTC."""
        return self.start + int(self.days * fraction) * DAY + int(hour * HOUR)

    def monday(self, day: int) -> int:
        """The Monday before or at a day of the period (0 is the first); it can lie before it."""
        return day - (day + self.first_day.weekday()) % 7

    def local(self, second: int) -> datetime:
        """What the clocks of the business show at a second."""
        return _local(second, self.time_zone)

    def week_start(self, second: int) -> str:
        """Monday of the ISO week of the business as `YYYY-MM-DD`."""
        return _monday(_local(second - second % (HOUR // 4), self.time_zone).date())

    def day_count(self, since: int, until: int) -> int:
        """Calendar days of the business from one second to the other, both counted."""
        return (self.local(until).date() - self.local(since).date()).days + 1

    def random(self, *topic: object) -> random.Random:
        """A generator of its own for a topic, so that parts do not disturb each other."""
        return random.Random(":".join(str(part) for part in (self.seed, *topic)))


def stamp(second: int | None) -> str | None:
    """The time in the form of the GitHub API, `2026-06-01T08:00:00Z`."""
    if second is None:
        return None
    minute, seconds = divmod(second % DAY, MINUTE)
    return f"{_day(second // DAY)}T{minute // 60:02d}:{minute % 60:02d}:{seconds:02d}Z"


@cache
def _day(day: int) -> str:
    """Day number of the Unix epoch as `YYYY-MM-DD`."""
    return _at(day * DAY).strftime("%Y-%m-%d")


@cache
def _monday(day: date) -> str:
    return (day - timedelta(days=day.weekday())).isoformat()


@cache
def _local(second: int, zone: str) -> datetime:
    return datetime.fromtimestamp(second, tz=ZoneInfo(zone))


def is_weekend(second: int) -> bool:
    """Whether the second falls on Saturday or Sunday (UTC)."""
    return _at(second).weekday() >= 5


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)

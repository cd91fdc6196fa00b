"""What can be asked, and the check of it. Nothing a user wrote leaves here as text of SQL."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from testops.errors import UsageError
from testops.metrics.definitions import BOOLEAN, DATE, NUMBER, Dimension
from testops.metrics.words import shown

GRAINS = ("total", "day", "week", "month", "quarter")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "in", "not in", "is null", "is not null")
LONGEST_TEXT = 1000
MOST_VALUES = 100
MOST_NAMES = 200
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)

Value = str | bool | int | float | date

_WHERE = re.compile(
    r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*"
    r"(!=|<=|>=|=|<|>|\bnot\s+in\b|\bin\b|\bis\s+not\s+null\b|\bis\s+null\b)\s*(.*)",
    re.DOTALL | re.IGNORECASE,
)
_WINDOW = re.compile(r"([1-9][0-9]{0,4})([dw])")


@dataclass(frozen=True)
class Filter:
    """A condition on a dimension.

    Attributes:
        dimension: its name, or one of its synonyms.
        operator: one of `OPERATORS`.
        values: none for `is null`, several for `in`, one otherwise. Text is turned into the type
            of the dimension, so `"true"` will do for a boolean.
    """

    dimension: str
    operator: str = "="
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Request:
    """A question to the metric model.

    Attributes:
        metrics: names of metrics.
        by: names of dimensions to slice by.
        where: conditions that hold together.
        grain: one of `GRAINS`; `total` is one period from the first to the last day.
        since, until: first and last day, both counted in; None: as far as the data go.
        window: `90d` or `12w`: so many days or weeks up to `until`; not with `since`.
        compare: whether each value comes with that of the period before.
        order: a metric or dimension, `-` in front for the highest first; else by time and slice.
        limit: how many rows, None for all.
    """

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()
    grain: str = "total"
    since: date | None = None
    until: date | None = None
    window: str | None = None
    compare: bool = False
    order: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        if not self.metrics:
            raise UsageError("no metric was asked for; `testops metrics list` shows all")
        if max(len(self.metrics), len(self.by), len(self.where)) > MOST_NAMES:
            raise UsageError(f"more than {MOST_NAMES} metrics, dimensions or conditions at once")
        if self.grain not in GRAINS:
            raise UsageError(
                f"grain `{shown(self.grain)}` is not known; choose one of {_list(GRAINS)}"
            )
        if self.window is not None and self.since is not None:
            raise UsageError("a window and a first day were asked for; leave one out")
        for day in (self.since, self.until):
            if day is not None and not EARLIEST <= day <= LATEST:
                raise UsageError(f"{day} is not between {EARLIEST} and {LATEST}")
        if self.since is not None and self.until is not None and self.since > self.until:
            raise UsageError(f"the first day {self.since} is after the last day {self.until}")
        if self.limit is not None and self.limit < 1:
            raise UsageError("the limit must be 1 or more")
        for condition in self.where:
            if condition.operator not in OPERATORS:
                raise UsageError(
                    f"operator `{shown(condition.operator)}` is not known; choose one of "
                    f"{_list(OPERATORS)}"
                )


@dataclass(frozen=True)
class Window:
    """First and last day, both counted in.

    Attributes:
        since: first day.
        until: last day.
        first_weekday: weekday on which the weeks of the build begin, 0 is Monday.
    """

    since: date
    until: date
    first_weekday: int = 0

    @property
    def day_count(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    def before(self) -> "Window":
        """The window of the same length that ends the day before this one begins."""
        return replace(
            self,
            since=self.since - timedelta(days=self.day_count),
            until=self.since - timedelta(days=1),
        )


def window_of(request: Request, first: date, last: date, first_weekday: int = 0) -> Window:
    """Return the days that a request speaks of.

    A window that counts back from its end is as long as it says, or up to a period longer: the
    first week of a series is a whole one. It does not reach back behind the data, where a rate
    would be divided by days of which nobody knows anything. Days that were named stay as they are.

    Args:
        request: the request.
        first: first day that the build knows.
        last: last day that the build knows.
        first_weekday: weekday on which its weeks begin, 0 is Monday.

    Raises:
        UsageError: the window is not understood, or ends before it begins.
    """
    until = request.until or last
    if request.window is None or request.window == "all":
        since = request.since or min(first, until)
    else:
        match = _WINDOW.fullmatch(request.window)
        if match is None:
            raise UsageError(
                f"window `{shown(request.window)}` is not understood; write 30d, 12w or all"
            )
        days = int(match[1]) * (7 if match[2] == "w" else 1)
        since = max(EARLIEST, until - timedelta(days=days - 1), min(first, until))
        since = period_start(since, request.grain, first_weekday)
    if since > until:
        raise UsageError(f"the first day {since} is after the last day {until} of the data")
    return Window(since, until, first_weekday)


def period_start(day: date, grain: str, first_weekday: int = 0) -> date:
    """Return the first day of the week (from that weekday on), month or quarter of a day."""
    if grain == "week":
        return day - timedelta(days=(day.weekday() - first_weekday) % 7)
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day


def next_period(start: date, grain: str) -> date:
    """Return the first day of the period after the one that begins at `start`."""
    if grain in ("day", "week"):
        return start + timedelta(days=1 if grain == "day" else 7)
    return period_start(start + timedelta(days=31 if grain == "month" else 92), grain)


def previous_period(start: date, grain: str) -> date:
    """Return the first day of the period before the one that begins at `start`."""
    if grain == "week":
        return start - timedelta(days=7)
    return period_start(start - timedelta(days=1), grain)


def parse_where(text: str) -> Filter:
    """Read a condition as people write it: `team=checkout`, `team in a,b`, `service is null`.

    Raises:
        UsageError: it is none.
    """
    match = _WHERE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"condition `{shown(text)}` is not understood; write dimension=value with one of "
            f"{_list(OPERATORS)}"
        )
    operator = " ".join(match[2].lower().split())
    if operator in ("is null", "is not null"):
        if match[3].strip():
            raise UsageError(f"condition `{shown(text)}`: nothing may follow `{operator}`")
        return Filter(match[1], operator)
    values = match[3].split(",") if operator in ("in", "not in") else [match[3]]
    return Filter(match[1], operator, tuple(value.strip() for value in values))


def parse_day(text: str, name: str) -> date:
    """Read a day.

    Raises:
        UsageError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} `{shown(text)}` is no day; write it as 2026-03-31") from None


def literals(condition: Filter, dimension: Dimension) -> list[str]:
    """Return the values of a condition as SQL, after a check of number and type.

    Raises:
        UsageError: too few or too many values, or one that is not of the dimension's type.
    """
    count = len(condition.values)
    if condition.operator in ("is null", "is not null"):
        fits = count == 0
    elif condition.operator in ("in", "not in"):
        fits = 1 <= count <= MOST_VALUES
    else:
        fits = count == 1
    if not fits:
        raise UsageError(f"`{dimension.name} {condition.operator}` cannot have {count} values")
    if dimension.kind == BOOLEAN and condition.operator in ("<", "<=", ">", ">="):
        raise UsageError(f"`{dimension.name}` is true or false; nothing is smaller or greater")
    return [_literal(value, dimension) for value in condition.values]


def _literal(value: Value, dimension: Dimension) -> str:
    read = {BOOLEAN: _boolean, NUMBER: _number, DATE: _date}.get(dimension.kind, _text)
    sql = read(value)
    if sql is None:
        raise UsageError(
            f"`{shown(str(value))}` is no value of `{dimension.name}`, which is {dimension.kind}"
        )
    return sql


def _boolean(value: Value) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).lower() if str(value).lower() in ("true", "false") else None


def _number(value: Value) -> str | None:
    if isinstance(value, bool | date):
        return None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return str(int(value))
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    try:
        number = float(value)
    except ValueError:
        return None
    return f"cast('{number!r}' as double)" if math.isfinite(number) else None


def _date(value: Value) -> str | None:
    try:
        day = value if type(value) is date else date.fromisoformat(str(value))
    except ValueError:
        return None
    return f"date '{day.isoformat()}'"


def _text(value: Value) -> str | None:
    if isinstance(value, bool):
        value = str(value).lower()
    text = str(value)
    is_whole = "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)
    if not is_whole or len(text) > LONGEST_TEXT:
        return None
    return "'" + text.replace("'", "''") + "'"


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)

"""Answer a request on one build: rows, and everything needed to get the same rows again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from testops.errors import TestopsError, UsageError
from testops.metrics.answers import Answer, Cell, Computed, Row, Statement
from testops.metrics.arithmetic import Number, evaluate, plain, ratio
from testops.metrics.catalogue import Catalogue
from testops.metrics.definitions import Metric
from testops.metrics.plans import plans
from testops.metrics.request import (
    Request,
    Window,
    next_period,
    period_start,
    previous_period,
    window_of,
)
from testops.metrics.sql import MOST_ROWS, Plan, statement
from testops.metrics.words import meant, shown
from testops.warehouse import Build

if TYPE_CHECKING:
    import duckdb

Key = tuple[date | None, tuple[Any, ...]]
Fetched = dict[str, tuple[Number, Number]]
"""Value and observations of simple metrics, by name."""

Maker = Callable[[Fetched, tuple[date, date]], Cell]

_NOTHING: tuple[Number, Number] = (None, 0)
_BOUNDS = "select min(calendar_date), max(calendar_date) from core.dim_dates"
_WEEK = "select max(week_start_date) from core.dim_dates"


def answer(
    connection: "duckdb.DuckDBPyConnection", build: Build, catalogue: Catalogue, request: Request
) -> Answer:
    """Answer a request.

    Args:
        connection: the build, open as `testops.warehouse.connect` opens it.
        build: the build.
        catalogue: the metric model that was published with it.
        request: the request.

    Raises:
        UsageError: it names what is not known, has a value of a wrong type, or asks for too much.
    """
    computed = compute(connection, catalogue, request)
    return Answer(
        computed=computed,
        provenance={
            "build_id": build.build_id,
            "data_as_of": build.manifest.get("data_as_of"),
            "gates": [
                {key: gate.get(key) for key in ("gate", "passed", "warning_count")}
                for gate in build.manifest.get("gates", ())
            ],
            "model_version": catalogue.fingerprint,
        },
    )


def compute(
    connection: "duckdb.DuckDBPyConnection", catalogue: Catalogue, request: Request
) -> Computed:
    """Compute the rows of a request on any open database that has the model's tables.

    Raises:
        UsageError: it names what is not known, has a value of a wrong type, or asks for too much.
    """
    request = replace(
        request,
        metrics=tuple(dict.fromkeys(request.metrics)),
        by=tuple(dict.fromkeys(request.by)),
    )
    metrics = {name: catalogue.metric(name) for name in request.metrics}
    first, last = bounds(connection)
    if first is None or last is None:
        raise TestopsError("the published build has no days yet; load some runs first")
    first_weekday = _first_weekday(connection) if request.grain == "week" else 0
    window = window_of(request, first, last, first_weekday)
    asked = _Asked(connection, catalogue, metrics, request)
    found = asked.cells(window)
    if request.compare:
        found = _compared(asked, found, window, first, last)
    periods = {period for period, _ in found}
    days = {period: _days(period, request, window) for period in periods}
    rows = [
        Row(
            *days[period],
            _has_all_days(days[period], request, first, last),
            dict(zip(asked.names, slices, strict=True)),
            cells,
        )
        for (period, slices), cells in found.items()
    ]
    ordered = _ordered(rows, request, asked.names)
    return Computed(ordered, metrics, request, window, asked.statements)


class _Asked:
    """A request whose names were looked up; statements are kept as they are run."""

    def __init__(
        self,
        connection: "duckdb.DuckDBPyConnection",
        catalogue: Catalogue,
        metrics: Mapping[str, Metric],
        request: Request,
    ) -> None:
        self.statements: list[Statement] = []
        self._connection = connection
        self._catalogue = catalogue
        self.request = request
        self._plans = list(plans(catalogue, metrics.values(), request))
        self._makers = {name: self._maker(metric) for name, metric in metrics.items()}
        self.names = [place.dimension.name for place in self._plans[0].by]
        people = [place.dimension.name for place in self._plans[0].by if place.dimension.is_person]
        if people and (request.limit or (request.order or "").lstrip("-") in metrics):
            raise UsageError(
                f"people are not ranked: by `{people[0]}` there is no order of a metric, no limit"
            )

    def cells(self, window: Window) -> dict[Key, dict[str, Cell]]:
        """Return the cells of every slice and period of a window."""
        merged: dict[Key, Fetched] = {}
        for plan in self._plans:
            for key, fetched in self._fetch(replace(plan, window=window)):
                merged.setdefault(key, {}).update(fetched)
        periods = {period for period, _ in merged}
        days = {period: _days(period, self.request, window) for period in periods}
        return {
            key: self._made(fetched, days[key[0]])
            for key, fetched in merged.items()
            if not _is_nothing(key[1], fetched)
        }

    def nothing(self, period: date | None, window: Window) -> dict[str, Cell]:
        """Return the cells of a slice of which a period has no row."""
        return self._made({}, _days(period, self.request, window))

    def _made(self, fetched: Fetched, days: tuple[date, date]) -> dict[str, Cell]:
        return {name: made(fetched, days) for name, made in self._makers.items()}

    def _fetch(self, plan: Plan) -> Iterable[tuple[Key, Fetched]]:
        sql = statement(plan)
        found = fetch(self._connection, sql)
        self.statements.append(Statement(plan.model.name, sql))
        if len(found) > MOST_ROWS:
            raise UsageError(
                f"the answer has more than {MOST_ROWS} rows; ask for a shorter window, a coarser "
                "grain or fewer dimensions"
            )
        first = 0 if plan.grain == "total" else 1
        position = first + len(plan.by)
        slices = slice(first, position)
        columns = []
        for term in plan.terms:
            columns.append((term.metric, position, position + 1 if term.has_n else None))
            position += 2 if term.has_n else 1
        for row in found:
            fetched: Fetched = {}
            for metric, value_at, n_at in columns:
                value = plain(row[value_at])
                fetched[metric] = (value, (value or 0) if n_at is None else row[n_at])
            yield (row[0] if first else None, row[slices]), fetched

    def _maker(self, metric: Metric) -> Maker:
        """Return what makes a cell of a metric from numbers that were fetched, and its days."""
        name = metric.name
        sides = [self._catalogue.metrics[one.metric] for one in metric.inputs]
        if metric.kind == "ratio" and all(side.measure is not None for side in sides):
            above, below = (side.name for side in sides)

            def of_ratio(fetched: Fetched, _: tuple[date, date]) -> Cell:
                numerator, _n = fetched.get(above, _NOTHING)
                denominator, n = fetched.get(below, _NOTHING)
                value = ratio(numerator, denominator)
                return Cell(value, numerator, denominator, n, metric.is_sufficient(value, n))

            return of_ratio

        def of_any(fetched: Fetched, days: tuple[date, date]) -> Cell:
            value, n = self._value(metric, fetched)
            numerator = denominator = None
            if metric.kind == "ratio":
                numerator, denominator = (self._value(side, fetched)[0] for side in sides)
            elif metric.is_rate:
                numerator, denominator = value, (days[1] - days[0]).days + 1
                value = ratio(numerator, denominator)
            return Cell(value, numerator, denominator, n, metric.is_sufficient(value, n))

        def of_simple(fetched: Fetched, _: tuple[date, date]) -> Cell:
            value, n = fetched.get(name, _NOTHING)
            return Cell(value, None, None, n, metric.is_sufficient(value, n))

        return of_any if metric.measure is None or metric.is_rate else of_simple

    def _value(self, metric: Metric, fetched: Fetched) -> tuple[Number, Number]:
        """Return the value of a metric and its number of observations."""
        if metric.measure is not None:
            return fetched.get(metric.name, _NOTHING)
        parts = {
            one.alias: self._value(self._catalogue.metrics[one.metric], fetched)
            for one in metric.inputs
        }
        if metric.kind == "ratio":
            (numerator, _), (denominator, n) = parts["numerator"], parts["denominator"]
            return ratio(numerator, denominator), n
        values = {alias: value for alias, (value, _) in parts.items()}
        return evaluate(str(metric.expr), values), min((n or 0) for _, n in parts.values())


def fetch(connection: "duckdb.DuckDBPyConnection", sql: str) -> list[tuple[Any, ...]]:
    """Run one statement that reads, and nothing else.

    Raises:
        TestopsError: the text is not exactly one query, or the build cannot answer it.
    """
    import duckdb

    try:
        parsed = connection.extract_statements(sql)
        if len(parsed) != 1 or parsed[0].type != duckdb.StatementType.SELECT:
            raise TestopsError("a metric is one statement that reads; this is none")
        return connection.execute(parsed[0]).fetchall()
    except duckdb.Error as error:
        raise TestopsError(
            f"the published file cannot answer: {error}; run `testops run` to publish again"
        ) from error


def bounds(connection: "duckdb.DuckDBPyConnection") -> tuple[date | None, date | None]:
    """Return the first and the last day that the build knows, None when it knows none."""
    [(first, last)] = fetch(connection, _BOUNDS)
    return first, last


def _first_weekday(connection: "duckdb.DuckDBPyConnection") -> int:
    """Return the weekday on which weeks begin, 0 is Monday.

    The build tells it: its weekly tables and the weeks of the service are cut alike, also where
    the setting has changed since it was published.
    """
    [(week_start,)] = fetch(connection, _WEEK)
    return int(week_start.weekday())


def _days(period: date | None, request: Request, window: Window) -> tuple[date, date]:
    """Return first and last day of a row: the window, or its period up to the days asked for."""
    if period is None:
        return window.since, window.until
    since, until = period, next_period(period, request.grain) - timedelta(days=1)
    if request.since is not None:
        since = max(since, window.since)
    if request.until is not None:
        until = min(until, window.until)
    return since, until


def _has_all_days(days: tuple[date, date], request: Request, first: date, last: date) -> bool:
    """Tell whether the data have all days of a row.

    The last day of the data is not over, so a period that ends with it is not; a window that ends
    with it ends now, and has all that it asks for.
    """
    since, until = days
    return first <= since and (until <= last if request.grain == "total" else until < last)


def _is_nothing(slices: tuple[Any, ...], fetched: Fetched) -> bool:
    """Tell whether a row is of things without a name and without any number that was asked for.

    A table may have rows that a metric leaves out by its own definition, as sums of teams beside
    those of repositories: they are no repository without a name.
    """
    is_nameless = bool(slices) and all(name is None for name in slices)
    return is_nameless and all(value is None for value, _ in fetched.values())


def _compared(
    asked: _Asked, found: dict[Key, dict[str, Cell]], window: Window, first: date, last: date
) -> dict[Key, dict[str, Cell]]:
    """Put beside each cell that of the period before: the window before, or the row before.

    Only what is whole is compared: half a week of data is no week in which half as much happened.
    What had a number before and has no row now stays, without a value: it is what changed most.
    """
    earlier = _earlier(asked, found, window, first, last)
    ended = {
        key: asked.nothing(key[0], window)
        for key, cells in earlier.items()
        if key not in found and any(cell.value is not None for cell in cells.values())
    }
    return {
        key: {
            name: cell._replace(previous=earlier.get(key, {}).get(name) or Cell(None))
            for name, cell in cells.items()
        }
        for key, cells in {**found, **ended}.items()
    }


def _earlier(
    asked: _Asked, found: dict[Key, dict[str, Cell]], window: Window, first: date, last: date
) -> dict[Key, dict[str, Cell]]:
    """Return the cells of the period before, by the key of the row that they are compared with."""
    grain = asked.request.grain
    if grain == "total":
        before = window.before()
        return asked.cells(before) if before.since >= first else {}
    return {
        (next_period(period, grain), slices): cells
        for (period, slices), cells in _periods_before(asked, found, window).items()
        if period is not None
        and period >= first
        and _is_whole(next_period(period, grain), asked.request, window, last)
    }


def _is_whole(period: date, request: Request, window: Window, last: date) -> bool:
    """Tell whether every day of a row's period was asked for and is over."""
    end = next_period(period, request.grain) - timedelta(days=1)
    return end < last and _days(period, request, window) == (period, end)


def _periods_before(
    asked: _Asked, found: dict[Key, dict[str, Cell]], window: Window
) -> dict[Key, dict[str, Cell]]:
    """Return the cells of a series, from the period before its first one on, whole periods all."""
    grain = asked.request.grain
    begin = period_start(window.since, grain, window.first_weekday)
    end = begin if begin == window.since else next_period(begin, grain)
    before = replace(window, since=previous_period(begin, grain), until=end - timedelta(days=1))
    return {**found, **asked.cells(before)}


def _ordered(rows: list[Row], request: Request, names: Sequence[str]) -> list[Row]:
    """Sort: by time and slice, then by what was asked for; what has no (sound) value comes last."""
    rows.sort(key=lambda row: (row.since, *(_sortable(row.slices[name]) for name in names)))
    if request.order:
        name, is_falling = request.order.removeprefix("-"), request.order.startswith("-")
        if name not in (*request.metrics, *names):
            words: dict[str, tuple[str, ...]] = dict.fromkeys((*request.metrics, *names), ())
            raise UsageError(
                f"the answer has no column `{shown(name)}` to order by{meant(name, words)}; "
                f"it has {', '.join(words)}"
            )

        def value(row: Row) -> Any:
            return row.cells[name].value if name in row.cells else row.slices[name]

        def is_told(row: Row) -> bool:
            return name not in row.cells or row.cells[name].is_sufficient

        with_value = [row for row in rows if value(row) is not None]
        with_value.sort(key=lambda row: _sortable(value(row)), reverse=is_falling)
        # What is made of too few observations would fill both ends.
        told, untold = [[row for row in with_value if is_told(row) is yes] for yes in (True, False)]
        rows = [*told, *untold, *(row for row in rows if value(row) is None)]
    return rows[: request.limit]


def _sortable(value: Any) -> tuple[bool, Any]:
    return (True, "") if value is None else (False, value)

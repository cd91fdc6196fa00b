"""From a plan to one statement of SQL for DuckDB.

Names of tables and columns are those of the model, values were checked and quoted before.

A statement has three steps: `source` takes the rows and columns that are needed, `grouped` brings
them together by the fact's own keys, and the last one puts names in the place of keys. Medians,
quantiles and distinct counts cannot be added up, so with one of them the last two are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from testops.metrics.catalogue import Place
from testops.metrics.definitions import ADDITIVE, Measure, SemanticModel
from testops.metrics.request import Window

MOST_ROWS = 100_000


@dataclass(frozen=True)
class Term:
    """One number that is fetched: a measure under the conditions of its metric.

    Attributes:
        metric: the simple metric.
        measure: its measure.
        filters: conditions on the rows that count, SQL of the model.
        has_n: whether the number of observations is fetched beside it.
    """

    metric: str
    measure: Measure
    filters: tuple[str, ...]
    has_n: bool


@dataclass(frozen=True)
class Condition:
    """A condition that was checked: where its dimension is, and values as SQL."""

    place: Place
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What one statement fetches from one fact.

    Attributes:
        model: the fact.
        terms: the numbers; columns `term_0`, `n_0`, `term_1`, …
        by: what they are sliced by; columns `slice_0`, `slice_1`, …
        conditions: which rows count.
        grain: column `period`, the first day of each; none for `total`.
        window: which days count.
    """

    model: SemanticModel
    terms: tuple[Term, ...]
    by: tuple[Place, ...]
    conditions: tuple[Condition, ...]
    grain: str
    window: Window

    @property
    def is_additive(self) -> bool:
        """Whether groups of the first step may be added up in the second."""
        return all(
            term.measure.agg in ADDITIVE and not term.measure.newest_by for term in self.terms
        )


def statement(plan: Plan) -> str:
    """Return the statement of a plan; the same plan gives the same text."""
    keys = _key_columns(plan)
    source = _source(plan, keys)
    if not plan.is_additive:
        return _joined(plan, source, "source", _aggregates(plan))
    groups = [*(["period_"] if _is_series(plan) else []), *keys]
    columns = [*groups, *_aggregates(plan)]
    grouped = f"{source},\n\ngrouped as (\n    select\n{_lines(columns, 8)}\n    from source"
    if groups:
        grouped += f"\n    group by {', '.join(groups)}"
    grouped += "\n)"
    names = [column.rsplit(" as ", 1)[1] for column in _aggregates(plan)]
    return _joined(plan, grouped, "grouped", [f"sum({name}) as {name}" for name in names])


def _is_series(plan: Plan) -> bool:
    return plan.grain != "total"


def _key_columns(plan: Plan) -> dict[str, str]:
    """Return the columns to group by: own dimensions, and the keys that lead to other tables."""
    keys: dict[str, str] = {}
    for place in plan.by:
        own = place.dimension.expr if not place.path else plan.model.entities[place.path[0]]
        keys.setdefault(_key_name(place), own)
    return keys


def _key_name(place: Place) -> str:
    return f"key_{place.path[0]}" if place.path else f"own_{place.dimension.element}"


def _source(plan: Plan, keys: dict[str, str]) -> str:
    model = plan.model
    columns = [f"{expr} as {name}" for name, expr in keys.items()]
    where = []
    if model.time is not None:
        day = model.time.day
        if _is_series(plan):
            columns.insert(0, f"{day} as period_")
        where = [f"{day} >= {_day(plan.window.since)}", f"{day} <= {_day(plan.window.until)}"]
    columns += [f"{value} as {name}" for value, name in _values(plan).items()]
    where += [_where(plan, condition) for condition in plan.conditions]
    text = f"with source as (\n    select\n{_lines(columns, 8)}\n    from {model.relation}"
    if where:
        text += "\n    where\n        " + "\n        and ".join(where)
    return text + "\n)"


def _values(plan: Plan) -> dict[str, str]:
    """Return the expressions of all terms on one row, each once, with the names they get."""
    expressions = dict.fromkeys(_value(plan, term) for term in plan.terms)
    return {value: f"value_{index}" for index, value in enumerate(expressions)}


def _value(plan: Plan, term: Term) -> str:
    """Return the expression of a measure on one row: NULL where the row does not count."""
    measure = term.measure
    tests = [f"({test})" for test in term.filters]
    if measure.newest_by:
        time = measure.newest_by
        if tests:
            time = f"case when {' and '.join(tests)} then {time} end"
        per = list(measure.newest_per)
        if _is_series(plan) and plan.model.time is not None:
            per.append(_truncated(plan.model.time.day, plan))
        over = f"partition by {', '.join(per)}" if per else ""
        tests.append(f"({measure.newest_by} = max({time}) over ({over}))")
    if measure.agg == "sum_boolean":
        value = f"case when {measure.expr} then 1 else 0 end"
    else:
        value = measure.expr
    return f"case when {' and '.join(tests)} then {value} end" if tests else value


def _aggregates(plan: Plan) -> list[str]:
    names = _values(plan)
    values = [names[_value(plan, term)] for term in plan.terms]
    columns = []
    for index, (term, value) in enumerate(zip(plan.terms, values, strict=True)):
        others = [
            other.measure for other, its in zip(plan.terms, values, strict=True) if its == value
        ]
        columns.append(f"{_aggregate(term.measure, value, others)} as term_{index}")
        if term.has_n:
            columns.append(f"count({value}) as n_{index}")
    return columns


def _aggregate(measure: Measure, value: str, others: Sequence[Measure]) -> str:
    if measure.agg in ("median", "percentile"):
        shares = sorted({_share(other) for other in others if _is_alike(measure, other)})
        # Between two decimals DuckDB would cut off what the type has no digits for.
        function, what = (
            ("quantile_disc", value)
            if measure.is_discrete
            else ("quantile_cont", f"cast({value} as double)")
        )
        if len(shares) == 1:
            return f"{function}({what}, {shares[0]!r})"
        # Several shares of one value are found together: once collected, once sorted.
        return f"{function}({what}, {shares!r})[{shares.index(_share(measure)) + 1}]"
    if measure.agg == "count_distinct":
        return _counted(f"count(distinct {value})")
    if measure.agg == "count":
        return _counted(f"count({value})")
    name = {"sum_boolean": "sum", "average": "avg"}.get(measure.agg, measure.agg)
    return f"{name}({value})"


def _is_alike(measure: Measure, other: Measure) -> bool:
    """Tell whether two measures of the same values are shares of them, found in the same way."""
    return other.agg in ("median", "percentile") and other.is_discrete == measure.is_discrete


def _share(measure: Measure) -> float:
    return 0.5 if measure.percentile is None else float(measure.percentile)


def _counted(count: str) -> str:
    """Return a count that is 0 where no row counts, and NULL as a sum is where there is none."""
    return f"case when count(*) > 0 then {count} end"


def _joined(plan: Plan, steps: str, last: str, aggregates: Sequence[str]) -> str:
    """Return the whole statement: names in the place of keys, in a fixed order."""
    columns, joins = [], _Joins(last)
    if _is_series(plan):
        columns.append(f"{_truncated('period_', plan)} as period")
    for index, place in enumerate(plan.by):
        own = f"{last}.{_key_name(place)}"
        columns.append(f"{joins.to(place, own) if place.path else own} as slice_{index}")
    numbers = ", ".join(str(position + 1) for position in range(len(columns)))
    columns.extend(aggregates)
    text = f"{steps}\n\nselect\n{_lines(columns, 4)}\nfrom {last}{joins.sql()}"
    if numbers:
        # By position: a name could be that of a column.
        text += f"\ngroup by {numbers}\norder by {numbers}"
    return f"{text}\nlimit {MOST_ROWS + 1}"


class _Joins:
    """The tables that names come from, each joined once."""

    def __init__(self, last: str) -> None:
        self._last = last
        self._columns: dict[tuple[str, ...], dict[str, str]] = {}
        self._models: dict[tuple[str, ...], SemanticModel] = {}
        self._keys: dict[tuple[str, ...], str] = {}

    def to(self, place: Place, key: str) -> str:
        """Join what leads to a dimension and return its value as SQL."""
        path: tuple[str, ...] = ()
        for entity, model in zip(place.path, place.models, strict=True):
            if path:
                # The table before hands on the key of this one.
                key = self._column(path, f"key_{entity}", self._models[path].entities[entity])
            path = (*path, entity)
            self._models[path], self._keys[path] = model, key
            self._column(path, "key_", model.entities[entity])
        return self._column(path, f"own_{place.dimension.element}", place.dimension.expr)

    def _column(self, path: tuple[str, ...], name: str, expr: str) -> str:
        self._columns.setdefault(path, {})[name] = expr
        return f"to_{'_'.join(path)}.{name}"

    def sql(self) -> str:
        """Return the joins."""
        text = ""
        for path, columns in self._columns.items():
            alias, model = f"to_{'_'.join(path)}", self._models[path]
            listed = ", ".join(f"{expr} as {name}" for name, expr in columns.items())
            table = f"(select {listed} from {model.relation})"  # noqa: S608 - all of the model
            text += f"\nleft join {table} as {alias}\n    on {self._keys[path]} = {alias}.key_"
        return text


def _where(plan: Plan, condition: Condition) -> str:
    """Return a condition on rows of the fact; one on another table asks for its keys."""
    place = condition.place
    if not place.path:
        return _test(place.dimension.expr, condition)
    key = plan.model.entities[place.path[0]]
    if condition.operator == "is null":
        # Whoever has no row over there has no value either.
        has_value = Condition(place, "is not null", ())
        return f"({key} is null or {key} not in ({_keys(place, has_value)}))"
    return f"{key} in ({_keys(place, condition)})"


def _keys(place: Place, condition: Condition) -> str:
    """Return the query for the keys of a table that lead to a value."""
    test = _test(place.dimension.expr, condition)
    query = ""
    for depth in range(len(place.path) - 1, -1, -1):
        model = place.models[depth]
        key = model.entities[place.path[depth]]
        # Values in the test were checked and quoted.
        query = f"select {key} from {model.relation} where {key} is not null and {test}"  # noqa: S608
        if depth:
            test = f"{place.models[depth - 1].entities[place.path[depth]]} in ({query})"
    return query


def _test(expr: str, condition: Condition) -> str:
    if condition.operator in ("is null", "is not null"):
        return f"({expr}) {condition.operator}"
    if condition.operator in ("in", "not in"):
        return f"({expr}) {condition.operator} ({', '.join(condition.values)})"
    return f"({expr}) {condition.operator} {condition.values[0]}"


def _truncated(day: str, plan: Plan) -> str:
    grain, shift = plan.grain, plan.window.first_weekday
    if grain == "day":
        return day
    if grain == "week" and shift:
        return f"cast(date_trunc('week', {day} - {shift}) as date) + {shift}"
    return f"cast(date_trunc('{grain}', {day}) as date)"


def _day(day: date) -> str:
    return f"date '{day.isoformat()}'"


def _lines(columns: Sequence[str], indent: int) -> str:
    return ",\n".join(" " * indent + column for column in columns)

"""Metrics, measures and dimensions as plain values, read from dbt's semantic manifest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT, NUMBER, DATE, BOOLEAN = "text", "number", "date", "boolean"

AGGREGATES = frozenset(
    {
        "sum",
        "count",
        "count_distinct",
        "sum_boolean",
        "average",
        "median",
        "percentile",
        "min",
        "max",
    }
)
ADDITIVE = frozenset({"sum", "count", "sum_boolean"})
"""Aggregates that may be added up once more; of all others only the rows themselves tell."""


@dataclass(frozen=True)
class Measure:
    """An aggregate over an expression of a fact.

    Attributes:
        name: its name, unique in the whole model.
        agg: one of `AGGREGATES`.
        expr: SQL over the columns of the fact, written by whoever wrote the model.
        percentile: which quantile, for `percentile`.
        is_discrete: whether the quantile is a value that occurs.
        newest_by: SQL of the time by which only the newest rows count, None for all rows.
        newest_per: SQL of the keys that each have a newest row.
    """

    name: str
    agg: str
    expr: str
    percentile: float | None = None
    is_discrete: bool = False
    newest_by: str | None = None
    newest_per: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """Something to slice by.

    Attributes:
        name: what people call it: `team`, where the model says `team_name` of the entity `team`.
        element: its name in the semantic model.
        expr: SQL over the columns of its table.
        kind: `text`, `number`, `date` or `boolean`.
        description: what it is.
        synonyms: other words for it.
        is_person: whether its values are people, who are never put in an order of their numbers.
        is_day: whether it is a day already, and no time of a day.
    """

    name: str
    element: str
    expr: str
    kind: str
    description: str
    synonyms: tuple[str, ...] = ()
    is_person: bool = False
    is_day: bool = False

    @property
    def day(self) -> str:
        """Its day as SQL; a needless cast of each row takes a fifth of a statement's time."""
        return self.expr if self.is_day else f"cast({self.expr} as date)"


@dataclass(frozen=True)
class Rollup:
    """A table with the sums of a fact, by some of the columns of the fact.

    Attributes:
        schema, table: where it is in the published file.
        columns: its columns; one that is called as in the fact has the same values.
        measures: SQL over its columns by name of the measure whose sum that is.
    """

    schema: str
    table: str
    columns: frozenset[str]
    measures: Mapping[str, str]


@dataclass(frozen=True)
class SemanticModel:
    """A table with its measures and what they can be sliced by.

    Attributes:
        name: name of the semantic model.
        schema, table: where the table is in the published file.
        primary_entity: the thing of which it has one row each.
        entities: entity → SQL of its key.
        dimensions: by element.
        measures: by name.
        time: the dimension that decides the period, None for a table without one.
        example: rows that the worked examples of its metrics are computed from.
        rollup: a smaller table that answers what its columns and sums are enough for.
    """

    name: str
    schema: str
    table: str
    primary_entity: str | None
    entities: Mapping[str, str]
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Measure]
    time: Dimension | None
    example: tuple[Mapping[str, Any], ...] = ()
    rollup: Rollup | None = None

    @property
    def relation(self) -> str:
        """The table as SQL."""
        return f'"{self.schema}"."{self.table}"'


@dataclass(frozen=True)
class Input:
    """A metric that another metric is made of.

    Attributes:
        metric: its name.
        alias: what the formula calls it.
        filters: SQL conditions that hold for this use alone.
    """

    metric: str
    alias: str
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metric:
    """One governed metric.

    Attributes:
        name, label, description: how it is called and what it is.
        kind: `simple`, `ratio` or `derived`.
        measure: of a simple metric.
        inputs: numerator and denominator of a ratio; everything the formula of a derived one names.
        expr: the arithmetic of a derived metric.
        filters: SQL conditions on the rows that count.
        model: the semantic model, None where the inputs are of several.
        meta: unit, direction, owner, synonyms, minimum_n, formula, exclusions, null_means, example.
        version: hash of everything that decides the number.
    """

    name: str
    label: str
    description: str
    kind: str
    measure: str | None
    inputs: tuple[Input, ...]
    expr: str | None
    filters: tuple[str, ...]
    model: str | None
    meta: Mapping[str, Any] = field(default_factory=dict)
    version: str = ""

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return str(self.meta.get("unit", "count"))

    @property
    def is_counted(self) -> bool:
        """Whether the value is itself the number of observations."""
        return self.unit not in ("seconds", "hours", "ratio", "score", "bytes", "per_day")

    @property
    def is_rate(self) -> bool:
        """Whether the value is a count for each day of the period."""
        return self.unit == "per_day"

    @property
    def minimum_n(self) -> int:
        """Observations below which the number says nothing."""
        return int(self.meta.get("minimum_n", self.meta.get("minimum_count", 1)))

    @property
    def synonyms(self) -> tuple[str, ...]:
        """Other words for it."""
        return tuple(self.meta.get("synonyms", ()))

    def is_sufficient(self, value: Any, n: Any) -> bool:
        """Tell whether a value is made of enough observations; a count of none was counted too."""
        is_told_from_none = self.is_counted and self.minimum_n <= 1
        return value is not None if is_told_from_none else (n or 0) >= self.minimum_n


def fingerprint(definition: Any) -> str:
    """Return the hash of a definition, twelve hex digits; the order of its keys does not matter."""
    text = json.dumps(definition, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]

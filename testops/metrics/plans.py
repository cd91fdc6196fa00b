"""From a request to plans: which facts are read, for which numbers, under which conditions."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from testops.metrics.catalogue import Catalogue
from testops.metrics.definitions import Measure, Metric
from testops.metrics.request import Request, Window, literals
from testops.metrics.sql import Condition, Plan, Term


def plans(catalogue: Catalogue, metrics: Iterable[Metric], request: Request) -> Iterable[Plan]:
    """Yield one plan for each fact that the metrics of a request read.

    Raises:
        UsageError: a fact cannot be sliced or filtered as asked for.
    """
    needed: dict[str, dict[str, Term]] = {}
    asked: dict[str, list[str]] = {}
    for metric in metrics:
        for simple in _simple(catalogue, metric):
            model = catalogue.models[str(simple.model)]
            term = Term(
                metric=simple.name,
                measure=model.measures[str(simple.measure)],
                filters=simple.filters,
                has_n=not (simple.is_counted or simple.is_rate),
            )
            needed.setdefault(model.name, {})[simple.name] = term
            asked.setdefault(model.name, []).append(metric.name)
    for name, terms in needed.items():
        listed = list(dict.fromkeys(asked[name]))
        conditions = []
        for condition in request.where:
            place = catalogue.place(condition.dimension, name, listed)
            values = tuple(literals(condition, place.dimension))
            conditions.append(Condition(place, condition.operator, values))
        yield _rolled_up(
            Plan(
                model=catalogue.models[name],
                terms=tuple(terms.values()),
                by=tuple(catalogue.place(dimension, name, listed) for dimension in request.by),
                conditions=tuple(conditions),
                grain=request.grain,
                window=Window(date.min, date.max),
            )
        )


def _rolled_up(plan: Plan) -> Plan:
    """Return the same plan on the sums of its fact, where they are enough.

    They are when every number is one of the sums, and every column that slices, filters or dates
    the rows is a column of theirs.
    """
    model, rollup = plan.model, plan.model.rollup
    if rollup is None or model.time is None:
        return plan
    places = (*plan.by, *(condition.place for condition in plan.conditions))
    needed = {
        model.entities[place.path[0]] if place.path else place.dimension.expr for place in places
    }
    is_enough = needed | {model.time.expr} <= rollup.columns and all(
        term.measure.name in rollup.measures and not (term.filters or term.has_n)
        for term in plan.terms
    )
    if not is_enough:
        return plan
    return replace(
        plan,
        model=replace(model, schema=rollup.schema, table=rollup.table),
        terms=tuple(
            replace(
                term,
                measure=Measure(term.measure.name, "sum", rollup.measures[term.measure.name]),
            )
            for term in plan.terms
        ),
    )


def _simple(catalogue: Catalogue, metric: Metric) -> Iterable[Metric]:
    if metric.measure is not None:
        yield metric
    for one in metric.inputs:
        yield from _simple(catalogue, catalogue.metrics[one.metric])

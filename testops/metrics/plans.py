"""From a request to plans: which facts are read, for which numbers, under which conditions."""

from collections.abc import Iterable
from datetime import date

from testops.metrics.catalogue import Catalogue
from testops.metrics.definitions import Metric
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
        yield Plan(
            model=catalogue.models[name],
            terms=tuple(terms.values()),
            by=tuple(catalogue.place(dimension, name, listed) for dimension in request.by),
            conditions=tuple(conditions),
            grain=request.grain,
            window=Window(date.min, date.max),
        )


def _simple(catalogue: Catalogue, metric: Metric) -> Iterable[Metric]:
    if metric.measure is not None:
        yield metric
    for one in metric.inputs:
        yield from _simple(catalogue, catalogue.metrics[one.metric])

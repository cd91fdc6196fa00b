"""The closed list of what can be asked: metrics, dimensions, and how they hang together."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from testops.errors import TestopsError, UsageError
from testops.metrics.definitions import (
    AGGREGATES,
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    Dimension,
    Input,
    Measure,
    Metric,
    Rollup,
    SemanticModel,
    fingerprint,
)
from testops.metrics.words import meant, shown
from testops.warehouse import Build

MANIFEST = "semantic_manifest.json"
_LONGEST_PATH = 2
_REFERENCE = re.compile(
    r"\{\{\s*(Dimension|TimeDimension)\(\s*'([a-z0-9_]+)'\s*(?:,\s*'[a-z]+'\s*)?\)\s*\}\}"
)
_KINDS = (
    (BOOLEAN, re.compile(r"BOOL", re.I)),
    (DATE, re.compile(r"DATE$", re.I)),
    (NUMBER, re.compile(r"INT|DOUBLE|FLOAT|DECIMAL|REAL|NUMERIC", re.I)),
)


@dataclass(frozen=True)
class Place:
    """Where a dimension of a fact is found.

    Attributes:
        dimension: the dimension.
        path: entities to follow from the fact, none where the fact itself has it.
        models: the semantic models at the end of each step of `path`.
    """

    dimension: Dimension
    path: tuple[str, ...]
    models: tuple[SemanticModel, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything that the metric model knows.

    Attributes:
        models: semantic models by name.
        metrics: metrics by name.
        fingerprint: hash of the whole model.
    """

    models: Mapping[str, SemanticModel]
    metrics: Mapping[str, Metric]
    fingerprint: str

    @cached_property
    def _by_entity(self) -> dict[str, SemanticModel]:
        return {
            model.primary_entity: model for model in self.models.values() if model.primary_entity
        }

    def metric(self, name: str) -> Metric:
        """Return a metric by its name.

        Raises:
            UsageError: there is none; the message names what may be meant.
        """
        if name in self.metrics:
            return self.metrics[name]
        words = {metric.name: metric.synonyms for metric in self.metrics.values()}
        raise UsageError(
            f"metric `{shown(name)}` is not known{meant(name, words)};"
            " `testops metrics list` shows all"
        )

    def models_of(self, metric: Metric) -> frozenset[str]:
        """Return the semantic models that a metric reads."""
        if metric.measure is not None:
            return frozenset({str(metric.model)})
        return frozenset().union(
            *(self.models_of(self.metrics[one.metric]) for one in metric.inputs)
        )

    def places(self, model: str) -> dict[str, Place]:
        """Return what a fact can be sliced by: its own dimensions, then those nearest to it."""
        found: dict[str, Place] = {}
        edge: list[tuple[tuple[str, ...], tuple[SemanticModel, ...]]] = [((), ())]
        start = self.models[model]
        for _ in range(_LONGEST_PATH + 1):
            following = []
            for path, models in edge:
                current = models[-1] if models else start
                for dimension in current.dimensions.values():
                    if dimension.kind != DATE and dimension.name not in found:
                        found[dimension.name] = Place(dimension, path, models)
                for entity in current.entities:
                    other = self._by_entity.get(entity)
                    if other is not None and other is not current and other not in models:
                        following.append(((*path, entity), (*models, other)))
            edge = following
        return found

    def dimensions_of(self, metric: Metric) -> dict[str, Dimension]:
        """Return what a metric can be sliced by: what all facts that it reads have."""
        each = [self.places(model) for model in sorted(self.models_of(metric))]
        names = [name for name in each[0] if all(name in other for other in each[1:])]
        return {name: each[0][name].dimension for name in names}

    def place(self, name: str, model: str, metrics: Iterable[str]) -> Place:
        """Return where a dimension of a fact is found, by its name or one of its synonyms.

        Raises:
            UsageError: the fact has none of that name; the message names what may be meant.
        """
        places = self.places(model)
        if name in places:
            return places[name]
        words = {place: found.dimension.synonyms for place, found in places.items()}
        named = [place for place, synonyms in words.items() if name in synonyms]
        if len(named) == 1:
            return places[named[0]]
        listed = ", ".join(f"`{metric}`" for metric in metrics)
        raise UsageError(
            f"{listed} cannot be sliced by `{shown(name)}`{meant(name, words)};"
            f" known are {', '.join(sorted(places))}"
        )


def load_catalogue(build: Build) -> Catalogue:
    """Read the metric model that was published with a build.

    Raises:
        TestopsError: the build has none, or it uses what this version does not understand.
    """
    path = build.file.with_suffix("") / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TestopsError(
            f"build `{build.build_id}` was published without its metric model (`{path.name}`);"
            " run `testops run` to publish again"
        ) from None
    except (OSError, ValueError) as error:
        raise TestopsError(
            f"`{path}` cannot be read ({error}); run `testops run` to publish again"
        ) from error
    types = {
        name: {column["name"]: column["type"] for column in table["columns"]}
        for name, table in build.manifest.get("tables", {}).items()
    }
    return read_catalogue(manifest, types)


def read_catalogue(
    manifest: Mapping[str, Any], types: Mapping[str, Mapping[str, str]]
) -> Catalogue:
    """Make the catalogue of a semantic manifest.

    Args:
        manifest: dbt's `semantic_manifest.json`.
        types: database types by `schema.table` and column.

    Raises:
        TestopsError: the manifest uses what this version does not understand.
    """
    models = {
        raw["name"]: replace(
            _model(raw, types.get(_table_name(raw), {})), rollup=_rollup(raw, types)
        )
        for raw in manifest["semantic_models"]
    }
    measures = {name: model for model in models.values() for name in model.measures}
    raw_metrics = {raw["name"]: raw for raw in manifest["metrics"]}
    metrics = {name: _metric(raw, measures) for name, raw in raw_metrics.items()}
    catalogue = Catalogue(models, metrics, fingerprint(manifest))
    versioned = {
        name: replace(metric, version=fingerprint(list(_definition(metric, catalogue))))
        for name, metric in metrics.items()
    }
    return replace(catalogue, metrics=dict(sorted(versioned.items())))


def _definition(metric: Metric, catalogue: Catalogue) -> Iterator[Any]:
    """Yield everything that decides the number, so that a better wording is no new version."""
    yield [metric.kind, metric.expr, metric.filters, metric.unit, metric.minimum_n]
    if metric.measure is not None:
        model = catalogue.models[str(metric.model)]
        yield [model.schema, model.table, repr(model.measures[metric.measure])]
        yield model.time.expr if model.time else None
    for one in metric.inputs:
        yield [one.alias, one.filters]
        yield from _definition(catalogue.metrics[one.metric], catalogue)


def _table_name(raw: Mapping[str, Any]) -> str:
    relation = raw["node_relation"]
    return f"{relation['schema_name']}.{relation['alias']}"


def _model(raw: Mapping[str, Any], types: Mapping[str, str]) -> SemanticModel:
    primary = raw.get("primary_entity")
    entities = {}
    for entity in raw["entities"]:
        entities[entity["name"]] = entity.get("expr") or entity["name"]
        if entity["type"] == "primary":
            primary = entity["name"]
    dimensions = {one["name"]: _dimension(one, primary, types) for one in raw["dimensions"]}
    default = (raw.get("defaults") or {}).get("agg_time_dimension")
    return SemanticModel(
        name=raw["name"],
        schema=raw["node_relation"]["schema_name"],
        table=raw["node_relation"]["alias"],
        primary_entity=primary,
        entities=entities,
        dimensions=dimensions,
        measures={one["name"]: _measure(one, raw, dimensions, entities) for one in raw["measures"]},
        time=dimensions[default] if default else None,
        example=tuple(_meta(raw).get("example", ())),
    )


def _rollup(raw: Mapping[str, Any], types: Mapping[str, Mapping[str, str]]) -> Rollup | None:
    """Return the table with sums that the model names, None where the build does not have it."""
    said = _meta(raw).get("rollup")
    if not said or said["table"] not in types:
        return None
    schema, table = said["table"].split(".")
    return Rollup(schema, table, frozenset(types[said["table"]]), said["measures"])


def _dimension(raw: Mapping[str, Any], primary: str | None, types: Mapping[str, str]) -> Dimension:
    expr = raw.get("expr") or raw["name"]
    kind = next((kind for kind, form in _KINDS if form.search(types.get(expr, ""))), TEXT)
    if raw["type"] == "time":
        kind = DATE
    # `team_name` of the entity `team` is what everybody calls `team`.
    name = primary if primary and raw["name"] == f"{primary}_name" else raw["name"]
    return Dimension(
        name=name,
        element=raw["name"],
        expr=expr,
        kind=kind,
        description=(raw.get("description") or "").strip(),
        synonyms=tuple(_meta(raw).get("synonyms", ())),
        is_person=bool(_meta(raw).get("is_person")),
        is_day=types.get(expr, "").upper() == "DATE",
    )


def _measure(
    raw: Mapping[str, Any],
    model: Mapping[str, Any],
    dimensions: Mapping[str, Dimension],
    entities: Mapping[str, str],
) -> Measure:
    if raw["agg"] not in AGGREGATES:
        raise TestopsError(f"measure `{raw['name']}`: aggregate `{raw['agg']}` is not understood")
    default = (model.get("defaults") or {}).get("agg_time_dimension")
    if raw.get("agg_time_dimension") not in (None, default):
        raise TestopsError(
            f"measure `{raw['name']}` has a time of its own, which is not understood"
        )
    params = raw.get("agg_params") or {}
    newest = raw.get("non_additive_dimension")
    if newest and newest.get("window_choice") != "max":
        raise TestopsError(f"measure `{raw['name']}`: of a window only the newest is understood")
    return Measure(
        name=raw["name"],
        agg=raw["agg"],
        expr=str(raw.get("expr") or raw["name"]),
        percentile=params.get("percentile"),
        is_discrete=bool(params.get("use_discrete_percentile")),
        newest_by=dimensions[newest["name"]].expr if newest else None,
        newest_per=tuple(entities[one] for one in newest["window_groupings"]) if newest else (),
    )


def _metric(raw: Mapping[str, Any], measures: Mapping[str, SemanticModel]) -> Metric:
    params = raw["type_params"]
    measure, expr, filters = None, None, _filters(raw)
    inputs: tuple[Input, ...] = ()
    if raw["type"] == "simple":
        measure = params["measure"]["name"]
        filters = (*filters, *_filters(params["measure"]))
    elif raw["type"] == "ratio":
        inputs = tuple(_input(params[side], side) for side in ("numerator", "denominator"))
    elif raw["type"] == "derived":
        inputs = tuple(_input(one, one["name"]) for one in params["metrics"])
        expr = params["expr"]
    else:
        raise TestopsError(f"metric `{raw['name']}`: type `{raw['type']}` is not understood")
    if filters and raw["type"] != "simple":
        raise TestopsError(f"metric `{raw['name']}`: give the filter to the metrics it is made of")
    model = measures.get(measure or "")
    return Metric(
        name=raw["name"],
        label=raw.get("label") or raw["name"],
        description=" ".join((raw.get("description") or "").split()),
        kind=raw["type"],
        measure=measure,
        inputs=inputs,
        expr=expr,
        filters=tuple(_condition(one, model, raw["name"]) for one in filters),
        model=model.name if model else None,
        meta=_meta(raw),
    )


def _input(raw: Mapping[str, Any], alias: str) -> Input:
    if raw.get("offset_window") or raw.get("offset_to_grain"):
        raise TestopsError(f"metric `{raw['name']}`: an offset is not understood")
    if _filters(raw):
        raise TestopsError(f"metric `{raw['name']}`: give the filter to a metric of its own")
    return Input(metric=raw["name"], alias=raw.get("alias") or alias)


def _filters(raw: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        one["where_sql_template"] for one in (raw.get("filter") or {}).get("where_filters", ())
    )


def _condition(template: str, model: SemanticModel | None, metric: str) -> str:
    """Return the SQL of a filter in the model: dimensions of the fact itself, nothing else."""

    def column(match: re.Match[str]) -> str:
        element = match[2].split("__")[-1]
        if model is None or element not in model.dimensions:
            raise TestopsError(
                f"metric `{metric}`: its filter names `{match[2]}`, no own dimension"
            )
        return f"({model.dimensions[element].expr})"

    sql = _REFERENCE.sub(column, template)
    if "{" in sql:
        raise TestopsError(f"metric `{metric}`: its filter `{template}` is not understood")
    return sql


def _meta(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    return (raw.get("config") or {}).get("meta") or {}

"""The metric model of a published build: its examples, its truth, and MetricFlow's word for it."""

import json
import math
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import pytest

from testops.metrics import Filter, Request, answer, load_catalogue
from testops.metrics.catalogue import read_catalogue
from testops.metrics.request import Window
from testops.metrics.service import fetch, plans
from testops.metrics.sql import statement
from testops.warehouse import Build, connect, current_build
from tests.integration.truth_queries import expected

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def build(clean) -> Build:
    return current_build(clean.home / "published")


@pytest.fixture(scope="module")
def catalogue(build):
    return load_catalogue(build)


@pytest.fixture(scope="module")
def connection(build):
    with connect(build) as opened:
        yield opened


def same(one, other):
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


# --- weeks that are kept ready -------------------------------------------------------------------


def test_weeks_of_changed_code_are_those_of_the_metric(build, catalogue, connection):
    names = ("changed_code_coverage_ratio", "coverage_regression_ratio")
    for grain in ("repository", "team", "organisation"):
        kept = connection.execute(
            f"""
            select entity, week_start_date, {", ".join(names)}
            from marts.mart_coverage__weekly
            where grain = '{grain}'
            """
        ).fetchall()
        weeks = {
            (entity, week, name): value
            for entity, week, *values in kept
            for name, value in zip(names, values, strict=True)
            if value is not None
        }
        given = answer(connection, build, catalogue, Request(names, (grain,), grain="week"))
        asked = {
            (row.slices[grain], row.since, name): cell.numerator / cell.denominator
            for row in given.rows
            for name, cell in row.cells.items()
            if cell.numerator is not None and cell.denominator and row.slices[grain] is not None
        }
        assert len(asked) > 10
        assert weeks == asked


def test_stability_of_a_team_is_that_of_the_metric(build, catalogue, connection):
    name, compared = "pipeline_stability_index", 0
    for grain in ("repository", "team", "organisation"):
        kept = connection.execute(
            f"""
            select stability.entity, max(pipeline_stability_index)
            from marts.mart_pipeline__stability as stability
            where stability.grain = '{grain}' and window_name = '28_days'
            group by all
            """
        ).fetchall()
        by = () if grain == "organisation" else (grain,)
        for row in answer(connection, build, catalogue, Request((name,), by)).rows:
            entity = row.slices.get(grain, "organisation")
            value, known = row.cells[name].value, dict(kept)[entity]
            if value is None or known is None:
                assert value is known, (grain, entity)
                continue
            # The mart adds up to six digits.
            assert value == pytest.approx(known, rel=1e-6), (grain, entity)
            compared += 1
    assert compared > 3


# --- the simulator's truth ---------------------------------------------------------------------


def found_and_truth(build, catalogue, connection, truth):
    """Yield (key, what the service says, what the truth says) for all keys of both."""
    names = sorted({key[0] for key in truth})
    found = {}
    for grain in ("organisation", "team", "repository", "service"):
        asked = tuple(
            name for name in names if any(key[0] == name and key[1] == grain for key in truth)
        )
        for window, period in (("all", "total"), ("week", "week")):
            given = answer(connection, build, catalogue, Request(asked, (grain,), grain=period))
            for row in given.rows:
                week = str(row.since) if window == "week" else None
                for name, cell in row.cells.items():
                    if cell.n and row.slices[grain] is not None:
                        found[name, grain, row.slices[grain], window, week] = cell
    for key in found.keys() | truth.keys():
        yield key, found.get(key), truth.get(key)


def test_every_metric_equals_the_truth_at_every_grain(build, catalogue, connection, clean):
    with duckdb.connect() as reading:
        truth = expected(reading, str(clean.project / "truth"))
    wrong = {}
    for key, cell, known in found_and_truth(build, catalogue, connection, truth):
        fits = cell is not None and known is not None and same(cell.value, known[2])
        if fits and cell.denominator is not None and known[1] is not None:
            fits = same(cell.numerator, known[0]) and same(cell.denominator, known[1])
        if not fits:
            wrong[key] = (cell, known)
    assert len(truth) > 1000
    assert wrong == {}


def test_weeks_counted_back_from_any_day_are_the_truth(build, catalogue, connection, clean):
    """The first week of a series is a whole one, on whichever day the data end."""
    with duckdb.connect() as reading:
        truth = expected(reading, str(clean.project / "truth"))
    metric, grain = "pipeline_success_ratio", "organisation"
    last = max(date.fromisoformat(key[4]) for key in truth if key[4])
    known = {key[4]: value for key, value in truth.items() if key[:2] == (metric, grain)}
    for back in range(1, 8):
        until = last - timedelta(days=back)
        asked = Request((metric,), (grain,), grain="week", window="3w", until=until)
        rows = answer(connection, build, catalogue, asked).rows
        whole = [row for row in rows if (row.until - row.since).days == 6]
        assert len(whole) >= 3
        for row in whole:
            assert same(row.cells[metric].value, known[str(row.since)][2])


# --- worked examples ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def types(build):
    return {
        name: {column["name"]: column["type"] for column in table["columns"]}
        for name, table in build.manifest["tables"].items()
    }


def lay_out(connection, catalogue, types):
    """Make the tables of the model, with the rows of its examples and ten days."""
    for name in {f"{m.schema}.{m.table}" for m in catalogue.models.values()}:
        listed = ", ".join(f'"{column}" {kind}' for column, kind in types[name].items())
        connection.execute(f"create schema if not exists {name.split('.')[0]}")
        connection.execute(f"create table {name} ({listed})")
    connection.execute(
        "create table core.dim_dates as select cast(d as date) as calendar_date,"
        " cast(date_trunc('week', d) as date) as week_start_date"
        " from range(date '2026-03-01', date '2026-03-11', interval 1 day) as r(d)"
    )
    for model in catalogue.models.values():
        if model.time is None:
            continue
        for row in model.example:
            values = {model.time.expr: "2026-03-02", **row}
            columns = ", ".join(f'"{column}"' for column in values)
            marks = ", ".join("?" for _ in values)
            connection.execute(
                f"insert into {model.schema}.{model.table} ({columns}) values ({marks})",
                list(values.values()),
            )


def by_facts(catalogue):
    """The same catalogue without any table of sums."""
    models = {name: replace(model, rollup=None) for name, model in catalogue.models.items()}
    return replace(catalogue, models=models)


def test_worked_examples(build, catalogue, types):
    """Each metric's example is what the rows of its fact give, to four digits."""
    wrong, catalogue = {}, by_facts(catalogue)
    with duckdb.connect() as connection:
        connection.execute("create schema core")
        lay_out(connection, catalogue, types)
        for name, metric in catalogue.metrics.items():
            said = re.fullmatch(r"(?:(.*) = )?(-?[0-9.]+)", metric.meta["example"].strip())
            [row] = answer(connection, build, catalogue, Request((name,))).rows
            cell = row.cells[name]
            fits = said is not None and round(cell.value, 4) == round(float(said[2]), 4)
            if fits and cell.denominator is not None:
                parts = f"{cell.numerator:g} ÷ {cell.denominator:g}"
                fits = said[1] == parts
            if not fits:
                wrong[name] = (metric.meta["example"], cell)
    assert len(catalogue.metrics) > 50
    assert wrong == {}


# --- MetricFlow on the same definitions ---------------------------------------------------------


@pytest.fixture(scope="module")
def metricflow(build):
    """A function from metrics and a slice to the SQL that MetricFlow makes of them."""
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow_semantic_interfaces.implementations.semantic_manifest import (
        PydanticSemanticManifest,
    )
    from metricflow_semantic_interfaces.transformations.semantic_manifest_transformer import (
        PydanticSemanticManifestTransformer,
    )
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class Client:
        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

    text = (build.file.with_suffix("") / "semantic_manifest.json").read_text()
    manifest = PydanticSemanticManifestTransformer.transform(
        PydanticSemanticManifest.parse_raw(text.replace('\\"build\\".', ""))
    )
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), Client())

    def compiled(metrics, by):
        request = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=by)
        return engine.explain(request).sql_statement.sql

    return compiled


def their_name(place, model):
    """The name by which MetricFlow knows a dimension of a fact."""
    return "__".join([*(place.path or [model.primary_entity]), place.dimension.element])


def ours(catalogue, connection, metrics, by):
    """Values of simple metrics of one fact by week and slice, as the service fetches them."""
    request = Request(tuple(metric.name for metric in metrics), by, grain="week")
    [plan] = plans(catalogue, metrics, request)
    always = Window(date(1970, 1, 1), date(2199, 1, 1))
    found = {}
    for row in fetch(connection, statement(replace(plan, window=always))):
        columns = iter(row[1 + len(by) :])
        found[str(row[0]), *row[1 : 1 + len(by)]] = values = []
        for term in plan.terms:
            values.append(next(columns))
            if term.has_n:
                next(columns)
    # Without a filter both have rows without any value, with one only ours are there.
    if metrics[0].filters:
        found = {key: values for key, values in found.items() if set(values) != {None}}
    return found


def test_every_metric_by_every_dimension_is_what_metricflow_says(catalogue, connection, metricflow):
    """By all dimensions of its fact at once; for two facts also by one of another table alone."""
    # MetricFlow reads a fact once more for every filter, so those are asked for apart.
    groups = defaultdict(list)
    for metric in catalogue.metrics.values():
        if metric.measure is not None:
            groups[metric.model, metric.filters].append(metric)
    compared = 0
    for (name, _), metrics in groups.items():
        places = catalogue.places(name)
        alone = [("team",)] if name in ("workflow_runs", "test_results") else []
        for by in (tuple(places), *alone):
            found = ours(catalogue, connection, metrics, by)
            named = [their_name(places[one], catalogue.models[name]) for one in by]
            sql = metricflow([metric.name for metric in metrics], ["metric_time__week", *named])
            asked = connection.execute(sql)
            columns = [column[0] for column in asked.description]
            theirs = {}
            for row in asked.fetchall():
                value = dict(zip(columns, row, strict=True))
                key = (str(value["metric_time__week"])[:10], *(value[one] for one in named))
                if value["metric_time__week"] is not None:
                    theirs[key] = [value[metric.name] for metric in metrics]
            assert found.keys() == theirs.keys(), (name, by)
            for key, numbers in found.items():
                assert all(map(close, numbers, theirs[key])), (name, key)
            compared += len(found)
    assert compared > 1000


def close(one, other):
    return same(None if one is None else float(one), None if other is None else float(other))


def test_the_comparison_with_metricflow_would_notice(catalogue, connection, metricflow):
    theirs = connection.execute(metricflow(["run_count"], ["metric_time__week"])).fetchall()
    assert theirs
    assert not close(theirs[0][1], theirs[0][1] + 1)


# --- the closed list ----------------------------------------------------------------------------


def test_every_metric_by_every_dimension(build, catalogue, connection):
    """Ratios and formulas too; the slices of what is additive add up to the whole."""
    groups = defaultdict(list)
    for metric in catalogue.metrics.values():
        groups[catalogue.models_of(metric)].append(metric)
    for metrics in groups.values():
        names = tuple(metric.name for metric in metrics)
        [whole] = answer(connection, build, catalogue, Request(names)).rows
        dimensions = catalogue.dimensions_of(metrics[0])
        assert dimensions, names
        for dimension in dimensions:
            rows = answer(connection, build, catalogue, Request(names, (dimension,))).rows
            for metric in metrics:
                if metric.measure is None or metric.is_rate or "Not additive" in metric.description:
                    continue
                total = sum(row.cells[metric.name].value or 0 for row in rows)
                assert close(total, whole.cells[metric.name].value or 0), (metric.name, dimension)


def test_sums_of_a_day_answer_as_the_fact_does(build, catalogue, connection):
    """Every metric with sums, by every dimension; in all, and by day for those with a flag."""
    rolled = [model for model in catalogue.models.values() if model.rollup]
    assert rolled
    for model in rolled:
        sums = model.rollup.measures
        metrics = [
            metric
            for metric in catalogue.metrics.values()
            if catalogue.models_of(metric) == {model.name}
            and {term.measure.name for term in terms(catalogue, metric)} <= sums.keys()
        ]
        assert {term.measure.name for m in metrics for term in terms(catalogue, m)} == sums.keys()
        names, tables = tuple(metric.name for metric in metrics), set()
        for dimension in catalogue.places(model.name):
            flagged = (Filter("is_default_branch", "=", (True,)),)
            for where, grain in (((), "total"), (flagged, "day")):
                asked = Request(names, (dimension,), where, grain=grain, compare=True)
                found = answer(connection, build, catalogue, asked)
                by_rows = answer(connection, build, by_facts(catalogue), asked)
                assert found.rows == by_rows.rows, dimension
                tables |= {model.rollup.table in one.sql for one in found.statements}
        assert tables == {True, False}


def terms(catalogue, metric):
    return [one for plan in plans(by_facts(catalogue), [metric], Request((metric.name,)))
            for one in plan.terms]  # fmt: skip


def test_relations_of_the_model_are_published(build, catalogue):
    tables = set(build.manifest["tables"])
    assert {f"{model.schema}.{model.table}" for model in catalogue.models.values()} <= tables


def test_a_changed_definition_is_another_version(build, catalogue, types):
    text = (build.file.with_suffix("") / "semantic_manifest.json").read_text()
    before = catalogue.metrics["pipeline_success_ratio"].version
    worded = read_catalogue(json.loads(text.replace("come to a verdict", "are decided")), types)
    assert worded.metrics["pipeline_success_ratio"].version == before
    changed = read_catalogue(json.loads(text.replace("result = 'success'", "not is_bad")), types)
    assert changed.metrics["pipeline_success_ratio"].version != before
    assert changed.metrics["run_count"].version == catalogue.metrics["run_count"].version

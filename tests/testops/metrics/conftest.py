"""A published build of a few rows, made by hand, with its own metric model."""

import json
from pathlib import Path

import duckdb
import pytest

from testops.metrics import Request, answer, load_catalogue
from testops.warehouse import Build, connect

TABLES = """
create schema core; create schema marts;
create table core.dim_dates as
select cast(d as date) as calendar_date, cast(date_trunc('week', d) as date) as week_start_date
from range(date '2026-03-01', date '2026-04-01', interval 1 day) as r(d);
create table core.dim_teams as
select * from (values ('t1', 'checkout'), ('t2', 'search'), ('t3', 'o''brien; drop table x --'))
    as v(team_key, team);
create table core.dim_repositories as
select * from (values ('r1', 'a/shop', 't1', 'retail'), ('r2', 'a/find', 't2', 'retail'),
    ('r3', 'a/odd', 't3', null)) as v(repository_key, repository, team_key, business_unit);

-- a/shop: 3 of 4 pass in the first week, 1 of 2 in the second; a/find: 1 of 1; without: 0 of 1
create table core.fct_runs as
select * from (values
    ('1', 'r1', date '2026-03-02', 'ci', true, true, 10.0, 1),
    ('2', 'r1', date '2026-03-02', 'ci', true, true, 20.0, 1),
    ('3', 'r1', date '2026-03-03', 'ci', true, true, 30.0, 1),
    ('4', 'r1', date '2026-03-04', 'ci', true, false, 100.0, 2),
    ('5', 'r1', date '2026-03-09', 'nightly', true, true, null, 2),
    ('6', 'r1', date '2026-03-10', 'ci', true, false, 50.0, 3),
    ('7', 'r2', date '2026-03-10', 'ci', true, true, 60.0, 1),
    ('8', 'r2', date '2026-03-10', 'ci', false, false, 70.0, 1),
    ('9', null, date '2026-03-11', 'ci', true, false, 80.0, 1),
    ('10', 'r1', null, 'ci', true, true, 90.0, 1)
) as v(run_key, repository_key, run_date, workflow_name, is_decided, is_good, duration_seconds,
    author_number);
-- Two commits of a/shop and one of a/find, of which the newest counts.
create table marts.mart_coverage as
select * from (values
    ('c1', 'r1', date '2026-03-02', timestamp '2026-03-02 10:00', true, 10, 100),
    ('c2', 'r1', date '2026-03-09', timestamp '2026-03-09 10:00', true, 90, 100),
    ('c3', 'r1', date '2026-03-09', timestamp '2026-03-09 11:00', false, 1, 100),
    ('c4', 'r2', date '2026-03-03', timestamp '2026-03-03 10:00', true, 30, 100)
) as v(commit_key, repository_key, commit_date, commit_at, is_complete, covered, valid);
"""


def model(name, table, time=None, entities=(), dimensions=(), measures=(), schema="core"):
    return {
        "name": name,
        "node_relation": {"schema_name": schema, "alias": table},
        "primary_entity": None,
        "defaults": {"agg_time_dimension": time} if time else None,
        "entities": [{"name": n, "type": t, "expr": e} for n, t, e in entities],
        "dimensions": [
            {"name": n, "type": t, "expr": e, "description": n, "config": {"meta": meta}}
            for n, t, e, meta in dimensions
        ],
        "measures": list(measures),
    }


def measure(name, agg, expr, percentile=None, newest=None):
    return {
        "name": name,
        "agg": agg,
        "expr": expr,
        "agg_params": {"percentile": percentile, "use_discrete_percentile": False},
        "non_additive_dimension": newest,
    }


def metric(name, kind, unit="count", where=None, minimum=1, synonyms=(), **params):
    return {
        "name": name,
        "label": name.replace("_", " "),
        "description": f"What {name} is.",
        "type": kind,
        "type_params": params,
        "filter": {"where_filters": [{"where_sql_template": where}]} if where else None,
        "config": {
            "meta": {
                "unit": unit,
                "direction": "up",
                "owner": "testops",
                "synonyms": list(synonyms),
                "minimum_n": minimum,
            }
        },
    }


def simple(name, unit="count", **more):
    return metric(name, "simple", unit, measure={"name": name}, **more)


MANIFEST = {
    "semantic_models": [
        model(
            "runs",
            "fct_runs",
            "run_date",
            [("run", "primary", "run_key"), ("repository", "foreign", "repository_key")],
            [
                ("run_date", "time", None, {}),
                ("workflow_name", "categorical", None, {"synonyms": ["workflow"]}),
                ("is_decided", "categorical", None, {}),
                ("author_number", "categorical", None, {"is_person": True}),
            ],
            [
                measure("good_count", "sum", "case when is_good and is_decided then 1 else 0 end"),
                measure("decided_count", "sum", "case when is_decided then 1 else 0 end"),
                measure("run_count", "count", "run_key"),
                measure("author_count", "count_distinct", "author_number"),
                measure(
                    "undecided_author_count",
                    "count_distinct",
                    "case when not is_decided then author_number end",
                ),
                measure("work_seconds", "sum", "duration_seconds"),
                measure("duration_median_seconds", "median", "duration_seconds"),
                measure("duration_p90_seconds", "percentile", "duration_seconds", 0.9),
                measure("duration_mean_seconds", "average", "duration_seconds"),
                measure("undecided_count", "sum_boolean", "not is_decided"),
            ],
        ),
        model(
            "coverage",
            "mart_coverage",
            "commit_date",
            [("commit", "primary", "commit_key"), ("repository", "foreign", "repository_key")],
            [
                ("commit_date", "time", None, {}),
                ("commit_at", "time", None, {}),
                ("is_complete", "categorical", None, {}),
            ],
            [
                measure(
                    name,
                    "sum",
                    expr,
                    newest={
                        "name": "commit_at",
                        "window_choice": "max",
                        "window_groupings": ["repository"],
                    },
                )
                for name, expr in (("covered_lines", "covered"), ("valid_lines", "valid"))
            ],
            schema="marts",
        ),
        model(
            "repositories",
            "dim_repositories",
            None,
            [("repository", "primary", "repository_key"), ("team", "foreign", "team_key")],
            [
                ("repository_name", "categorical", "repository", {"synonyms": ["repo"]}),
                ("business_unit", "categorical", None, {}),
            ],
        ),
        model(
            "teams",
            "dim_teams",
            None,
            [("team", "primary", "team_key")],
            [("team_name", "categorical", "team", {"synonyms": ["squad"]})],
        ),
    ],
    "metrics": [
        simple("good_count"),
        simple("decided_count"),
        simple("run_count"),
        simple("author_count"),
        simple("undecided_count"),
        simple("undecided_author_count"),
        simple("work_seconds", "seconds"),
        simple("duration_median_seconds", "seconds", minimum=3),
        simple("duration_p90_seconds", "seconds"),
        simple("duration_mean_seconds", "seconds"),
        metric("run_frequency", "simple", "per_day", measure={"name": "run_count"}),
        metric(
            "nightly_good_count",
            "simple",
            measure={"name": "good_count"},
            where="{{ Dimension('run__workflow_name') }} = 'nightly'",
        ),
        metric(
            "nightly_count",
            "simple",
            measure={"name": "run_count"},
            where="{{ Dimension('run__workflow_name') }} = 'nightly'",
        ),
        metric(
            "success_ratio",
            "ratio",
            "ratio",
            minimum=2,
            synonyms=["green rate", "pass rate"],
            numerator={"name": "good_count"},
            denominator={"name": "decided_count"},
        ),
        metric(
            "failure_ratio",
            "derived",
            "ratio",
            expr="1 - good / decided",
            metrics=[
                {"name": "good_count", "alias": "good"},
                {"name": "decided_count", "alias": "decided"},
            ],
        ),
        metric(
            "covered_lines",
            "simple",
            measure={"name": "covered_lines"},
            where="{{ Dimension('commit__is_complete') }}",
        ),
        metric(
            "valid_lines",
            "simple",
            measure={"name": "valid_lines"},
            where="{{ Dimension('commit__is_complete') }}",
        ),
        metric(
            "coverage_ratio",
            "ratio",
            "ratio",
            numerator={"name": "covered_lines"},
            denominator={"name": "valid_lines"},
        ),
        metric(
            "covered_lines_per_run",
            "ratio",
            "score",
            numerator={"name": "covered_lines"},
            denominator={"name": "run_count"},
        ),
    ],
}


def publish(folder: Path, tables: str = TABLES, manifest: dict = MANIFEST) -> Build:
    """Lay out a build as publishing does."""
    build_id = "20260401T000000Z-abcdef"
    path = folder / f"testops-{build_id}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(tables)
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type"
            " from information_schema.columns order by 1, ordinal_position"
        ).fetchall()
    described: dict = {}
    for table, column, kind in columns:
        described.setdefault(table, {"rows": 1, "columns": []})
        described[table]["columns"].append({"name": column, "type": kind})
    companion = folder / f"testops-{build_id}"
    companion.mkdir()
    (companion / "semantic_manifest.json").write_text(json.dumps(manifest))
    content = {
        "build_id": build_id,
        "data_as_of": "2026-03-31T20:00:00+00:00",
        "gates": [{"gate": "raw", "passed": True, "warning_count": 0}],
        "tables": described,
    }
    (companion / "manifest.json").write_text(json.dumps(content))
    (folder / "current.json").symlink_to(companion / "manifest.json")
    return Build(path, content)


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """A folder of published builds with one build."""
    folder = tmp_path_factory.mktemp("home") / "published"
    folder.mkdir()
    publish(folder)
    return folder


@pytest.fixture(scope="session")
def build(published) -> Build:
    content = json.loads((published / "current.json").read_text())
    return Build(published / f"testops-{content['build_id']}.duckdb", content)


@pytest.fixture(scope="session")
def catalogue(build):
    return load_catalogue(build)


@pytest.fixture(scope="session")
def connection(build):
    with connect(build) as opened:
        yield opened


@pytest.fixture
def ask(connection, build, catalogue):
    return lambda *metrics, **more: answer(
        connection, build, catalogue, Request(metrics=metrics, **more)
    )


def only(found):
    [row] = found.rows
    [cell] = row.cells.values()
    return cell

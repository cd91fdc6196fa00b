"""How long the metric service takes for a daily series by team on millions of test results.

The tables are made in DuckDB with as many teams, repositories, tests and days as a large
organisation has; the metric model is the project's own, as dbt reads it. Measured is everything
from the request to its rows, on a connection that is open.

Run: `python -m benchmarks.metric_query [--results 10000000]`
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from string import Template

import duckdb

from testops.metrics import Filter, Request, answer, load_catalogue
from testops.warehouse import Build, connect

_REPOSITORY = Path(__file__).resolve().parent.parent
_BUILD_ID = "20260501T000000Z-000000"
_BAR_MILLISECONDS = 150
_TIMES = 9
_DAYS = 120

_TABLES = """
create schema core;
create table core.dim_dates as
select
    cast(date '2026-01-01' + i as date) as calendar_date,
    cast(date_trunc('week', date '2026-01-01' + i) as date) as week_start_date
from (select cast(t as integer) as i from range($days) as r(t));
create table core.dim_teams as
select md5('team' || i) as team_key, 'team ' || i as team from range(40) as r(i);
create table core.dim_repositories as
select md5('repository' || i) as repository_key, 'acme/repository-' || i as repository,
    md5('team' || (i % 40)) as team_key, 'unit ' || (i % 5) as business_unit,
    'acme' as organisation, true as is_simulated
from range(200) as r(i);
create table core.fct_test_results as
select md5('test' || ((i * 7919) % 50000)) as test_key,
    md5('repository' || (i % 200)) as repository_key, md5('team' || (i % 40)) as team_key,
    cast(null as varchar) as service_key, 'ci' as workflow_name, 'linux' as environment,
    cast(date '2026-01-01' + cast(i * $days // $results as integer) as date)
        as run_created_date,
    if(i % 31 = 0, 'failed', 'passed') as verdict, i % 31 = 0 as is_failure,
    i % 97 <> 0 as is_final_in_attempt, true as is_execution, i % 1000 = 0 as is_outage,
    i % 301 = 0 as is_in_flaky_state, i % 500 = 0 as is_retry_pass,
    i % 2 = 0 as is_default_branch, cast(i % 100 as double) / 10 as duration_seconds
from range($results) as r(i);
create schema marts;
create table marts.mart_test__results_daily as
select repository_key, team_key, service_key, environment, is_default_branch, run_created_date,
    count(*) filter (where is_final_in_attempt and verdict = 'passed') as passed_count,
    count(*) filter (where is_final_in_attempt and verdict = 'failed') as failed_count,
    cast(0 as bigint) as errored_count,
    count(*) filter (where is_retry_pass) as retry_pass_count,
    count(*) filter (where is_execution and not is_outage) as execution_count,
    count(*) filter (where is_execution and not is_outage and is_in_flaky_state)
        as flaky_execution_count
from core.fct_test_results
group by all;
"""

_QUESTIONS = {
    "flake_ratio by day and team": Request(("flake_ratio",), ("team",), grain="day"),
    "test_pass_ratio by day and team": Request(("test_pass_ratio",), ("team",), grain="day"),
    "the same over 90 days, default branch": Request(
        ("test_pass_ratio",),
        ("team",),
        (Filter("is_default_branch", "=", (True,)),),
        grain="day",
        window="90d",
    ),
    "four ratios by week and repository": Request(
        ("flake_ratio", "test_pass_ratio", "test_failure_ratio", "retry_dependency_ratio"),
        ("repository",),
        grain="week",
    ),
    "by day, team and workflow, of the fact": Request(
        ("test_pass_ratio",), ("team", "workflow_name"), grain="day"
    ),
}


def main() -> None:
    """Measure and print the times of some questions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=int, default=10_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="metric-query-") as temporary:
        build = _make(Path(temporary), options.results)
        catalogue = load_catalogue(build)
        with connect(build) as connection:
            for name, request in _QUESTIONS.items():
                clock, cpu, rows = [], [], 0
                for _ in range(_TIMES):
                    began, used = time.perf_counter(), time.process_time()
                    rows = len(answer(connection, build, catalogue, request).rows)
                    clock.append(time.perf_counter() - began)
                    cpu.append(time.process_time() - used)
                print(
                    f"metric_query: {options.results:,} results, {name}: {rows:,} rows, warm "
                    f"median {1000 * statistics.median(clock[1:]):.0f} ms "
                    f"(bar {_BAR_MILLISECONDS}; CPU {1000 * statistics.median(cpu[1:]):.0f} ms)"
                )


def _make(folder: Path, results: int) -> Build:
    """Lay out a build as publishing does."""
    path = folder / f"testops-{_BUILD_ID}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(Template(_TABLES).substitute(results=results, days=_DAYS))
        columns = connection.execute(
            "select table_schema || '.' || table_name, column_name, data_type"
            " from information_schema.columns"
        ).fetchall()
    tables: dict[str, dict[str, list[dict[str, str]]]] = {}
    for table, column, kind in columns:
        described = tables.setdefault(table, {"columns": []})
        described["columns"].append({"name": column, "type": kind})
    target = folder / f"testops-{_BUILD_ID}"
    dbt = Path(sys.executable).parent / "dbt"
    subprocess.run(
        [dbt, "--quiet", "parse", "--project-dir", "dbt_project", "--profiles-dir", "dbt_project"],
        cwd=_REPOSITORY,
        env={**os.environ, "DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)},
        check=True,
    )
    return Build(path, {"build_id": _BUILD_ID, "tables": tables})


if __name__ == "__main__":
    main()

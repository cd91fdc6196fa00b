"""Every metric of the simulator's truth as SQL on the warehouse, for any grain and window.

A family is a relation with the columns of the entities (`organisation`, `team`, `repository`,
`service`), the day that decides the week (`day`) and whatever its metrics need; a metric is three
aggregates over it: numerator, denominator and value (NULL: the truth has none).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

ALL, WEEK = "all", "week"
Key = tuple[str, str, str, str, str | None]
Values = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Metric:
    """Three aggregates over a family; a group whose `exists` is false has no row in the truth."""

    numerator: str | None
    denominator: str | None
    value: str | None = None
    exists: str = "true"

    def select(self) -> str:
        """The aggregates as columns."""
        value = self.value or f"({self.numerator}) / nullif(cast({self.denominator} as double), 0)"
        return f"{self.numerator or 'null'}, {self.denominator or 'null'}, {value}"


@dataclass(frozen=True)
class Family:
    """A relation, the grains it can be cut by, and its metrics."""

    relation: str
    grains: tuple[str, ...]
    metrics: dict[str, Metric]


def _ratio(numerator: str, denominator: str) -> Metric:
    over = f"count(*) filter (where {denominator})"
    return Metric(f"count(*) filter (where {numerator})", over, exists=f"{over} > 0")


def _quantile(column: str, share: float) -> Metric:
    count = f"count({column})"
    return Metric(None, count, f"quantile_cont({column}, {share})", f"{count} > 0")


_PIPELINE = ("organisation", "team", "repository")
_DELIVERY = (*_PIPELINE, "service")
_DAYS = "(select count(*) from core.dim_dates)"
_EXECUTION = "is_execution and not is_outage"
_FINAL = "is_final_in_attempt"

RUNS = Family(
    """
    select attempts.*, dimension.organisation, attempts.run_created_date as day
    from core.fct_workflow_run_attempts as attempts
    inner join core.dim_repositories as dimension using (repository_key)
    """,
    _PIPELINE,
    {
        "pipeline_success_ratio": _ratio(
            "is_final_attempt and result = 'success'", "is_final_attempt and is_decided"
        ),
        "pipeline_failure_ratio": _ratio(
            "is_final_attempt and is_bad", "is_final_attempt and is_decided"
        ),
        "first_attempt_success_ratio": _ratio(
            "is_first_attempt and result = 'success' and not has_retried_failure",
            "is_first_attempt and is_decided",
        ),
        "completion_ratio": _ratio(
            "is_final_attempt and result = 'success'", "is_final_attempt and is_finished"
        ),
        "devlake_success_ratio": _ratio(
            "is_final_attempt and result = 'success'", "is_final_attempt and is_finished"
        ),
        "cancel_ratio": _ratio(
            "is_final_attempt and result = 'cancelled'", "is_final_attempt and is_finished"
        ),
        "rerun_ratio": _ratio(
            "is_final_attempt and (is_rerun or is_retriggered or has_retried_failure)",
            "is_final_attempt",
        ),
        "pipeline_duration_median_seconds": _quantile(
            "case when is_final_attempt and is_finished then duration_seconds end", 0.5
        ),
        "pipeline_duration_p95_seconds": _quantile(
            "case when is_final_attempt and is_finished then duration_seconds end", 0.95
        ),
        "rerun_burden_seconds": Metric(
            "coalesce(sum(rerun_seconds), 0)",
            None,
            "coalesce(sum(rerun_seconds), 0)",
            "count(*) filter (where not is_first_attempt or rerun_seconds is not null) > 0",
        ),
    },
)

JOBS = Family(
    """
    select jobs.*, dimension.organisation, dimension.team, jobs.run_created_date as day
    from core.fct_job_attempts as jobs
    inner join core.dim_repositories as dimension using (repository_key)
    """,
    _PIPELINE,
    {
        "queue_time_median_seconds": _quantile("queue_seconds", 0.5),
        "queue_time_p95_seconds": _quantile("queue_seconds", 0.95),
    },
)

RESULTS = Family(
    """
    select results.*, dimension.organisation, results.run_created_date as day
    from core.fct_test_results as results
    inner join core.dim_repositories as dimension using (repository_key)
    """,
    _PIPELINE,
    {
        "test_pass_ratio": _ratio(f"{_FINAL} and verdict = 'passed'", f"{_FINAL} and is_execution"),
        "test_failure_ratio": _ratio(f"{_FINAL} and is_failure", f"{_FINAL} and is_execution"),
        "retry_dependency_ratio": _ratio("is_retry_pass", f"{_FINAL} and verdict = 'passed'"),
        "flake_ratio": _ratio(f"{_EXECUTION} and is_in_flaky_state", _EXECUTION),
        "flaky_test_ratio": Metric(
            f"count(distinct test_key) filter (where {_EXECUTION} and is_in_flaky_state)",
            f"count(distinct test_key) filter (where {_EXECUTION})",
            exists=f"count(*) filter (where {_EXECUTION}) > 0",
        ),
    },
)

SUITES = Family(
    """
    select suites.*, dimension.organisation, suites.run_created_date as day
    from core.fct_test_suite_results as suites
    inner join core.dim_repositories as dimension using (repository_key)
    """,
    ("organisation", "repository"),
    {"suite_duration_seconds": Metric("sum(duration_seconds)", "count(duration_seconds)")},
)

DEPLOYMENTS = Family(
    """
    select deployments.*, dimension.organisation, deployments.finished_date as day
    from core.fct_deployments as deployments
    inner join core.dim_repositories as dimension using (repository_key)
    where is_counted
    """,
    _DELIVERY,
    {
        "deployment_frequency": Metric("count(*) filter (where result = 'success')", "{days}"),
        "change_fail_ratio": _ratio("is_failed", "true"),
        "deployment_rework_ratio": _ratio("is_rework", "true"),
        "failed_deployment_recovery_seconds": _quantile("recovery_seconds", 0.5),
        "mttr_failed_deploys": Metric(
            None,
            "count(recovery_seconds)",
            "avg(recovery_seconds)",
            "count(recovery_seconds) > 0",
        ),
    },
)

CHANGES = Family(
    """
    select bridge.change_lead_time_seconds, deployments.repository, deployments.service,
        deployments.team, dimension.organisation, deployments.finished_date as day
    from core.bridge_deployments_commits as bridge
    inner join core.fct_deployments as deployments using (deployment_key)
    inner join core.dim_repositories as dimension using (repository_key)
    """,
    _DELIVERY,
    {
        "change_lead_time_median_seconds": _quantile("change_lead_time_seconds", 0.5),
        "change_lead_time_p90_seconds": _quantile("change_lead_time_seconds", 0.9),
    },
)

# One row per complete default-branch commit; of a repository only the newest one of the window.
COVERAGE = Family(
    """
    select commits.*, dimension.organisation, dimension.team, commits.commit_date as day
    from marts.mart_coverage__commits as commits
    inner join core.dim_repositories as dimension using (repository_key)
    where is_complete and is_default_branch
    qualify row_number() over (
        partition by commits.repository, {window} order by commit_at desc, head_sha
    ) = 1
    """,
    _PIPELINE,
    {
        "global_coverage_ratio": Metric(
            "sum(covered_line_count)", "sum(valid_line_count)", exists="sum(valid_line_count) > 0"
        )
    },
)

# Rows of core facts by the names that `truth/counts.csv` has for them.
_COUNTED = {
    "fct_workflow_run_attempts": ("fct_workflow_run_attempts", "true"),
    "fct_workflow_runs": ("fct_workflow_run_attempts", "is_final_attempt"),
    "fct_workflow_runs.children": ("fct_workflow_run_attempts", "parent_run_id is not null"),
    "fct_job_attempts": ("fct_job_attempts", "true"),
    "fct_job_attempts.retried": ("fct_job_attempts", "is_retried"),
    "fct_job_attempts.soft_failures": ("fct_job_attempts", "is_allowed_to_fail and is_bad"),
    "fct_job_attempts.waiting_for_people": (
        "fct_job_attempts", "is_manual and started_at is null and result = 'neutral'",
    ),
    "fct_test_results": ("fct_test_results", "true"),
    "fct_test_results.passed": ("fct_test_results", "verdict = 'passed'"),
    "fct_test_results.failed": ("fct_test_results", "verdict = 'failed'"),
    "fct_test_results.errored": ("fct_test_results", "verdict = 'errored'"),
    "fct_test_results.skipped": ("fct_test_results", "verdict = 'skipped'"),
    "fct_test_suite_results": ("fct_test_suite_results", "true"),
    "fct_deployments": ("fct_deployments", "true"),
    "fct_deployments.production_finished": ("fct_deployments", "is_counted"),
    "fct_incidents": ("fct_incidents", "true"),
    "fct_commits": ("fct_commits", "true"),
    "fct_changes": ("fct_changes", "true"),
    "fct_changes.merged": ("fct_changes", "merged_at is not null"),
    "fct_reviews": ("fct_reviews", "true"),
}  # fmt: skip
COUNTS = {
    name: f"select repository, count(*) filter (where {what}) from core.{table} group by 1"
    for name, (table, what) in _COUNTED.items()
}
# The truth calls the first deployment of a service a planned one.
DEPLOYMENTS_JUDGED = """
select
    repository, deployment_id, case when is_counted then 'True' else 'False' end,
    case when is_counted then replace(deployment_kind, 'first', 'planned') else '' end,
    coalesce(failed_by, '')
from core.fct_deployments
"""

FAMILIES = (RUNS, JOBS, RESULTS, SUITES, DEPLOYMENTS, CHANGES, COVERAGE)


def query(family: Family, metric: Metric, grain: str, window: str) -> str:
    """SQL of a metric: rows (entity, week, numerator, denominator, value)."""
    week = "cast(date_trunc('week', day) as date)" if window == WEEK else "cast(null as date)"
    text = f"""
    with relation as ({family.relation})
    select {grain}, {week}, {metric.select()}
    from relation
    where {grain} is not null and day is not null
    group by 1, 2
    having {metric.exists}
    """
    newest = "date_trunc('week', commit_date)" if window == WEEK else "1"
    return text.replace("{days}", "7" if window == WEEK else _DAYS).replace("{window}", newest)


def computed(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Key, Values]]:
    """Every metric that the warehouse gives, at every grain and window."""
    for family in FAMILIES:
        for name, metric in family.metrics.items():
            for grain in family.grains:
                for window in (ALL, WEEK):
                    sql = query(family, metric, grain, window)
                    for entity, week, *values in connection.execute(sql).fetchall():
                        key = (name, grain, entity, window, str(week) if week else None)
                        numbers = [None if value is None else float(value) for value in values]
                        yield key, (numbers[0], numbers[1], numbers[2])


def expected(connection: duckdb.DuckDBPyConnection, truth: str) -> dict[Key, Values]:
    """The truth file `metrics.csv` of a simulation."""
    sql = """
    select metric, grain, entity, "window", cast(window_start_date as string),
        numerator, denominator, value
    from read_csv(?, types = {'numerator': 'DOUBLE', 'denominator': 'DOUBLE', 'value': 'DOUBLE'})
    """
    rows = connection.execute(sql, [f"{truth}/metrics.csv"]).fetchall()
    return {row[:5]: row[5:] for row in rows}


def differences(connection: duckdb.DuckDBPyConnection, truth: str, tolerance: float = 1e-9) -> list:
    """Rows (key, computed, expected) that are missing on a side or differ in any number."""
    found, wanted = dict(computed(connection)), expected(connection, truth)
    return [
        (key, found.get(key), wanted.get(key))
        for key in sorted(found.keys() | wanted.keys(), key=str)
        if not _are_equal(found.get(key), wanted.get(key), tolerance)
    ]


def _are_equal(found: Values | None, wanted: Values | None, tolerance: float) -> bool:
    if found is None or wanted is None:
        return False
    for one, other in zip(found, wanted, strict=True):
        if one is None or other is None:
            if one is not other:
                return False
        elif abs(one - other) > tolerance * max(1.0, abs(other)):
            return False
    return True

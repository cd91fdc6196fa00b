"""The metric model against the catalogue of metrics that was agreed on, and what each is cut by."""

import json
import math
import re
from statistics import fmean

import pytest

from testops.metrics.catalogue import Catalogue, read_catalogue

PIPELINE = (
    "pipeline_success_ratio",
    "pipeline_failure_ratio",
    "first_attempt_success_ratio",
    "completion_ratio",
    "devlake_success_ratio",
    "pipeline_duration_median_seconds",
    "pipeline_duration_p95_seconds",
    "queue_time_median_seconds",
    "queue_time_p95_seconds",
    "rerun_ratio",
    "rerun_burden_seconds",
    "cancel_ratio",
    "superseded_cancel_ratio",
    "user_cancel_ratio",
    "timeout_cancel_ratio",
    "job_duration_seconds",
    "stage_duration_seconds",
    "critical_path_seconds",
    "critical_path_waiting_seconds",
    "critical_path_ratio",
    "concurrent_job_peak_count",
    "concurrent_waiting_job_peak_count",
    "waiting_job_peak_count",
    "runner_load_ratio",
)
DELIVERY = (
    "deployment_frequency",
    "deployment_day_count",
    "change_lead_time_median_seconds",
    "change_lead_time_p90_seconds",
    "coding_time_median_seconds",
    "pickup_time_median_seconds",
    "review_time_median_seconds",
    "deploy_time_median_seconds",
    "change_fail_ratio",
    "failed_deployment_recovery_seconds",
    "mttr_failed_deploys",
    "deployment_rework_ratio",
)
TEST = (
    "test_pass_ratio",
    "test_failure_ratio",
    "flake_ratio",
    "flaky_test_ratio",
    "retry_dependency_ratio",
    "suite_duration_seconds",
    "suite_duration_median_seconds",
    "suite_duration_p95_seconds",
    "test_duration_median_seconds",
    "test_duration_p95_seconds",
    "critical_path_test_seconds",
    "quarantined_test_count",
    "failure_recurrence_score",
    "fingerprint_recurrence_score",
    "reopened_episode_ratio",
)
COVERAGE = (
    "global_coverage_ratio",
    "branch_coverage_ratio",
    "changed_code_coverage_ratio",
    "critical_path_coverage_ratio",
    "coverage_regression_ratio",
    "uncovered_change_count",
    "coverage_to_defect_correlation",
)
SCORES = (
    "release_confidence_score",
    "test_reliability_index",
    "pipeline_stability_index",
    "quality_drag_hours",
    "escaped_defect_risk",
    "merge_risk_score",
    "test_value_score",
    "file_risk_score",
)
WELL_BEING = (
    "interruption_count",
    "after_hours_recovery_ratio",
    "owned_failure_count",
    "cross_team_failure_ratio",
    "burden_gini_ratio",
    "top_team_ratio",
)
ADOPTION = (
    "ci_adoption_ratio",
    "test_adoption_ratio",
    "coverage_adoption_ratio",
    "covered_change_ratio",
    "source_lag_seconds",
    "source_quiet_seconds",
)
AGREED = (*PIPELINE, *DELIVERY, *TEST, *COVERAGE, *SCORES, *WELL_BEING, *ADOPTION)

COLUMNS = {
    # The parts of a score stand beside it, and a correlation has an interval.
    "flake_rate_part": "mart_test__reliability",
    "no_code_failures_part": "mart_pipeline__stability",
    "episode_count": "mart_test__failure_recurrence",
    "bug_detection_percentile": "mart_test__values",
    "flakiness_rank_ratio": "mart_risk__files",
    "lower_correlation": "mart_coverage__defect_correlation",
    # Shares of a whole: numerator and denominator are of different slices.
    "duration_share_ratio": "mart_pipeline__job_shares_weekly",
    "path_share_ratio": "mart_pipeline__job_shares_weekly",
    # What is known of a test, not a number to add up.
    "last_failed_at": "mart_test__flakiness",
    "is_failure_decayed": "mart_test__flakiness",
    "confidence": "fct_test_renames",
}
"""What is a column of a mart by design, and of which."""

SLICES = {
    "organisation": ("organisation",),
    "business unit": ("business_unit",),
    "team": ("team",),
    "repository": ("repository",),
    "service": ("service",),
    "application": ("application",),
    "branch": ("head_branch", "base_ref"),
    "default branch": ("is_default_branch",),
    "change": ("pull_request_number",),
    "author": ("author",),
    "environment": ("environment",),
    "workflow": ("workflow_name",),
    "job": ("job_name",),
    "suite": ("suite_name", "suite_path"),
    "test": ("test",),
}

_WHOLE_RUN = "a run is whole: its jobs, suites and tests have metrics of their own"
_RUN_SERVICES = "a run builds a repository, and several services may come of it"
_NO_CI = "it is not about runs"
_MANY = "it holds the commits of many branches, changes and people"
_OF_TESTS = {
    **dict.fromkeys(
        ("branch", "default branch", "change", "author"), "it is made of all runs of a test"
    ),
    **dict.fromkeys(("environment", "workflow", "job"), "it is made of all runs of a test"),
}
_OF_ALL_RUNS = "it is made of all runs of a repository"
_REPORT = "a report of coverage is merged over the jobs, suites and tests that made it"

MISSING = {
    "workflow_runs": {
        "service": _RUN_SERVICES,
        "environment": "one run has jobs in several environments",
        **dict.fromkeys(("job", "suite", "test"), _WHOLE_RUN),
    },
    "job_attempts": {
        "service": _RUN_SERVICES,
        **dict.fromkeys(("suite", "test"), "a job is whole: suites and tests have their own"),
    },
    "stage_attempts": {
        "service": _RUN_SERVICES,
        **dict.fromkeys(("environment", "job", "suite", "test"), "a stage is whole"),
    },
    "critical_path_jobs": {
        "service": _RUN_SERVICES,
        **dict.fromkeys(("suite", "test"), "tests side by side are on no path one by one"),
    },
    "runner_loads": dict.fromkeys(
        set(SLICES), "all share the machines: what runs at once belongs to no one of them"
    ),
    "test_results": {},
    "test_suites": {
        "service": "a suite may test several services",
        "test": "a suite is whole",
    },
    "deployments": {
        **dict.fromkeys(("branch", "default branch", "change", "author"), _MANY),
        **dict.fromkeys(("workflow", "job", "suite", "test"), _NO_CI),
    },
    "delivered_changes": {
        **dict.fromkeys(("branch", "default branch"), "in production it has left its branch"),
        **dict.fromkeys(("workflow", "job", "suite", "test"), _NO_CI),
    },
    "changes": {
        "service": "a change may touch several services",
        "default branch": "the branch that it goes to says it",
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _NO_CI),
    },
    "coverage_commits": {
        "service": "a report is of a repository; `coverage_files` knows services",
        "branch": "one commit is on several branches; whether on the default one is known",
        **dict.fromkeys(("change", "author"), "the whole of a repository is no one's"),
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _REPORT),
    },
    "coverage_files": {
        "branch": "the newest commit of the default branch",
        "default branch": "the newest commit of the default branch",
        **dict.fromkeys(("change", "author"), "the whole of a file is no one's"),
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _REPORT),
    },
    "coverage_changes": {
        "service": "a change may touch several services",
        "default branch": "the branch that it goes to says it",
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _REPORT),
    },
    "releases": {
        "environment": "production alone",
        **dict.fromkeys(("branch", "default branch", "change", "author"), _MANY),
        **dict.fromkeys(("workflow", "job", "suite", "test"), _NO_CI),
    },
    "change_risks": {
        "service": "a change may touch several services",
        "author": "people are not scored",
        "change": "each change has its own row in the mart",
        **dict.fromkeys(("branch", "default branch"), "before it lands it is on its own branch"),
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _NO_CI),
    },
    "test_reliabilities": _OF_TESTS,
    "test_values": _OF_TESTS,
    "failure_recurrences": _OF_TESTS,
    "pipeline_stability": {
        "service": _RUN_SERVICES,
        **dict.fromkeys(("branch", "default branch", "change", "author"), _OF_ALL_RUNS),
        **dict.fromkeys(("environment", "workflow", "job"), _OF_ALL_RUNS),
        **dict.fromkeys(("suite", "test"), _WHOLE_RUN),
    },
    "file_risks": {
        "branch": "the newest commit of the default branch",
        "default branch": "the newest commit of the default branch",
        **dict.fromkeys(("change", "author"), "the whole of a file is no one's"),
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _REPORT),
    },
    "defect_correlations": {
        "service": "a change may touch several services",
        **dict.fromkeys(
            ("branch", "default branch", "change", "author"), "it compares many changes"
        ),
        **dict.fromkeys(("environment", "workflow", "job", "suite", "test"), _REPORT),
    },
    "quality_drag": dict.fromkeys(
        set(SLICES) - {"team"}, "hours of the people of a team in a week"
    ),
    "burden": dict.fromkeys(
        set(SLICES) - {"team"}, "what a team has to carry, wherever it comes from"
    ),
    "adoption": dict.fromkeys(
        set(SLICES) - {"organisation", "business unit", "team", "repository"},
        "it asks what of a repository is loaded",
    ),
    "sources": dict.fromkeys(set(SLICES), "a source is loaded for all at once"),
}
"""Fact → slice that it does not offer → why."""


@pytest.fixture(scope="module")
def catalogue(parsed) -> Catalogue:
    return read_catalogue(json.loads((parsed / "semantic_manifest.json").read_text()), {})


@pytest.mark.parametrize("name", AGREED)
def test_every_agreed_metric_is_in_the_model(catalogue, name):
    assert name in catalogue.metrics


@pytest.mark.parametrize(("column", "table"), COLUMNS.items())
def test_what_is_a_column_by_design_is_a_described_one(models, column, table):
    [found] = [model for model in models if model["name"] == table]
    assert found["columns"][column]["description"].strip()


def offered(catalogue: Catalogue, name: str) -> set[str]:
    """The slices of a metric, in the words of the agreement."""
    dimensions = catalogue.dimensions_of(catalogue.metric(name))
    return {word for word, ways in SLICES.items() if any(way in dimensions for way in ways)}


@pytest.mark.parametrize("name", AGREED)
def test_every_slice_is_offered_or_makes_no_sense(catalogue, name):
    """A metric of two facts offers what both do."""
    facts = catalogue.models_of(catalogue.metric(name))
    reasons = {word for fact in facts for word in MISSING[fact]}
    if "service" in reasons:  # an application is made of services
        reasons.add("application")
    assert offered(catalogue, name) == set(SLICES) - reasons


def test_a_slice_of_two_facts_means_the_same_in_both(catalogue):
    """The word for a job's result in one fact must not be that of its run in the other."""
    different = {
        (name, dimension): meanings
        for name, metric in catalogue.metrics.items()
        for dimension in catalogue.dimensions_of(metric)
        if len(
            meanings := {
                (bool(place.path), place.dimension.description)
                for fact in catalogue.models_of(metric)
                if (place := catalogue.places(fact)[dimension])
            }
        )
        > 1
    }
    assert different == {}


def test_reasons_are_for_what_is_read(catalogue):
    read = {fact for name in AGREED for fact in catalogue.models_of(catalogue.metric(name))}
    assert set(MISSING) == read
    assert all(reason for reasons in MISSING.values() for reason in reasons.values())


def test_people_are_known_as_people(catalogue):
    assert catalogue.places("test_results")["author"].dimension.is_person


def _worked_out(example: str) -> float:
    """Return what the words of an example come to."""
    words = example.rpartition(" = ")[0] or example
    kind, _, listed = words.rpartition(" of ")
    numbers = sorted(float(one) for one in re.split(r", | ÷ | \+ ", listed))
    if kind == "mean":
        return fmean(numbers)
    if kind:
        share = 0.5 if kind == "median" else float(kind.removesuffix(" % quantile")) / 100
        at = share * (len(numbers) - 1)
        low, high = numbers[math.floor(at)], numbers[math.ceil(at)]
        return low + (high - low) * (at - math.floor(at))
    if "÷" in words:
        above, below = (float(one) for one in words.split(" ÷ "))
        return above / below
    return sum(numbers)


def test_the_words_of_an_example_come_to_its_number(catalogue):
    """That its rows give the number is tested where they are computed."""
    wrong = {
        name: example
        for name, metric in catalogue.metrics.items()
        if (example := metric.meta["example"].strip())
        and round(_worked_out(example), 4) != round(float(example.rpartition(" = ")[2]), 4)
    }
    assert wrong == {}


def test_a_metric_says_more_than_its_label(catalogue):
    """Read alone, in `testops metrics describe`."""
    wrong = []
    for name, metric in catalogue.metrics.items():
        said = re.sub(r"(Part of [^.]*|Not additive|Additive)[^.]*\.", "", metric.description)
        is_number = re.fullmatch(r"(\S+) = \1", metric.meta["example"].strip())
        if said.strip(" .") == metric.label or said.startswith("The same") or is_number:
            wrong.append(name)
    assert wrong == []

"""Flaky tests and the causes of failing runs, against what the simulator did."""

import csv
from collections import Counter

import duckdb
import pytest

pytestmark = pytest.mark.integration

# What one class of failure alone may be called; a run with several is `mixed`.
CAUSES = {
    "flaky": "flaky_only",
    "regression": "regression",
    "environment": "environment",
    "infrastructure": "infrastructure",
}


def truth(flow, name: str) -> list[dict[str, str]]:
    with (flow.project / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture
def connection(clean):
    with duckdb.connect(str(clean.database), read_only=True) as opened:
        yield opened


def test_flaky_tests_are_found_and_no_others(clean, connection):
    flaky = {
        (row["repository"], row["class_name"], row["name"])
        for row in truth(clean, "flaky_tests")
        if row["is_flaky"] == "True" and int(row["flaky_state_count"]) > 0
    }
    rows = connection.execute("""
        select repository, class_name, test_name, was_flaky
        from marts.mart_test__flakiness
        where execution_count >= 20
    """).fetchall()
    known = flaky & {row[:3] for row in rows}
    found = {row[:3] for row in rows if row[3]}
    assert len(known) >= 3
    assert len(found & known) >= 0.9 * len(known)
    assert len(found & flaky) >= 0.95 * len(found)


def test_environment_dependent_tests_are_a_class_of_their_own(clean, connection):
    kinds = {
        (row["repository"], row["class_name"], row["name"]): row["kind"]
        for row in truth(clean, "flaky_tests")
    }
    rows = connection.execute("""
        select repository, class_name, test_name, flake_status from marts.mart_test__flakiness
    """).fetchall()
    dependent = [row[:3] for row in rows if row[3] == "environment_dependent"]
    assert all(kinds.get(name) == "environment" for name in dependent)
    assert not any(row[3] == "flaky" and kinds.get(row[:3]) == "environment" for row in rows)


def test_classes_of_failures_are_the_causes_of_their_runs(clean, connection):
    causes = {
        (row["repository"], row["run_id"], int(row["run_attempt"])): row["cause"]
        for row in truth(clean, "failures")
        if row["cause"] in CAUSES.values() and int(row["failing_test_count"])
    }
    rows = connection.execute("""
        select
            attempts.repository,
            attempts.run_id,
            attempts.run_attempt,
            list(distinct failures.failure_class order by failures.failure_class)
        from core.fct_test_failures as failures
        inner join core.fct_workflow_run_attempts as attempts using (workflow_run_attempt_key)
        where failures.is_final
        group by attempts.repository, attempts.run_id, attempts.run_attempt
    """).fetchall()
    judged = Counter(
        [CAUSES.get(each) for each in classes] == [causes[(repository, run, attempt)]]
        for repository, run, attempt, classes in rows
        if (repository, run, attempt) in causes
    )
    assert judged.total() >= 20
    assert judged[True] >= 0.95 * judged.total()

"""Every metric that the simulator knows from its own events, against the warehouse."""

import csv
import math

import duckdb
import pytest

from tests.integration.truth_queries import COUNTS, DEPLOYMENTS_JUDGED, computed, expected

pytestmark = pytest.mark.integration


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_every_metric_at_every_grain_and_window(clean):
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        found = dict(computed(connection))
        truth = expected(connection, str(clean.project / "truth"))
    assert len(truth) > 1000
    assert {key[0] for key in truth} == {key[0] for key in found}
    wrong = {
        key: (truth.get(key), found.get(key))
        for key in truth.keys() | found.keys()
        if key not in truth or key not in found or not all(map(same, truth[key], found[key]))
    }
    assert wrong == {}


def test_core_facts_have_the_rows_of_the_truth(clean):
    """Every repository, whatever its vendor."""
    truth = rows_of(clean, "counts", "repository", "table", "row_count")
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        found = {
            (repository, table): count
            for table, sql in COUNTS.items()
            for repository, count in connection.execute(sql).fetchall()
        }
    wanted = {
        (repository, table): int(count)
        for repository, table, count in truth
        if table in COUNTS and count != "0"
    }
    assert {key: count for key, count in found.items() if count} == wanted
    assert {table for _, table in wanted} == set(COUNTS)


def test_deployments_are_judged_as_in_the_truth(clean):
    truth = rows_of(
        clean, "deployments", "repository", "deployment_id", "is_counted", "kind", "failed_by"
    )
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        found = connection.execute(DEPLOYMENTS_JUDGED).fetchall()
    counted = {row for row in truth if row[2] == "True"}
    assert {row for row in found if row[2] == "True"} == counted
    assert {row[:2] for row in found} == {row[:2] for row in truth}


def rows_of(flow, name: str, *columns: str) -> set[tuple[str, ...]]:
    with (flow.project / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {tuple(row[column] for column in columns) for row in csv.DictReader(lines)}


def test_the_comparison_would_notice(clean):
    """One deployment that failed and one result that flips change metrics of the truth."""
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        truth = expected(connection, str(clean.project / "truth"))
    values = [row[2] for row in truth.values() if row[2] is not None]
    assert not same(values[0], values[0] + 1e-6)
    assert not same(None, 0.0)
    assert len({key[0] for key in truth}) >= 20

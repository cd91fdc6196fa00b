"""Why pipelines failed, against what the simulator did to them."""

import csv

import duckdb


def test_causes_of_failed_pipelines_are_the_true_ones(clean):
    """Every failed attempt is known, has one cause, and for 95 % of first attempts the true one."""
    with (clean.project / "truth" / "failures.csv").open(encoding="utf-8") as file:
        truth = {
            (row["repository"], row["run_id"], int(row["run_attempt"])): row["cause"]
            for row in csv.DictReader(file)
        }
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        rows = connection.execute(
            "select repository, run_id, run_attempt, failure_cause from core.fct_failed_pipelines"
        ).fetchall()
    found = {tuple(key): cause for *key, cause in rows}
    assert len(found) == len(rows)
    assert found.keys() == truth.keys()
    first = [key for key in truth if key[2] == 1]
    wrong = [(key, truth[key], found[key]) for key in first if truth[key] != found[key]]
    assert len(wrong) <= 0.05 * len(first), wrong

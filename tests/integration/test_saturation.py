"""The pool of runners that was too small, as the marts see it, against the simulator's truth."""

import csv
from datetime import date, timedelta

import duckdb
import pytest

pytestmark = pytest.mark.integration

LAB = "runner_group_name = 'Load lab'"


@pytest.fixture(scope="module")
def truth(clean):
    with (clean.project / "truth" / "saturations.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    return row


def rows(clean, query, *values):
    with duckdb.connect(str(clean.database), read_only=True) as connection:
        return connection.execute(query, values).fetchall()


def test_the_onset_and_both_means_are_those_of_the_truth(clean, truth):
    found = rows(
        clean,
        """
        select
            runner_group_name, capacity_count, onset_date, saturation_state, job_count,
            previous_job_count, queue_mean_seconds, previous_queue_mean_seconds
        from marts.mart_pipeline__saturations
        """,
    )
    assert len(found) == 1, "no other pool of the organisation is ever full"
    group, capacity, onset, state, count, before, mean, previous = found[0]
    assert (group, capacity) == (truth["runner_group"], int(truth["capacity"]))
    assert onset.isoformat() == truth["saturated_from"]
    assert state == "queue_grew"
    assert count == int(truth["compared_job_count"])
    assert before == int(truth["compared_previous_job_count"])
    assert mean == pytest.approx(float(truth["compared_queue_mean_seconds"]), rel=1e-9)
    # Each hour of the week is summed in whole microseconds.
    assert previous == pytest.approx(float(truth["compared_previous_queue_mean_seconds"]), abs=1e-6)


def test_waiting_before_and_then_is_that_of_the_truth(clean, truth):
    query = f"""
        select
            created_date >= cast(? as date), count(*), avg(queue_seconds),
            quantile_cont(queue_seconds, 0.95)
        from core.fct_job_attempts
        where {LAB} and queue_seconds is not null and created_date < cast(? as date)
        group by 1 order by 1
    """
    found = rows(clean, query, truth["saturated_from"], truth["saturated_until"])
    for (_, *numbers), prefix in zip(found, ("previous_", ""), strict=True):
        assert numbers == pytest.approx(
            [
                float(truth[f"{prefix}{name}"])
                for name in ("job_count", "queue_mean_seconds", "queue_p95_seconds")
            ],
            rel=1e-9,
        )


def test_the_load_is_full_on_the_saturated_working_days_alone(clean, truth):
    query = f"""
        select
            quarter_date, max(load_ratio), bool_and(is_capacity_configured),
            max(concurrent_job_count), avg(case when load_ratio >= 0.95 then 1 else 0 end)
        from marts.mart_pipeline__runner_load
        where {LAB} and busy_seconds > 0
        group by quarter_date
    """
    first, last = (
        date.fromisoformat(truth[name]) for name in ("saturated_from", "saturated_until")
    )
    days = {row[0]: row[1:] for row in rows(clean, query)}
    assert all(0 < most <= 1 and is_told for most, is_told, _, _ in days.values())
    assert max(at_once for _, _, at_once, _ in days.values()) == int(truth["capacity"])
    full = {day for day, (_, _, _, share) in days.items() if share >= 0.5}
    working = {first + timedelta(days=day) for day in range((last - first).days)}
    assert full == {day for day in working if day.weekday() < 5}


def test_it_is_said_as_an_insight(clean, truth):
    found = rows(
        clean,
        "select sentence from insights.statements where insight_kind = 'saturation'",
    )
    assert len(found) == 1
    assert "Load lab" in found[0][0]

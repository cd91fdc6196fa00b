"""Waiting in the pool that is too small follows from its queue, and its truth from the files."""

from statistics import mean

import pytest

from examples.simulator.load_lab import CAPACITY, LABELS, REPOSITORY, load_tests
from examples.simulator.settings import Settings
from tests.examples.conftest import SMALL, Organisation, seconds

DAY = 86400
SLOWEST_START = 11


def lab_jobs(organisation: Organisation) -> list[tuple[int, int | None, int | None]]:
    """(created, started, completed) of the pool's jobs, as the files say."""
    (folder,) = (each for each in organisation.repositories if each.name == REPOSITORY)
    return sorted(
        (seconds(job["created_at"]) or 0, seconds(job["started_at"]), seconds(job["completed_at"]))
        for job in organisation.jobs(folder)
        if tuple(job["labels"]) == LABELS
    )


def test_never_more_at_once_than_runners_and_nobody_waits_beside_a_free_one(
    small: Organisation,
) -> None:
    jobs = [
        (created, started, completed or SMALL.end + 1)
        for created, started, completed in lab_jobs(small)
        if started is not None
    ]
    assert len(jobs) > 300
    assert [job[1] for job in jobs] == sorted(job[1] for job in jobs), "not in turn"
    waited = 0
    for created, started, _ in jobs:
        running = sum(other <= started < end for _, other, end in jobs)
        assert running <= CAPACITY
        if started - created <= SLOWEST_START:
            continue
        waited += 1
        # All that time every runner had work, or was about to begin it.
        for moment in range(created, started, 60):
            busy = sum(other <= moment < end + SLOWEST_START for _, other, end in jobs)
            assert busy >= CAPACITY
    assert waited > 100


def test_the_truth_follows_from_the_jobs(small: Organisation) -> None:
    (row,) = small.truth("saturations")
    first, last = (
        seconds(f"{row[name]}T00:00:00Z") or 0 for name in ("saturated_from", "saturated_until")
    )
    jobs = [(created, start - created) for created, start, _ in lab_jobs(small) if start]
    then = [wait for created, wait in jobs if first <= created < last]
    before = [wait for created, wait in jobs if created < first]
    assert int(row["job_count"]) == len(then)
    assert int(row["previous_job_count"]) == len(before)
    assert float(row["queue_mean_seconds"]) == pytest.approx(mean(then))
    assert float(row["previous_queue_mean_seconds"]) == pytest.approx(mean(before))
    assert sum(wait <= float(row["queue_p95_seconds"]) for wait in then) == int(0.95 * len(then))
    # The work of a saturated day is more than its runners can do in its hours, a calm one's less.
    assert mean(then) > 100 * mean(before)


@pytest.mark.parametrize("days", [28, 60, 120])
@pytest.mark.parametrize("seed", range(5))
def test_the_lab_is_too_small_whatever_the_seed(seed: int, days: int) -> None:
    settings = Settings(seed, 0.02, days)
    tests = list(load_tests(settings))
    waits: dict[int, list[int]] = {}
    for test in tests:
        assert test.created <= settings.end
        waits.setdefault((test.created - settings.start) // DAY, []).append(
            test.started - test.created
        )
    full = [day for day, found in waits.items() if mean(found) > 1000]
    calm = [day for day, found in waits.items() if max(found) <= SLOWEST_START]
    assert sorted([*full, *calm]) == sorted(waits)
    assert len(full) >= 5
    assert len([day for day in calm if day < full[0]]) >= 15
    assert full[0] % 7 == 0

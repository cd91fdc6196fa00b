"""Truth of the pool that was too small: when, and how long its jobs waited before and then."""

from collections import defaultdict
from math import fsum
from statistics import fmean

from examples.simulator.load_lab import CAPACITY, GROUP, LABELS, LoadTest, Term
from examples.simulator.settings import DAY, HOUR, WEEK, Settings
from examples.simulator.truth.tally import quantile

HEADER = (
    "repository", "runner_group", "runner_labels", "capacity", "saturated_from", "saturated_until",
    "job_count", "queue_mean_seconds", "queue_p95_seconds", "previous_job_count",
    "previous_queue_mean_seconds", "previous_queue_p95_seconds", "compared_job_count",
    "compared_queue_mean_seconds", "compared_previous_job_count",
    "compared_previous_queue_mean_seconds",
)  # fmt: skip


def saturation_row(settings: Settings, repository: str, tests: list[LoadTest]) -> tuple:
    """The row of `saturations.csv`.

    Two comparisons: all tests of the saturated days with all before them; and those of its first
    seven days with the 28 before, in hours of the week that have tests on both sides, where the
    mean before counts each hour as often as it comes after.
    """
    term = Term.of(settings)
    onset = settings.start + term.saturated * DAY
    end = settings.start + term.recovered * DAY
    begun = [test for test in tests if test.started <= settings.end]
    then = [test.started - test.created for test in begun if onset <= test.created < end]
    before = [test.started - test.created for test in begun if test.created < onset]
    return (
        repository, GROUP, "|".join(LABELS), CAPACITY, term.date(term.saturated),
        term.date(term.recovered), len(then), fmean(then), quantile(sorted(then), 0.95),
        len(before), fmean(before), quantile(sorted(before), 0.95), *_by_hour(begun, onset),
    )  # fmt: skip


def _by_hour(tests: list[LoadTest], onset: int) -> tuple[int, float, int, float]:
    """Jobs and mean after, jobs and mean before, hour of the week by hour of the week."""
    after: dict[int, list[int]] = defaultdict(list)
    before: dict[int, list[int]] = defaultdict(list)
    for test in tests:
        # The onset is a Monday, 0 o'clock.
        hour = (test.created - onset) % WEEK // HOUR
        side = after if test.created >= onset else before
        if onset - 28 * DAY <= test.created < onset + 7 * DAY:
            side[hour].append(test.started - test.created)
    hours = sorted(after.keys() & before.keys())
    count = sum(len(after[hour]) for hour in hours)
    return (
        count,
        fsum(sum(after[hour]) for hour in hours) / count,
        sum(len(before[hour]) for hour in hours),
        fsum(len(after[hour]) * fmean(before[hour]) for hour in hours) / count,
    )

"""Truth of the pool that was too small: when, and how long its jobs waited before and then."""

from collections import defaultdict
from datetime import date
from math import fsum
from statistics import fmean

from examples.simulator.load_lab import CAPACITY, GROUP, LABELS, OPENS, LoadTest, Term
from examples.simulator.settings import DAY, Settings
from examples.simulator.truth.tally import quantile

HEADER = (
    "repository", "runner_group", "runner_labels", "capacity", "saturated_from", "saturated_until",
    "job_count", "queue_mean_seconds", "queue_p95_seconds", "previous_job_count",
    "previous_queue_mean_seconds", "previous_queue_p95_seconds", "compared_job_count",
    "compared_queue_mean_seconds", "compared_previous_job_count",
    "compared_previous_queue_mean_seconds",
)  # fmt: skip


def saturation_rows(settings: Settings, repository: str, tests: list[LoadTest]) -> list[tuple]:
    """The rows of `saturations.csv`: one, or none where the period is too short.

    Two comparisons: all tests of the saturated days with all before them; and those of its first
    seven days with the 28 before, in hours of the week that have tests on both sides, where the
    mean before counts each hour as often as it comes after. Days and hours are the business's.
    """
    term = Term.of(settings)
    if term is None:
        return []
    onset = _opening(settings, term.saturated)
    end = _opening(settings, term.recovered)
    begun = [test for test in tests if test.started <= settings.end]
    days = [(settings.local(test.created).date(), test) for test in begun]
    then = [test.started - test.created for day, test in days if onset <= day < end]
    before = [test.started - test.created for day, test in days if day < onset]
    return [(
        repository, GROUP, "|".join(LABELS), CAPACITY, onset, end, len(then), fmean(then),
        quantile(sorted(then), 0.95), len(before), fmean(before), quantile(sorted(before), 0.95),
        *_by_hour(settings, begun, onset),
    )]  # fmt: skip


def _opening(settings: Settings, day: int) -> date:
    """Date of the business on which the lab opens on a day of the period."""
    return settings.local(settings.start + day * DAY + OPENS).date()


def _by_hour(
    settings: Settings, tests: list[LoadTest], onset: date
) -> tuple[int, float, int, float]:
    """Jobs and mean after, jobs and mean before, hour of the week by hour of the week."""
    after: dict[tuple[int, int], list[int]] = defaultdict(list)
    before: dict[tuple[int, int], list[int]] = defaultdict(list)
    for test in tests:
        clock = settings.local(test.created)
        days = (clock.date() - onset).days
        if -28 <= days < 7:
            side = after if days >= 0 else before
            side[(clock.weekday(), clock.hour)].append(test.started - test.created)
    hours = sorted(after.keys() & before.keys())
    count = sum(len(after[hour]) for hour in hours)
    return (
        count,
        fsum(sum(after[hour]) for hour in hours) / count,
        sum(len(before[hour]) for hour in hours),
        fsum(len(after[hour]) * fmean(before[hour]) for hour in hours) / count,
    )

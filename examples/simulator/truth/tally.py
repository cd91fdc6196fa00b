"""Sums and samples by metric, entity and window, kept small while the simulation runs."""

from array import array
from collections.abc import Iterable
from math import fsum

from examples.simulator.settings import Settings

Entity = tuple[str, str]
Window = tuple[str, str]
Row = tuple[str, str, str, str, str, object, object, float]

ALL: Window = ("all", "")


class Tally:
    """Ratios as numerator and denominator, samples as arrays of numbers (8 bytes a value)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sums: dict[tuple[str, Entity, Window], list[float]] = {}
        self._samples: dict[tuple[str, Entity, Window], array[float]] = {}

    def add(
        self,
        metric: str,
        entities: Iterable[Entity],
        week: str,
        numerator: float,
        denominator: float,
    ) -> None:
        """Add to a ratio for the whole period and for a week."""
        for entity in entities:
            for window in (ALL, ("week", week)):
                held = self._sums.setdefault((metric, entity, window), [0, 0])
                held[0] += numerator
                held[1] += denominator

    def put(
        self, metric: str, entity: Entity, window: Window, numerator: float, denominator: float
    ) -> None:
        """Add to a ratio for one window only."""
        held = self._sums.setdefault((metric, entity, window), [0, 0])
        held[0] += numerator
        held[1] += denominator

    def once(self, metric: str, entity: Entity, window: Window, denominator: float) -> None:
        """Set the denominator of a ratio that does not add up (the days of a window)."""
        self._sums.setdefault((metric, entity, window), [0, 0])[1] = denominator

    def sample(self, metric: str, entities: Iterable[Entity], week: str, value: float) -> None:
        """Add a value to a sample for the whole period and for a week."""
        for entity in entities:
            for window in (ALL, ("week", week)):
                self._samples.setdefault((metric, entity, window), array("d")).append(value)

    def rows(self, statistics: dict[str, dict[str, float | None]]) -> list[Row]:
        """All rows, sorted. `statistics` maps a sample to metric names and quantiles (None: mean).

        Ratios without observations are left out; re-run burden and suite duration are in seconds.
        """
        rows: list[Row] = []
        for (metric, entity, window), (numerator, denominator) in self._sums.items():
            if metric == "rerun_burden_seconds":
                rows.append((metric, *entity, *window, numerator, None, float(numerator)))
            elif metric == "suite_duration_milliseconds":
                seconds = numerator / 1000
                value = seconds / denominator
                rows.append(
                    ("suite_duration_seconds", *entity, *window, seconds, denominator, value)
                )
            elif denominator:
                value = numerator / denominator
                rows.append((metric, *entity, *window, numerator, denominator, value))
        for (sample, entity, window), values in self._samples.items():
            ordered = sorted(values)
            for metric, share in statistics[sample].items():
                value = fsum(ordered) / len(ordered) if share is None else quantile(ordered, share)
                rows.append((metric, *entity, *window, None, len(ordered), value))
        return sorted(rows, key=lambda row: row[:5])


def quantile(ordered: list[float], share: float) -> float:
    """Continuous quantile of sorted values, linear between the two nearest."""
    place = share * (len(ordered) - 1)
    low = int(place)
    if low + 1 >= len(ordered):
        return float(ordered[-1])
    return ordered[low] + (ordered[low + 1] - ordered[low]) * (place - low)

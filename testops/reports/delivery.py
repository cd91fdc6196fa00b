"""The five DORA metrics from the published marts, each with its band and what it was made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from testops.errors import UsageError
from testops.warehouse import rows

if TYPE_CHECKING:
    import duckdb

GRAINS = ("organisation", "business_unit", "team", "repository", "service", "environment")
WINDOWS: Mapping[str, str] = {"30d": "last_30_days", "90d": "last_90_days", "all": "all"}
METRICS: Mapping[str, str] = {
    "deployment_frequency": "Deployments per day",
    "change_lead_time_seconds": "Change lead time, median",
    "change_fail_ratio": "Change fail rate",
    "failed_deployment_recovery_seconds": "Failed deployment recovery, median",
    "deployment_rework_ratio": "Deployment rework rate",
}

# Of the seed: without a deployment the mart has no band, and names none of the sets.
_BAND_SETS = """
select distinct band_set, band_year, wording
from seeds.dora_bands
order by band_year, band_set
"""
# The band of the chosen set is joined here: the mart itself carries the newest set only. Chosen
# are the rows in Python: they are few, and a bound parameter makes DuckDB import pandas.
_VALUES = """
select
    dora.grain,
    dora.window_name,
    dora.entity,
    dora.metric,
    dora.unit,
    dora.metric_value,
    dora.numerator,
    dora.denominator,
    dora.observation_count,
    dora.is_sufficient,
    bands.band,
    bands.band_set,
    bands.wording as band_wording,
    bands.is_nearest_typical,
    dora.is_target_met
from marts.mart_delivery__dora as dora
left join marts.mart_delivery__dora_bands as bands
    on dora.grain = bands.grain
    and dora.entity = bands.entity
    and dora.window_name = bands.window_name
    and dora.metric = bands.metric
order by dora.entity, dora.metric
"""

_NO_BAND: Mapping[str, Any] = {
    "band": None,
    "band_set": None,
    "band_wording": None,
    "is_nearest_typical": None,
}


@dataclass(frozen=True)
class DoraReport:
    """Metrics of every entity of a grain.

    Attributes:
        grain: one of `GRAINS`.
        window: one of the values of `WINDOWS`, days counted back from the data's end.
        band_set: whose levels the bands are, as `dora_2024`.
        wording: where its limits are from: `verbatim`, `secondary` or `target`.
        entities: entity → metric → value, numerator, denominator, observations, band.
    """

    grain: str
    window: str
    band_set: str
    wording: str
    entities: dict[str, dict[str, dict[str, Any]]]


def dora_report(
    connection: "duckdb.DuckDBPyConnection", *, by: str, window: str, bands: str
) -> DoraReport:
    """Read the report from a published build.

    Args:
        connection: an open build.
        by: one of `GRAINS`.
        window: one of the keys of `WINDOWS`.
        bands: a year, `targets`, or a whole name of a band set.

    Raises:
        UsageError: one of the arguments is not known; the message lists what is.
    """
    if by not in GRAINS:
        raise UsageError(f"`{by}` is not known; choose one of {', '.join(GRAINS)}")
    if window not in WINDOWS:
        raise UsageError(f"window `{window}` is not known; choose one of {', '.join(WINDOWS)}")
    band_set, wording = _band_set(connection, bands)
    entities: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows(connection, _VALUES):
        if row.pop("grain") != by or row.pop("window_name") != WINDOWS[window]:
            continue
        metrics = entities.setdefault(row.pop("entity"), {})
        metric = row.pop("metric")
        if row["band_set"] == band_set:
            metrics[metric] = row
        else:
            # Only metrics without a published band keep a row without one.
            metrics.setdefault(metric, {**row, **_NO_BAND})
    return DoraReport(by, WINDOWS[window], band_set, wording, entities)


def _band_set(connection: "duckdb.DuckDBPyConnection", wanted: str) -> tuple[str, str]:
    """Return the whole name of a band set and its wording."""
    known = {str(row["band_set"]): str(row["wording"]) for row in rows(connection, _BAND_SETS)}
    named = {"targets": "testops_target", "target": "testops_target"}.get(wanted, wanted)
    for candidate in (named, f"dora_{named}"):
        if candidate in known:
            return candidate, known[candidate]
    raise UsageError(
        f"band set `{wanted}` is not known; choose a year or `targets`: {', '.join(known)}"
    )

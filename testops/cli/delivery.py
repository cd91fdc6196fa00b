"""`testops dora report` in the terminal."""

from typing import TYPE_CHECKING, Any

from testops.cli.output import (
    console,
    counted,
    duration,
    number,
    percent,
    print_json,
    show_table,
)
from testops.reports.delivery import METRICS, DoraReport, dora_report
from testops.settings import settings
from testops.warehouse import Build, connect, current_build

if TYPE_CHECKING:
    from rich.console import Console

_TARGETS = "testops_target"
_WORDINGS = {
    "verbatim": "Limits as published.",
    "secondary": "Limits from secondary sources; fail rates are typical values of a level.",
    "target": "Targets of this product, not DORA's.",
}
_SHORT = {
    "deployment_frequency": "deploys per day",
    "change_lead_time_seconds": "lead time",
    "change_fail_ratio": "change fail rate",
    "failed_deployment_recovery_seconds": "recovery",
    "deployment_rework_ratio": "rework rate",
}


def show_dora(*, by: str, window: str, band_set: str, json_output: bool) -> None:
    """Print the report on the published build."""
    build = current_build(settings().published)
    with connect(build) as connection:
        report = dora_report(connection, by=by, window=window, bands=band_set)
    if json_output:
        print_json(
            {
                "build_id": build.build_id,
                "data_as_of": build.manifest.get("data_as_of"),
                "grain": report.grain,
                "window": report.window,
                "band_set": report.band_set,
                "entities": report.entities,
            }
        )
        return
    print_dora(console(), build, report)


def print_dora(out: "Console", build: Build, report: DoraReport) -> None:
    """Print one table per entity; the grain with one entity is one table."""
    as_of = str(build.manifest.get("data_as_of") or "unknown")[:10]
    if not report.entities:
        out.print(
            f"No production deployment is known by {report.grain}. Deployments come from CI "
            "vendors and `testops dora deploy`, teams and services from tables in the project's "
            "folder `organisation`; `testops status` shows what was loaded.",
            markup=False,
        )
        return
    title = f"DORA by {report.grain} · {report.window.replace('_', ' ')} · data as of {as_of}"
    if len(report.entities) == 1:
        [(entity, metrics)] = report.entities.items()
        lines = [_line(name, metrics[name]) for name in METRICS if name in metrics]
        columns = ["metric", "value", "band", "from"]
        show_table(out, f"{title} · {entity}", columns, lines, right=["value", "from"])
    else:
        headings = [report.grain, *(_SHORT[name] for name in METRICS)]
        show_table(out, title, headings, [_row(*item) for item in report.entities.items()])
    out.print(f"Bands: {report.band_set}. {_WORDINGS[report.wording]}", markup=False)
    out.print("Counted or not, by which rule: the rows of marts.mart_delivery__dora_explain")


def _row(entity: str, metrics: dict[str, dict[str, Any]]) -> list[str]:
    cells = [
        f"{_value(name, metrics[name]['metric_value'])}\n{_band(metrics[name])}"
        if name in metrics
        else "–"
        for name in METRICS
    ]
    return [entity, *cells]


def _line(name: str, row: dict[str, Any]) -> list[str]:
    return [METRICS[name], _value(name, row["metric_value"]), _band(row), _origin(name, row)]


def _value(name: str, value: float | None) -> str:
    if name.endswith("_seconds"):
        return duration(value)
    if name.endswith("_ratio"):
        return percent(value)
    return number(value, 2)


def _band(row: dict[str, Any]) -> str:
    if row["metric_value"] is None:
        return "–"
    if not row["is_sufficient"]:
        return "insufficient data"
    if row["band"] is None:
        return "no published band"
    if row["band_set"] == _TARGETS:
        return "meets target" if row["band"] == "target" else "misses target"
    return f"nearest to {row['band']}" if row["is_nearest_typical"] else str(row["band"])


def _origin(name: str, row: dict[str, Any]) -> str:
    if name == "deployment_frequency" and row["numerator"] is not None:
        return f"{number(row['numerator'])} in {counted(row['denominator'], 'day')}"
    if row["numerator"] is not None and row["denominator"] is not None:
        return f"{number(row['numerator'])} of {number(row['denominator'])}"
    return f"n = {number(row['observation_count'])}"

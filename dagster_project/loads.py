"""The raw tables: one Dagster step per source, which loads what is new of it."""

import importlib
from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.build_file import BuildFile
from dagster_project.home import Home
from dagster_project.observer import Observer
from dagster_project.tags import INPUTS_GROUP, SOURCES_GROUP, WRITER
from dlt_pipelines import loading
from expectations.judge import Judge

LEDGER_KEYS = (
    dg.AssetKey(["quality", "source_loads"]),
    dg.AssetKey(["quality", "schema_drift"]),
    dg.AssetKey(["quarantine", "rejected_files"]),
    dg.AssetKey(["quarantine", "rejected_rows"]),
)
_LEDGER_GRAINS = (
    "load of a source",
    "field of a vendor that was not as usual in a load",
    "file that was put aside",
    "row that was put aside",
)


def raw_keys(source: str) -> list[dg.AssetKey]:
    """Return the keys of a source's raw tables; dbt's sources have the same."""
    tables = importlib.import_module(f"dlt_pipelines.{source}").TABLES
    return [dg.AssetKey([f"raw_{source}", table]) for table in tables]


def priority(source: str) -> str:
    """Return a higher priority for sources that need no other, as their modules' `AFTER` says.

    An order and no dependency: the gate of the raw tables judges all of them at once, so none of
    them may wait for another one's gate.
    """
    module = importlib.import_module(f"dlt_pipelines.{source}")
    return "0" if getattr(module, "AFTER", ()) else "1"


def source_assets(source: str) -> dg.AssetsDefinition:
    """Return the step that loads one source."""
    words = source.replace("_", " ")

    @dg.multi_asset(
        name=f"load_{source}",
        specs=[
            dg.AssetSpec(
                key,
                group_name=SOURCES_GROUP,
                kinds={"dlt", "duckdb"},
                description=f"One row per sighting of {key.path[-1].replace('_', ' ')} in {words}.",
            )
            for key in raw_keys(source)
        ],
        pool=WRITER,
        op_tags={"dagster/priority": priority(source)},
    )
    def load(
        observer: dg.ResourceParam[Observer],
        judge: dg.ResourceParam[Judge],
        home: dg.ResourceParam[Home],
        build_file: dg.ResourceParam[BuildFile],
    ) -> Iterator[dg.MaterializeResult]:
        step = f"load {source}"
        with observer.step(step):
            build_file.keep_open(home.build_file)
            report = loading.run(source, project=home.settings.project)
            observer.say(step, sentence(report))
        observer.loads[source] = as_json(report)
        if report.is_changed:
            judge.warm()
        for key in raw_keys(source):
            added = report.table_rows.get(key.path[-1], 0)
            yield dg.MaterializeResult(
                asset_key=key, metadata={"rows_added": added, "mode": report.mode}
            )

    return load


def ledger_asset(sources: tuple[str, ...]) -> dg.AssetsDefinition:
    """Return the step that stands for what every load wrote about itself."""

    @dg.multi_asset(
        name="ledger",
        specs=[
            dg.AssetSpec(
                key,
                deps=[raw for source in sources for raw in raw_keys(source)],
                group_name=INPUTS_GROUP,
                kinds={"duckdb"},
                description=f"One row per {grain}.",
            )
            for key, grain in zip(LEDGER_KEYS, _LEDGER_GRAINS, strict=True)
        ],
    )
    def ledger() -> Iterator[dg.MaterializeResult]:
        for key in LEDGER_KEYS:
            yield dg.MaterializeResult(asset_key=key)

    return ledger


def as_json(report: loading.LoadReport) -> dict[str, Any]:
    """Return what a load counted, for the summary."""
    return {
        "mode": report.mode,
        "is_changed": report.is_changed,
        "seconds": round(report.seconds, 3),
        "seen_count": report.seen_count,
        "loaded_count": report.loaded_count,
        "unchanged_count": report.unchanged_count,
        "partial_count": report.partial_count,
        "rejected_count": report.rejected_count,
        "row_count": report.row_count,
        "byte_count": report.byte_count,
        "rows": dict(report.table_rows),
    }


def sentence(report: loading.LoadReport) -> str:
    """Return what a load did, for people."""
    parts = [f"{report.loaded_count:,} loaded", f"{report.row_count:,} rows"]
    for count, word in (
        (report.unchanged_count, "unchanged"),
        (report.partial_count, "in part"),
        (report.rejected_count, "rejected"),
    ):
        if count:
            parts.append(f"{count:,} {word}")
    return ", ".join(parts)

"""The two ends of a build: is there anything to build from, and what readers get of it."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dagster_project.build_file import BuildFile
from dagster_project.comments import comments_of
from dagster_project.gates import recorded
from dagster_project.home import MODELS_FOLDER, Home, kept_builds
from dagster_project.inputs import keep, kept, plan
from dagster_project.models import INPUTS_KEY
from dagster_project.observer import Observer
from dagster_project.snapshots import snapshots_of
from dagster_project.tags import FULL_REFRESH, INPUTS_GROUP, PUBLICATION_GROUP, WRITER
from expectations.publishing import PublishError, publish, record_attempt
from expectations.publishing.insights import insights_of
from expectations.suites import GATES
from testops.metrics.catalogue import MANIFEST as METRIC_MODEL

PUBLISHED_KEY = dg.AssetKey(["published", "warehouse"])
PUBLISHED_SEEDS = frozenset({"dora_bands"})
_STEP = "publish"


def inputs_asset(upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the step that lets a build happen only when there is something new.

    Args:
        upstream: every raw table; their gate has passed when this step runs.
    """

    @dg.multi_asset(
        name="find_out_what_is_new",
        specs=[
            dg.AssetSpec(
                INPUTS_KEY,
                deps=upstream,
                skippable=True,
                group_name=INPUTS_GROUP,
                description=(
                    "One row: the fingerprint of loads, models, gates, metrics and settings that"
                    " a build is made from. Where it is that of the current build, it is not made,"
                    " and everything behind it is skipped."
                ),
            )
        ],
    )
    def find_out_what_is_new(
        context: dg.AssetExecutionContext,
        observer: dg.ResourceParam[Observer],
        home: dg.ResourceParam[Home],
        build_file: dg.ResourceParam[BuildFile],
    ) -> Iterator[dg.MaterializeResult]:
        build_file.close()
        now = plan(home)
        if now.is_new or FULL_REFRESH in context.run.tags:
            keep(home, now)
            yield dg.MaterializeResult(asset_key=INPUTS_KEY, metadata={"inputs": now.inputs})
            return
        build_id = now.current["build_id"] if now.current else None
        observer.outcome = "unchanged"
        observer.say("inputs", f"nothing new since build {build_id}")
        record_attempt(home.shelf, "unchanged", build_id=build_id)

    return find_out_what_is_new


def published_asset(upstream: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the step that makes a build public.

    Args:
        upstream: every table of core and marts; their gate has passed when this step runs.
    """

    @dg.asset(
        key=PUBLISHED_KEY,
        deps=upstream,
        group_name=PUBLICATION_GROUP,
        kinds={"duckdb", "parquet"},
        pool=WRITER,
        description="One row per published build: database, Parquet files and manifest.",
    )
    def warehouse(
        observer: dg.ResourceParam[Observer],
        home: dg.ResourceParam[Home],
        build_file: dg.ResourceParam[BuildFile],
    ) -> dg.MaterializeResult:
        with observer.step(_STEP):
            build_file.close()
            now = kept(home)
            gates = [recorded(home, gate, now) for gate in GATES]
            if None in gates:
                raise PublishError("not published: a gate has not judged these tables yet")
            done = publish(
                home.build_file,
                home.shelf,
                gates=[gate for gate in gates if gate],
                details={
                    "project": str(home.settings.project),
                    "organisation": home.settings.organisation,
                    "is_simulated": home.settings.is_simulated,
                    "code_revision": code_revision(),
                    "inputs": now.inputs,
                },
                data_as_of=data_as_of(home),
                seeds=PUBLISHED_SEEDS,
                documents=[home.dbt_target / METRIC_MODEL],
                additions=[
                    insights_of(home.shelf, now.inputs),
                    snapshots_of(home.dbt_target / METRIC_MODEL),
                    comments_of(home.dbt_target / "manifest.json"),
                ],
                keep=kept_builds(),
            )
            observer.say(_STEP, done.build_id)
        observer.outcome = "published"
        rows = sum(table["rows"] for table in done.manifest["tables"].values())
        return dg.MaterializeResult(
            metadata={
                "build_id": done.build_id,
                "rows": rows,
                "bytes": done.manifest["database"]["bytes"],
                "database": dg.MetadataValue.path(str(home.shelf.database(done.build_id))),
            }
        )

    return warehouse


def data_as_of(home: Home) -> datetime | None:
    """Return the moment that the models call now."""
    with duckdb.connect(str(home.build_file), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        found: list[tuple[Any]] = connection.execute(
            "select epoch_us(max(as_of)) from intermediate.int_as_of_observed"
        ).fetchall()
    return datetime.fromtimestamp(found[0][0] / 1e6, UTC) if found[0][0] is not None else None


def code_revision(folder: Path = MODELS_FOLDER.parent) -> str | None:
    """Return the commit of the code that runs.

    Args:
        folder: where the code lies.

    Returns:
        None where it was installed, perhaps below the checkout of another project, or git was not.
    """
    if not (folder / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() or None

"""The dbt models as assets, and the dbt that builds them."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)
from packaging.version import Version

from dagster_project.build_file import BuildFile
from dagster_project.gates import forget
from dagster_project.home import Home
from dagster_project.inputs import is_built, keep_built, kept
from dagster_project.leftovers import drop_leftovers
from dagster_project.manifest import manifest, variables
from dagster_project.observer import Observer
from dagster_project.tags import FULL_REFRESH, WRITER
from expectations.results import SAMPLE_ROWS

INPUTS_KEY = dg.AssetKey(["build", "inputs"])
_STEP = "build models"
_FIRST_GROUPS = ("seeds", "staging")
_WHERE = re.compile(r"[A-Z]\w+ Error in \w+ \S+ \(.*\)$")


class LocalDbt(DbtCliResource):
    """dbt of this environment, started once per command.

    The resource of the library starts `dbt --version` before every command and loads the adapter
    into this process, which takes longer than the models; both are known or not needed here.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> None:
        """Load no adapter: it would only count rows for the user interface."""


class Translator(DagsterDbtTranslator):
    """Groups are the layers, and every first model waits for `build/inputs`."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the layer, which is the first folder."""
        kind = dbt_resource_props["resource_type"]
        return "seeds" if kind == "seed" else str(dbt_resource_props["fqn"][1])

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """Return the grain as the YAML beside the model tells it, without the SQL."""
        return str(dbt_resource_props.get("description") or "")

    def get_asset_spec(self, manifest: Any, unique_id: str, project: Any) -> dg.AssetSpec:
        """Return the spec of a model or seed, which is skipped when there is nothing new."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        if spec.group_name not in _FIRST_GROUPS:
            return spec
        return spec.replace_attributes(deps=[*spec.deps, dg.AssetDep(INPUTS_KEY)])


def model_assets(home: Home) -> dg.AssetsDefinition:
    """Return the one step that builds all models and runs their tests."""

    @dbt_assets(
        manifest=manifest(home),
        name="build_models",
        # dbt runs its tests and stops behind one that fails. As hundreds of asset checks they would
        # only tell it once more, and every event costs tens of milliseconds.
        dagster_dbt_translator=Translator(DagsterDbtTranslatorSettings(enable_asset_checks=False)),
        pool=WRITER,
    )
    def build_models(
        context: dg.AssetExecutionContext,
        dbt: LocalDbt,
        observer: dg.ResourceParam[Observer],
        home: dg.ResourceParam[Home],
        build_file: dg.ResourceParam[BuildFile],
    ) -> Iterator[Any]:
        build_file.close()
        is_full = kept(home).needs_full_refresh or FULL_REFRESH in context.run.tags
        if is_built(home) and FULL_REFRESH not in context.run.tags:
            with observer.step(_STEP):
                observer.say(_STEP, "made by the run before, which got no further")
            yield from _outputs(context.assets_def)
            return
        arguments = ["build", "--exclude-resource-type", "unit_test", *variables(home)]
        results = home.dbt_target / "run_results.json"
        results.unlink(missing_ok=True)
        forget(home, "published")
        home.unfinished.touch()
        home.built.unlink(missing_ok=True)
        with observer.step(_STEP):
            if is_full:
                arguments.append("--full-refresh")
                observer.say(_STEP, "everything is made anew")
            invocation = dbt.cli(arguments, context=context, target_path=home.dbt_target)
            try:
                for event in invocation.stream():
                    # What is left are observations of tests, which dbt's own results tell.
                    if isinstance(event, dg.Output):
                        observer.say(_STEP, event.output_name.replace("__", ".", 1))
                        yield event
            finally:
                observer.failing_models.extend(_failures(results, home.build_file))
            # Models come and go only with other code, and then everything is made anew.
            if is_full:
                for name in drop_leftovers(home.build_file, home.dbt_target / "manifest.json"):
                    observer.say(_STEP, f"{name} is no model any more, dropped")
        home.unfinished.unlink()
        keep_built(home)

    return build_models


def _outputs(assets: dg.AssetsDefinition) -> Iterator[dg.Output[None]]:
    """Yield an output for each table, parents first, as Dagster wants them."""
    names = {key: name for name, key in assets.keys_by_output_name.items()}
    parents = {key: assets.asset_deps[key] & names.keys() for key in names}
    for key in TopologicalSorter(parents).static_order():
        yield dg.Output(None, names[key])


def _failures(path: Path, build_file: Path) -> list[dict[str, Any]]:
    """Return the models and tests that failed, in the form in which gates tell theirs.

    `error` says why a model could not be made or a test not be asked; None where a test found what
    must not be. `rows` are those of tables that the organisation wrote: of all others a row may
    hold what readers are not shown.
    """
    if not path.is_file():
        return []
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    failed = [result for result in results if result["status"] in ("fail", "error")]
    nodes = _nodes(path.with_name("manifest.json")) if failed else {}
    told = []
    for result in failed:
        is_asked = result["status"] == "fail"
        subject = nodes.get(nodes.get(result["unique_id"], {}).get("attached_node") or "", {})
        table = ".".join((subject["schema"], subject["name"])) if is_asked and subject else None
        is_own = subject.get("resource_type") == "seed"
        told.append(
            {
                "gate": "models",
                "expectation": result["unique_id"].split(".")[2],
                "table": table or result["unique_id"].split(".")[0],
                "severity": "blocking",
                "observed": _said(result),
                "rows": _rows(result["compiled_code"], build_file) if is_asked and is_own else [],
                "error": None if is_asked else _said(result),
            }
        )
    return told


def _nodes(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what the manifest of the models knows, by unique id; nothing without one."""
    return json.loads(path.read_text(encoding="utf-8"))["nodes"] if path.is_file() else {}


def _rows(sql: str, build_file: Path) -> list[dict[str, Any]]:
    """Return the first rows that a test found, as gates tell theirs."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        found = connection.sql(sql)
        rows = found.limit(SAMPLE_ROWS).fetchall()
        return [dict(zip(found.columns, row, strict=True)) for row in rows]


def _said(result: Mapping[str, Any]) -> str:
    """Return what dbt said, in one line: behind the line that only says where it was."""
    if result["status"] == "fail" and result.get("failures"):
        return f"{result['failures']} row{'' if result['failures'] == 1 else 's'}"
    lines = [line.strip() for line in (result["message"] or result["status"]).splitlines()]
    told = [line for line in lines if line and not _WHERE.match(line)]
    return (told or lines)[0]

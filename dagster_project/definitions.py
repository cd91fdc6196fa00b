"""All definitions: the graph from the sources to the published file."""

import sys

import dagster as dg

from dagster_project.build_file import BuildFile
from dagster_project.failures import failed_run
from dagster_project.gates import gate_checks
from dagster_project.home import MODELS_FOLDER, Home, home
from dagster_project.jobs import JOBS, SCHEDULES
from dagster_project.loads import LEDGER_KEYS, ledger_asset, raw_keys, source_assets
from dagster_project.models import LocalDbt, model_assets
from dagster_project.observer import Observer
from dagster_project.publication import inputs_asset, published_asset
from dlt_pipelines.loading import known_sources
from expectations.judge import Judge

_READERS_SCHEMAS = frozenset({"core", "marts", "quality"})


def definitions_of(
    current: Home,
    observer: Observer | None = None,
    judge: Judge | None = None,
    build_file: BuildFile | None = None,
) -> dg.Definitions:
    """Return the definitions for one warehouse home.

    Args:
        current: the home; its folder `dbt` is written when the models were not read yet.
        observer: told what happens; by default one that nobody watches.
        judge: judges the gates; by default one that each process starts when it needs it.
        build_file: keeps it open between loads; by default until the process ends.
    """
    sources = known_sources()
    models = model_assets(current)
    raw = [key for source in sources for key in raw_keys(source)]
    raw_schemas = frozenset(key.path[0] for key in raw)
    readers = sorted(key for key in models.keys if key.path[0] in _READERS_SCHEMAS)
    return dg.Definitions(
        assets=[
            *(source_assets(source) for source in sources),
            ledger_asset(sources),
            inputs_asset([*raw, *LEDGER_KEYS]),
            models,
            published_asset(readers),
        ],
        asset_checks=[
            gate_checks("raw", name="gate_raw", schemas=raw_schemas),
            # The loads write about themselves after they have written, so this comes behind.
            gate_checks("raw", name="gate_loads", schemas=frozenset({"quality", "quarantine"})),
            gate_checks("published", name="gate_published", schemas=_READERS_SCHEMAS),
        ],
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[failed_run],
        # One step at a time whatever instance shows the graph: the build file has one writer.
        executor=dg.in_process_executor,
        resources={
            "home": dg.ResourceDefinition.hardcoded_resource(current),
            "observer": dg.ResourceDefinition.hardcoded_resource(observer or Observer()),
            "build_file": dg.ResourceDefinition.hardcoded_resource(build_file or BuildFile()),
            "judge": dg.ResourceDefinition.hardcoded_resource(judge or Judge()),
            "dbt": LocalDbt(
                project_dir=str(MODELS_FOLDER),
                profiles_dir=str(MODELS_FOLDER),
                dbt_executable=sys.executable,
                global_config_flags=["-m", "dagster_project.dbt_command"],
            ),
        },
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions for the home that the environment names."""
    return definitions_of(home())

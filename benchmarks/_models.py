"""Models built on what a benchmark has imported."""

import os
import subprocess
import sys
from pathlib import Path

from dlt_pipelines import config, loading
from dlt_pipelines.imports.landing import Order, land
from dlt_pipelines.parsers.tables.checking import parse_maps
from dlt_pipelines.parsers.tables.kinds import KINDS

_MODELS = Path(__file__).resolve().parents[1] / "dbt_project"


def take(table: Path, kind: str, repository: str, home: Path, maps: tuple[str, ...] = ()) -> None:
    """Put a file of one repository where the load finds it; no row of it may be refused.

    Args:
        table: CSV, Parquet or JSON Lines.
        kind: what its rows are, as `testops import --kind`.
        repository: whose rows they are.
        home: the warehouse home.
        maps: `theirs=ours`, as `testops import --map`.
    """
    order = Order(KINDS[kind], parse_maps(KINDS[kind], list(maps)), {"repository": repository})
    outcome = land(table, order, home / "landing")
    assert outcome.error is None, outcome
    assert not outcome.rejected_count, outcome


def build_model(model: str, home: Path) -> Path:
    """Load what was taken and build a model with all it reads; return the build file."""
    os.environ[config.PROJECT_VARIABLE] = str(home)
    os.environ[config.HOME_VARIABLE] = str(home)
    for source in loading.known_sources():
        loading.run(source)
    environment = os.environ | {
        "DBT_TARGET_PATH": str(home / "dbt" / "target"),
        "DBT_LOG_PATH": str(home / "dbt" / "logs"),
        "DBT_PROFILES_DIR": str(_MODELS),
    }
    environment.pop("TESTOPS_ORGANISATION_SEEDS", None)
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "build", "--select", f"+{model}"]
    command += ["--resource-type", "seed", "--resource-type", "model"]
    command += ["--project-dir", str(_MODELS)]
    subprocess.run(command, env=environment, check=True)
    return home / "build.duckdb"

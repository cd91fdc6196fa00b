"""Raw tables made by hand and a dbt that builds on them, for the tests of the dbt project."""

import atexit
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_pipelines.destination import Destination
from dlt_pipelines.loading import known_sources

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "dbt_project"
LOADED_AT = "2026-03-01 00:00:00+00"

Row = dict[str, object]


@cache
def place() -> Path:
    """Where dbt finds every home of this process.

    dbt reads all models anew for another path of the database or of the seeds, which takes longer
    than what a test builds. So the paths stay, and what lies there changes.
    """
    folder = Path(tempfile.mkdtemp(prefix="dbt-of-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass
class Warehouse:
    """A home of the warehouse with raw tables, and dbt to build the rest of it."""

    home: Path
    seeds: Path = PROJECT / "organisation"
    project: Path = PROJECT

    def create(self) -> None:
        """Create every raw table, empty."""
        for source in known_sources():
            module = importlib.import_module(f"dlt_pipelines.{source}")
            target = Destination(self.home / "build.duckdb", self.home / "dlt", source)
            target.prepare(module.TABLES)
            target.make_tables(getattr(module, "TABLE_SCHEMAS", None) or module.SCHEMAS)
            target.close()

    def load(self, table: str, *rows: Row, loaded_at: str = LOADED_AT) -> None:
        """Append rows; columns that a row leaves out are NULL."""
        with duckdb.connect(self.home / "build.duckdb") as connection:
            known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            for row in rows:
                full = {"loaded_at": loaded_at} | row
                unknown = full.keys() - known
                assert not unknown, f"{table} has no {unknown}"
                names = ", ".join(f'"{name}"' for name in full)
                marks = ", ".join("?" * len(full))
                values = [
                    json.dumps(value) if isinstance(value, list) else value
                    for value in full.values()
                ]
                connection.execute(f"insert into {table} ({names}) values ({marks})", values)

    def dbt(self, *arguments: str, check: bool = True) -> str:
        """Run dbt in a process of its own and give what it printed."""
        home, seeds = place() / "home", place() / "organisation"
        # What dbt keeps of the models is of the ones that all tests have in common.
        target = (place() if self.project == PROJECT else self.project) / "target"
        home.unlink(missing_ok=True)
        home.symlink_to(self.home)
        shutil.rmtree(seeds, ignore_errors=True)
        shutil.copytree(self.seeds, seeds)
        environment = os.environ | {
            "TESTOPS_HOME": str(home),
            "TESTOPS_ORGANISATION_SEEDS": str(seeds),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
            "DBT_PROFILES_DIR": str(PROJECT),
        }
        command = [sys.executable, "-m", "dbt.cli.main", *arguments]
        command += ["--project-dir", str(self.project)]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=600
        )
        output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        assert not check or done.returncode == 0, output
        return output

    def manifest(self) -> dict[str, Any]:
        """What dbt knew of the models when it ran last."""
        return json.loads((place() / "target" / "manifest.json").read_text())

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Read rows of the build file."""
        with duckdb.connect(self.home / "build.duckdb", read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql, list(values)).fetchall()


@pytest.fixture(scope="session")
def make_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Warehouse]:
    """Make a warehouse with empty raw tables."""

    def make(**settings: object) -> Warehouse:
        warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), **settings)
        warehouse.create()
        return warehouse

    return make

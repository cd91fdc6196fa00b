"""Data runs down the list of floors, and code never imports upwards."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_import_contracts_are_kept(repository):
    command = str(Path(sys.executable).parent / "lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


HEAVY = ("dagster", "dlt", "dbt", "great_expectations", "pandas", "pyarrow")


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("testops.cli.app", (*HEAVY, "duckdb")),
        ("testops.cli.delivery", HEAVY),
        ("testops.cli.state", HEAVY),
        ("testops.cli.metrics", (*HEAVY, "duckdb", "metricflow", "rich.table")),
        ("testops.metrics", (*HEAVY, "duckdb", "metricflow", "numpy", "yaml")),
        ("testops.warehouse", HEAVY),
        ("dlt_pipelines.parsers.__main__", ("dlt", "dagster", "duckdb", "pandas")),
        ("dlt_pipelines.imports.__main__", ("dlt", "dagster", "duckdb", "pandas")),
        ("dlt_pipelines.parsers.inspection", ("dlt", "dagster", "duckdb", "pandas")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_commands_that_read_start_without(module, banned):
    """Checked in a fresh interpreter: what one import drags in, the whole command pays."""
    code = (
        f"import sys, importlib; importlib.import_module({module!r}); "
        f"print(*[name for name in {banned!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""

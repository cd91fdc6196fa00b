"""The unit tests of the models, all in one start of dbt on tables that are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project.home import Home
from dagster_project.manifest import variables
from dlt_pipelines.config import Settings
from tests.integration.conftest import REPOSITORY, Flow

pytestmark = pytest.mark.integration


def test_every_unit_test_of_the_models_passes(clean: Flow) -> None:
    environment = clean.environment()
    home = Home(Settings(Path(environment["TESTOPS_HOME"]), clean.project, None, True, "UTC"))
    dbt = [sys.executable, "-m", "dagster_project.dbt_command"]
    command = [*dbt, "test", "--select", "test_type:unit"]
    project = str(REPOSITORY / "dbt_project")
    done = subprocess.run(
        [*command, "--project-dir", project, "--profiles-dir", project, *variables(home)],
        env=environment | {
            "TESTOPS_ORGANISATION_SEEDS": str(home.organisation_seeds),
            "DBT_TARGET_PATH": str(home.dbt_target),
            "DBT_LOG_PATH": str(home.dbt_target),
        },
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    output = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert done.returncode == 0, output
    found = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", output)
    assert found, output
    assert int(found[1]) > 50

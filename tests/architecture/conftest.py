"""The dbt manifest, parsed once for all rules."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def parsed(tmp_path_factory) -> Path:
    """The folder of what dbt reads the project as; a warning of dbt is an error here."""
    folder = tmp_path_factory.mktemp("dbt")
    command = [
        str(Path(sys.executable).parent / "dbt"),
        "--quiet",
        "--warn-error",
        "parse",
        "--project-dir",
        str(REPOSITORY / "dbt_project"),
        "--profiles-dir",
        str(REPOSITORY / "dbt_project"),
        "--target-path",
        str(folder / "target"),
        "--log-path",
        str(folder / "logs"),
    ]
    environment = {**os.environ, "TESTOPS_HOME": str(folder), "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "target"


@pytest.fixture(scope="session")
def manifest(parsed) -> dict:
    return json.loads((parsed / "manifest.json").read_text())


@pytest.fixture(scope="session")
def models(manifest) -> list[dict]:
    found = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert found, "the manifest holds no model"
    return found

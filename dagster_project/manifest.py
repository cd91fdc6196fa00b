"""What dbt knows of the models. Importing this is cheap, so reading them can begin first."""

import json
import subprocess
import sys
from pathlib import Path

from dagster_project.home import MODELS_FOLDER, Home
from dagster_project.inputs import hash_files, told
from dagster_project.organisation import prepare_organisation

DBT = (sys.executable, "-m", "dagster_project.dbt_command")
_EVENT = '{"info": '


class ModelsError(RuntimeError):
    """The models cannot be read; the message says why."""


def variables(home: Home) -> list[str]:
    """Return the arguments that every dbt command gets: the same, or dbt parses everything anew.

    Without the salt of authors, which `dbt_command.with_salt` adds.
    """
    shown = {name: value for name, value in home.dbt_variables.items() if name != "author_salt"}
    return ["--vars", json.dumps(shown, sort_keys=True)]


def manifest(home: Home) -> Path:
    """Return dbt's manifest of the models as they are now; parse them if they changed.

    Raises:
        ModelsError: dbt cannot read the models.
    """
    prepare_organisation(home)
    path = home.dbt_target / "manifest.json"
    stamp = home.dbt_target / "parsed_from"
    parsed_from = json.dumps(
        [hash_files(MODELS_FOLDER, without={"target", "logs"}), told(home.dbt_variables)]
    )
    if path.is_file() and stamp.is_file() and stamp.read_text() == parsed_from:
        return path
    home.dbt_target.mkdir(parents=True, exist_ok=True)
    done = _parse(home)
    partial = home.dbt_target / "partial_parse.msgpack"
    if done.returncode and partial.is_file():
        # What dbt kept of an older version can be in the way of a newer one: a metric that moved
        # to another file is there twice.
        partial.unlink()
        done = _parse(home)
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if not line.startswith(_EVENT)]
        raise ModelsError("\n".join([f"dbt cannot read `{MODELS_FOLDER}`:", *said, done.stderr]))
    stamp.write_text(parsed_from)
    return path


def _parse(home: Home) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*DBT, "parse", *variables(home)],
        cwd=MODELS_FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )

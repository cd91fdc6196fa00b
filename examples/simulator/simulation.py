"""Makes a whole simulated organisation in a folder: beside the old one, then in its place."""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from examples.simulator import VERSION
from examples.simulator.gitlab_writer import ProjectFiles
from examples.simulator.load_lab import write_capacity
from examples.simulator.organisation import (
    ORGANISATION,
    Repository,
    repositories,
    teams,
    write_tables,
)
from examples.simulator.repository_writer import RepositoryFiles
from examples.simulator.settings import START, Settings
from examples.simulator.truth.record import TruthFiles

MARKER = "SIMULATED.md"

_CONFIG = """# The simulated organisation as a project of the warehouse.
[testops]
organisation = "{organisation}"
simulated = true
business_time_zone = "{time_zone}"

{vendors}
[sources.test_results]
files = [{archives}]

[sources.coverage]
files = [{archives}]

[sources.git_history]
repositories = ["git/*.git"]

[sources.codeowners]
repositories = ["git/*.git"]
"""

_GITHUB = """[sources.github_actions]
mode = "files"
files = ["github/**"]
repositories = [{names}]
"""
_GITLAB = """
[sources.gitlab_ci]
mode = "files"
files = ["gitlab/**"]
"""


def fingerprint(settings: Settings) -> str:
    """Hash of the arguments and of the generator's own source."""
    digest = hashlib.sha256(json.dumps([VERSION, asdict(settings)], default=str).encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def is_current(output: Path, settings: Settings) -> bool:
    """Whether the folder was made whole by these arguments and this generator."""
    marker = output / MARKER
    return marker.is_file() and f"`{fingerprint(settings)}`" in marker.read_text(encoding="utf-8")


def simulate(output: Path, settings: Settings) -> None:
    """Write the organisation to `output`, replacing what an earlier simulation left there.

    Raises:
        FileExistsError: when the folder holds something that no simulation made.
    """
    if output.exists() and any(output.iterdir()) and not (output / MARKER).is_file():
        raise FileExistsError(f"`{output}` holds other files; choose an empty folder")
    building = output.with_name(f".{output.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    members = repositories(settings)
    write_tables(building / "organisation", settings, members)
    write_capacity(building / "organisation")
    truth = TruthFiles(building / "truth", settings)
    for repository in members:
        files = ProjectFiles if repository.vendor == "gitlab" else RepositoryFiles
        files(settings, repository, building, truth).write(list(teams(settings)))
    truth.close()
    (building / ".dlt").mkdir()
    (building / ".dlt" / "config.toml").write_text(_config(settings, members), encoding="utf-8")
    (building / MARKER).write_text(_readme(settings), encoding="utf-8")
    _replace(output, building)


def _config(settings: Settings, members: list[Repository]) -> str:
    """The settings of the folder as a project, with the vendors that it has."""
    names = [f'"{each.full_name}"' for each in members if each.vendor == "github"]
    vendors = sorted({each.vendor for each in members})
    return _CONFIG.format(
        organisation=ORGANISATION,
        time_zone=settings.time_zone,
        vendors=_GITHUB.format(names=", ".join(names)) + (_GITLAB if "gitlab" in vendors else ""),
        archives=", ".join(f'"{vendor}/**/artifacts/**"' for vendor in vendors),
    )


def _replace(output: Path, building: Path) -> None:
    """Put the new folder in the place of the old one."""
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        output.rename(old)
    building.rename(output)
    shutil.rmtree(old, ignore_errors=True)


def arguments(settings: Settings) -> str:
    """The arguments that make these settings again."""
    given = [f"--seed {settings.seed} --scale {settings.scale} --days {settings.days}"]
    if settings.first_day != START:
        given.append(f"--first-day {settings.first_day}")
    if settings.time_zone != "UTC":
        given.append(f"--time-zone {settings.time_zone}")
    if settings.repositories is not None:
        given.append(f"--repositories {settings.repositories}")
    return " ".join(given)


def _readme(settings: Settings) -> str:
    return f"""# {ORGANISATION}

Everything in this folder is simulated: no person, team, repository or incident in it exists.

Made by `python -m examples.simulator` with
`{arguments(settings)}`.
`truth/` holds what the generator knows to be true; the warehouse never reads it.

Generator and arguments: `{fingerprint(settings)}`
"""

"""Where things lie in the warehouse home, and what child processes are told."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project.dbt_command import SALT_VARIABLE
from dlt_pipelines.config import (
    HOME_VARIABLE,
    PROJECT_VARIABLE,
    ConfigurationError,
    Settings,
    settings,
)
from expectations.publishing import Shelf
from expectations.publishing.publication import KEPT_BUILDS

MODELS_FOLDER = Path(__file__).parent.parent / "dbt_project"
MEMORY_VARIABLE = "TESTOPS_MEMORY_LIMIT"
_KEPT_VARIABLE = "TESTOPS_KEPT_BUILDS"
_MEMORY_BYTES = 5_000_000_000
_MEMORY_SIZE = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B", re.IGNORECASE)


@dataclass(frozen=True)
class Home:
    """The warehouse home of one project.

    Attributes:
        settings: settings of the writing side.
    """

    settings: Settings

    @property
    def build_file(self) -> Path:
        """The private DuckDB file with one writer."""
        return self.settings.build_file

    @property
    def shelf(self) -> Shelf:
        """The published builds."""
        return Shelf(self.settings.home / "published")

    @property
    def dbt_target(self) -> Path:
        """Where dbt keeps its manifest and what it parsed."""
        return self.settings.home / "dbt" / "target"

    @property
    def organisation_seeds(self) -> Path:
        """The organisation's tables as dbt reads them: the project's, else empty ones."""
        return self.settings.home / "dbt" / "organisation"

    @property
    def unfinished(self) -> Path:
        """Lies there while the models are being built, and after they were cut off."""
        return self.settings.home / "dbt" / "unfinished"

    @property
    def built(self) -> Path:
        """What the tables in the build file were made from, while they are whole."""
        return self.settings.home / "dbt" / "built.json"

    @property
    def planned(self) -> Path:
        """What the build that is being made is made from."""
        return self.settings.home / "dbt" / "planned.json"

    @property
    def gate_folder(self) -> Path:
        """What the gates said last."""
        return self.settings.home / "gates"

    @property
    def dagster(self) -> Path:
        """Dagster's own records of runs."""
        return self.settings.home / "dagster"

    @property
    def run_lock(self) -> Path:
        """Held by the one run that may use this home."""
        return self.settings.home / ".run.lock"

    @property
    def dbt_variables(self) -> Mapping[str, Any]:
        """Variables of the models."""
        return {
            "as_of": "",
            "is_simulated": self.settings.is_simulated,
            "organisation": self.settings.organisation or "",
            "business_time_zone": self.settings.business_time_zone,
            "first_day_of_week": self.settings.first_day_of_week,
            "authors": self.settings.authors,
            "author_salt": self.settings.author_salt,
        }


def home() -> Home:
    """Return the home that the environment names, and tell child processes of it in full paths.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    current = Home(settings())
    os.environ[MEMORY_VARIABLE] = _memory_limit()
    kept_builds()
    os.environ[HOME_VARIABLE] = str(current.settings.home)
    os.environ[PROJECT_VARIABLE] = str(current.settings.project)
    os.environ["TESTOPS_ORGANISATION_SEEDS"] = str(current.organisation_seeds)
    os.environ[SALT_VARIABLE] = current.settings.author_salt
    os.environ["DBT_TARGET_PATH"] = str(current.dbt_target)
    os.environ["DBT_LOG_PATH"] = str(current.dbt_target)
    for variable in ("DO_NOT_TRACK", "DAGSTER_DISABLE_TELEMETRY"):
        os.environ.setdefault(variable, "1")
    return current


def make_folder(home: Home) -> None:
    """Make the folder of the warehouse where there is none; a new one is left out of commits.

    By default it lies in a checkout, and what is loaded belongs to no repository.
    """
    try:
        home.settings.home.mkdir(parents=True)
    except FileExistsError:
        return
    (home.settings.home / ".gitignore").write_text("*\n", encoding="utf-8")


def kept_builds() -> int:
    """Return how many published builds stay.

    Raises:
        ConfigurationError: what the environment says is no number of builds.
    """
    given = os.environ.get(_KEPT_VARIABLE) or str(KEPT_BUILDS)
    if not given.isdecimal() or int(given) < 1:
        raise ConfigurationError(f"{_KEPT_VARIABLE} is `{given}`; write a number from 1 on")
    return int(given)


def _memory_limit() -> str:
    """Return what DuckDB may hold while models are built: at most four fifths of a small machine.

    Raises:
        ConfigurationError: what the environment says is no size.
    """
    given = os.environ.get(MEMORY_VARIABLE)
    if given is None:
        machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        return f"{min(_MEMORY_BYTES, machine * 4 // 5) // 1_000_000}MB"
    if not _MEMORY_SIZE.fullmatch(given):
        raise ConfigurationError(f"{MEMORY_VARIABLE} is `{given}`, which is no size such as `5GB`")
    return given

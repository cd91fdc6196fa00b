"""The only reader of the environment on the reading side."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where the warehouse and the project lie.

    Attributes:
        home: folder of the warehouse, `TESTOPS_HOME`, else `warehouse` below the current folder.
        project: folder that holds `.dlt/config.toml`, `TESTOPS_PROJECT`, else the current folder.
    """

    home: Path
    project: Path

    @property
    def published(self) -> Path:
        """Folder of the published builds."""
        return self.home / "published"


def settings() -> Settings:
    """Read the environment now, so that nothing is decided at import."""
    home = os.environ.get("TESTOPS_HOME") or "warehouse"
    project = os.environ.get("TESTOPS_PROJECT") or "."
    return Settings(home=Path(home).expanduser().resolve(), project=Path(project).resolve())


def child_environment(current: Settings) -> dict[str, str]:
    """Environment for a process of the writing side: the same folders, no telemetry."""
    return {
        **os.environ,
        "TESTOPS_HOME": str(current.home),
        "TESTOPS_PROJECT": str(current.project),
        "DAGSTER_DISABLE_TELEMETRY": "yes",
        "DO_NOT_TRACK": "1",
    }

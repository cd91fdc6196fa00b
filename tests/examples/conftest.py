"""A small simulated organisation, made once, and readers of its pages that trust nobody."""

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from examples.simulator.settings import Settings
from examples.simulator.simulation import simulate

SMALL = Settings(seed=7, scale=0.02)


def digest(folder: Path) -> dict[str, str]:
    """Path → sha256 of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def seconds(text: str | None) -> int | None:
    """A time of the API as seconds of the epoch."""
    if text is None:
        return None
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())


def week(text: str) -> str:
    """Monday of a time's ISO week."""
    year, number, _ = datetime.fromisoformat(text).astimezone(UTC).isocalendar()
    return datetime.fromisocalendar(year, number, 1).date().isoformat()


class Organisation:
    """What the vendors' files say."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def repositories(self) -> list[Path]:
        """Those of GitHub."""
        return sorted(path.parent for path in self.root.glob("github/*/*/repository.json"))

    @property
    def projects(self) -> list[Path]:
        """Those of GitLab."""
        return sorted(path.parent for path in self.root.glob("gitlab/*/*/project.json"))

    def name(self, repository: Path) -> str:
        return f"{repository.parent.name}/{repository.name}"

    def pages(self, repository: Path, kind: str) -> Iterator[Any]:
        """Objects of numbered pages, wrapped or not."""
        for path in sorted(repository.glob(f"{kind}-*.json")):
            page = json.loads(path.read_text())
            if isinstance(page, dict):
                (values,) = (value for value in page.values() if isinstance(value, list))
                yield from values
            else:
                yield from page

    def lines(self, repository: Path, kind: str) -> Iterator[Any]:
        for path in sorted(repository.glob(f"{kind}*.jsonl")):
            for line in path.read_text().splitlines():
                yield json.loads(line)

    def attempts(self, repository: Path) -> list[Any]:
        """Every run attempt."""
        return [*self.pages(repository, "runs"), *self.lines(repository, "attempts")]

    def jobs(self, repository: Path) -> list[Any]:
        return [job for page in self.lines(repository, "jobs-") for job in page["jobs"]]

    def members(self, repository: Path) -> Iterator[tuple[int, str, str, bytes]]:
        """(run id, artifact name, member name, bytes) of every archive."""
        names = {
            artifact["id"]: artifact["name"]
            for page in self.lines(repository, "artifacts-")
            for artifact in page["artifacts"]
        }
        for path in sorted((repository / "artifacts").rglob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield int(path.parent.name), names[int(path.stem)], member, archive.read(member)

    def reports(self, repository: Path) -> Iterator[tuple[int, str, ET.Element]]:
        """(run id, member name, root) of each readable test report; copies and merges left out."""
        for run, artifact, member, data in self.members(repository):
            if not artifact.startswith("test-results") or artifact.endswith(("-again", "-merged")):
                continue
            try:
                yield run, member, ET.fromstring(data)
            except ET.ParseError:
                continue

    def truth(self, table: str) -> list[dict[str, str]]:
        with (self.root / "truth" / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def metric(self, metric: str, window: str = "all") -> dict[tuple[str, str, str], float]:
        """(grain, entity, week) → value."""
        return {
            (row["grain"], row["entity"], row["window_start_date"]): float(row["value"])
            for row in self.truth("metrics")
            if row["metric"] == metric and row["window"] == window
        }


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    output = tmp_path_factory.mktemp("simulated") / "organisation"
    simulate(output, SMALL)
    return Organisation(output)

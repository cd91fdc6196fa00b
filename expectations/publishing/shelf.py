"""The folder of published builds: their names, the current one, and which may go."""

import fcntl
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUILD_NAME = re.compile(r"testops-(\d{8}T\d{6}Z-[0-9a-f]{6})")
TEMPORARY = re.compile(r"\.testops-\d{8}T\d{6}Z-[0-9a-f]{6}\.tmp|\..*\.\d+\.tmp")


@dataclass(frozen=True)
class Shelf:
    """A folder of published builds.

    Attributes:
        folder: usually `<home>/published`.
    """

    folder: Path

    @property
    def current_database(self) -> Path:
        """The link to the database that readers open; resolve it before opening."""
        return self.folder / "current.duckdb"

    @property
    def current_manifest(self) -> Path:
        """The link to the manifest of the current build; it is replaced last."""
        return self.folder / "current.json"

    @property
    def last_attempt(self) -> Path:
        """What came of the newest attempt to publish, passed or not."""
        return self.folder / "last_attempt.json"

    @property
    def lock(self) -> Path:
        """The lock that a publication holds."""
        return self.folder / ".publish.lock"

    def database(self, build_id: str) -> Path:
        """Return the database file of a build."""
        return self.folder / f"testops-{build_id}.duckdb"

    def companion(self, build_id: str) -> Path:
        """Return the folder of a build's manifest and Parquet files."""
        return self.folder / f"testops-{build_id}"

    def workshop(self, build_id: str) -> Path:
        """Return the temporary folder in which a build is made."""
        return self.folder / f".testops-{build_id}.tmp"

    def current(self) -> dict[str, Any] | None:
        """Return the manifest of the current build, None when there is no whole one."""
        try:
            manifest = json.loads(self.current_manifest.read_text(encoding="utf-8"))
            database = self.current_database.resolve(strict=True)
            # Killed between the two links: the database is newer than what its manifest says.
            if database.name != self.database(manifest["build_id"]).name:
                return None
            sizes = {database: manifest["database"]["bytes"]}
            for name, document in manifest.get("documents", {}).items():
                sizes[self.companion(manifest["build_id"]) / name] = document["bytes"]
            is_whole = all(path.stat().st_size == size for path, size in sizes.items())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return manifest if is_whole else None

    def build_ids(self) -> list[str]:
        """Return the builds on the shelf, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = {match[1] for p in self.folder.iterdir() if (match := BUILD_NAME.match(p.name))}
        return sorted(found)

    def sweep(self) -> None:
        """Remove what killed publications left behind; only under the lock."""
        current = self.current_database.resolve().stem
        for path in list(self.folder.iterdir()):
            match = BUILD_NAME.match(path.name)
            is_half = match is not None and not (
                self.database(match[1]).is_file() and self.companion(match[1]).is_dir()
            )
            if TEMPORARY.fullmatch(path.name) or (is_half and path.stem != current):
                _remove(path)

    def retire(self, keep: int) -> list[str]:
        """Remove old builds, but never the newest, the current one or one that is being read.

        Args:
            keep: how many builds stay, at least 1.

        Returns:
            The builds that were removed.
        """
        current = self.current_database.resolve().name
        removed = []
        for build_id in self.build_ids()[: -max(keep, 1)]:
            database = self.database(build_id)
            if database.name == current or is_open(database):
                continue
            # The manifest goes last: what has one is whole.
            _remove(database)
            _remove(self.companion(build_id))
            removed.append(build_id)
        return removed


def is_open(path: Path) -> bool:
    """Tell whether a reader has a DuckDB file open, in this process or in another one."""
    if not path.exists():
        return False
    # The locks of this process hide from itself, and closing any descriptor would drop them.
    if any(target == str(path.resolve()) for target in _own_open_files()):
        return True
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _own_open_files() -> Iterator[str]:
    """Yield the paths behind the descriptors of this process, where the system tells them."""
    folder = Path("/proc/self/fd" if Path("/proc/self/fd").is_dir() else "/dev/fd")
    for descriptor in folder.iterdir():
        try:
            yield str(descriptor.readlink())
        except OSError:  # closed meanwhile, or a system that does not say
            continue


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

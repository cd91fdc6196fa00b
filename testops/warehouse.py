"""The only place that opens the published file, and only ever read-only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testops.errors import NothingPublishedError, TestopsError

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Build:
    """One published build: its file and its manifest (see `manifest.json`)."""

    file: Path
    manifest: dict[str, Any]

    @property
    def build_id(self) -> str:
        """Identifier of the build, UTC time first, so it sorts by age."""
        return str(self.manifest["build_id"])


def current_build(published: Path) -> Build:
    """The build that readers are meant to see now.

    One link decides: the manifest names its database file, so a publish between two reads
    cannot pair the manifest of one build with the data of another.

    Args:
        published: folder `published` of the warehouse home.

    Raises:
        NothingPublishedError: nothing was published there yet.
        TestopsError: the manifest is there but cannot be read, or its file is gone.
    """
    link = published / "current.json"
    try:
        manifest_path = link.resolve(strict=True)
        manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NothingPublishedError(
            f"nothing is published in `{published}`; run `testops run` first, "
            "or name the warehouse's folder in TESTOPS_HOME"
        ) from None
    except (OSError, ValueError) as error:
        raise TestopsError(
            f"`{link}` cannot be read ({error}); run `testops run` to publish again"
        ) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("build_id"), str):
        raise TestopsError(f"`{link}` names no build; run `testops run` to publish again")
    file = published / f"testops-{manifest['build_id']}.duckdb"
    if not file.is_file():
        raise TestopsError(
            f"`{file}` is missing although `{link}` names it; run `testops run` to publish again"
        )
    return Build(file=file, manifest=manifest)


@contextmanager
def connect(build: Build) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Open a build read-only, shut off from files and network, and locked in that state.

    Raises:
        TestopsError: the file is broken, or has not the tables of this version.
    """
    import duckdb

    try:
        with duckdb.connect(str(build.file), read_only=True) as connection:
            _shut_off(connection)
            yield connection
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise TestopsError(
            f"the published file `{build.file}` cannot answer ({said});"
            " run `testops run` to publish again"
        ) from error


def _shut_off(connection: "duckdb.DuckDBPyConnection") -> None:
    """Shut a connection off, unless another one of this process did so for the same file."""
    [[is_locked]] = connection.execute(
        "select cast(current_setting('lock_configuration') as boolean)"
    ).fetchall()
    if not is_locked:
        connection.execute("set enable_external_access = false")
        # For all connections of the process to this file: the next one cannot set it any more.
        connection.execute("set global TimeZone = 'UTC'")
        connection.execute("set lock_configuration = true")


def rows(
    connection: "duckdb.DuckDBPyConnection", sql: str, *parameters: object
) -> list[dict[str, Any]]:
    """Run one statement of ours and give its rows as dictionaries, in the statement's order."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

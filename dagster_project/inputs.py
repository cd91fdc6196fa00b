"""Is there anything to build? What a build is made from, as a fingerprint."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.home import MODELS_FOLDER, Home
from dagster_project.organisation import prepare_organisation
from expectations.publishing.files import write_json

METRICS_FOLDER = MODELS_FOLDER.parent / "testops" / "metrics"
"""What computes the ready-made metrics of a build."""

_LEFT_OUT = frozenset({"target", "logs", "__pycache__", "dbt_packages"})
_ENGINES = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations")

_NEWEST_LOADS = """
    select source, max(epoch_us(loaded_at)) as loaded_us
    from (
        select source, loaded_at from quality.source_loads where row_count > 0
        union all
        select source, loaded_at from quarantine.rejected_files
        union all
        select source, loaded_at from quarantine.rejected_rows
    ) as loads
    group by source
    order by source
"""


@dataclass(frozen=True)
class Plan:
    """What a run has to do after the sources were loaded.

    Attributes:
        inputs: fingerprint of everything that a build is made from.
        current: manifest of the build that readers have, None when there is no whole one.
        is_new: whether a build made now would be made from something else.
        needs_full_refresh: whether tables that grow must be made anew: they were made by other
            models, or the last build of them was cut off.
    """

    inputs: dict[str, Any]
    current: dict[str, Any] | None
    is_new: bool
    needs_full_refresh: bool

    @property
    def previous_rows(self) -> dict[str, int]:
        """Rows per table of the build that readers have."""
        tables = self.current["tables"] if self.current else {}
        return {name: table["rows"] for name, table in tables.items()}


def plan(home: Home) -> Plan:
    """Compare what is there with what the current build was made from."""
    return _plan(home, current_inputs(home))


def keep(home: Home, planned: Plan) -> None:
    """Keep the plan of a build that begins now, for its later steps."""
    write_json(home.planned, planned.inputs)


def kept(home: Home) -> Plan:
    """Return the plan of the build that is being made.

    Whoever edits a model meanwhile gets it into the next build: this one stays what it was
    planned to be, and the next run finds that the inputs are others.
    """
    return _plan(home, json.loads(home.planned.read_text(encoding="utf-8")))


def keep_built(home: Home) -> None:
    """Keep what the tables were made from: a run cut off behind them need not make them again."""
    write_json(home.built, [home.build_file.stat().st_ino, kept(home).inputs])


def is_built(home: Home) -> bool:
    """Tell whether the tables in the build file are those of the kept plan.

    A build file that was taken away and made anew is another one, whatever it is made from.
    """
    return _built_from(home) == kept(home).inputs


def _built_from(home: Home) -> dict[str, Any]:
    """Return what the tables in the build file were made from, nothing when nobody knows.

    The build that readers have is no answer: the tables may have been made anew since, and a gate
    kept them back.
    """
    if not home.built.is_file() or not home.build_file.is_file():
        return {}
    inode, inputs = json.loads(home.built.read_text(encoding="utf-8"))
    return dict(inputs) if inode == home.build_file.stat().st_ino else {}


def _plan(home: Home, inputs: dict[str, Any]) -> Plan:
    current = home.shelf.current()
    before = (current or {}).get("inputs", {})
    return Plan(
        inputs=inputs,
        current=current,
        is_new=before != inputs,
        needs_full_refresh=(
            home.unfinished.exists() or _built_from(home).get("models") != inputs["models"]
        ),
    )


def current_inputs(home: Home) -> dict[str, Any]:
    """Return the fingerprint: newest load per source, and hashes of all code and settings."""
    prepare_organisation(home)
    return {
        "loads": _loads(home.build_file),
        "models": {
            "code": hash_files(MODELS_FOLDER, without=_LEFT_OUT),
            "organisation": hash_files(home.organisation_seeds),
            "variables": told(home.dbt_variables),
            "engines": {name: version(name) for name in _ENGINES},
        },
        "gates": hash_files(MODELS_FOLDER.parent / "expectations", without=_LEFT_OUT),
        "metrics": hash_files(METRICS_FOLDER, without=_LEFT_OUT),
    }


def told(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables as readers may see them: of a salt only whether it is another one."""
    salt = str(variables.get("author_salt", ""))
    return {**variables, "author_salt": hashlib.sha256(salt.encode()).hexdigest()[:12]}


def _loads(build_file: Path) -> dict[str, Any]:
    """Return the newest load of each source that added rows or put something into quarantine."""
    with duckdb.connect(str(build_file), read_only=True) as connection:
        try:
            rows = connection.execute(_NEWEST_LOADS).fetchall()
        except duckdb.CatalogException:  # killed before the first load made its tables
            rows = []
    return dict(rows)


def hash_files(folder: Path, *, without: Iterable[str] = ()) -> str:
    """Return one hash of all files of a folder, their names and their bytes."""
    left_out = frozenset(without)
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not left_out.intersection(relative.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(json.dumps([relative.as_posix(), content]).encode())
    return digest.hexdigest()

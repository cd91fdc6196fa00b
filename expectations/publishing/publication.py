"""Make a build public: one call, all or nothing."""

import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from expectations.publishing import copying
from expectations.publishing.attempts import record_attempt, summary
from expectations.publishing.files import exclusive_lock, flush, replace_link, sha256, write_json
from expectations.publishing.shelf import Shelf
from expectations.results import GateResult, failures

KEPT_BUILDS = 5
MANIFEST_VERSION = 1

Addition = Callable[[duckdb.DuckDBPyConnection, Mapping[str, Any]], None]
"""Makes tables of the published ones before the file is sealed: gets a connection with the file
attached as `target`, and what the manifest says of its tables."""


class PublishError(RuntimeError):
    """Nothing was published; the message says why."""


@dataclass(frozen=True)
class Publication:
    """What was made public.

    Attributes:
        build_id: UTC second and six random hex digits, `YYYYMMDDTHHMMSSZ-xxxxxx`.
        manifest: the content of its `manifest.json`.
        retired: older builds that were removed.
    """

    build_id: str
    manifest: Mapping[str, Any]
    retired: tuple[str, ...]


def publish(
    build: Path,
    shelf: Shelf,
    *,
    gates: Iterable[GateResult],
    details: Mapping[str, Any] | None = None,
    data_as_of: datetime | None = None,
    seeds: frozenset[str] = frozenset(),
    documents: Iterable[Path] = (),
    additions: Sequence[Addition] = (),
    keep: int = KEPT_BUILDS,
    now: datetime | None = None,
) -> Publication:
    """Copy what readers need out of the build file and make it the current build.

    Args:
        build: the build file; no other process may have it open for writing.
        shelf: where builds are published.
        gates: the gates that were judged; one that failed publishes nothing.
        details: more for the manifest, JSON values: project, fingerprint, revision of the code.
        data_as_of: the moment the data speak of.
        seeds: which tables of the schema `seeds` are published.
        documents: files that readers need beside the tables, kept under their own names.
        additions: add tables that are made of the published ones, in this order.
        keep: how many builds stay on the shelf.
        now: the moment of publication; by default the clock's.

    Raises:
        PublishError: a gate failed, or there is nothing to publish. `last_attempt.json` tells.
        LockedError: another publication is going on.
    """
    judged = list(gates)
    shelf.folder.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(shelf.lock, "a publication"):
        current = shelf.current()
        previous = current["build_id"] if current else None
        failed = [result.expectation for gate in judged for result in gate.blocking]
        if failed:
            record_attempt(shelf, "gate_failed", gates=judged, build_id=previous, at=now)
            raise PublishError(f"not published, these expectations failed: {', '.join(failed)}")
        shelf.sweep()
        made_at = now or datetime.now(UTC)
        build_id = f"{made_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        workshop = shelf.workshop(build_id)
        workshop.mkdir()
        try:
            manifest = {
                "manifest_version": MANIFEST_VERSION,
                "build_id": build_id,
                "previous_build_id": previous,
                "made_at": made_at.isoformat(timespec="seconds"),
                "data_as_of": data_as_of.isoformat() if data_as_of else None,
                "gates": [summary(gate) for gate in judged],
                "warnings": [
                    {"gate": gate.gate, **result} for gate in judged for result in failures(gate)
                ],
                **(details or {}),
                **_make(build, workshop, build_id, made_at, data_as_of, seeds, additions),
                "documents": _copy_documents(documents, workshop),
            }
            write_json(workshop / "manifest.json", manifest)
            _place(shelf, workshop, build_id)
        except Exception:
            # On a disk that is full it would be in the way of the next run until that publishes.
            shutil.rmtree(workshop, ignore_errors=True)
            raise
        retired = shelf.retire(keep)
        record_attempt(shelf, "published", gates=judged, build_id=build_id, at=made_at)
    return Publication(build_id, manifest, tuple(retired))


def _make(
    build: Path,
    workshop: Path,
    build_id: str,
    made_at: datetime,
    data_as_of: datetime | None,
    seeds: frozenset[str],
    additions: Sequence[Addition],
) -> dict[str, Any]:
    """Write the database and the Parquet files; return what the manifest says of them."""
    database = workshop / "database"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            connection.execute(f"attach {copying.text(str(build))} as build (read_only)")
        except duckdb.IOException as error:
            raise PublishError(f"`{build}` cannot be read: {error}") from error
        tables = copying.readers_tables(connection, "build", seeds)
        if not any(table.schema == "core" for table in tables):
            raise PublishError(f"`{build}` has no schema `core`; run the models first")
        copying.copy_database(connection, "build", database, tables)
        connection.execute("create schema if not exists target.quality")
        connection.execute(
            "create table target.quality.published_build as select ? as build_id,"
            " cast(? as timestamptz) as made_at, cast(? as timestamptz) as data_as_of",
            [build_id, made_at, data_as_of],
        )
        connection.execute(
            "comment on table target.quality.published_build is 'One row: the build.'"
        )
        parquet = copying.copy_parquet(connection, "build", workshop, tables)
        rows = copying.row_counts(connection, "target", tables)
        described = {
            table.full_name: {
                "schema": table.schema,
                "name": table.name,
                "rows": rows[table.full_name],
                "columns": [{"name": name, "type": kind} for name, kind in table.columns],
                "parquet": parquet.get(table.full_name),
            }
            for table in tables
        }
        for addition in additions:
            addition(connection, described)
        copying.seal_database(connection, database)
    return {
        "database": {"file": f"testops-{build_id}.duckdb", "bytes": database.stat().st_size},
        "tables": described,
    }


def _copy_documents(documents: Iterable[Path], workshop: Path) -> dict[str, Any]:
    """Put files beside the manifest; return bytes and hash by name."""
    copied = {}
    for document in documents:
        copy = workshop / document.name
        shutil.copyfile(document, copy)
        flush(copy)
        copied[document.name] = {"bytes": copy.stat().st_size, "sha256": sha256(copy)}
    return copied


def _place(shelf: Shelf, workshop: Path, build_id: str) -> None:
    """Give the finished build its names, then show it to readers."""
    (workshop / "database").replace(shelf.database(build_id))
    flush(workshop)
    workshop.replace(shelf.companion(build_id))
    flush(shelf.folder)
    replace_link(shelf.current_database, shelf.database(build_id).name)
    replace_link(shelf.current_manifest, f"{shelf.companion(build_id).name}/manifest.json")

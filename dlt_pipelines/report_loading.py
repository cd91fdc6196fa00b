"""The dlt side of the report sources: which files are new, whose they are, and where rows go.

files setting ─▶ found files ─ seen before, unchanged? ─▶ skipped
                            └─▶ report_workers ─▶ reports · rows · quarantine
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

import pyarrow as pa

from dlt_pipelines.config import Settings, path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import FoundFile, find_files
from dlt_pipelines.git_history.repository import (
    RepositoryError,
    open_repository,
    repository_name,
)
from dlt_pipelines.landed_reports import landed_ids
from dlt_pipelines.parsers.git_log import utc_from_seconds
from dlt_pipelines.report_model import GONE, UNREADABLE, Container, Outcome
from dlt_pipelines.report_workers import read_all, weight
from dlt_pipelines.reports import table_schemas

_ROWS_AT_ONCE = 200_000
_CLOCK_GRAIN = timedelta(seconds=2)
_NO_NUMBERS = "[]"
# What lands there is no report file.
_OTHERS = ("imports", "recorded", "webhooks")


@dataclass(frozen=True)
class _Checkout:
    """A git working tree that report files lie in.

    Attributes:
        repository: Its name, as in git history.
        head_sha: Its current commit, None before the first.
        committed_at: When that commit was made.
    """

    repository: str
    head_sha: str | None
    committed_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Known:
    """A report that is loaded.

    Attributes:
        error: Why it could not be read, None when it could.
        is_current: It is the newest readable one of its place. What was there before it and comes
            back is loaded once more, as the newest counts.
    """

    locator: str
    report_id: str
    error: str | None
    is_current: bool


def has_report_files(options: Mapping[str, Any], settings: Settings) -> bool:
    """Tell whether files are named in the settings, or archives of reports have landed."""
    landing = settings.landing_folder
    return bool(options.get("files")) or (
        landing.is_dir() and any(path.name not in _OTHERS for path in landing.iterdir())
    )


def build_report_source(context: LoadContext, kind: str) -> Any:
    """Make the dlt source of one kind of report.

    Raises:
        ConfigurationError: The setting `sources.<kind>.files` is wrong.
    """
    schemas = table_schemas(kind)
    setting = f"sources.{kind}.files"
    patterns = path_list(context.options, f"sources.{kind}", "files")
    if context.settings.landing_folder.is_dir():
        patterns += (str(context.settings.landing_folder),)
    found = [
        file
        for file in find_files(patterns, context.settings, setting)
        if not file.locator.startswith(tuple(f"landing/{name}/" for name in _OTHERS))
    ]
    batches = _read(context, kind, schemas, found)
    return context.source_of(context.arrow_tables(kind, schemas, batches))


def _read(
    context: LoadContext, kind: str, schemas: Mapping[str, pa.Schema], found: list[FoundFile]
) -> Iterator[tuple[str, pa.Table]]:
    """Read what is new and yield (table, rows) with many rows each."""
    audit = context.audit
    audit.seen_count = len(found)
    checkouts = _Checkouts(context.settings.project)
    seen = context.seen_files()
    fresh = [file for file in found if not _is_seen(file, seen.get(file.locator))]
    audit.unchanged_count = len(found) - len(fresh)
    fingerprints = {file.locator: _fingerprint(file) for file in fresh}
    known = _known_reports(context, seen.keys(), fresh)
    containers = _containers(context, fresh, known, fingerprints)
    total_weight = sum(weight(file.locator, file.size_bytes) for file in fresh)
    waiting: dict[str, list[pa.Table]] = {table: [] for table in schemas}
    spool = context.settings.home / f"reading-{kind}"
    for chunk in read_all(kind, containers, total_weight, spool):
        reports = [row for outcome in chunk.outcomes for row in _take(context, checkouts, outcome)]
        waiting["reports"].append(_to_table(reports, schemas["reports"]))
        for outcome in chunk.outcomes:
            if any(rejection.error_class == UNREADABLE for rejection in outcome.rejections):
                del fingerprints[outcome.locator]
        for table, rows in chunk.tables():
            parts = waiting[table]
            parts.append(rows)
            if sum(part.num_rows for part in parts) >= _ROWS_AT_ONCE:
                yield table, pa.concat_tables(parts)
                parts.clear()
    for table, parts in waiting.items():
        if parts:
            yield table, pa.concat_tables(parts)
    context.record_files(fingerprints)


def _fingerprint(file: FoundFile) -> str:
    """Return what changes with the file, or with the version that may read more than before."""
    return f"{_reader_version()}-{file.fingerprint}"


@cache
def _reader_version() -> str:
    try:
        return version("testops-warehouse")
    except PackageNotFoundError:
        return "source"


def _is_seen(file: FoundFile, seen: tuple[str, datetime] | None) -> bool:
    """Tell whether a file was read as it is now.

    A local file changed just before it was read may have changed again within the clock's grain.
    """
    if seen is None or seen[0] != _fingerprint(file):
        return False
    if file.is_remote or file.modified_at is None:
        return True
    return file.modified_at < seen[1] - _CLOCK_GRAIN


def _containers(
    context: LoadContext,
    files: list[FoundFile],
    known: Mapping[str, list[_Known]],
    fingerprints: dict[str, str],
) -> Iterator[Container]:
    for file in files:
        content = context.content_of(file) if file.is_remote else None
        if file.is_remote and content is None:
            del fingerprints[file.locator]  # it is tried again
            continue
        of_file = known.get(file.locator, [])
        yield Container(
            locator=file.locator,
            path=None if file.is_remote else file.path,
            content=content,
            size_bytes=file.size_bytes,
            modified_at=file.modified_at,
            is_named=file.is_named,
            known_ids=frozenset(row.report_id for row in of_file if row.is_current),
            known_locators=frozenset(row.locator for row in of_file if row.is_current),
            known_errors=frozenset(
                (row.report_id, row.error) for row in of_file if row.error is not None
            ),
        )


def _known_reports(
    context: LoadContext, seen: Collection[str], fresh: list[FoundFile]
) -> dict[str, list[_Known]]:
    """Return the loaded reports of each file that was read before, inside too."""
    changed = {file.locator for file in fresh if file.locator in seen}
    known: dict[str, list[_Known]] = {}
    if not changed or not context.has_table("reports"):
        return known
    sql = Template(
        "select locator, report_id, case when parse = 'error' then error end,"
        " coalesce(parse not in ('error', 'gone') and loaded_at = max(loaded_at)"
        " filter (where parse <> 'error') over (partition by locator), false) from $table"
    ).substitute(table=f"raw_{context.source}.reports")
    for row in (_Known(*values) for values in context.query(sql)):
        for name in {row.locator, row.locator.partition("!")[0]} & changed:
            known.setdefault(name, []).append(row)
    return known


def _take(
    context: LoadContext, checkouts: "_Checkouts", outcome: Outcome
) -> Iterator[dict[str, Any]]:
    """Count an outcome, put its rejections into quarantine and yield its reports."""
    audit = context.audit
    audit.unchanged_count += outcome.unchanged_count
    for rejection in outcome.rejections:
        context.reject_file(
            rejection.locator,
            rejection.reason,
            rejection.error_class,
            content=rejection.content,
            content_sha256=rejection.content_sha256,
            size_bytes=rejection.size_bytes,
        )
    for row in outcome.reports:
        audit.byte_count += row["size_bytes"]
        if row["parse"] not in ("error", GONE):
            audit.loaded_count += 1
        if row["parse"] == "partial":
            audit.partial_count += 1
        yield {**row, **_owner(context, checkouts, outcome.locator, row)}


def _to_table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_arrays(
        [pa.array([row.get(part.name) for row in rows], type=part.type) for part in schema],
        schema=schema,
    )


def _owner(
    context: LoadContext, checkouts: "_Checkouts", container: str, row: Mapping[str, Any]
) -> dict[str, Any]:
    """Return repository and commit of a report where they are sure; the rest is found by its ids.

    A report in a git checkout belongs to its repository. It belongs to the current commit only if
    it was written after it. Neither is sure of what was unpacked from an archive or bears a number
    that may be a run's. Of what a vendor source put into the landing folder the run is known.
    """
    landed = landed_ids(row["locator"])
    if landed:
        return landed
    named = context.options.get("repository")
    if named:
        return {"repository": str(named)}
    if "://" in container:
        return {}
    checkout = checkouts.find(str(PurePosixPath(container).parent))
    if checkout is None or row["locator"] != container or row["path_numbers"] != _NO_NUMBERS:
        return {}
    written = row["source_modified_at"]
    is_newer = checkout.committed_at and written and written >= checkout.committed_at
    return {
        "repository": checkout.repository,
        "head_sha": checkout.head_sha if is_newer else None,
    }


class _Checkouts:
    """The git checkouts in a project, each asked once.

    Args:
        project: Nothing above this folder is looked at.
    """

    def __init__(self, project: Path) -> None:
        self._project = project
        self._known: dict[Path, _Checkout | None] = {}

    def find(self, folder: str) -> _Checkout | None:
        """Return the checkout that a folder of the project lies in."""
        place = self._project / folder
        if place != self._project and self._project not in place.parents:
            return None
        return self._find(place)

    def _find(self, place: Path) -> _Checkout | None:
        if place not in self._known:
            if (place / ".git").exists():
                self._known[place] = _describe_checkout(place)
            elif place == self._project:
                self._known[place] = None
            else:
                self._known[place] = self._find(place.parent)
        return self._known[place]


def _describe_checkout(place: Path) -> _Checkout:
    name, commit = repository_name(place), ""
    with contextlib.suppress(RepositoryError):
        repository = open_repository(place, place.name)
        name = repository.name
        form = ("--no-show-signature", "--format=%H %ct")
        commit = repository.run("log", "-1", *form, "HEAD", "--").decode().strip()
    sha, _, seconds = commit.partition(" ")
    return _Checkout(name, sha or None, utc_from_seconds(int(seconds)) if sha else None)

"""What changed in deployed-version files: in the history of repositories, and in plain files."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import orjson

from dlt_pipelines.config import path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import FoundFile, find_files
from dlt_pipelines.git_history.history import repositories
from dlt_pipelines.git_history.repository import Repository, RepositoryError
from dlt_pipelines.object_loading import SUFFIXES, ObjectLoad, Rows
from dlt_pipelines.parsers.deployed_versions import DeployedVersion, read_versions
from dlt_pipelines.parsers.git_log import decoded_path, utc_from_seconds
from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.objects import Findings, schemas_of

SECTION = "sources.deployed_versions"
VERSIONS = "versions"

SCHEMAS = schemas_of(
    {
        VERSIONS: """
            version_id:text state_repository:text path:text commit_sha:text commit_position:bigint
            environment:text service:text repository:text version:text sha:text deployed_at:at
            committed_at:at payload:text
        """
    }
)
KEYS = {VERSIONS: ("version_id",)}

_PATHS = ("state/*.json",)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_BYTES = 3 * 1024 * 1024
_REGULAR_FILE = b"100"


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    sha: str
    position: int
    committed_at: datetime | None
    blob: str | None


def read(context: LoadContext) -> Rows:
    """Yield the versions that were not known."""
    context.audit.mode = "local"
    load = ObjectLoad(context, KEYS, lambda *_: Findings())
    patterns = path_list(context.options, SECTION, "repositories")
    paths = path_list(context.options, SECTION, "paths") or _PATHS
    for repository in repositories(context, patterns, is_default=False):
        try:
            yield from _of_repository(load, repository, paths)
        except RepositoryError as error:
            reason = f"`{repository.locator}` can't be read whole: {error}"
            context.reject_file(repository.locator, reason, "git")
    setting = f"{SECTION}.files"
    files = find_files(path_list(context.options, SECTION, "files"), context.settings, setting)
    yield from _of_files(load, files)


def _of_repository(load: ObjectLoad, repository: Repository, paths: tuple[str, ...]) -> Rows:
    context = load.context
    head = next((ref for ref in repository.refs() if ref.kind == "head"), None)
    seen = context.seen_files().get(repository.name)
    fingerprint = f"{head.sha}-{json_text(list(paths))}" if head else ""
    if head is None or (seen and seen[0] == fingerprint):
        context.audit.unchanged_count += 1
        return
    before: dict[str, dict[tuple[str | None, str | None], DeployedVersion]] = {}
    changes = list(_changes(repository, head.sha, paths))
    blobs = [change.blob for change in changes if change.blob is not None]
    contents = repository.contents(blobs, _MAX_BYTES)
    for change in changes:
        if change.blob is None:
            # what comes back after the file was gone is a deployment again
            before.pop(change.path, None)
            continue
        locator = f"{repository.name}@{change.sha}:{change.path}"
        content = next(contents)
        if content is None:
            reason = f"the file has more than {_MAX_BYTES} bytes or is missing in this clone"
            context.reject_file(locator, reason, "too_large")
            continue
        versions = _versions(context, locator, change.path, content)
        if versions is None:
            continue
        known = before.get(change.path, {})
        for place, version in versions.items():
            if known.get(place) is not None and _what(known[place]) == _what(version):
                continue
            yield from _row(load, locator, repository.name, change, version)
        before[change.path] = versions
    context.record_files({repository.name: fingerprint})
    context.audit.loaded_count += 1


def _of_files(load: ObjectLoad, files: list[FoundFile]) -> Rows:
    context = load.context
    seen = context.seen_files()
    read_now: dict[str, str] = {}
    for file in files:
        if not (file.is_named or file.locator.lower().endswith(SUFFIXES)):
            continue
        context.audit.seen_count += 1
        if seen.get(file.locator, ("", None))[0] == file.fingerprint:
            context.audit.unchanged_count += 1
            continue
        content = context.content_of(file, _MAX_BYTES)
        if content is None:
            continue
        read_now[file.locator] = file.fingerprint
        context.audit.byte_count += len(content)
        versions = _versions(context, file.locator, file.locator, content)
        if versions is None:
            continue
        context.audit.loaded_count += 1
        change = _Change(file.locator, "", 0, file.modified_at, None)
        known = _newest(context, file.locator)
        for place, version in versions.items():
            before = known.get(place)
            if before is None or _what(version) != (*before[:2], _own_time(version) and before[2]):
                yield from _row(load, file.locator, None, change, version)
    context.record_files(read_now)


def _newest(context: LoadContext, path: str) -> dict[Any, tuple[Any, ...]]:
    """Return what a plain file said last of each place: version, commit, when."""
    if not context.has_table(VERSIONS):
        return {}
    rows = context.query(
        "select environment, service, version, sha, epoch_us(deployed_at)"
        " from raw_deployed_versions.versions where path = ? and commit_sha is null"
        " order by loaded_at",
        (path,),
    )
    return {
        (environment, service): (version, sha, at and _EPOCH + timedelta(microseconds=at))
        for environment, service, version, sha, at in rows
    }


def _row(
    load: ObjectLoad,
    locator: str,
    state_repository: str | None,
    change: _Change,
    version: DeployedVersion,
) -> Rows:
    payload = json_text(
        {
            "environment": version.environment,
            "service": version.service,
            "repository": version.repository,
            "version": version.version,
            "sha": version.sha,
            "deployed_at": version.deployed_at.isoformat() if version.deployed_at else None,
        }
    )
    # a plain file may come back to a version, which its own time then tells apart
    changed = change.sha or [payload, change.committed_at and change.committed_at.isoformat()]
    parts = (state_repository, change.path, changed, version.environment)
    digest = hashlib.sha256(json_text([*parts, version.service]).encode()).hexdigest()
    row = {
        "version_id": digest[:32],
        "state_repository": state_repository,
        "path": change.path,
        "commit_sha": change.sha or None,
        "commit_position": change.position if change.sha else None,
        "environment": version.environment,
        "service": version.service,
        "repository": version.repository,
        "version": version.version,
        "sha": version.sha,
        "deployed_at": version.deployed_at,
        "committed_at": change.committed_at,
        "payload": payload,
    }
    yield from load.new(Findings(rows=[(VERSIONS, row)]), locator)


def _what(version: DeployedVersion) -> tuple[str | None, str | None, datetime | None]:
    """Return what makes a deployment another one: a new version, or the same one once more."""
    return version.version, version.sha, _own_time(version)


def _own_time(version: DeployedVersion) -> datetime | None:
    return version.deployed_at if version.has_own_time else None


def _versions(
    context: LoadContext, locator: str, path: str, content: bytes
) -> dict[tuple[str | None, str | None], DeployedVersion] | None:
    try:
        document = orjson.loads(content)
    except ValueError as error:
        context.reject_file(locator, f"the file is no JSON: {error}", "unreadable", content=content)
        return None
    stem = PurePosixPath(path).name.split(".", 1)[0]
    found = read_versions(document, stem)
    return {(version.environment, version.service): version for version in found}


def _changes(repository: Repository, head: str, paths: tuple[str, ...]) -> Iterator[_Change]:
    """Yield every change of the files on the first-parent line, oldest first.

    Clocks of committers disagree; a change never counts as earlier than the one before it.
    """
    output = repository.run(
        *("log", "--first-parent", "--diff-merges=first-parent", "--reverse", "-z", "--raw"),
        *("--no-renames", "--no-abbrev", "--no-show-signature", "--no-notes", "--no-color"),
        *("--no-ext-diff", "--format=tformat:%H%x00%ct", head, "--"),
        *(f":(glob){path}" for path in paths),
    )
    tokens = iter(output.split(b"\0"))
    sha, position = "", 0
    at: datetime | None = None
    for token in tokens:
        header = token.removeprefix(b"\n")
        if header.startswith(b":"):
            _, mode, _, blob, _ = header.split(b" ")
            path = decoded_path(next(tokens))
            is_file = mode.startswith(_REGULAR_FILE)
            yield _Change(path, sha, position, at, blob.decode() if is_file else None)
        elif header:
            sha, position = header.decode(), position + 1
            now = utc_from_seconds(int(next(tokens)))
            at = now if at is None or (now is not None and now > at) else at

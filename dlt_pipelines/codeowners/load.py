"""What is new in the CODEOWNERS of the configured repositories, as Arrow batches.

A repository is looked at again only when one of its refs moved (or the setting of the dialect
changed); intervals are written anew only when they differ from the newest ones.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from dlt_pipelines.codeowners.history import (
    LOCATIONS,
    Version,
    dialect_of,
    paths_of,
    versions_of,
)
from dlt_pipelines.codeowners.intervals import Edition, Interval, intervals_of
from dlt_pipelines.codeowners.schema import Batch, table_of
from dlt_pipelines.config import ConfigurationError, path_list, source_options
from dlt_pipelines.context import LoadContext
from dlt_pipelines.git_history import history as git_history
from dlt_pipelines.git_history.repository import Ref, Repository, RepositoryError
from dlt_pipelines.parsers.codeowners import CodeOwners, Dialect, decoded, parse

SECTION = "sources.codeowners"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS_AT_ONCE = 100_000


def batches(context: LoadContext) -> Iterator[Batch]:
    """The new rows of every repository; one that can't be read is rejected with its reason."""
    context.audit.mode = "local"
    configured = _configured_dialect(context)
    patterns = path_list(context.options, SECTION, "repositories")
    has_logs = False
    if not patterns:
        options = source_options("git_history", context.settings.project)
        patterns = path_list(options, git_history.SECTION, "repositories")
        has_logs = bool(path_list(options, git_history.SECTION, "files"))
    for repository in git_history.repositories(context, patterns, is_default=not has_logs):
        try:
            yield from _of_repository(context, repository, configured)
        except RepositoryError as error:
            reason = f"`{repository.locator}` can't be read whole: {error}"
            context.reject_file(repository.locator, reason, "git")


def _configured_dialect(context: LoadContext) -> Dialect | None:
    value = context.options.get("dialect")
    if value is None or value in LOCATIONS:
        return value
    raise ConfigurationError(f"`{SECTION}.dialect` is `{value}`; write `github` or `gitlab`")


def _of_repository(
    context: LoadContext, repository: Repository, configured: Dialect | None
) -> Iterator[Batch]:
    refs = repository.refs()
    head = next((ref for ref in refs if ref.kind == "head"), None)
    made_from = _digest(refs, configured)
    seen = context.seen_files().get(repository.name)
    if head is None or (seen and seen[0] == made_from):
        context.audit.unchanged_count += 1
        return
    versions = versions_of(repository, head)
    dialect = configured or dialect_of(repository, versions)
    parsed = [
        None if version.content is None else parse(version.content, dialect) for version in versions
    ]
    yield from _new_versions(context, repository, dialect, versions, parsed)
    editions = editions_of(dialect, versions, parsed)
    intervals = intervals_of(editions, paths_of(repository, refs)) if editions else []
    if set(intervals) != _newest_intervals(context, repository):
        rows = [(repository.name, *_columns(interval)) for interval in intervals]
        # A history that was rewritten may never have had owners: then one row says that nobody is.
        rows = rows or [(repository.name, *[None] * 7)]
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            yield table_of("path_owners", rows[start : start + _ROWS_AT_ONCE])
    context.record_files({repository.name: made_from})
    context.audit.loaded_count += 1


def editions_of(
    dialect: Dialect, versions: Sequence[Version], parsed: Sequence[CodeOwners | None]
) -> list[Edition]:
    """The rules in force over time: after each change, those of the first location with a file.

    A version that can't be used changes nothing: what was in force goes on.
    """
    present: dict[str, tuple[Version, CodeOwners]] = {}
    editions: list[Edition] = []
    current: Version | None = None
    for version, rules in zip(versions, parsed, strict=True):
        if rules is not None:
            present[version.path] = (version, rules)
        elif version.is_deleted:
            present.pop(version.path, None)
        effective = next((present[path] for path in LOCATIONS[dialect] if path in present), None)
        newest = effective[0] if effective else None
        if newest != current:
            source = newest or version
            editions.append(
                Edition(version.committed_at, source.sha, effective[1] if effective else None)
            )
            current = newest
    return editions


def _new_versions(
    context: LoadContext,
    repository: Repository,
    dialect: Dialect,
    versions: Sequence[Version],
    parsed: Sequence[CodeOwners | None],
) -> Iterator[Batch]:
    known = context.known("files", "repository", "path", "sha", "dialect")
    files, rules = [], []
    for version, codeowners in zip(versions, parsed, strict=True):
        locator = f"{repository.locator}:{version.path}@{version.sha}"
        if version.reason:
            reason = f"this version of `{version.path}` is passed over: {version.reason}"
            context.reject_file(locator, reason, "codeowners")
        key = (repository.name, version.path, version.sha)
        if codeowners is None or version.content is None or (*key, dialect) in known:
            continue
        context.audit.byte_count += len(version.content)
        text = decoded(version.content)
        files.append((*key[:2], version.sha, version.committed_at, dialect, text))
        rules += [
            (*key, rule.line, rule.pattern, json.dumps(rule.owners), rule.section)
            for rule in codeowners.rules
        ]
        for invalid in codeowners.invalid_lines:
            row = {"locator": locator, "line": invalid.line, "text": invalid.text}
            context.reject_row("rules", row, invalid.reason, invalid.line)
    if files:
        yield table_of("files", files)
    if rules:
        yield table_of("rules", rules)


def _digest(refs: Sequence[Ref], configured: Dialect | None) -> str:
    text = json.dumps([configured, *((ref.name, ref.kind, ref.sha) for ref in refs)])
    return hashlib.sha256(text.encode()).hexdigest()


def _newest_intervals(context: LoadContext, repository: Repository) -> set[Interval]:
    if not context.has_table("path_owners"):
        return set()
    rows = context.query(
        "select path, owners, rule_pattern, rule_line, codeowners_sha, epoch_us(valid_from),"
        " epoch_us(valid_to) from raw_codeowners.path_owners where repository = ? and loaded_at ="
        " (select max(loaded_at) from raw_codeowners.path_owners where repository = ?)"
        " and path is not null",
        (repository.name, repository.name),
    )
    return {
        Interval(path, owners, pattern, line, sha, _instant(start), end and _instant(end))
        for path, owners, pattern, line, sha, start, end in rows
    }


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _columns(interval: Interval) -> tuple[object, ...]:
    return (
        interval.path,
        interval.owners,
        interval.rule_pattern,
        interval.rule_line,
        interval.codeowners_sha,
        interval.valid_from,
        interval.valid_to,
    )

"""Columns of the raw tables of git history, and buffers that turn commits into Arrow tables."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from dlt_pipelines.git_history.repository import Ref
from dlt_pipelines.parsers.git_log import Commit

_UTC = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()

COMMITS = pa.schema(
    [
        ("repository", _TEXT),
        ("sha", _TEXT),
        ("tree_sha", _TEXT),
        ("parents", _TEXT),
        ("author_name", _TEXT),
        ("author_email", _TEXT),
        ("authored_at", _UTC),
        ("committer_name", _TEXT),
        ("committer_email", _TEXT),
        ("committed_at", _UTC),
        ("subject", _TEXT),
        ("body", _TEXT),
        ("is_merge", pa.bool_()),
        ("reverted_sha", _TEXT),
    ]
)
COMMIT_PARENTS = pa.schema(
    [("repository", _TEXT), ("sha", _TEXT), ("position", pa.int64()), ("parent_sha", _TEXT)]
)
COMMIT_FILES = pa.schema(
    [
        ("repository", _TEXT),
        ("sha", _TEXT),
        ("path", _TEXT),
        ("previous_path", _TEXT),
        ("change_type", _TEXT),
        ("added_lines", pa.int64()),
        ("deleted_lines", pa.int64()),
    ]
)
REFS = pa.schema([("repository", _TEXT), ("ref_name", _TEXT), ("ref_type", _TEXT), ("sha", _TEXT)])
BLAMED_FIXES = pa.schema(
    [
        ("repository", _TEXT),
        ("fix_sha", _TEXT),
        ("parent_sha", _TEXT),
        ("state", _TEXT),
        ("file_count", pa.int64()),
        ("blamed_file_count", pa.int64()),
        ("binary_file_count", pa.int64()),
        ("foreign_file_count", pa.int64()),
        ("large_file_count", pa.int64()),
        ("unreadable_file_count", pa.int64()),
        ("deleted_line_count", pa.int64()),
        ("kept_line_count", pa.int64()),
        ("blamed_line_count", pa.int64()),
    ]
)
BLAMED_LINES = pa.schema(
    [
        ("repository", _TEXT),
        ("fix_sha", _TEXT),
        ("path", _TEXT),
        ("origin_sha", _TEXT),
        ("deleted_line_count", pa.int64()),
        ("kept_line_count", pa.int64()),
        ("blamed_line_count", pa.int64()),
    ]
)
SCHEMAS = {
    "commits": COMMITS,
    "commit_parents": COMMIT_PARENTS,
    "commit_files": COMMIT_FILES,
    "refs": REFS,
    "blamed_fixes": BLAMED_FIXES,
    "blamed_lines": BLAMED_LINES,
}
_FULL_ROWS = 50_000
_FULL_CHARACTERS = 32 * 1024 * 1024

Batch = tuple[str, pa.Table]


class CommitBuffer:
    """Commits of one repository on their way to Arrow; bounded by rows and by text."""

    def __init__(self, repository: str) -> None:
        self._repository = repository
        self._clear()

    def _clear(self) -> None:
        self._commits: list[tuple[Any, ...]] = []
        self._parents: list[tuple[str, int, str]] = []
        self._files: list[tuple[Any, ...]] = []
        self._characters = 0

    def add(self, commit: Commit, *, parents: Sequence[str], has_files: bool) -> None:
        """Add a commit.

        Args:
            commit: as the log shows it.
            parents: its parents, which a shallow clone's log hides.
            has_files: whether the log's files are the commit's changes.
        """
        sha = commit.sha
        self._commits.append(
            (
                sha,
                commit.tree_sha,
                _json_list(parents),
                commit.author_name,
                commit.author_email,
                commit.authored_at,
                commit.committer_name,
                commit.committer_email,
                commit.committed_at,
                commit.subject,
                commit.body,
                len(parents) > 1,
                commit.reverted_sha,
            )
        )
        self._parents += [(sha, position, parent) for position, parent in enumerate(parents)]
        if has_files:
            self._files += [(sha, *change) for change in commit.files]
        self._characters += len(commit.body) + len(commit.subject)

    @property
    def is_full(self) -> bool:
        """Whether it is time to take what is here."""
        rows = len(self._commits) + len(self._parents) + len(self._files)
        return rows >= _FULL_ROWS or self._characters >= _FULL_CHARACTERS

    def take(self) -> Iterator[Batch]:
        """The Arrow tables of what is here, which is then empty."""
        for name, rows in (
            ("commits", self._commits),
            ("commit_parents", self._parents),
            ("commit_files", self._files),
        ):
            if rows:
                yield name, _table(self._repository, SCHEMAS[name], rows)
        self._clear()


def refs_table(repository: str, refs: Sequence[Ref]) -> Batch:
    """The refs of a repository as observed now."""
    return "refs", _table(repository, REFS, [(ref.name, ref.kind, ref.sha) for ref in refs])


def blamed_tables(
    repository: str, fixes: Sequence[tuple[Any, ...]], lines: Sequence[tuple[Any, ...]]
) -> Iterator[Batch]:
    """Blamed fixes and their lines; columns as in the schemas, without the repository."""
    for name, rows in (("blamed_fixes", fixes), ("blamed_lines", lines)):
        if rows:
            yield name, _table(repository, SCHEMAS[name], rows)


def _json_list(hashes: Sequence[str]) -> str:
    """Hashes need no escapes, and there is a list in every commit."""
    return '["' + '", "'.join(hashes) + '"]' if hashes else "[]"


def _table(repository: str, schema: pa.Schema, rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    return pa.table(
        [pa.repeat(pa.scalar(repository, _TEXT), len(rows))]
        + [
            pa.array(column, type=part.type)
            for part, column in zip(list(schema)[1:], columns, strict=True)
        ],
        schema=schema,
    )

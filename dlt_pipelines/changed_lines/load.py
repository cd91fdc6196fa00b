"""Changes that were not compared yet, each against its merge base, as Arrow batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from dlt_pipelines.changed_lines.merge_bases import CommitGraph, graph_of
from dlt_pipelines.changed_lines.schema import Batch, table_of
from dlt_pipelines.config import path_list, source_options
from dlt_pipelines.context import LoadContext
from dlt_pipelines.git_history import history as git_history
from dlt_pipelines.git_history.diffs import DIFF_ARGUMENTS, by_commit
from dlt_pipelines.git_history.repository import Repository, RepositoryError
from dlt_pipelines.parsers.diff import DiffFile, read_diff

SECTION = "sources.changed_lines"
_ROWS_AT_ONCE = 50_000

# Raw table of changes, its columns: head, base when the vendor names it, what landed in the end.
_CHANGES = (
    ("raw_github_actions", "pull_requests", "head_sha", "base_sha", "merge_commit_sha"),
    ("raw_gitlab_ci", "merge_requests", "sha", None, "merge_commit_sha"),
    ("raw_imports", "changes", "head_sha", "base_sha", "merge_sha"),
)
_NAMED_CHANGES = Template(
    "select distinct repository, $head, $base, $landed from $table"
    " where repository is not null and $head is not null"
)


@dataclass(frozen=True)
class _Change:
    """Two commits whose difference is asked for; base and landed are None where not known."""

    head: str
    base: str | None
    landed: str | None
    named_by: str = "change"


# Who named a base, and the base.
_Names = dict[tuple[str, str], set[tuple[str, str]]]


def clone_patterns(options: Mapping[str, Any], project: Path) -> tuple[str, ...]:
    """Return the folders of clones that are configured here, else those of git history."""
    patterns = path_list(options, SECTION, "repositories")
    if patterns:
        return patterns
    history = source_options("git_history", project)
    return path_list(history, git_history.SECTION, "repositories")


def batches(context: LoadContext) -> Iterator[Batch]:
    """The new rows of every clone; one that can't be read is rejected with its reason."""
    context.audit.mode = "local"
    patterns = clone_patterns(context.options, context.settings.project)
    changes = _changes(context)
    for repository in git_history.repositories(context, patterns, is_default=True):
        try:
            yield from _of_repository(context, repository, changes.get(repository.name, set()))
        except RepositoryError as error:
            reason = f"`{repository.locator}` can't be read whole: {error}"
            context.reject_file(repository.locator, reason, "git")


def _changes(context: LoadContext) -> dict[str, set[_Change]]:
    """Return what the loaded tables of changes say, by repository."""
    tables = set(
        context.query("select table_schema, table_name from information_schema.tables"),
    )
    found: dict[str, set[_Change]] = {}
    for schema, table, head, base, landed in _CHANGES:
        if (schema, table) not in tables:
            continue
        query = _NAMED_CHANGES.substitute(
            table=f"{schema}.{table}", head=head, base=base or "null", landed=landed
        )
        for repository, *shas in context.query(query):
            found.setdefault(repository, set()).add(_Change(*shas))
    return found


def _of_repository(
    context: LoadContext, repository: Repository, changes: set[_Change]
) -> Iterator[Batch]:
    refs = repository.refs()
    default = next((ref.sha for ref in refs if ref.kind == "head"), None)
    if default is None:
        context.audit.unchanged_count += 1
        return
    branches = {
        _Change(ref.sha, default, None, "branch")
        for ref in refs
        if ref.kind == "branch" and ref.sha != default
    }
    known = context.known("comparisons", "repository", "head_sha", "named_base_sha", "named_by")
    wanted = sorted(
        {
            (change, base)
            for change in changes | branches
            if (base := change.base or change.landed or default)
            and (repository.name, change.head, base, change.named_by) not in known
        },
        key=lambda pair: (pair[0].head, pair[1], pair[0].named_by),
    )
    pairs = _placed(repository, wanted) if wanted else {}
    if not pairs:
        context.audit.unchanged_count += 1
        return
    compared = {
        (head, base)
        for name, head, base in context.known("comparisons", "repository", "head_sha", "base_sha")
        if name == repository.name
    }
    yield from _compared(context, repository, pairs, compared)
    context.audit.loaded_count += 1


def _placed(repository: Repository, wanted: Sequence[tuple[_Change, str]]) -> _Names:
    """Return the named bases of each pair of head and merge base that is in the clone.

    What the clone does not hold may be fetched later, so it is asked for again.
    """
    shas = sorted({sha for change, base in wanted for sha in (change.head, base)})
    there = repository.existing(shas)
    present = [pair for pair in wanted if pair[0].head in there and pair[1] in there]
    if not present:
        return {}
    graph = graph_of(repository, sorted(there))
    pairs: _Names = {}
    for change, named in present:
        base = graph.merge_base(change.head, _start(graph, change, named))
        if base is not None:
            pairs.setdefault((change.head, base), set()).add((named, change.named_by))
    return pairs


def _start(graph: CommitGraph, change: _Change, named: str) -> str:
    """Return the base branch as it was: before the change landed, where only that is known."""
    if change.base is None and change.landed == named:
        return graph.first_parent(named) or named
    return named


def _compared(
    context: LoadContext,
    repository: Repository,
    pairs: _Names,
    compared: set[tuple[str, str]],
) -> Iterator[Batch]:
    """The comparisons; a pair that was compared under another base's name is only noted again."""
    name = repository.name
    comparisons: list[tuple[Any, ...]] = []
    hunks: list[tuple[Any, ...]] = []
    new = [pair for pair in pairs if pair not in compared and pair[0] != pair[1]]
    for head, base in pairs.keys() - set(new):
        is_whole = True if head == base else None
        comparisons += [(name, head, *named, base, is_whole) for named in sorted(pairs[head, base])]
    stdin = "".join(f"{head} {base}\n" for head, base in new).encode()
    output = repository.stream(*DIFF_ARGUMENTS, stdin=stdin)
    diffs = by_commit(output, [head for head, _ in new])
    for (head, base), diff in zip(new, diffs, strict=True):
        context.audit.byte_count += len(diff or b"")
        files = [] if diff is None else read_diff(diff)
        hunks += [(name, head, base, *row) for file in files for row in _hunks(file)]
        is_whole = diff is not None
        comparisons += [(name, head, *named, base, is_whole) for named in sorted(pairs[head, base])]
        if len(hunks) + len(comparisons) >= _ROWS_AT_ONCE:
            yield from _taken(comparisons, hunks)
    yield from _taken(comparisons, hunks)


def _taken(comparisons: list[tuple[Any, ...]], hunks: list[tuple[Any, ...]]) -> Iterator[Batch]:
    for name, rows in (("comparisons", comparisons), ("hunks", hunks)):
        if rows:
            yield table_of(name, rows)
            rows.clear()


def _hunks(file: DiffFile) -> Iterator[tuple[Any, ...]]:
    """Runs of changed lines that follow each other."""
    first = previous = None
    for line in [*file.changed, None]:
        if first is not None and previous is not None and line != previous + 1:
            count = previous - first + 1
            yield (file.path, file.previous_path, file.change_type, first, count)
            first = None
        if first is None:
            first = line
        previous = line

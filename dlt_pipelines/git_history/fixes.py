"""Which commits of a repository are looked at as fixes, newest first.

What a fix is, dbt decides (`fct_commits.is_fix`). Here a wide net is cast: whatever has a word in
its message that begins with fix, bugfix, hotfix or revert, and what landed from a branch
`hotfix/…`.
"""

from collections.abc import Iterable
from typing import NamedTuple

from dlt_pipelines.context import LoadContext
from dlt_pipelines.git_history.repository import Repository

# POSIX, without regard to case, line by line.
MAY_MEND = r"(^|[^a-z])((bug|hot)?fix|revert)"

_DAY_SECONDS = 86_400
_LOG = (
    "log", "--no-merges", "--no-show-signature", "--no-notes", "--no-mailmap", "--no-color",
    "--no-patch", "--format=tformat:%H%x09%P%x09%ct",
)  # fmt: skip
# Raw tables of changes: the name of the branch, and the columns that say what landed.
_CHANGES = (
    ("raw_github_actions", "pull_requests", "head_ref", ("merge_commit_sha",)),
    ("raw_gitlab_ci", "merge_requests", "source_branch", ("merge_commit_sha", "squash_commit_sha")),
    ("raw_imports", "changes", "head_ref", ("merge_sha",)),
)


class Fix(NamedTuple):
    """A commit that may mend something; `committed_at` in seconds since 1970."""

    sha: str
    parent: str
    committed_at: int


def hotfixes(context: LoadContext) -> dict[str, set[str]]:
    """What landed from branches `hotfix/…`, by repository, as far as it is loaded."""
    columns = set(
        context.query(
            "select table_schema, table_name, column_name from information_schema.columns"
        )
    )
    found: dict[str, set[str]] = {}
    for schema, table, branch, landed in _CHANGES:
        for column in landed:
            if {(schema, table, branch), (schema, table, column)} <= columns:
                for repository, sha in context.query(
                    f"select distinct repository, {column} from {schema}.{table}"  # noqa: S608 - names of `_CHANGES`
                    f" where lower({branch}) like 'hotfix/%' and {column} is not null"
                ):
                    found.setdefault(repository, set()).add(sha)
    return found


def fixes_of(
    repository: Repository, head: str, days: float, named: Iterable[str] = ()
) -> list[Fix]:
    """The commits with one parent, of the last days before the head, that may mend something.

    Args:
        repository: to look into.
        head: tip of the default branch; its time is the end of the days.
        days: how far back.
        named: commits that are looked at whatever their message says.

    Raises:
        RepositoryError: git failed.
    """
    newest = int(repository.run("log", "-1", "--no-show-signature", "--format=%ct", head))
    since = f"--max-age={newest - int(days * _DAY_SECONDS)}"
    message = ("--extended-regexp", "--regexp-ignore-case", f"--grep={MAY_MEND}")
    found = _read(repository.run(*_LOG, since, *message, head, "--"))
    there = sorted(repository.existing(sorted(named)))
    if there:
        stdin = "".join(f"{sha}\n" for sha in there).encode()
        found += _read(repository.run(*_LOG, since, "--no-walk=unsorted", "--stdin", stdin=stdin))
    return sorted(set(found), key=lambda fix: (-fix.committed_at, fix.sha))


def _read(log: bytes) -> list[Fix]:
    rows = (line.split("\t") for line in log.decode().splitlines())
    return [Fix(sha, parents, int(committed or 0)) for sha, parents, committed in rows if parents]

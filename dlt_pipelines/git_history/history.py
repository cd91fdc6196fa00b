"""What is new in the configured repositories and recorded logs, as Arrow batches.

Known already is what the newest rows of `refs` lead to. A forced push leaves the old tips in the
repository for a while, so that they still cut the new history short; when git has dropped them,
more commits are read again than needed, and staging keeps the newest row of each. A shallow clone
shows its oldest commits without parents and as if they had added every file; their true parents are
read from the commit itself and their files are left out. Once the clone has been deepened, the
repository is read anew, because what came in lies behind tips that are known.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from dlt_pipelines.config import path_list
from dlt_pipelines.context import LoadContext
from dlt_pipelines.files import FoundFile, find_files
from dlt_pipelines.git_history.blame import blamed_batches, budget_of, in_turn
from dlt_pipelines.git_history.repository import (
    Ref,
    Repository,
    RepositoryError,
    open_repository,
    repository_name,
)
from dlt_pipelines.git_history.schema import Batch, CommitBuffer, refs_table
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import LOG_ARGUMENTS, Commit, read_log
from dlt_pipelines.parsers.git_log_text import read_text_log

SECTION = "sources.git_history"
_HEAD_BYTES = 4096


def batches(context: LoadContext) -> Iterator[Batch]:
    """The new rows of every repository and log; what can't be read is rejected with its reason."""
    context.audit.mode = "local"
    configured = path_list(context.options, SECTION, "repositories")
    files = path_list(context.options, SECTION, "files")
    heads: dict[Repository, str] = {}
    for repository in repositories(context, configured, is_default=not files):
        yield from _of_repository(context, repository, heads)
    yield from _blamed(context, heads)
    for file in find_files(files, context.settings, f"{SECTION}.files"):
        yield from _of_log(context, file)


def repositories(
    context: LoadContext, patterns: Sequence[str], *, is_default: bool
) -> Iterator[Repository]:
    """The repositories that patterns name; each that can't be opened is rejected.

    Args:
        context: of the run; `seen_count` is kept up.
        patterns: folders and globs, relative to the project folder.
        is_default: without patterns, read the project folder if it is a git checkout.
    """
    project = context.settings.project
    if not patterns and is_default and (project / ".git").exists():
        patterns = (".",)
    taken: dict[str, str] = {}
    for folder in _matching(context, patterns):
        locator = locator_of(project, folder)
        context.audit.seen_count += 1
        try:
            repository = open_repository(folder, locator)
        except RepositoryError as error:
            context.reject_file(locator, str(error), "git")
            continue
        other = taken.setdefault(repository.name, locator)
        if other == locator:
            yield repository
        else:
            # Two states of one repository would take turns in being the newest.
            reason = f"`{locator}` is `{repository.name}` too, which is read from `{other}`"
            context.reject_file(locator, reason, "duplicate")


def locator_of(project: Path, path: Path) -> str:
    """A path relative to the project folder where it lies inside it."""
    return path.relative_to(project).as_posix() if path.is_relative_to(project) else path.as_posix()


def _matching(context: LoadContext, patterns: Iterable[str]) -> Iterator[Path]:
    """The folders that patterns name, each once, sorted per pattern."""
    seen: set[Path] = set()
    for pattern in patterns:
        found = sorted(path.resolve() for path in _expanded(context.settings.project, pattern))
        if not found:
            context.audit.seen_count += 1
            reason = f"no folder matches `{pattern}` in the project folder"
            context.reject_file(pattern, reason, "missing")
        for path in found:
            if path not in seen:
                seen.add(path)
                yield path


def _expanded(project: Path, pattern: str) -> list[Path]:
    path = project / Path(pattern).expanduser()
    if path.exists():
        return [path]
    anchor = Path(path.anchor)
    return list(anchor.glob(path.relative_to(anchor).as_posix()))


def _of_repository(
    context: LoadContext, repository: Repository, heads: dict[Repository, str]
) -> Iterator[Batch]:
    """What is new in a repository; its default branch is added to `heads`."""
    row_count = 0
    try:
        refs = repository.refs()
        is_deepened = _is_deepened(context, repository)
        is_known = not is_deepened and _known_refs(context, repository) == set(refs)
        if refs and not is_known:
            for name, table in _new_commits(context, repository, refs, is_complete=is_deepened):
                row_count += table.num_rows
                yield name, table
    except (RepositoryError, ParseError) as error:
        context.audit.partial_count += bool(row_count)
        reason = f"`{repository.locator}` can't be read whole: {error}"
        context.reject_file(repository.locator, reason, "git")
        return
    if refs and not is_known:
        context.audit.loaded_count += 1
        # Last, because they vouch for the commits they lead to.
        yield refs_table(repository.name, refs)
    else:
        context.audit.unchanged_count += 1
    heads.update((repository, ref.sha) for ref in refs if ref.kind == "head")


def _blamed(context: LoadContext, heads: Mapping[Repository, str]) -> Iterator[Batch]:
    """The blame of fixes, within what one load may spend on all repositories."""
    budget = budget_of(context, SECTION)
    for repository in in_turn(context, heads):
        try:
            yield from blamed_batches(context, repository, heads[repository], budget)
        except RepositoryError as error:
            context.audit.partial_count += 1
            reason = f"fixes of `{repository.locator}` can't be blamed: {error}"
            context.reject_file(repository.locator, reason, "git")


def _known_refs(context: LoadContext, repository: Repository) -> set[Ref]:
    if not context.has_table("refs"):
        return set()
    rows = context.query(
        "select ref_name, ref_type, sha from raw_git_history.refs where repository = ?"
        " and loaded_at = (select max(loaded_at) from raw_git_history.refs where repository = ?)",
        (repository.name, repository.name),
    )
    return {Ref(*row) for row in rows}


def _is_deepened(context: LoadContext, repository: Repository) -> bool:
    """Whether parents that were missing are there now."""
    if not context.has_table("commit_parents"):
        return False
    rows = context.query(
        "select distinct edges.sha, edges.parent_sha from raw_git_history.commit_parents as edges"
        " anti join raw_git_history.commits as commits on commits.repository = edges.repository"
        " and commits.sha = edges.parent_sha where edges.repository = ?",
        (repository.name,),
    )
    if not rows:
        return False
    cut_off = repository.shallow_parents()
    return bool(repository.existing([parent for sha, parent in rows if sha not in cut_off]))


def _new_commits(
    context: LoadContext, repository: Repository, refs: Sequence[Ref], *, is_complete: bool
) -> Iterator[Batch]:
    known: set[str] = set()
    if not is_complete and context.has_table("refs"):
        rows = context.query(
            "select distinct sha from raw_git_history.refs where repository = ?",
            (repository.name,),
        )
        known = repository.existing([sha for (sha,) in rows])
    cut_off = repository.shallow_parents()
    revisions = sorted({ref.sha for ref in refs} - known) + [f"^{sha}" for sha in sorted(known)]
    stdin = "".join(f"{revision}\n" for revision in revisions).encode()
    chunks = _counted(context, repository.stream("log", *LOG_ARGUMENTS, "--stdin", stdin=stdin))
    buffer = CommitBuffer(repository.name)
    for commit in read_log(chunks):
        parents = cut_off.get(commit.sha)
        buffer.add(
            commit,
            parents=commit.parents if parents is None else parents,
            has_files=parents is None or not parents,
        )
        if buffer.is_full:
            yield from buffer.take()
    yield from buffer.take()


def _counted(context: LoadContext, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        context.audit.byte_count += len(chunk)
        yield chunk


def _of_log(context: LoadContext, file: FoundFile) -> Iterator[Batch]:
    """The commits of a recorded log that are not known; its name is that of the repository."""
    context.audit.seen_count += 1
    seen = context.seen_files().get(file.locator)
    if seen and seen[0] == file.fingerprint:
        context.audit.unchanged_count += 1
        return
    name = repository_name(Path(file.locator).with_suffix(""))
    known = _known_commits(context, name)
    buffer = CommitBuffer(name)
    new_count = 0
    reason, is_read = None, True
    try:
        for commit in _recorded(context, file):
            if commit.sha in known:
                continue
            known.add(commit.sha)
            new_count += 1
            # Merges have no files of their own, as in a log read from a repository.
            buffer.add(commit, parents=commit.parents, has_files=not commit.is_merge)
            if buffer.is_full:
                yield from buffer.take()
    except ParseError as error:
        reason = error.reason
    except OSError as error:
        reason = f"the file can't be read: {error.strerror or error}"
        is_read = False
    yield from buffer.take()
    if is_read:
        context.record_files({file.locator: file.fingerprint})
    if reason:
        context.audit.partial_count += bool(new_count)
        reason = f"`{file.locator}` can't be read whole: {reason}"
        context.reject_file(file.locator, reason, "git_log", size_bytes=file.size_bytes)
    elif new_count:
        context.audit.loaded_count += 1
    else:
        context.audit.unchanged_count += 1


def _known_commits(context: LoadContext, repository: str) -> set[str]:
    if not context.has_table("commits"):
        return set()
    rows = context.query(
        "select distinct sha from raw_git_history.commits where repository = ?", (repository,)
    )
    return {sha for (sha,) in rows}


def _recorded(context: LoadContext, file: FoundFile) -> Iterator[Commit]:
    with file.open() as log:
        is_nul_form = b"\0" in log.read(_HEAD_BYTES)
        log.seek(0)
        if is_nul_form:
            yield from read_log(_counted(context, iter(lambda: log.read(1 << 20), b"")))
        else:
            yield from read_text_log(_counted(context, log))

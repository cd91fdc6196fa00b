"""Who wrote the lines that a fix took away: deleted lines of fixes, blamed at their parent.

    fixes not blamed yet ─diff-tree, 32 at a time─▶ deleted lines, by their numbers before
                                                      │ without comments and blanks (code_lines)
                                                      ▼
            git blame of these lines, one call a file ──▶ blamed_fixes, blamed_lines

White space does not count, renames are followed. A fix is blamed whole or not at all: what a load
has no time for is noted as `waiting` and taken up by the next one.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dlt_pipelines.context import LoadContext
from dlt_pipelines.git_history.diffs import DIFF_ARGUMENTS, by_commit
from dlt_pipelines.git_history.fixes import Fix, fixes_of, hotfixes
from dlt_pipelines.git_history.repository import Repository, RepositoryError
from dlt_pipelines.git_history.schema import Batch, blamed_tables
from dlt_pipelines.parsers.code_lines import is_written_here, lines_of_code
from dlt_pipelines.parsers.diff import DiffFile, read_diff
from dlt_pipelines.polling import number_option

_DAYS, _FILES, _SECONDS = 180, 2_000, 30
_FIXES_AT_ONCE = 32
_FILES_OF_A_FIX = 50
_LINES_OF_A_FILE = 2_000
_SECONDS_OF_A_FILE = 10.0
# git takes larger files for binary ones, so that nobody has to read them.
_LARGE_BYTES = 1024 * 1024
_LARGE = ("-c", f"core.bigFileThreshold={_LARGE_BYTES}")
_DIFF = (
    *_LARGE, *DIFF_ARGUMENTS, "--ignore-all-space", "--ignore-blank-lines", "--full-index",
    "--ignore-submodules=all", "--inter-hunk-context=0",
)  # fmt: skip
# The empty name takes back the lists of commits to ignore that a repository's settings name.
_BLAME = ("blame", "--ignore-revs-file=", "--incremental", "--root", "-w", "-M", "--no-textconv")
_BLAMED = re.compile(rb"^([0-9a-f]{40}(?:[0-9a-f]{24})?) \d+ \d+ (\d+)$", re.MULTILINE)


@dataclass
class Budget:
    """What one load may still spend on blame; `days` 0 is none at all."""

    days: float
    files: int
    seconds: float
    hotfixes: dict[str, set[str]] = field(default_factory=dict)

    @property
    def is_spent(self) -> bool:
        """Whether no further fix should be begun."""
        return self.files <= 0 or self.seconds <= 0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Take the time of what is done inside."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds -= time.monotonic() - started


@dataclass
class _Blamed:
    """What came of one fix; `state` as in `blamed_fixes`."""

    fix: Fix
    state: str = "blamed"
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[str, str, str, int, int, int]] = field(default_factory=list)

    def row(self) -> tuple[object, ...]:
        is_looked_at = self.state not in ("waiting", "unreadable")
        names = (
            "file", "blamed_file", "binary_file", "foreign_file", "large_file",
            "unreadable_file", "deleted_line", "kept_line", "blamed_line",
        )  # fmt: skip
        counts = (self.counts[name] if is_looked_at else None for name in names)
        return (self.fix.sha, self.fix.parent, self.state, *counts)


def budget_of(context: LoadContext, section: str) -> Budget:
    """What the settings allow one load.

    Raises:
        ConfigurationError: A setting is no number.
    """
    options = context.options
    is_off = options.get("blame_days") == 0
    return Budget(
        0 if is_off else number_option(options, section, "blame_days", _DAYS),
        int(number_option(options, section, "blame_files", _FILES)),
        number_option(options, section, "blame_seconds", _SECONDS),
        {} if is_off else hotfixes(context),
    )


def in_turn(context: LoadContext, repositories: Iterable[Repository]) -> list[Repository]:
    """Repositories in the order of blame: who had the time of the last load comes last."""
    last: dict[str, int] = {}
    if context.has_table("blamed_fixes"):
        last = dict(
            context.query(
                "select repository, max(epoch_us(loaded_at)) from raw_git_history.blamed_fixes"
                " where state <> 'waiting' group by repository"
            )
        )
    return sorted(repositories, key=lambda repository: last.get(repository.name, 0))


def blamed_batches(
    context: LoadContext, repository: Repository, head: str, budget: Budget
) -> Iterator[Batch]:
    """The blame of fixes that were not blamed yet, newest first, as far as the budget goes.

    Raises:
        RepositoryError: git can't tell which commits there are.
    """
    if not budget.days:
        return
    with budget.timed():
        named = budget.hotfixes.get(repository.name, ())
        fixes = fixes_of(repository, head, budget.days, named)
        states = _states(context, repository)
        cut_off = set(repository.shallow_parents())
    done = {"blamed", "too_large", "unreadable"} | ({"cut_off"} if cut_off else set())
    wanted = [fix for fix in fixes if states.get(fix.sha) not in done and fix.sha not in cut_off]
    waiting: list[Fix] = []
    for start in range(0, len(wanted), _FIXES_AT_ONCE):
        chunk = wanted[start : start + _FIXES_AT_ONCE]
        found = [] if budget.is_spent else list(_blame(repository, chunk, cut_off, budget))
        waiting += chunk[len(found) :]
        rows = [blamed.row() for blamed in found]
        yield from blamed_tables(
            repository.name, rows, [line for blamed in found for line in blamed.lines]
        )
    if waiting:
        context.audit.partial_count += 1
        new = [_Blamed(fix, "waiting").row() for fix in waiting if fix.sha not in states]
        yield from blamed_tables(repository.name, new, [])


def _states(context: LoadContext, repository: Repository) -> dict[str, str]:
    if not context.has_table("blamed_fixes"):
        return {}
    return dict(
        context.query(
            "select fix_sha, arg_max(state, loaded_at) from raw_git_history.blamed_fixes"
            " where repository = ? group by fix_sha",
            (repository.name,),
        )
    )


def _blame(
    repository: Repository, chunk: Sequence[Fix], cut_off: set[str], budget: Budget
) -> Iterator[_Blamed]:
    """The fixes of a chunk in turn, until the budget is spent."""
    with budget.timed():
        diffs = _diffs(repository, chunk)
        deletions = [_deletions(fix, diff) for fix, diff in zip(chunk, diffs, strict=True)]
    contents = _contents(repository, [file for _, files in deletions for file in files])
    is_first = True
    for blamed, files in deletions:
        if budget.is_spent:
            break
        for file in files:
            if budget.seconds <= 0 and not is_first:
                return
            with budget.timed():
                _blame_file(repository, blamed, file, next(contents), cut_off)
            budget.files -= 1
        yield blamed
        is_first = False


def _diffs(repository: Repository, chunk: Sequence[Fix]) -> list[bytes | None]:
    """The diff of each fix against its parent; None where it can't be had."""
    shas = [fix.sha for fix in chunk]
    stdin = "".join(f"{fix.sha} {fix.parent}\n" for fix in chunk).encode()
    try:
        return list(by_commit(repository.stream(*_DIFF, stdin=stdin), shas))
    except RepositoryError:
        if len(chunk) == 1:
            return [None]
    # One of them can't be read; the others can.
    return [diff for fix in chunk for diff in _diffs(repository, [fix])]


def _deletions(fix: Fix, diff: bytes | None) -> tuple[_Blamed, list[DiffFile]]:
    """What is to be blamed of a fix, and what is left out."""
    if diff is None:
        return _Blamed(fix, "unreadable"), []
    blamed = _Blamed(fix)
    changed = [
        file
        for file in read_diff(diff)
        if file.deleted or (file.is_binary and file.change_type != "added")
    ]
    counts = blamed.counts
    counts["file"] = len(changed)
    counts["deleted_line"] = sum(len(file.deleted) for file in changed)
    if len(changed) > _FILES_OF_A_FIX:
        blamed.state = "too_large"
        return blamed, []
    files = []
    for file in changed:
        if file.is_binary or file.previous_blob is None:
            counts["binary_file"] += 1
        elif not is_written_here(_path_before(file)):
            counts["foreign_file"] += 1
        else:
            files.append(file)
    return blamed, files


def _path_before(file: DiffFile) -> str:
    return file.previous_path or file.path


def _blame_file(
    repository: Repository,
    blamed: _Blamed,
    file: DiffFile,
    content: bytes | None,
    cut_off: set[str],
) -> None:
    counts, path = blamed.counts, _path_before(file)
    if content is None:
        counts["unreadable_file"] += 1
        return
    kept = sorted(lines_of_code(path, content).intersection(file.deleted))
    if not kept:
        return
    counts["kept_line"] += len(kept)
    if len(kept) > _LINES_OF_A_FILE:
        counts["large_file"] += 1
        return
    ranges = [part for first, last in _runs(kept) for part in ("-L", f"{first},{last}")]
    try:
        output = repository.run(
            *_BLAME, *ranges, blamed.fix.parent, "--", path, seconds=_SECONDS_OF_A_FILE
        )
    except RepositoryError:
        counts["unreadable_file"] += 1
        return
    counts["blamed_file"] += 1
    origins: Counter[str] = Counter()
    for sha, count in _BLAMED.findall(output):
        origins[sha.decode()] += int(count)
    for origin in cut_off.intersection(origins):
        # Where a shallow clone ends, everything older looks like its oldest commit's.
        blamed.state = "cut_off"
        del origins[origin]
    counts["blamed_line"] += origins.total()
    blamed.lines += [
        (blamed.fix.sha, path, origin, len(file.deleted), len(kept), count)
        for origin, count in sorted(origins.items())
    ]


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers in order, as first and last of those that follow each other."""
    first = last = None
    for number in numbers:
        if first is None or last is None or number != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


def _contents(repository: Repository, files: Sequence[DiffFile]) -> Iterator[bytes | None]:
    """What each file held before the fix, one at a time; None where git has it no more."""
    blobs = [file.previous_blob or "" for file in files]
    given = 0
    try:
        for content in repository.contents(blobs, _LARGE_BYTES):
            given += 1
            yield content
    except RepositoryError:
        # Nothing more comes; the files of these fixes are counted as not readable.
        yield from [None] * (len(blobs) - given)

"""The versions of CODEOWNERS on a default branch, and every path of a repository's history."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dlt_pipelines.git_history.repository import Ref, Repository
from dlt_pipelines.parsers.codeowners import (
    MAX_BYTES,
    Dialect,
    has_section_headings,
    why_unusable,
)
from dlt_pipelines.parsers.git_log import decoded_path, utc_from_seconds

# Where each vendor looks, in its order: the first file that exists is the only one that counts.
LOCATIONS: dict[Dialect, tuple[str, ...]] = {
    "github": (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"),
    "gitlab": ("CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"),
}
_REGULAR_FILE = b"100"


@dataclass(frozen=True, slots=True)
class Version:
    """A change of one CODEOWNERS file on the default branch.

    Attributes:
        path: of the file.
        sha: commit that made the change, on the first-parent line of the default branch.
        committed_at: its committer time, never before that of an earlier version.
        content: the file's bytes; None when it was deleted or can't be used.
        reason: why it can't be used.
    """

    path: str
    sha: str
    committed_at: datetime
    content: bytes | None
    reason: str | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether the file is gone since this commit."""
        return self.content is None and self.reason is None


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    sha: str
    seconds: int
    mode: bytes
    blob: str


def dialect_of(repository: Repository, versions: Sequence[Version]) -> Dialect:
    """Whose rules the repository's CODEOWNERS follow.

    The host of origin decides if its name holds `gitlab` or `github`; else the folder in which a
    CODEOWNERS was ever kept (`.gitlab/`, `.github/`); else whether the newest version has section
    headings, which only GitLab knows; else GitHub.
    """
    host = repository.host
    for dialect in ("gitlab", "github"):
        if dialect in host:
            return dialect
    kept = {version.path.partition("/")[0] for version in versions}
    if (".gitlab" in kept) != (".github" in kept):
        return "gitlab" if ".gitlab" in kept else "github"
    newest = next((v.content for v in reversed(versions) if v.content is not None), b"")
    return "gitlab" if has_section_headings(newest) else "github"


def versions_of(repository: Repository, head: Ref) -> list[Version]:
    """All versions of all CODEOWNERS files on the default branch, oldest first.

    Only the first-parent line counts: a version on a branch was in force for nobody until the
    branch was merged.

    Raises:
        RepositoryError: git can't read the history.
    """
    changes = list(_changes(repository, head))
    blobs = sorted({change.blob for change in changes if change.mode.startswith(_REGULAR_FILE)})
    contents = dict(zip(blobs, repository.contents(blobs, MAX_BYTES), strict=True))
    versions: list[Version] = []
    newest: datetime | None = None
    for change in changes:
        instant = utc_from_seconds(change.seconds)
        # Clocks of committers disagree; an interval that ends before it begins helps nobody.
        if instant is None or (newest is not None and instant < newest):
            instant = newest
        if instant is None:
            continue
        newest = instant
        versions.append(_version(change, instant, contents))
    return versions


def _version(change: _Change, instant: datetime, contents: dict[str, bytes | None]) -> Version:
    if change.mode == b"000000":
        return Version(change.path, change.sha, instant, None)
    content, reason = None, None
    if not change.mode.startswith(_REGULAR_FILE):
        reason = "it is a link or submodule, not a file"
    else:
        content = contents.get(change.blob)
        if content is None:
            reason = f"it is larger than {MAX_BYTES} bytes or missing in this clone"
        elif reason := why_unusable(content):
            content = None
    return Version(change.path, change.sha, instant, content, reason)


def _changes(repository: Repository, head: Ref) -> Iterator[_Change]:
    locations = sorted({path for paths in LOCATIONS.values() for path in paths})
    output = repository.run(
        *("log", "--first-parent", "--diff-merges=first-parent", "--reverse", "-z", "--raw"),
        *("--no-renames", "--no-abbrev", "--no-show-signature", "--no-notes", "--no-color"),
        *("--no-ext-diff", "--format=tformat:%H%x00%ct", head.sha, "--", *locations),
    )
    tokens = iter(output.split(b"\0"))
    sha, seconds = "", 0
    for token in tokens:
        header = token.removeprefix(b"\n")
        if header.startswith(b":"):
            _, mode, _, blob, _ = header.split(b" ")
            yield _Change(decoded_path(next(tokens)), sha, seconds, mode, blob.decode())
        elif header:
            sha, seconds = header.decode(), int(next(tokens))


def paths_of(repository: Repository, refs: Sequence[Ref]) -> list[str]:
    """Every path a file ever had on any branch or tag, sorted.

    Raises:
        RepositoryError: git can't read the history.
    """
    stdin = "".join(f"{sha}\n" for sha in sorted({ref.sha for ref in refs})).encode()
    added = repository.stream(
        *("log", "--stdin", "-z", "--name-only", "--no-renames", "--diff-filter=A"),
        *("--diff-merges=off", "--no-show-signature", "--no-notes", "--no-color", "--format="),
        stdin=stdin,
    )
    paths: set[bytes] = set()
    rest = b""
    for chunk in added:
        parts = (rest + chunk).split(b"\0")
        rest = parts.pop()
        paths.update(parts)
    head = next((ref.sha for ref in refs if ref.kind == "head"), None)
    if head:
        # What only merges brought in.
        paths.update(repository.run("ls-tree", "-r", "-z", "--name-only", head).split(b"\0"))
    paths.discard(b"")
    return sorted(decoded_path(path) for path in paths)

"""The commits of one streamed `git log`: bytes → `Commit` records with the files they changed.

`LOG_ARGUMENTS` asks git for fields that end in NUL bytes, which neither a message nor a path can
hold, so that no text in a commit can be taken for structure:

    hash ␀ tree ␀ parents ␀ author ␀ e-mail ␀ time ␀ committer ␀ e-mail ␀ time ␀ subject ␀ body ␀
    ␊:modes hashes status ␀ path ␀ [new path ␀] …          (one per changed file, `--raw -z`)
    added ⇥ deleted ⇥ path ␀  or  added ⇥ deleted ⇥ ␀ old path ␀ new path ␀ …   (`--numstat -z`)

Formats: https://git-scm.com/docs/git-diff#_raw_output_format and `PRETTY FORMATS` of `git-log`.
Merges have no files of their own here: what they bring in was counted in the commits merged.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dlt_pipelines.parsers.errors import ParseError

_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%s", "%b")
LOG_ARGUMENTS = (
    "-z",
    "--raw",
    "--numstat",
    "-M",
    "-C",
    "--diff-merges=off",
    "--no-show-signature",
    "--no-notes",
    "--no-mailmap",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--encoding=UTF-8",
    f"--format=tformat:{'%x00'.join(_FIELDS)}",
)

CHANGE_TYPES = {
    "A": "added",
    "C": "copied",
    "D": "deleted",
    "M": "modified",
    "R": "renamed",
    "T": "type_changed",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253_402_300_799  # the end of year 9999
_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TOKEN_LIMIT = 16 * 1024 * 1024
_BINARY = (b"-", b"-")
_REVERT_SUBJECT = re.compile(r'Revert "|Reapply "|[Rr]evert(?:s|ed)?\b')
_REVERTED = re.compile(r"\bThis reverts commit\s+([0-9a-f]{7,64})\b")


class FileChange(NamedTuple):
    """One file a commit changed; line counts are None for binary files."""

    path: str
    previous_path: str | None
    change_type: str
    added_lines: int | None
    deleted_lines: int | None


class Commit(NamedTuple):
    """One commit. Times are aware and UTC, None when git has none or it is out of range."""

    sha: str
    tree_sha: str | None
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    authored_at: datetime | None
    committer_name: str
    committer_email: str
    committed_at: datetime | None
    subject: str
    body: str
    files: tuple[FileChange, ...]

    @property
    def is_merge(self) -> bool:
        """Whether the commit has more than one parent."""
        return len(self.parents) > 1

    @property
    def reverted_sha(self) -> str | None:
        """The commit that this one takes back, see `reverted_commit`."""
        return reverted_commit(self.subject, self.body)


def reverted_commit(subject: str, body: str) -> str | None:
    """The hash named by a commit that `git revert` wrote, None for every other commit.

    Both halves of git's wording are asked for: a subject that says revert and
    `This reverts commit <hash>` in the body; the sentence alone is often a quotation.
    """
    if not _REVERT_SUBJECT.match(subject):
        return None
    found = _REVERTED.search(body)
    return found[1] if found else None


def utc_from_seconds(seconds: int) -> datetime | None:
    """Seconds since 1970 as a time, None where no calendar has it (damaged commits do)."""
    if not -_LAST_SECOND <= seconds <= _LAST_SECOND:
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def decoded_text(data: bytes) -> str:
    """A message or name: UTF-8, else Windows-1252, else Latin-1; never fails."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def decoded_path(data: bytes) -> str:
    r"""A path: UTF-8, bytes that are not as `\xNN`, so that two paths never become one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode(errors="backslashreplace")


def read_log(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a `git log` run with `LOG_ARGUMENTS`, in its order.

    Args:
        chunks: the output in pieces of any size; only one commit is held at a time.

    Raises:
        ParseError: the output is not of that form, or ends inside a commit.
    """
    tokens = _tokens(chunks)
    token = next(tokens, None)
    while token is not None:
        fields = [token]
        for _ in range(len(_FIELDS) - 1):
            field = next(tokens, None)
            if field is None:
                raise ParseError("the log ends inside a commit")
            fields.append(field)
        if not _HASH.fullmatch(fields[0]):
            raise ParseError(f"`{decoded_text(fields[0][:80])}` stands where a commit should begin")
        files, token = _files(tokens)
        yield _commit(fields, files)


def _tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        tokens = chunk.split(b"\0")
        # of a message without end the beginning is enough
        tokens[0] = rest + tokens[0] if len(rest) < _TOKEN_LIMIT else rest
        rest = tokens.pop()
        yield from tokens
    if rest:
        raise ParseError("the log ends inside a commit")


def _files(tokens: Iterator[bytes]) -> tuple[tuple[FileChange, ...], bytes | None]:
    """The changed files that follow a commit's fields, and the token after them."""
    token = next(tokens, None)
    if token is None or token[:1] != b"\n":
        return (), token
    token = token[1:]
    changes: list[tuple[str, bytes, bytes | None]] = []
    numbers: dict[bytes, tuple[bytes, bytes]] = {}
    try:
        while token is not None:
            if token[:1] == b":":
                letter = token[token.rindex(b" ") + 1 :][:1].decode("latin-1")
                path, previous = next(tokens), None
                if letter in "RC":
                    path, previous = next(tokens), path
                changes.append((letter, path, previous))
            else:
                parts = token.split(b"\t", 2)
                if len(parts) < 3:
                    break
                path = parts[2]
                if not path:
                    next(tokens)
                    path = next(tokens)
                numbers[path] = (parts[0], parts[1])
            token = next(tokens, None)
    except StopIteration:
        raise ParseError("the log ends inside a commit") from None
    except ValueError:
        said = decoded_text((token or b"")[:80])
        raise ParseError(f"`{said}` stands where a changed file should") from None
    return tuple(_change(change, numbers) for change in changes), token


def _change(
    change: tuple[str, bytes, bytes | None], numbers: dict[bytes, tuple[bytes, bytes]]
) -> FileChange:
    letter, path, previous = change
    added, deleted = numbers.get(path, _BINARY)
    try:
        return FileChange(
            decoded_path(path),
            None if previous is None else decoded_path(previous),
            CHANGE_TYPES.get(letter, "modified"),
            None if added == b"-" else int(added),
            None if deleted == b"-" else int(deleted),
        )
    except ValueError:
        raise ParseError(f"the line counts of `{decoded_path(path)}` are no numbers") from None


def _commit(fields: list[bytes], files: tuple[FileChange, ...]) -> Commit:
    (
        sha,
        tree,
        parents,
        author,
        author_email,
        authored,
        committer,
        committer_email,
        committed,
        subject,
        body,
    ) = fields
    return Commit(
        sha.decode(),
        decoded_text(tree),
        tuple(decoded_text(parents).split()),
        decoded_text(author),
        decoded_text(author_email),
        _time(authored),
        decoded_text(committer),
        decoded_text(committer_email),
        _time(committed),
        decoded_text(subject),
        decoded_text(body).rstrip("\n"),
        files,
    )


def _time(data: bytes) -> datetime | None:
    try:
        return utc_from_seconds(int(data))
    except ValueError:
        return None

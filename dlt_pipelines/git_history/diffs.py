"""The differences that one `git diff-tree --stdin` prints, told apart by commit."""

import re
from collections.abc import Iterable, Iterator, Sequence

DIFF_ARGUMENTS = (
    "diff-tree", "--stdin", "--always", "-r", "-p", "--unified=0", "--find-renames", "--no-color",
    "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_COMMIT_LINE = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_DIFF_BYTES_LIMIT = 64 * 1024 * 1024


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, without their ends."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def by_commit(chunks: Iterable[bytes], heads: Sequence[str]) -> Iterator[bytes | None]:
    """The diff of each head in turn; None for one larger than the limit.

    git names the head before its diff, with `--always` also where nothing differs, so that a head
    that is compared twice gets both diffs in their order. Lines of content start with a sign, so
    none is taken for a name.

    Args:
        chunks: What git printed.
        heads: The commits that were asked for, in order.
    """
    waiting = iter(heads)
    parts: list[bytes] = []
    size = 0
    current: str | None = None
    for line in _lines(chunks):
        if _COMMIT_LINE.fullmatch(line):
            if current is not None:
                yield b"\n".join(parts) if size <= _DIFF_BYTES_LIMIT else None
            parts, size = [], 0
            for current in waiting:
                if current.encode() == line:
                    break
                yield b""
        else:
            size += len(line) + 1
            if size <= _DIFF_BYTES_LIMIT:
                parts.append(line)
    if current is not None:
        yield b"\n".join(parts) if size <= _DIFF_BYTES_LIMIT else None
    for _ in waiting:
        yield b""

"""Unified diffs (git, GNU diff, Mercurial, Subversion): which lines of which file are new.

    bytes ──lines──> file headers, hunks ──> DiffFile(path, added, modified)

Hunk headers say how many lines follow, so content that looks like a header is never taken for
one. Paths are quoted, prefixed (`a/`, `b/`, git's mnemonic `i/`, `w/`, `c/`, `o/`, `src://` and
`dst://` where so set, none at all) and may be followed by a tab and a time. The two sides of a
prefixed diff bear different letters: where both bear the same, or one bears none, a folder of this
name is meant (`git diff --no-prefix`).
Merge diffs (`@@@`) are read as well: a line that is new against any parent is changed. Colours are
taken off. What `--word-diff` writes tells no lines and is refused. A submodule has no lines: what
is shown of it is which commit it stands on.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import sniff_encoding
from dlt_pipelines.parsers.markup import decode_leniently

LINE_BYTES = 1024 * 1024
"""Bytes kept of one line; of a longer one only its first sign matters."""
HEADER_CHARACTERS = 8_192
"""Characters looked at outside of hunks; paths are shorter."""
_HUNK = re.compile(r"^(@@+) ((?:-\d{1,9}(?:,\d{1,9})? )+)\+(\d{1,9})(?:,(\d{1,9}))? @@+")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_WORDS = (("[-", "-]"), ("{+", "+}"))
"""What stands around the words of `--word-diff`."""
_HEADER = re.compile(r"$|diff |--- |\+\+\+ |@@|Index: |-- |From |commit |\\")
_INDEX = re.compile(r"index ([0-9a-f]+)\.\.")
_SUBMODULE = re.compile(r"(?:index [0-9a-f,.]+|(?:new|deleted) file mode|mode) [\d,.]*160000\b")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_RANGE = re.compile(r"-(\d+)(?:,(\d+))?")
_PREFIX = re.compile(r"^(?:[abciow]/|(?:src|dst)://)")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = {
    b"n": b"\n",
    b"t": b"\t",
    b"r": b"\r",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}
_STAMP = re.compile(
    r"(?<!\s)\s++(?:\d{4}-\d\d-\d\d|\w{3} \w{3} +\d|\((?:revision|working copy|nonexistent))"
)
_NO_FILE = re.compile(r"\t(?:(?:1970-01-01|1969-12-31) |\((?:nonexistent|revision 0)\))")
"""What stands behind the side on which there is no file: GNU diff's (`-N`) and Bazaar's time,
Subversion's words."""
_OTHER_DIFF = re.compile(r"\*\*\* \d+(?:,\d+)? \*\*\*\*$|\d+(?:,\d+)?[acd]\d+(?:,\d+)?$")
"""What begins a change in a context diff, and in one without context."""


@dataclass(slots=True)
class DiffFile:
    """One file of a diff.

    Attributes:
        path: After the change; of a deleted file before it.
        previous_path: Before the change, where it differs; None otherwise.
        change_type: `added`, `modified`, `deleted`, `renamed` or `copied`.
        is_binary: Contents differ but no lines are shown.
        is_submodule: The path is that of another repository.
        added: New line numbers, after the change, that replace nothing.
        modified: New line numbers that stand in the place of deleted lines.
        deleted_count: Lines deleted.
        deleted: Their numbers before the change; empty in merge diffs, which have no one before.
        previous_blob: Hash of the content before, as git's `index` line has it; None without one.
    """

    path: str
    previous_path: str | None = None
    change_type: str = "modified"
    is_binary: bool = False
    is_submodule: bool = False
    added: list[int] = field(default_factory=list)
    modified: list[int] = field(default_factory=list)
    deleted_count: int = 0
    deleted: list[int] = field(default_factory=list, compare=False)
    previous_blob: str | None = field(default=None, compare=False)

    @property
    def changed(self) -> list[int]:
        """Added and modified line numbers, in order."""
        return sorted(self.added + self.modified)


def read_diff(source: bytes | BinaryIO) -> list[DiffFile]:
    """Read a diff; what isn't one is passed over, so mail and commit headers do no harm.

    Returns:
        Its files, in order; a file that comes twice (a series of patches) has its lines of the
        last time only, since earlier line numbers no longer hold.

    Raises:
        ParseError: Hunks hold words instead of lines, or it is a diff of another kind.
    """
    reader = _Reader()
    for line in _lines(source):
        reader.take(line)
    reader.close_block()
    files: dict[str, DiffFile] = {}
    for found in reader.files:
        files.pop(found.path, None)
        files[found.path] = found
    return list(files.values())


def _lines(source: bytes | BinaryIO) -> Iterator[str]:
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    origin = stream.tell()
    encoding = sniff_encoding(stream.read(4096))
    stream.seek(origin)
    if encoding.startswith(("utf-16", "utf-32")):
        # What a shell on Windows writes when the output of git is redirected.
        text = decode_leniently(stream.read(), encoding)
        stream = io.BytesIO(text.encode("utf-8", errors="replace"))
    while line := stream.readline(LINE_BYTES):
        if line[-1:] != b"\n" and len(line) == LINE_BYTES:
            while (rest := stream.readline(LINE_BYTES)) and rest[-1:] != b"\n":
                pass
        yield decode_leniently(line).rstrip("\r\n")


class _Reader:
    def __init__(self) -> None:
        self.files: list[DiffFile] = []
        self.file: DiffFile | None = None
        self.old_path: str | None = None
        self.is_prefixed: bool | None = None
        self.old_left: list[int] = []
        self.new_left = 0
        self.is_first = False
        self.has_hunks = False
        self.is_nowhere = (False, False)
        self.is_only_named = False
        self.number = 0
        self.old_number = 0
        self.parents = 1
        self.deleted = 0
        self.block: list[int] = []

    def take(self, line: str) -> None:
        if line.startswith("\x1b["):
            # Lines of content begin with a sign, so that only git's own colours stand here.
            line = _COLOUR.sub("", line)
        if self.new_left > 0 or any(left > 0 for left in self.old_left):
            if self.content(line):
                self.is_first = False
                return
            if _holds_words(line) or (self.is_first and not _HEADER.match(line)):
                msg = f"a hunk with `{line[:80]}` shows no lines: make the diff without --word-diff"
                raise ParseError(msg)
            self.old_left, self.new_left = [], 0  # the hunk is shorter than it said
        self.close_block()
        line = line[:HEADER_CHARACTERS]
        if line.startswith("@@"):
            self.hunk(line)
        else:
            self.header(line)

    def hunk(self, line: str) -> None:
        found = _HUNK.match(line)
        if found is None or self.file is None:
            return
        self.parents = len(found[1]) - 1
        ranges = _RANGE.findall(found[2])
        if len(ranges) != self.parents:
            return
        self.old_left = [int(count) if count else 1 for _, count in ranges]
        self.old_number = int(ranges[0][0])
        self.number = int(found[3])
        self.new_left = int(found[4]) if found[4] is not None else 1
        self.is_first = self.has_hunks = True
        if self.is_nowhere[0] and ranges == [("0", "0")]:
            self.file.change_type = "added"
        elif self.is_nowhere[1] and (found[3], found[4]) == ("0", "0"):
            self.file.change_type = "deleted"

    def content(self, line: str) -> bool:
        """Take a line of a hunk; False when it can't be one."""
        if line.startswith("\\"):
            return True
        if line.startswith("\t"):
            line = f" {line}"  # context of `diff -T`
        signs = line[: self.parents].ljust(self.parents)
        if signs.strip(" +-"):
            return False
        if "-" in signs:
            if self.parents == 1 and self.block:
                self.close_block()
            for parent, sign in enumerate(signs):
                self.old_left[parent] -= sign == "-"
            self.deleted += 1
            if self.file is not None and not self.file.is_submodule:
                self.file.deleted_count += 1
                if self.parents == 1:
                    self.file.deleted.append(self.old_number)
            self.old_number += 1
            return True
        for parent, sign in enumerate(signs):
            self.old_left[parent] -= sign == " "
        if "+" in signs:
            self.block.append(self.number)
        else:
            self.close_block()
            self.old_number += 1
        self.number += 1
        self.new_left -= 1
        return True

    def close_block(self) -> None:
        """Sort the new lines of one run of changes: as many replace as were deleted."""
        if self.file is not None and self.block and not self.file.is_submodule:
            self.file.modified += self.block[: self.deleted]
            self.file.added += self.block[self.deleted :]
        self.block, self.deleted = [], 0

    def header(self, line: str) -> None:
        if line.startswith("diff "):
            if self.is_only_named:
                self.files.pop()  # Subversion's `--git`: the same file follows under its full path
            old, new = _command_paths(line)
            is_sure = old is not None and new is not None and not (" " in new and _differ(old, new))
            self.is_prefixed = _bear_prefixes(old, new) if is_sure else None
            self.begin(self.bare(old), self.bare(new))
        elif line.startswith("--- "):
            self.old_path = _path(line[4:])
            self.is_nowhere = (_NO_FILE.search(line) is not None, False)
        elif line.startswith("+++ "):
            new = _path(line[4:])
            self.is_nowhere = (self.is_nowhere[0], _NO_FILE.search(line) is not None)
            if self.is_prefixed is None or self.is_alone:
                self.is_prefixed = _bear_prefixes(self.old_path, new)
            self.old_path = self.bare(self.old_path)
            self.new_path(self.bare(new))
        elif line.startswith("Index: "):
            self.begin(None, line[7:].strip())
            self.is_only_named = True
            return
        elif self.file is not None:
            if _OTHER_DIFF.match(line) and not self.has_hunks:
                msg = f"`{line[:80]}` is of another kind of diff: make a unified one (`diff -u`)"
                raise ParseError(msg)
            self.extended(line, self.file)
        self.is_only_named = self.is_only_named and line.startswith("=====")

    @property
    def is_alone(self) -> bool:
        """The next `---` and `+++` belong to no `diff` line: one with lines came before."""
        return self.file is not None and bool(self.file.added or self.file.modified)

    def bare(self, path: str | None) -> str | None:
        """Take the prefix off, where the diff has prefixes."""
        return path if path is None or not self.is_prefixed else _PREFIX.sub("", path, count=1)

    def begin(self, old: str | None, new: str | None) -> None:
        self.old_path = old
        self.file = None
        self.has_hunks = False
        if new is not None:
            self.file = DiffFile(new)
            self.files.append(self.file)

    def new_path(self, path: str | None) -> None:
        """Take the `+++` line, which decides; None stands for no file."""
        old = self.old_path
        is_fresh = self.file is None or bool(self.file.added or self.file.modified)
        if is_fresh or (self.file is not None and self.file.deleted_count):
            self.file = DiffFile(path or old or "")
            self.files.append(self.file)
        if self.file is None:
            return
        if path is None:
            self.file.path, self.file.change_type = old or self.file.path, "deleted"
            return
        if self.file.change_type in ("renamed", "copied"):
            return  # their headers name the paths without prefixes
        self.file.path = path
        if old is None:
            self.file.change_type = "added"
        elif old != path and self.file.change_type == "modified":
            # Two names without a rename header: GNU diff between two folders.
            self.file.previous_path = old

    def extended(self, line: str, file: DiffFile) -> None:
        file.is_submodule |= _SUBMODULE.match(line) is not None
        if line.startswith("new file mode"):
            file.change_type = "added"
        elif line.startswith("deleted file mode"):
            file.change_type = "deleted"
        elif line.startswith(("rename from ", "copy from ")):
            file.change_type = "renamed" if line[0] == "r" else "copied"
            file.previous_path = _unquote(line.partition(" from ")[2])
        elif line.startswith(("rename to ", "copy to ")):
            file.path = _unquote(line.partition(" to ")[2])
        elif found := _INDEX.match(line):
            file.previous_blob = found[1]
        elif line.startswith(("Binary files ", "GIT binary patch")) and not self.has_hunks:
            file.is_binary = True  # one with lines is another: GNU diff writes no header for it


def _holds_words(line: str) -> bool:
    """Tell whether a line is one of `--word-diff`, `plain` or `porcelain`."""
    return line == "~" or any(closing in line.partition(opening)[2] for opening, closing in _WORDS)


def _path(text: str) -> str | None:
    """Read a path of a `---` or `+++` line; None for no file."""
    if text.startswith('"'):
        path = _unquote(text)
    else:
        path, tab, _time = text.partition("\t")
        stamp = _STAMP.search(path)
        path = path[: stamp.start()] if stamp else path if tab else path.rstrip()
    if path in ("/dev/null", "NUL"):
        return None
    return path


def _bear_prefixes(old: str | None, new: str | None) -> bool:
    """Tell whether paths bear prefixes; None stands for no file."""
    letters = {_PREFIX.match(path) and path[0] for path in (old, new) if path is not None}
    both = old is not None and new is not None
    return None not in letters and len(letters) == (2 if both else 1)


def _differ(old: str, new: str) -> bool:
    """Tell whether paths differ in more than their prefixes."""
    return _PREFIX.sub("", old, count=1) != _PREFIX.sub("", new, count=1)


def _command_paths(line: str) -> tuple[str | None, str | None]:
    """Read the paths of a `diff --git a/x b/x` line, where they can be told apart."""
    if line.startswith(("diff --cc ", "diff --combined ")):
        return None, _unquote(line.split(" ", 2)[2])
    if not line.startswith("diff --git "):
        return None, None
    rest = line[11:]
    if rest.startswith('"') or rest.endswith('"'):
        # A name with a quote in it is always quoted, one with a blank need not be.
        first = _QUOTED.match(rest)
        end = first.end() if first else rest.find(' "')
        old, new = rest[: max(end, 0)], rest[end + 1 :]
        return (_unquote(old), _unquote(new)) if old and new else (None, None)
    # Without quotes both names are the same unless renamed, and then the header says so.
    half = len(rest) // 2
    old, new = rest[:half], rest[half + 1 :]
    if _differ(old, new):
        old, _, new = rest.partition(" ")
    return old, new


def _unquote(text: str) -> str:
    """Undo git's C-style quoting of unusual paths."""
    quoted = text.strip()
    if len(quoted) < 2 or quoted[0] != '"' or '"' not in quoted[1:]:
        return text
    text = quoted
    body = text[1 : text.rindex('"')].encode("utf-8", errors="surrogateescape")
    return decode_leniently(_ESCAPE.sub(_unescape, body))


def _unescape(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if len(code) == 3:
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPED.get(code, code)

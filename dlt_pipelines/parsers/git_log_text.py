"""Recorded logs: the text of `git log --raw --numstat --pretty=fuller --parents …`.

Such logs are kept by other tools (GrimoireLab's Perceval writes and reads them) and come from
sites without access to a clone. The text form is ambiguous where the NUL form of `git_log` is not;
these rules resolve it:

* only a line that begins with `commit ` and a hash begins a commit; a message is indented;
* git writes the raw and the numstat lines of a commit in the same order, so where there are as many
  of each they belong together and the paths are those of the raw line, where a tab parts the two
  of a rename: a file whose name holds ` => ` is never taken for one;
* merges written with `-c` have no raw line for most files: there the short form of numstat
  (`a/{b => c}/d`) is resolved.

The result of reading is what was whole; a log that is cut off or damaged says where and why.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.git_log import (
    CHANGE_TYPES,
    Commit,
    FileChange,
    decoded_path,
    decoded_text,
)

_COMMIT = re.compile(rb"commit ([0-9a-f]{40,64})((?: [0-9a-f]{40,64})*)(?: \(.*\))?\s*")
_HEADER = re.compile(
    rb"(Author|AuthorDate|Commit|CommitDate|Merge|Date|TreeSHA|Notes|gpg)\b.*?:[ \t]*(.*)",
    re.DOTALL,
)
_RAW = re.compile(
    rb"(:+)((?:\d{6} ){1,999})((?:[0-9a-f]++(?:\.{3})? ){1,999})([A-Z]+)(\d*)\t(.*)", re.DOTALL
)
_NUMBERS = re.compile(rb"(\d{1,18}|-)\t(\d{1,18}|-)\t(.+)", re.DOTALL)
_DATE = re.compile(
    rb"(?:[A-Z][a-z]{2} )?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})"
    rb" ([+-])(\d\d)(\d\d)"
)
_MONTHS = (
    *(b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun"),
    *(b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"),
)
_ARROW = " => "


@dataclass(slots=True)
class _Draft:
    """A commit while its lines arrive."""

    line: int
    sha: str
    parents: tuple[str, ...]
    headers: dict[bytes, bytes] = field(default_factory=dict)
    message: list[bytes] = field(default_factory=list)
    raw: list[tuple[str, str, str | None]] = field(default_factory=list)
    numbers: list[tuple[int | None, int | None, str]] = field(default_factory=list)


def read_text_log(lines: Iterable[bytes]) -> Iterator[Commit]:
    """The commits of a recorded log, in its order.

    Args:
        lines: the lines of the log, with or without their line ends.

    Raises:
        ParseError: after the commits before it, at the first line that fits nowhere or at the end
            when the last commit is cut off. An empty log is no error.
    """
    draft: _Draft | None = None
    number = 0
    for number, end_line in enumerate(lines, 1):
        line = end_line.removesuffix(b"\n")
        if line.startswith(b"commit "):
            if draft:
                yield _finished(draft)
            start = _COMMIT.fullmatch(line)
            if not start:
                raise ParseError(f"line {number}: this is no commit line of a log with hashes")
            parents = tuple(start[2].decode().split())
            draft = _Draft(number, start[1].decode(), parents)
        elif not line.strip(b"\r"):
            # Inside a message git indents empty lines too, but tools like to trim them.
            if draft and draft.message and not draft.raw and not draft.numbers:
                draft.message.append(b"")
        elif not (draft and _took(draft, line)):
            raise ParseError(f"line {number}: `{decoded_text(line[:80])}` fits no part of a log")
    if draft:
        yield _finished(draft)


def _took(draft: _Draft, line: bytes) -> bool:
    """Add a line to the commit; false if it fits nowhere."""
    if line[:4] == b"    ":
        draft.message.append(line[4:])
        return True
    raw = _RAW.fullmatch(line)
    if raw:
        status, paths = raw[4].decode(), raw[6].split(b"\t")
        if len(paths) > 1 and len(status) == 1:
            draft.raw.append((status, decoded_path(paths[-1]), decoded_path(paths[0])))
        else:
            letter = status if len(set(status)) == 1 else "M"
            draft.raw.append((letter[0], decoded_path(paths[-1]), None))
        return True
    numbers = _NUMBERS.fullmatch(line)
    if numbers:
        added, deleted = (None if text == b"-" else int(text) for text in numbers.groups()[:2])
        draft.numbers.append((added, deleted, decoded_path(numbers[3])))
        return True
    header = _HEADER.fullmatch(line)
    if header and not draft.raw and not draft.numbers:
        draft.headers[header[1]] = header[2]
        return True
    return False


def _finished(draft: _Draft) -> Commit:
    headers = draft.headers
    missing = [name for name in (b"Author", b"Commit") if name not in headers]
    if missing or not draft.message:
        what = f"`{missing[0].decode()}:`" if missing else "message"
        reason = f"the commit of line {draft.line} has no {what}: the log is cut off or not whole"
        raise ParseError(reason)
    author, author_email = _person(headers[b"Author"])
    committer, committer_email = _person(headers[b"Commit"])
    message = [decoded_text(line) for line in draft.message]
    subject, body = _message(message)
    return Commit(
        draft.sha,
        None,
        draft.parents,
        author,
        author_email,
        _time(headers.get(b"AuthorDate", headers.get(b"Date", b""))),
        committer,
        committer_email,
        _time(headers.get(b"CommitDate", headers.get(b"Date", b""))),
        subject,
        body,
        tuple(_changes(draft)),
    )


def _message(lines: list[str]) -> tuple[str, str]:
    """Subject and body as git's `%s` and `%b` give them: the first paragraph is the subject."""
    end = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    return " ".join(line.strip() for line in lines[:end]), "\n".join(lines[end:]).strip("\n")


def _person(data: bytes) -> tuple[str, str]:
    text = decoded_text(data).strip()
    name, opening, address = text.partition("<")
    return (name.rstrip(), address[:-1]) if opening and text[-1] == ">" else (text, "")


def _time(data: bytes) -> datetime | None:
    parts = _DATE.fullmatch(data.strip())
    if not parts:
        return None
    month, day, hour, minute, second, year, sign, zone_hours, zone_minutes = parts.groups()
    zone = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    try:
        local = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            min(int(second), 59),
            tzinfo=timezone(-zone if sign == b"-" else zone),
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _changes(draft: _Draft) -> Iterator[FileChange]:
    if len(draft.raw) == len(draft.numbers) and len(draft.parents) < 2:
        for (letter, path, previous), (added, deleted, _) in zip(
            draft.raw, draft.numbers, strict=True
        ):
            yield _change(letter, path, previous, added, deleted)
        return
    by_path = {path: (letter, previous) for letter, path, previous in draft.raw}
    for added, deleted, shown in draft.numbers:
        path, previous = shown, None
        if shown not in by_path and " => " in shown:
            previous, path = resolved_rename(shown)
        letter, raw_previous = by_path.pop(path, ("R" if previous else "M", None))
        yield _change(letter, path, raw_previous or previous, added, deleted)
    for path, (letter, previous) in by_path.items():
        yield _change(letter, path, previous, None, None)


def _change(
    letter: str, path: str, previous: str | None, added: int | None, deleted: int | None
) -> FileChange:
    return FileChange(path, previous, CHANGE_TYPES.get(letter, "modified"), added, deleted)


def resolved_rename(shown: str) -> tuple[str, str]:
    """Old and new path of git's short form of a rename (`pprint_rename` in its diff.c)."""
    closing = len(shown) - 1 if shown.endswith("}") else shown.rfind("}/")
    arrow = shown.rfind(_ARROW, 0, max(closing, 0))
    opening = shown.rfind("/{", 0, max(arrow, 0)) + 1
    if arrow < 1 or shown[opening] != "{":
        old, _, new = shown.partition(_ARROW)
        return old, new
    head, tail = shown[:opening], shown[closing + 1 :]
    old, new = shown[opening + 1 : arrow], shown[arrow + len(_ARROW) : closing]
    return head + old + tail.removeprefix("" if old else "/"), head + new + tail.removeprefix(
        "" if new else "/"
    )

"""Texts that were taken from the log of a CI job or from a terminal: their times and colours.

GitHub and Azure write `2026-01-31T12:00:00.1234567Z `, GitLab the number and kind of the stream
behind it (`… 00O `), the timestamper of Jenkins puts it in brackets. What is in such a log is read
as the program wrote it, and without the colours that it wrote for a terminal.
"""

import re

_TIME = re.compile(
    r"^\ufeff?\[?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z\]?(?: [0-9a-f]{2}[OE][ +]| |$)",
    re.MULTILINE,
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]{0,40}[mK]")
_FIRST_LINES = 50
_FIRST_CHARACTERS = 64 * 1024
_ENOUGH = 0.8
"""Share of the first lines with a time: what a program logs itself stands between other lines."""


def has_times(start: str) -> bool:
    """Tell by its start whether a text has a time before each line."""
    if start[:1] in ("<", "{"):
        return False
    # The last line may be cut off.
    whole = start[:_FIRST_CHARACTERS].split("\n", _FIRST_LINES)
    lines = [line for line in whole[:-1] or whole if line.strip()]
    timed = sum(map(bool, map(_TIME.match, lines)))
    return timed > 0 and timed >= _ENOUGH * len(lines)


def without_times(text: str) -> str:
    """Return a line, or several, without the time before it."""
    return _TIME.sub("", text)


def without_colours(text: str) -> str:
    """Return a text without what sets the colours of a terminal."""
    return _COLOUR.sub("", text) if "\x1b" in text else text


def as_written(text: str) -> str:
    """Return a text without the times before its lines, if it has any, and without colours."""
    if text[:1] in ("<", "{"):
        return text
    return without_colours(without_times(text) if has_times(text) else text)

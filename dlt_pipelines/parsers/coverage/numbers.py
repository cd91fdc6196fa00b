"""Numbers as reports write them: thousands separators, decimals, values that no column holds."""

import re

LARGEST = 2**63 - 1
"""Hit counts above this (two's complement of −1, overflows of counters) are cut to it."""

LAST_LINE = 1_000_000
"""Lines of a source file; no real one is longer, and a hostile number costs nothing beyond it."""

UNKNOWN = -1
"""Stands for a hit count that the report doesn't give; never a count itself."""

_SHORT = 19  # so many digits minus one fit any 64-bit number

_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:[,' \u00a0\u202f]\d{3})+|(?:\.\d{3}){2,})$", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$", re.ASCII)


def to_count(text: object) -> int | None:
    """Read a count; None where there is no number.

    `1,234` is 1234, `3.0` is 3, a negative count is 0 (an overflow of the counter in known tools),
    and what no 64-bit column holds is cut to the largest value it does hold.
    """
    if type(text) is str and len(text) < _SHORT and text.isascii() and text.isdigit():
        return int(text)
    if isinstance(text, bool) or text is None:
        return None
    if isinstance(text, int):
        return min(max(text, 0), LARGEST)
    if isinstance(text, float):
        return _from_float(text)
    if not isinstance(text, str):
        return None
    text = text.strip()[:400]
    if text.isascii() and text.isdigit():
        return min(int(text), LARGEST)
    if _GROUPED.match(text):
        digits = re.sub(r"\D", "", text)
        return 0 if text.startswith("-") else min(int(digits), LARGEST)
    if _NUMBER.match(text):
        return _from_float(float(text.replace(",", ".")))
    return None


def _from_float(value: float) -> int | None:
    if value != value:  # NaN is no number, and the only value unequal to itself
        return None
    if value >= LARGEST:
        return LARGEST
    return max(int(value), 0)


def to_line(text: object) -> int | None:
    """Read a line number; None unless it is one from 1 to `LAST_LINE`."""
    number = to_count(text)
    return number if number is not None and 1 <= number <= LAST_LINE else None

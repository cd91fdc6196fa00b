"""Spans of time: which are covered, which are still to be read. Both ends belong to a span."""

from collections.abc import Iterable
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]

SECOND = timedelta(seconds=1)  # the vendor's times have no finer parts


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap made one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1] + SECOND:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif start <= end:
            result.append((start, end))
    return result


def uncovered(wanted: Span, covered: Iterable[Span]) -> list[Span]:
    """Return the parts of `wanted` that no covered span holds, in order."""
    start, end = wanted
    result = []
    for from_at, until_at in merged(covered):
        if until_at < start or from_at > end:
            continue
        if from_at > start:
            result.append((start, from_at - SECOND))
        start = max(start, until_at + SECOND)
    if start <= end:
        result.append((start, end))
    return result


def sliced(span: Span, parts: int) -> list[Span]:
    """Return the span cut into at most that many slices of whole seconds, in order."""
    start, end = span
    step = max(timedelta(seconds=((end - start) // SECOND + 1) // parts), SECOND)
    result = []
    for number in range(parts):
        is_last = number == parts - 1
        until_at = end if is_last else min(start + step - SECOND, end)
        if start > end:
            break
        result.append((start, until_at))
        start = until_at + SECOND
    return result

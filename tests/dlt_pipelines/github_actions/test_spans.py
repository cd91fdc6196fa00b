"""Arithmetic on spans of time."""

from datetime import UTC, datetime, timedelta

import pytest

from dlt_pipelines.github_actions.spans import merged, sliced, uncovered


def at(second):
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def spans(*pairs):
    return [(at(start), at(end)) for start, end in pairs]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        ([(5, 9), (0, 4)], [(0, 9)]),
        ([(0, 4), (6, 9)], [(0, 4), (6, 9)]),
        ([(0, 9), (2, 3), (8, 12)], [(0, 12)]),
        ([(3, 2)], []),
    ],
)
def test_merged(given, expected):
    assert merged(spans(*given)) == spans(*expected)


@pytest.mark.parametrize(
    ("wanted", "covered", "expected"),
    [
        ((0, 9), [], [(0, 9)]),
        ((0, 9), [(0, 9)], []),
        ((0, 9), [(-5, 20)], []),
        ((0, 9), [(3, 5)], [(0, 2), (6, 9)]),
        ((0, 9), [(-3, 1), (9, 12)], [(2, 8)]),
        ((0, 9), [(20, 30), (-9, -1)], [(0, 9)]),
        ((5, 4), [], []),
    ],
)
def test_uncovered(wanted, covered, expected):
    assert uncovered(spans(wanted)[0], spans(*covered)) == spans(*expected)


@pytest.mark.parametrize("parts", [1, 2, 3, 7, 60])
def test_slices_cover_the_span_once(parts):
    span = (at(0), at(20))
    cut = sliced(span, parts)
    assert merged(cut) == [span]
    seconds = [at(second) for start, end in cut for second in _range(start, end)]
    assert len(seconds) == len(set(seconds)) == 21
    assert len(cut) <= parts


def _range(start, end):
    first = (start - at(0)) // timedelta(seconds=1)
    return range(first, first + (end - start) // timedelta(seconds=1) + 1)

"""Numbers, times and places as reports write them."""

from datetime import UTC, datetime

import pytest

from dlt_pipelines.parsers.columns import ColumnBuffer, DiscardingBuffer
from dlt_pipelines.parsers.values import to_count, to_line, to_seconds, to_timestamp


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", 1.5), ("1,234.56", 1234.56), ("1,234,567", 1234567.0), ("0,5", 0.5),
        ("1.234,5", 1234.5),
        ("00:00:01.5", 1.5), ("1.02:03:04", 93784.0), ("250ms", 0.25), ("2 min", 120.0), (3, 3.0),
        ("PT1M2.5S", 62.5), ("P1DT2H", 93600.0), ("PT0S", 0.0), ("PT", None), ("PT-1S", None),
        ("P1Y", None),
        ("-1", None), ("NaN", None), ("inf", None), ("", None), ("1_000", None), (None, None),
        (True, None), ([1], None), (10**400, None), ("1e400", None), (float("nan"), None),
    ],
)  # fmt: skip
def test_seconds(text, seconds):
    assert to_seconds(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("value", "count"),
    [("12", 12), ("1,234", 1234), ("3.0", 3), (7, 7), ("0", 0), ("-1", None),
     ("1.5", None),
     ("", None), (None, None), (True, None), ("9" * 30, None), ({}, None), ("²", None),
     ("nan", None)],
)  # fmt: skip
def test_counts(value, count):
    assert to_count(value) == count


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+0130", datetime(2026, 1, 2, 1, 34, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.1234567Z", datetime(2026, 1, 2, 3, 4, 5, 123456, tzinfo=UTC)),
        ("2026-01-02T 03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05 CEST", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05 IST", None), ("0001-01-01T00:00:00", None),
        (1767323045, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("1767323045000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("yesterday", None), ("", None), (None, None), (0, None), (1e300, None), ([], None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)  # fmt: skip
def test_timestamps(value, moment):
    assert to_timestamp(value) == moment


def test_lines():
    assert [to_line(value) for value in ("7", 0, "x", 2**40, -1)] == [7, None, None, None, None]


def test_a_buffer_hands_out_columns_in_batches():
    buffer = ColumnBuffer(("a", "b"), batch_rows=2)
    for row in ((1, "x"), (2, "y"), (3, "z")):
        buffer.append(row)
    assert buffer.pop_batches() == [{"a": [1, 2], "b": ["x", "y"]}, {"a": [3], "b": ["z"]}]
    assert buffer.pop_batches() == []
    assert buffer.row_count == 3


def test_a_buffer_with_a_taker_forgets_full_batches():
    taken = []
    buffer = ColumnBuffer(("a",), 2, taken.append)
    buffer.extend([(1,), (2,), (3,)])
    buffer.append((4,))
    buffer.flush()
    assert [row for batch in taken for row in batch["a"]] == [1, 2, 3, 4]
    assert buffer.pop_batches() == []


def test_a_discarding_buffer_only_counts():
    buffer = DiscardingBuffer(("a",))
    buffer.append((1,))
    buffer.extend([(2,), (3,)])
    assert (buffer.row_count, buffer.pop_batches()) == (3, [])

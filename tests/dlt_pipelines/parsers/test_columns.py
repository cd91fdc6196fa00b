"""Rows and columns that go into one buffer come out as columns, in their order."""

import pytest

from dlt_pipelines.parsers.columns import ColumnBuffer, DiscardingBuffer


@pytest.fixture
def batches():
    return []


@pytest.fixture
def buffer(batches):
    return ColumnBuffer(("name", "count"), batch_rows=4, on_batch=batches.append)


def test_rows_and_columns_keep_their_order(buffer, batches):
    shared = [0, 0]
    buffer.append(("a", 1))
    buffer.extend_columns((["b", "c"], shared))
    buffer.extend([("d", 4), ("e", 5)])
    buffer.extend_columns(((), ()))
    assert batches == [{"name": list("abcde"), "count": [1, 0, 0, 4, 5]}]
    assert buffer.row_count == 5
    assert shared == [0, 0]


def test_a_batch_is_full_by_rows_and_columns_together(buffer, batches):
    buffer.extend_columns((["a", "b", "c"], [1, 2, 3]))
    assert batches == []
    buffer.append(("d", 4))
    assert [batch["name"] for batch in batches] == [list("abcd")]


def test_columns_are_handed_out_unfinished_too(buffer, batches):
    buffer.extend_columns((["a"], [1]))
    buffer.flush()
    buffer.flush()
    assert batches == [{"name": ["a"], "count": [1]}]
    waiting = ColumnBuffer(("name",))
    assert waiting.pop_batches() == []
    waiting.extend_columns((["a"],))
    assert waiting.pop_batches() == [{"name": ["a"]}]


def test_columns_of_other_lengths_are_refused(buffer):
    with pytest.raises(ValueError, match="zip"):
        buffer.extend_columns((["a"],))


def test_discarded_columns_are_counted():
    buffer = DiscardingBuffer(("name", "count"))
    buffer.extend_columns((range(3), [0] * 3))
    buffer.append(("d", 4))
    assert (buffer.row_count, buffer.pop_batches()) == (4, [])

"""What JSON may ask of a reader: memory for its values, and depth."""

import json

import orjson
import pytest

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.github.documents import (
    DocumentTooLargeError,
    decoded,
    json_text,
    read_documents,
)
from dlt_pipelines.parsers.json_limits import (
    DEPTH_LIMIT,
    TOO_DEEP,
    cut_deep,
    memory_of_values,
)


def nested(depth, inner=1):
    """Lists and objects in each other, as many as `depth`."""
    value = inner
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def depth_of(value):
    """How many lists and objects there are in each other."""
    depth = 0
    while isinstance(value, list | dict) and value:
        value = next(iter(value.values())) if isinstance(value, dict) else value[0]
        depth += 1
    return depth


@pytest.mark.parametrize("value", [1, None, "x", [], {}, [[], {}], nested(DEPTH_LIMIT)])
def test_what_is_not_deep_stays_as_it_is(value):
    before = json.dumps(value)
    assert json.dumps(cut_deep(value)) == before


def test_what_is_too_deep_gives_way_to_a_word_and_its_neighbours_stay():
    value = cut_deep({"deep": nested(900), "beside": [1, 2], "list": nested(901)})
    assert value["beside"] == [1, 2]
    assert depth_of(value["deep"]) == DEPTH_LIMIT
    assert json_text(value).count(TOO_DEEP) == 2


def test_a_deep_object_can_be_read_and_written_again():
    document = decoded(orjson.dumps(nested(200)).replace(b"1", b"[" * 800 + b"]" * 800))
    assert TOO_DEEP in json_text(document)


def test_short_texts_of_many_values_are_large():
    assert memory_of_values(b"[[],[]]") == memory_of_values("[[],[]]") == 3 * 72 + 48
    assert memory_of_values(b'"a"') == 0


def test_a_document_too_large_is_refused_and_its_lines_are_read():
    line = b'{"a":"' + b"x" * 9_000_000 + b'"}\n'
    with pytest.raises(DocumentTooLargeError, match="more than 64 MiB"):
        decoded(line * 8)
    assert sum(1 for _ in read_documents(line * 8)) == 8


def test_what_is_neither_one_document_nor_lines_is_bounded():
    with pytest.raises(ParseError, match="not one document per line"):
        list(read_documents(b'{\n"a":"' + b"x" * 70_000_000 + b'"}'))

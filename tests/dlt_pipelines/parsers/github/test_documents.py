"""JSON documents out of files, however they were saved."""

import codecs

import pytest

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.github.documents import json_text, read_documents


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b'{"a":1}', [{"a": 1}], id="one document"),
        pytest.param(b'{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}], id="lines"),
        pytest.param(b'\n{"a":1}\r\n\r\n{"a":2}', [{"a": 1}, {"a": 2}], id="blank lines"),
        pytest.param(b'{"a":1}{"a":2}[3]', [{"a": 1}, {"a": 2}, [3]], id="concatenated"),
        pytest.param(
            b'{\n"a":1\n}\n{\n"a":2\n}', [{"a": 1}, {"a": 2}], id="concatenated, indented"
        ),
        pytest.param(b'{"a":1}\n{\n"a":2\n}', [{"a": 1}, {"a": 2}], id="line, then indented"),
        pytest.param(b'\x1e{"a":1}\n\x1e{"a":2}\n', [{"a": 1}, {"a": 2}], id="RFC 7464"),
        pytest.param(codecs.BOM_UTF8 + b'{"a":1}', [{"a": 1}], id="byte order mark"),
        pytest.param('{"a":"ü"}'.encode("utf-16"), [{"a": "ü"}], id="UTF-16"),
        pytest.param(b'{"a":NaN}', [{"a": None}], id="not a number"),
        pytest.param(b'{"a":"\\ud800"}', [{"a": "�"}], id="half of a surrogate pair"),
        pytest.param(b'{"a":123456789012345678901}', [{"a": 123456789012345678901}], id="huge"),
    ],
)
def test_documents_are_read_in_every_way_of_saving(data, expected):
    documents = list(read_documents(data))
    if expected[0] == {"a": 123456789012345678901}:
        assert float(documents[0]["a"]) == pytest.approx(1.2345678901234567e20)
    else:
        assert documents == expected


@pytest.mark.parametrize(
    ("data", "before", "reason"),
    [
        pytest.param(b"", [], "empty", id="nothing"),
        pytest.param(b" \n ", [], "empty", id="blanks"),
        pytest.param(b'{"a":1}\n{"a":', [{"a": 1}], "cut off", id="cut off in a line"),
        pytest.param(b'{"jobs":[{"id":1},{"i', [], "cut off", id="cut off in a page"),
        pytest.param(b'{"a":1} <html>', [{"a": 1}], "not JSON", id="something else behind"),
        pytest.param(b'{"a":"\xff"}', [], "UTF-8", id="not UTF-8"),
        pytest.param(codecs.BOM_UTF16_LE + b"{\x00a", [], "UTF-16", id="half a UTF-16 unit"),
        pytest.param(b"[" * 200_000, [], "too deeply", id="deeply nested"),
        pytest.param(b'{"a":' + b"9" * 6000 + b"}x", [], "number", id="number without end"),
    ],
)
def test_what_is_no_json_is_an_error_after_the_documents_before_it(data, before, reason):
    documents = read_documents(data)
    for document in before:
        assert next(documents) == document
    with pytest.raises(ParseError, match=reason):
        next(documents)


def test_json_text_keeps_order_and_writes_no_blanks():
    assert json_text({"b": [1, None], "a": "ü"}) == '{"b":[1,null],"a":"ü"}'
    assert json_text({"a": 2**70}) == '{"a":1180591620717411303424}'

"""Large JSON documents, read part by part."""

import json

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage import json_parts
from dlt_pipelines.parsers.coverage.json_parts import read_whole_or_parts
from dlt_pipelines.parsers.errors import ParseError


@pytest.fixture
def small_limit(monkeypatch):
    """Every document is large."""
    monkeypatch.setattr(json_parts, "WHOLE_LIMIT", 0)


@pytest.mark.parametrize("name", ["istanbul-json", "llvm-cov-json"])
def test_parts_give_the_rows_of_the_whole(name, samples, rows, monkeypatch):
    whole = rows(samples[name][0])
    monkeypatch.setattr(json_parts, "WHOLE_LIMIT", 0)
    parts = rows(samples[name][0])
    assert parts.lines == whole.lines
    assert parts.files == whole.files
    assert parts.totals == whole.totals


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(
    ("document", "where", "parts"),
    [
        ({"a": 1, "b": [2, {"c": "]}"}]}, (), [("a", 1), ("b", [2, {"c": "]}"}])]),
        ({"x": [], "data": [{"files": [1, "two", {}]}]}, ("data", 0, "files"),
         [("", 1), ("", "two"), ("", {})]),
        ({'k"\\': None, "ü": True}, (), [('k"\\', None), ("ü", True)]),
        ({}, (), []),
    ],
    ids=["object", "list", "escapes", "empty"],
)  # fmt: skip
def test_parts(document, where, parts):
    for text in (json.dumps(document), json.dumps(document, indent=2, ensure_ascii=False)):
        whole, found = read_whole_or_parts(text.encode(), where)
        assert whole is None
        assert list(found) == parts


@pytest.mark.usefixtures("small_limit")
@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a"',
        '{"a":',
        '{"a":1',
        '{"a":1,',
        '{"a" 1}',
        "[1 2]",
        '{"a":[1}',
        '{"a":tru}',
        "{1:2}",
        '{"a":"',
        pytest.param('{"a":["' + '\\"' * 300_000, id="endless string"),
    ],
)
def test_cut_or_wrong_documents_are_refused(text):
    with pytest.raises(ParseError):
        list(read_whole_or_parts(text.encode(), ())[1])


@pytest.mark.usefixtures("small_limit")
def test_a_place_that_is_not_there_is_said():
    with pytest.raises(ParseError, match="`files`"):
        list(read_whole_or_parts(b'{"data": [{"a": 1}]}', ("data", 0, "files"))[1])


@pytest.mark.usefixtures("small_limit")
def test_files_before_the_cut_are_kept(samples, rows):
    data = samples["istanbul-json"][0].strip()
    found = rows(data[:-1] + b', "/w/b.js": {"path": "/w/b.js", "statementMap"', "istanbul-json")
    assert found.report.parse == "partial"
    assert found.hits("/w/src/a.js") == {1: 6, 5: 0}


@pytest.mark.usefixtures("small_limit")
def test_one_part_may_not_be_larger_than_a_file_is(monkeypatch):
    monkeypatch.setattr(json_parts, "PART_LIMIT", 100)
    with pytest.raises(ParseError, match="values of one file"):
        coverage.read(b'{"a.js": [1, 2, 3, 4]}', "istanbul-json", coverage.Sink())


def test_documents_too_large_are_refused(monkeypatch):
    monkeypatch.setattr(json_parts, "WHOLE_LIMIT", 0)
    monkeypatch.setattr(json_parts, "SIZE_LIMIT", 40)
    monkeypatch.setattr(json_parts, "WIDE_LIMIT", 20)
    for text in ("x" * 40, "ü" * 10):
        data = json.dumps({"a.js": text}, ensure_ascii=False).encode()
        with pytest.raises(ParseError, match="larger than"):
            read_whole_or_parts(data, ())

"""The first look at a report."""

import io

import pytest

from dlt_pipelines.parsers.head import RAW_LIMIT, read_head, sniff_encoding


def test_xml_shows_root_namespace_attributes_and_elements():
    head = read_head(
        b"<?xml version='1.0'?>\n<!-- by us -->\n<!DOCTYPE a:report SYSTEM 'x'>\n"
        b"<a:report xmlns:a=\"urn:a\" version='2'><a:file/><![CDATA[<hidden>]]><!-- <gone> -->"
        b"</a:report>"
    )
    assert (head.root, head.root_namespace) == ("report", "urn:a")
    assert head.root_attributes["version"] == "2"
    assert head.elements == ("report", "file")
    assert head.is_xml
    assert not head.is_json


def test_json_shows_keys_and_paths():
    head = read_head(
        b'{"stats": {"expected": 1}, "suites": [{"specs": [{"ok": true}]}], "x": "a:b"}'
    )
    assert head.json_keys == {"stats", "suites", "x"}
    assert {"stats.expected", "suites.specs", "suites.specs.ok"} <= head.json_paths
    assert (head.is_json, head.is_json_array, head.is_json_lines) == (True, False, False)


def test_json_arrays_and_lines_show_the_keys_of_their_objects():
    assert read_head(b'[{"a": 1}, {"b": 2}]').json_keys == {"a", "b"}
    assert read_head(b'[{"a": 1}]').is_json_array
    lines = read_head(b'{"a": 1}\n{"b": 2}\n')
    assert (lines.json_keys, lines.is_json_lines) == ({"a", "b"}, True)


def test_a_key_behind_a_long_value_is_found():
    head = read_head(b'{"long": "' + b"x" * (2 * RAW_LIMIT) + b'", "telling": 1}')
    assert "telling" in head.json_keys
    assert len(head.raw) == RAW_LIMIT


def test_a_root_behind_a_long_comment_is_found():
    assert read_head(b"<!--" + b"x" * (2 * RAW_LIMIT) + b"--><report/>").root == "report"


def test_keys_in_strings_and_escapes_are_no_keys():
    head = read_head(b'{"a": "\\"b\\": {", "c": {"d": "e"}}')
    assert head.json_keys == {"a", "c"}


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        pytest.param(b"\xef\xbb\xbf<a/>", "utf-8", id="UTF-8 mark"),
        pytest.param("<a/>".encode("utf-16"), "utf-16-le", id="UTF-16 mark"),
        pytest.param("<a/>".encode("utf-16-be"), "utf-16-be", id="UTF-16 without mark"),
        pytest.param("<a/>".encode("utf-32"), "utf-32-le", id="UTF-32 mark"),
        pytest.param(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>", "iso8859-1", id="declared"
        ),
        pytest.param(
            b"<?xml version='1.0' encoding='utf-16'?><a/>", "utf-8", id="declared wrongly"
        ),
        pytest.param(b"<?xml version='1.0' encoding='rot13'?><a/>", "utf-8", id="no text codec"),
        pytest.param(b"", "utf-8", id="nothing"),
    ],
)
def test_encodings(raw, encoding):
    assert sniff_encoding(raw) == encoding


def test_a_stream_is_left_where_it_was():
    stream = io.BytesIO(b"xx<report/>")
    stream.seek(2)
    assert read_head(stream).root == "report"
    assert stream.tell() == 2


@pytest.mark.parametrize(
    ("content", "root"),
    [
        pytest.param(b"WARN x\n<?xml version='1.0'?><report/>", "report", id="log before XML"),
        pytest.param(b"log\n<testsuite name='a'/>", "testsuite", id="log before a test suite"),
        pytest.param(b"ok 1\n<skipped>\n", "", id="a tag in text"),
        pytest.param(b"<", "", id="one bracket"),
        pytest.param(b"<1a/>", "", id="no name"),
    ],
)
def test_text_before_a_document(content, root):
    assert read_head(content).root == root


@pytest.mark.parametrize(
    ("content", "is_array"),
    [
        ("[", True),
        ("[]", True),
        ('[ {"a": 1}]', True),
        ("[-1.5e3, 2]", True),
        ("[true", True),
        ("[INFO] Running", False),
        ("[08:45:03] t/a.t ..", False),
        ("[2026-01-02] started", False),
    ],
)
def test_a_log_that_starts_with_a_bracket_is_no_array(content, is_array):
    assert read_head(content.encode()).is_json_array is is_array


LATE = b'"coverageMap":{"/w/a.js":{"path":"/w/a.js","statementMap":{}}},"wasInterrupted":false}'


@pytest.mark.parametrize("gap", [0, 1, 7, 14, 15, 500, 985, 990, 995, 5_000])
def test_coverage_behind_many_results_of_tests_is_found(monkeypatch, gap):
    monkeypatch.setattr("dlt_pipelines.parsers.head.SCAN_LIMIT", 1_000)
    results = b'{"numTotalTests":1,"testResults":[{"name":"'
    stream = io.BytesIO(b"before" + results + b"x" * (941 + gap) + b'"}],' + LATE)
    stream.seek(6)
    head = read_head(stream)
    assert stream.tell() == 6
    assert {"testResults", "coverageMap"} <= head.json_keys
    assert "coverageMap./w/a.js.statementMap" in head.json_paths


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (b'{"testResults":[{"message":"', b'\\"coverageMap\\":{} "}]}'),
        (b'{"testResults":[{"message":"', b'"}]}'),
        (b'{"results":[{"message":"', b'"}],' + LATE),
    ],
    ids=["only named", "none", "no tests"],
)
def test_where_there_is_no_coverage_none_is_found(monkeypatch, start, end):
    monkeypatch.setattr("dlt_pipelines.parsers.head.SCAN_LIMIT", 1_000)
    head = read_head(start + b"x" * 5_000 + end)
    assert "coverageMap" not in head.json_keys

"""Every format: recognised by content, read rightly, cut anywhere without a crash."""

import contextlib
import io

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage import schema
from dlt_pipelines.parsers.coverage.model import FILE_COLUMNS, LINE_COLUMNS
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head
from dlt_pipelines.parsers.report_rows import to_record_batch


def test_every_format_has_a_sample(samples):
    assert sorted(samples) == sorted(coverage.FORMATS)


def test_is_recognised_by_content_alone(sample):
    name, data, _ = sample
    assert coverage.detect(read_head(data, "download (3).bin")) == name


def test_totals(sample, rows):
    name, data, totals = sample
    found = rows(data)
    assert found.report.format == name
    assert (found.report.parse, found.report.error) == ("ok", None)
    assert found.totals == totals
    assert found.report.file_count == len(found.files) > 0


def test_a_stream_gives_the_same_as_bytes(sample, rows):
    name, data, _ = sample
    stream = io.BytesIO(b"skip" + data)
    stream.seek(4)
    sink = coverage.Sink.discarding()
    assert coverage.read(stream, name, sink) == rows(data).report


def test_byte_order_mark_and_leading_space_change_nothing(sample, rows):
    name, data, totals = sample
    if name.startswith("vs-coverage-ds"):
        pytest.skip("the sample is UTF-16 and has its mark already")
    if name in ("gcov-text", "coveragepy-text"):
        assert rows(b"\xef\xbb\xbf" + data).totals == totals
    else:
        assert rows(b"\xef\xbb\xbf" + data, name).totals == totals


def test_windows_line_ends_change_nothing(sample, rows):
    name, data, totals = sample
    if name == "vs-coverage-ds-xml":
        pytest.skip("the sample is UTF-16")
    assert rows(data.replace(b"\n", b"\r\n")).totals == totals


def test_utf_16_changes_nothing(sample, rows):
    name, data, totals = sample
    if name == "vs-coverage-ds-xml":
        pytest.skip("the sample is UTF-16 already")
    text = data.decode().replace('encoding="UTF-8"', "").replace('encoding="utf-8"', "")
    assert rows(text.encode("utf-16")).totals == totals


def test_cut_off_anywhere_is_partial_or_refused(sample):
    name, data, _ = sample
    for end in range(0, len(data) - 1, max(len(data) // 40, 1)):
        with contextlib.suppress(ParseError):
            report = coverage.read(data[:end], name, coverage.Sink.discarding())
            assert report.parse in ("ok", "partial")
            assert (report.error is None) == (report.parse == "ok")


@pytest.mark.parametrize(
    "junk", [b"", b"\n", b"{}", b"[]", b"<a/>", b"null", b"\x00" * 50, b"hello"]
)
def test_something_else_read_as_the_format_is_empty_or_refused(sample, junk):
    name, _, _ = sample
    try:
        report = coverage.read(junk, name, coverage.Sink.discarding())
    except ParseError:
        return
    assert not report.lines_valid


@pytest.mark.parametrize(
    "text",
    [
        "I'm not an info file",
        "<?xml version='1.0'?><hello><world/></hello>",
        "<testsuites><testsuite name='a' tests='0'/></testsuites>",
        "<html><body>coverage</body></html>",
        "<coverageReport><files/></coverageReport>",
        "<report><row/></report>",
        "<results><test-case/></results>",
        "<Root/>",
        "{}",
        "[]",
        '{"coverage": 81.5}',
        '{"total": 3}',
        '{"files": []}',
        '{"path": "a.js", "statementMap": {}, "s": {}}',
        '{"title": "t", "map": {"a.js": {"path": "a.js", "statementMap": {}}}}',
        '{"stats": {"tests": 3}}',
        "mode: dark",
        "TN: none",
        "Name, Stmts",
        "",
    ],
)
def test_is_not_claimed(text):
    assert coverage.detect(read_head(text.encode(), "coverage.xml")) is None


def test_rows_fit_the_arrow_schemas(sample):
    name, data, _ = sample
    sink = coverage.Sink()
    sink.report_id = "r1"
    coverage.read(data, name, sink)
    for batch in sink.files.pop_batches():
        assert to_record_batch(batch, schema.FILE_SCHEMA).num_rows
    for batch in sink.lines.pop_batches():
        assert to_record_batch(batch, schema.LINE_SCHEMA).num_rows


def test_columns_of_parsers_and_schemas_agree():
    assert tuple(schema.FILE_SCHEMA.names) == FILE_COLUMNS
    assert tuple(schema.LINE_SCHEMA.names) == LINE_COLUMNS


def test_a_discarding_sink_counts_and_keeps_nothing(sample, rows):
    name, data, totals = sample
    sink = coverage.Sink.discarding()
    report = coverage.read(data, name, sink)
    assert (report.lines_valid, report.lines_covered) == totals[:2]
    assert sink.files.row_count == report.file_count
    assert sink.lines.row_count == sum(map(len, rows(data).lines.values()))
    assert not sink.lines.pop_batches()

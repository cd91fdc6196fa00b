"""Counts as reports write them, and the record of a file."""

import pytest

from dlt_pipelines.parsers.coverage import builder as building
from dlt_pipelines.parsers.coverage.builder import FileRecord, ReportBuilder, TooLargeError
from dlt_pipelines.parsers.coverage.model import LineBuffer, Sink
from dlt_pipelines.parsers.coverage.numbers import LARGEST, LAST_LINE, UNKNOWN, to_count, to_line


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("+7", 7),
        ("-7", 0),
        ("1,234", 1234),
        ("1.234.567", 1234567),
        ("1.234", 1),
        ("1 234", 1234),
        ("1'234", 1234),
        ("1,5", 1),
        ("2.0", 2),
        ("1e3", 1000),
        ("9" * 30, LARGEST),
        ("1e400", LARGEST),
        (7, 7),
        (-7, 0),
        (2**70, LARGEST),
        (2.9, 2),
        (float("inf"), LARGEST),
        (float("nan"), None),
        (True, None),
        (None, None),
        ("", None),
        ("x", None),
        ("0x10", None),
        ("٣", None),
        ([], None),
        ("9" * 5000, LARGEST),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_count(text, count):
    assert to_count(text) == count


@pytest.mark.parametrize(
    ("text", "line"), [("1", 1), (str(LAST_LINE), LAST_LINE), ("0", None), (LAST_LINE + 1, None)]
)
def test_line(text, line):
    assert to_line(text) == line


def test_a_line_that_comes_again_adds_its_hits_and_unknown_yields():
    record = FileRecord("a", None)
    record.add_lines([1, 2, 3], [1, UNKNOWN, UNKNOWN], is_unique=True)
    record.add_lines([2, 1, 3], [4, LARGEST, UNKNOWN], is_unique=True)
    record.merge_lines()
    assert dict(zip(record.numbers, record.hits, strict=True)) == {1: LARGEST, 2: 4, 3: UNKNOWN}


def test_branches_that_come_again_keep_the_larger():
    record = FileRecord("a", None)
    record.add_branches({1: (2, 1), 2: (4, 0)})
    record.add_branches({1: (2, 2), 2: (2, 1)})
    record.merge_branches()
    assert [list(column) for column in record.branches] == [[1, 2], [2, 4], [2, 1]]
    assert not any(FileRecord("b", None).branches)


def test_too_many_lines_keep_what_was_read(monkeypatch, rows):
    monkeypatch.setattr(building, "LINE_LIMIT", 3)
    found = rows(b"SF:a\nDA:1,1\nDA:2,1\nend_of_record\nSF:b\nDA:1,1\nDA:2,0\nend_of_record\n")
    assert found.report.parse == "partial"
    assert "more than 3 lines" in found.report.error
    assert found.hits("a") == {1: 1, 2: 1}


def test_too_many_files_keep_what_was_read(monkeypatch):
    monkeypatch.setattr(building, "FILE_LIMIT", 1)
    builder = ReportBuilder("lcov")
    builder.file("a")
    builder.file("a")
    with pytest.raises(TooLargeError):
        builder.file("b")


def test_lines_come_in_batches_near_their_size():
    sizes = []
    lines = LineBuffer(batch_rows=10, on_batch=lambda batch: sizes.append(len(batch["line"])))
    sink = Sink(lines=lines)
    builder = ReportBuilder("lcov")
    for path in "ab":
        builder.add(path, dict.fromkeys(range(1, 26), 1))
    builder.finish(sink)
    lines.flush()
    assert sum(sizes) == lines.row_count == 50
    assert max(sizes) < 20


def test_report_without_files_has_no_lines():
    report = ReportBuilder("lcov").finish(Sink())
    assert (report.lines_valid, report.branches_valid, report.file_count) == (0, None, 0)

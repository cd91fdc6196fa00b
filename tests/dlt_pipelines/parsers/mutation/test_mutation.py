"""Mutation reports: a sample of ours for every format."""

import csv
from pathlib import Path

import pytest

from dlt_pipelines.parsers import mutation
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = list(csv.DictReader((SAMPLES / "expected.csv").read_text("utf-8").splitlines()))


def read(content):
    sink = mutation.Sink()
    format_name = mutation.detect(read_head(content, ""))
    assert format_name is not None
    report = mutation.read(content, format_name, sink)
    rows = []
    for batch in sink.mutants.pop_batches():
        rows += [dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)]
    return report, rows


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda row: row["file"])
def test_sample_has_its_format_counts_and_rows(expected):
    report, rows = read((SAMPLES / expected["file"]).read_bytes())
    assert (report.format, report.parse, report.error) == (expected["format"], "ok", None)
    counted = {
        "mutants": report.mutant_count,
        "detected": report.detected_count,
        "undetected": report.undetected_count,
        "invalid": report.invalid_count,
        "ignored": report.ignored_count,
        "files": report.file_count,
        "rows": len(rows),
    }
    assert counted == {name: int(expected[name]) for name in counted}


def test_every_format_has_a_sample():
    assert {row["format"] for row in EXPECTED} == set(mutation.READERS)


def test_a_mutant_keeps_place_operator_and_killing_tests():
    _report, rows = read((SAMPLES / "stryker.json").read_bytes())
    first = rows[0]
    place = (first["file"], first["line"], first["end_line"])
    assert place == ("src/a.ts", 3, 4)
    assert (first["status"], first["vendor_status"]) == ("killed", "Killed")
    assert (first["killing_tests"], first["duration_seconds"]) == ('["adds"]', 1.5)


def test_a_java_class_gives_the_folder_of_its_source_file():
    _report, rows = read((SAMPLES / "pit.xml").read_bytes())
    assert (rows[0]["file"], rows[0]["function_name"]) == ("shop/Sums.java", "add")


def test_a_status_outside_of_the_schema_is_counted_apart():
    content = (SAMPLES / "stryker.json").read_bytes().replace(b'"Ignored"', b'"Skipped"')
    report, _rows = read(content)
    assert (report.mutant_count, report.parse) == (5, "partial")
    assert "Skipped" in report.error


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"mutationScore":1,"totals":{},"childResults":[]}', id="old Stryker.NET"),
        pytest.param(b'{"schemaVersion":"1","files":[]}', id="files is no object"),
    ],
)
def test_reports_of_other_schemas_are_refused(content):
    with pytest.raises(ParseError, match="files"):
        read(content)


def test_test_files_without_tests_make_the_report_partial():
    content = b'{"schemaVersion":"1.0","thresholds":{},"testFiles":{"a.ts":{}},"files":{}}'
    report, _rows = read(content)
    assert (report.parse, report.mutant_count) == ("partial", 0)
    assert "a.ts" in report.error

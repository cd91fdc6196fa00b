"""The recorded reports of other projects, with what those projects expect of them."""

import csv
import math
from collections import Counter

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.changed_lines import changed_coverage, total
from dlt_pipelines.parsers.coverage.merge import LineCollector
from dlt_pipelines.parsers.coverage_diff_command import read_diffs, read_reports
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head

pytestmark = pytest.mark.corpus

CELLS = ("lines_valid", "lines_covered", "branches_valid", "branches_covered")
NOT_IN_THE_FILE = {
    ("clover-xml", "branches_valid"): "gcovr writes no conditions into Clover",
    ("clover-xml", "branches_covered"): "gcovr writes no conditions into Clover",
    ("coveralls-json", "lines_valid"): "an array of lines has no place for a line of two functions",
}
"""Cells that a generator's summary states and its file doesn't hold."""
MISNAMED = {"cobertura-project-single-file.xml": "clover-xml"}
"""Files that their project calls by another format than the one they hold."""


@pytest.fixture(scope="module")
def reports(corpus):
    return corpus / "reports"


def table(reports, name: str) -> list[dict[str, str]]:
    with (reports / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def read(reports, path: str):
    data = (reports / path).read_bytes()
    format_name = coverage.detect(read_head(data, path))
    if format_name is None:
        return None, {}
    collector = LineCollector()
    try:
        found = coverage.read(data, format_name, collector.sink, name=path)
    except ParseError:
        return None, {}
    return found, collector.finish()


def test_stated_totals(reports):
    right, wrong = Counter(), []
    for row in table(reports, "expected.csv"):
        if row["kind"] != "coverage" or row["parse"] != "ok" or row["format"].startswith("zip"):
            continue
        stated = [cell for cell in CELLS if cell in row["upstream_fields"].split() and row[cell]]
        found = read(reports, row["path"])[0] if stated else None
        for cell in stated:
            value = getattr(found, cell, None)
            if value is not None and math.isclose(value, float(row[cell]), abs_tol=0.5):
                right[row["format"]] += 1
            elif (row["format"], cell) not in NOT_IN_THE_FILE:
                wrong.append((row["path"], cell, row[cell], value))
    assert sum(right.values()) > 100
    assert wrong == []


def test_formats_are_named_rightly_and_what_must_be_refused_is(reports):
    wrong = []
    for row in table(reports, "expected.csv"):
        if row["kind"] != "coverage" or row["format"].startswith("zip"):
            continue
        found, _ = read(reports, row["path"])
        if row["parse"] == "error":
            if found is not None:
                wrong.append((row["path"], "was not refused"))
            continue
        expected = MISNAMED.get(row["path"].rpartition("/")[2], row["format"])
        if row["parse"] == "ok" and found is not None and found.format != expected:
            wrong.append((row["path"], found.format))
    assert wrong == []


def test_hits_of_lines(reports):
    rows = table(reports, "expected_lines.csv")
    cache: dict[str, dict] = {}
    wrong = []
    for row in rows:
        if row["path"] not in cache:
            cache[row["path"]] = read(reports, row["path"])[1]
        files = cache[row["path"]]
        path = closest(row["source_file"], files)
        line = files[path].get(int(row["line"])) if path is not None else None
        if line is None or line.hits != int(row["hits"]):
            wrong.append((row["path"], row["source_file"], row["line"], row["hits"], line))
    # One oracle keeps hits in 32 bits.
    assert len(wrong) <= 0.01 * len(rows), wrong


def closest(wanted: str, files: dict) -> str | None:
    """The report's file with most parts of its path in common with `wanted`."""

    def common(path: str) -> int:
        ours, theirs = (p.replace("\\", "/").split("/")[::-1] for p in (path, wanted))
        return next(
            (at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )

    best = max(files, key=common, default=None)
    return best if best is not None and common(best) else None


def test_changed_lines(reports):
    wrong = []
    for row in table(reports, "expected_diff.csv"):
        diff, expand = read_diffs([reports / row["diff"]]), "uncomplete" in row["id"]
        paths = [reports / path for path in row["reports"].split(";")]
        found, _ = read_reports(paths, diff, expand=expand)
        summary = total(changed_coverage(diff, found, expand=expand))
        expected = row["changed_lines_total"], row["changed_lines_missing"]
        value = (str(summary.coverable), str(summary.misses)) if summary.coverable else ("", "")
        if value != expected:
            wrong.append((row["id"], expected, value))
    assert wrong == []

"""Recorded test and mutation reports of other projects against what those projects expect of them.

Prints right cells per format and upstream project. A cell is one number that is stated. Every miss
that upstream itself states has to be explained below, class by class, and is in the policy table of
`docs/sources/test-results.md`.
"""

import csv
import io
import sys
import zipfile
from collections import Counter

import pytest

from dlt_pipelines.parsers.inspection import Inspection, inspect_path, inspect_stream

pytestmark = pytest.mark.corpus

FIELDS = ("tests", "passed", "failed", "errored", "skipped")
WORST = {"test": 0.98, "mutation": 0.99}

EXPLAINED = {
    "junit-xml/junit.multiresult.xml": "a case with several results counts several times upstream",
    "junit-xml/non-junit.xml": "no JUnit XML: zero tests upstream, an unknown format here",
    "junit-xml/tst/disabled.xml": "skipped by attribute, which upstream does not look at",
    "mocha/tests.json": "Mocha has no errors; upstream guesses by a library's field",
    "jenkins/NUnit-issue33493.xml": "inconclusive counts as passed upstream",
    "jenkinsci/testcase2.xml": "header totals of cases that are not in the file",
    "boosttest/testcase4/input.xml": "cases of nested suites are counted twice upstream",
    "fpcunit/testcase2/input.xml": "errors are merged into failures upstream",
    "nunit/testcase15/input.xml": "cases that were not executed count as passed upstream",
    "nunit3/testcase3/input.xml": "inconclusive counts as an error upstream",
    "tests-in-sub-dirs/sub-dir/junit-3.xml": "the numbers are those of two files together",
}
"""End of a path → why its stated numbers are not ours."""


@pytest.fixture(scope="module")
def rows(corpus):
    table = corpus / "reports" / "expected.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        found = [row for row in csv.DictReader(lines) if row["kind"] in WORST]
    assert found
    return found


@pytest.fixture(scope="module")
def inspected(corpus, rows):
    return {row["path"]: inspect_path(corpus / "reports" / row["path"]) for row in rows}


def cells(row, found):
    """Yield (field, wanted, got, stated by upstream) of a row."""
    stated = set(row["upstream_fields"].split())
    for field in FIELDS:
        if row[field] == "":
            continue
        got = getattr(found, field)
        if row["failed_includes_errored"] == "1":
            if field == "errored":
                continue
            if field == "failed" and got is not None:
                got += found.errored or 0
        yield field, float(row[field]), got, field in stated


def is_readable(row):
    return row["parse"] not in ("error", "error_or_lenient", "unknown")


@pytest.mark.parametrize("kind", WORST)
def test_stated_numbers(kind, rows, inspected, capsys):
    right, total, stated_right, stated_total = Counter(), Counter(), 0, 0
    misses = []
    for row in rows:
        if row["kind"] != kind or not is_readable(row):
            continue
        project = row["path"].split("/")[2].partition("__")[2]
        for field, want, got, stated in cells(row, inspected[row["path"]]):
            is_right = got is not None and abs(got - want) < 0.5
            total[row["format"], project] += 1
            right[row["format"], project] += is_right
            stated_total += stated
            stated_right += stated and is_right
            if stated and not is_right:
                misses.append((row["path"], field, want, got))
    with capsys.disabled():
        lines = [f"\n{kind} reports: right cells per format and project"]
        for (name, project), count in sorted(total.items()):
            lines.append(f"  {name:32s} {project:40s} {right[name, project]:5d} of {count}")
        whole = f"{right.total()} of {total.total()}"
        lines.append(f"  all {whole}; stated by upstream {stated_right} of {stated_total}\n")
        sys.stdout.write("\n".join(lines))
    unexplained = [miss for miss in misses if not any(miss[0].endswith(end) for end in EXPLAINED)]
    assert unexplained == []
    if kind == "test":
        known = {end for end in EXPLAINED if any(path.endswith(end) for path, *_rest in misses)}
        assert set(EXPLAINED) == known
    assert right.total() / total.total() >= WORST[kind] - 0.005
    if stated_total:
        assert stated_right / stated_total >= WORST[kind]


def test_what_has_to_be_refused_is(rows, inspected):
    wrong = [
        (row["path"], inspected[row["path"]].parse)
        for row in rows
        if row["parse"] == "error" and inspected[row["path"]].parse not in ("error", "partial")
    ]
    assert wrong == []


def test_nothing_is_misread_as_another_kind(rows, inspected):
    wrong = [
        (row["path"], row["format"], found.format)
        for row in rows
        if (found := inspected[row["path"]]).kind not in (None, row["kind"])
    ]
    assert wrong == []


def test_formats_are_told_by_content(rows, inspected):
    """Names agree, but for plain text under the name of JSON and NUnit 3 cases in a frame of 2."""
    wrong = [
        (row["path"], row["format"], found.format)
        for row in rows
        if is_readable(row)
        and (found := inspected[row["path"]]).format != row["format"]
        and not (found.format or "go-test-text").startswith("go-test")
        and not row["path"].endswith(("non-junit.xml", "not-junit.xml"))
        and {row["format"], found.format} != {"nunit2-xml", "nunit3-xml"}
    ]
    assert wrong == []


def test_groups_of_reports_are_merged(corpus):
    table = (corpus / "reports" / "expected_groups.csv").read_text("utf-8")
    groups = [
        row for row in csv.DictReader(table.splitlines()) if row["paths"].startswith("files/test/")
    ]
    assert groups
    for row in groups:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for path in row["paths"].split(";"):
                archive.write(corpus / "reports" / path, path)
        found = Inspection(path=row["group"])
        inspect_stream(buffer, found)
        for field in FIELDS:
            if row[field]:
                assert getattr(found, field) == float(row[field]), (row["group"], field)


def test_names_verdicts_times_and_places_of_cases(corpus):
    """At least 99 of 100 cases that upstream's snapshots list are found with their columns."""
    from dlt_pipelines.parsers import test_results
    from dlt_pipelines.parsers.head import read_head

    table = (corpus / "reports" / "expected_cases.csv").open(encoding="utf-8", newline="")
    with table:
        expected = list(csv.DictReader(table))
    files: dict[str, list] = {}
    for row in expected:
        files.setdefault(row["path"], []).append(row)
    found = Counter()
    for path, wanted in files.items():
        content = (corpus / "reports" / path).read_bytes()
        sink = test_results.Sink()
        test_results.read(content, test_results.detect(read_head(content)), sink)
        cases = []
        for batch in sink.cases.pop_batches():
            cases += [
                dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)
            ]
        by_name = {}
        for case in cases:
            by_name.setdefault(case["name"], []).append(case)
        for row in wanted:
            same = by_name.get(row["name"]) or [
                case
                for name, group in by_name.items()
                if name and (row["name"].endswith(name) or name.endswith(row["name"]))
                for case in group
            ]
            found.update(_columns_found(row, same))
    for column in ("name", "status", "file", "line"):
        assert found[column, True] / (found[column, True] + found[column, False]) >= 0.99, column


def _columns_found(row, same):
    yield "name", bool(same)
    if not same:
        return
    bad = {"failed", "errored", "error", "failure"}
    statuses = {case["status"] for case in same}
    if "quarantined" in statuses:
        statuses.add("skipped")
    yield "status", row["status"] in statuses or (row["status"] in bad and bool(bad & statuses))
    if row["test_file"]:
        yield "file", any(case["file"] == row["test_file"] for case in same)
    if row["line"]:
        yield "line", any(str(case["line"]) == row["line"] for case in same)

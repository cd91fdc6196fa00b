"""Changed lines joined to reports: three readings of one change."""

import pytest

from dlt_pipelines.parsers.changed_lines import ReportLines, changed_coverage, total
from dlt_pipelines.parsers.coverage.merge import LineCoverage
from dlt_pipelines.parsers.diff import DiffFile


def change(path: str, *lines: int, kind: str = "modified") -> DiffFile:
    return DiffFile(path, added=list(lines), change_type=kind)


REPORT = {
    "src/a.py": {
        1: LineCoverage(3),
        2: LineCoverage(1, 4, 1),
        3: LineCoverage(0, 2, 0),
        5: LineCoverage(2, 2, 2),
        6: LineCoverage(None),
    }
}


def test_counts_and_the_three_ratios():
    (row,) = changed_coverage([change("src/a.py", 1, 2, 3, 4, 5, 6)], [ReportLines(REPORT)])
    assert (row.changed, row.coverable) == (6, 4)
    assert (row.hits, row.partials, row.misses) == (2, 1, 1)
    assert (row.missing_lines, row.partial_lines) == ((3,), (2,))
    assert row.line_ratio == 3 / 4
    assert row.patch_ratio == 2 / 4
    assert row.branch_weighted_ratio == (3 + 3) / (4 + 8)


@pytest.mark.parametrize(
    ("file", "is_reported"),
    [(change("src/a.py", 4, 99), True), (change("src/a.py"), True), (change("b.py", 1), False)],
    ids=["not coverable", "nothing changed", "not reported"],
)
def test_nothing_coverable_has_no_ratio(file, is_reported):
    (row,) = changed_coverage([file], [ReportLines(REPORT)])
    assert (row.coverable, row.is_reported) == (0, is_reported)
    assert (row.line_ratio, row.patch_ratio, row.branch_weighted_ratio) == (None, None, None)


def test_deleted_and_binary_files_have_no_changed_lines():
    gone = change("src/a.py", 1, kind="deleted")
    binary = DiffFile("src/a.py", is_binary=True)
    assert changed_coverage([gone, binary], [ReportLines(REPORT)]) == []


def test_sum_over_files_is_made_of_counts_not_of_ratios():
    rows = changed_coverage([change("src/a.py", 1, 3), change("b.py", 1, 2)], [ReportLines(REPORT)])
    summary = total(rows)
    assert (summary.changed, summary.coverable, summary.hits, summary.misses) == (4, 2, 1, 1)
    assert summary.line_ratio == 0.5
    assert total([]).line_ratio is None


@pytest.mark.parametrize(
    "reported",
    ["/home/ci/work/app/src/a.py", "./src/a.py", "C:\\w\\src\\a.py", "a.py", "app/src/a.py"],
)
def test_report_paths_are_matched(reported):
    report = {reported: REPORT["src/a.py"]}
    (row,) = changed_coverage([change("src/a.py", 1)], [ReportLines(report)])
    assert row.hits == 1


def test_two_changed_files_of_one_name_are_never_mixed_up():
    files = [change("core/a.py", 1), change("web/a.py", 1)]
    ambiguous = changed_coverage(files, [ReportLines({"a.py": REPORT["src/a.py"]})])
    assert [row.is_reported for row in ambiguous] == [False, False]
    clear = changed_coverage(files, [ReportLines({"/w/web/a.py": REPORT["src/a.py"]})])
    assert [row.is_reported for row in clear] == [False, True]


def test_of_several_report_files_the_closest_counts():
    report = {"lib/a.py": {1: LineCoverage(0)}, "x/src/a.py": {1: LineCoverage(7)}}
    (row,) = changed_coverage([change("src/a.py", 1)], [ReportLines(report)])
    assert row.hits == 1


def test_expanding_gives_lines_left_out_the_hits_of_the_line_before():
    report = {"a": {2: LineCoverage(0), 5: LineCoverage(1, 2, 1), 7: LineCoverage(1)}}
    file = change("a", 1, 2, 3, 4, 5, 6, 7, 8)
    (plain,) = changed_coverage([file], [ReportLines(report)])
    (expanded,) = changed_coverage([file], [ReportLines(report)], expand=True)
    assert (plain.coverable, plain.missing_lines) == (3, (2,))
    assert (expanded.coverable, expanded.missing_lines) == (6, (2, 3, 4))


def test_reports_that_name_a_file_differently_are_merged():
    reports = [
        ReportLines({"/w/src/a.py": {1: LineCoverage(0), 2: LineCoverage(1)}}),
        ReportLines({"a.py": {1: LineCoverage(4)}}, ("src",)),
    ]
    (row,) = changed_coverage([change("src/a.py", 1, 2)], reports)
    assert (row.hits, row.misses) == (2, 0)

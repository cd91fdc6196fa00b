"""Report paths against a tree, and reports against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage.merge import (
    LineCollector,
    LineCoverage,
    merge_line,
    merge_reports,
)
from dlt_pipelines.parsers.coverage.paths import PathResolver, clean_path

TREE = [
    "setup.py",
    "src/app/__init__.py",
    "src/app/core.py",
    "src/web/core.py",
    "core/src/main/java/org/example/A.java",
    "web/src/main/java/org/example/B.java",
    "dict/dict.go",
    "packages/one/src/index.ts",
    "packages/two/src/index.ts",
    "packages/two/src/only.ts",
    "Windows/Case.cs",
]


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        ("./a//b/../c.py", "a/c.py"),
        ("a\\b.cs", "a/b.cs"),
        ("C:\\w\\a.cs", "/w/a.cs"),
        ("\\\\?\\C:\\w\\a.cs", "/w/a.cs"),
        ("file:///w/a.js", "/w/a.js"),
        ("file:///C:/w/a.js", "/w/a.js"),
        ("webpack:///src/a.js", "/src/a.js"),
        ("../../a.c", "a.c"),
        (" a.c ", "a.c"),
        ("", ""),
    ],
)
def test_cleaning(path, cleaned):
    assert clean_path(path) == cleaned


@pytest.mark.parametrize(
    ("path", "resolved", "rule"),
    [
        ("src/app/core.py", "src/app/core.py", "exact"),
        ("./src/app/core.py", "src/app/core.py", "exact"),
        ("/home/ci/work/r/r/src/app/core.py", "src/app/core.py", "suffix"),
        ("D:\\a\\r\\src\\app\\core.py", "src/app/core.py", "suffix"),
        ("app/core.py", "src/app/core.py", "suffix"),
        ("org/example/A.java", "core/src/main/java/org/example/A.java", "suffix"),
        ("github.com/o/r/dict/dict.go", "dict/dict.go", "suffix"),
        ("/build/setup.py", "setup.py", "suffix"),
        ("/build/other/app/core.py", "src/app/core.py", "suffix"),
        ("C:\\w\\windows\\case.cs", "Windows/Case.cs", "suffix"),
        ("two/src/only.ts", "packages/two/src/only.ts", "suffix"),
    ],
)
def test_resolving(path, resolved, rule):
    found = PathResolver(TREE).resolve(path)
    assert (found.path, found.rule, found.reason) == (resolved, rule, None)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("core.py", "2 files"),
        ("src/index.ts", "2 files"),
        ("/w/src/index.ts", "2 files"),
        ("missing.py", "no file of that name"),
        ("/x/other.java/A.java", "only the file name"),
        ("/usr/lib/python3/site-packages/app/core.py", "installed packages"),
        ("node_modules/one/src/index.ts", "installed packages"),
        ("", "no path"),
        ("/w/windows/case.cs", "no file of that name"),
    ],
)
def test_unresolved_with_a_reason(path, reason):
    found = PathResolver(TREE).resolve(path)
    assert (found.path, found.rule) == (None, None)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("root", "resolved"),
    [
        ("src/app", "src/app/core.py"),
        ("/home/ci/r/src/web", "src/web/core.py"),
        ("C:\\w\\src\\web\\", "src/web/core.py"),
        ("/elsewhere", None),
    ],
)
def test_source_roots_tell_files_apart(root, resolved):
    assert PathResolver(TREE).resolve("core.py", [root]).path == resolved


def test_two_source_roots_that_both_fit_tell_nothing():
    assert PathResolver(TREE).resolve("core.py", ["src/app", "src/web"]).path is None


def test_the_rest_of_a_report_decides_what_is_ambiguous_alone():
    found = PathResolver(TREE).resolve_all(["src/index.ts", "src/only.ts"])
    assert found["src/only.ts"].path == "packages/two/src/only.ts"
    assert found["src/index.ts"].path == "packages/two/src/index.ts"
    assert found["src/index.ts"].rule == "vote"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (["src/util/setup.py", "src/app/core.py"], None),
        (["/w/pkg/setup.py", "/w/src/app/core.py"], None),
        (["/w/pkg/setup.py", "/w/setup.py", "/w/pkg/more.py"], None),
        (["/w/pkg/setup.py", "/w/a/x.py", "/w/b/y.py"], None),
        (["/w/pkg/setup.py", "/w/pkg/x.py", "/w/b/y.py", "/w/pkg/z.py"], "setup.py"),
        (["/w/pkg/setup.py", "/usr/include/y.h"], "setup.py"),
        (["/w/pkg/setup.py", "/w/pkg/src/app/core.py"], "setup.py"),
        (["/w/pkg/setup.py", "/v/src/app/core.py"], "setup.py"),
        (["D:\\w\\pkg\\setup.py"], "setup.py"),
    ],
    ids=["one is exact", "one lies higher", "a namesake lies higher", "a folder of few",
         "a folder of most", "a folder of half", "one lies there as well", "one lies elsewhere",
         "alone"],
)  # fmt: skip
def test_a_namesake_of_a_file_at_the_root_is_another_file(paths, found):
    """Else the lines of `pkg/setup.py` would be told of the changed `setup.py`."""
    resolved = PathResolver(TREE).resolve_all(paths)
    assert resolved[paths[0]].path == found
    assert (resolved[paths[0]].reason is None) == (found is not None)


def test_a_file_that_shares_its_folder_is_no_mere_namesake():
    paths = ["build/lib/src/app/core.py", "setup.py", "README.md"]
    found = PathResolver(TREE).resolve_all(paths)
    assert found[paths[0]].path == "src/app/core.py"


def test_votes_never_lead_out_of_the_tree():
    found = PathResolver(TREE).resolve_all(["/w/src/app/core.py", "/w/src/app/missing.py"])
    assert found["/w/src/app/missing.py"].path is None


def test_many_files_of_one_name_take_no_longer():
    tree = [f"packages/p{number}/src/index.ts" for number in range(20_000)]
    found = PathResolver(tree).resolve_all(f"/build/{path}" for path in tree)
    assert [resolution.path for resolution in found.values()] == tree


SEGMENT = st.sampled_from(["src", "app", "web", "core.py", "a", "..", ".", ""])


@given(st.lists(SEGMENT, max_size=6).map("/".join))
def test_a_resolved_path_is_always_in_the_tree(path):
    found = PathResolver(TREE).resolve(path)
    assert (found.path in TREE) == (found.reason is None)


COUNT = st.none() | st.integers(0, 9)
LINES = st.builds(
    lambda hits, branches: LineCoverage(hits, *branches),
    COUNT,
    st.none().map(lambda _: (None, None))
    | st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))),
)


@given(LINES, LINES, LINES)
def test_merging_lines_is_in_any_order_and_again_the_same(first, second, third):
    assert merge_line(first, second) == merge_line(second, first)
    assert merge_line(first, merge_line(second, third)) == merge_line(
        merge_line(first, second), third
    )
    assert merge_line(first, first) == first


def test_merged_reports_have_the_most_hits_of_each_line():
    merged = merge_reports(
        [
            {"a": {1: LineCoverage(0), 2: LineCoverage(5, 2, 1)}},
            {"a": {1: LineCoverage(3), 2: LineCoverage(2, 2, 2), 3: LineCoverage(None)}},
            {"b": {1: LineCoverage(0)}},
        ]
    )
    assert merged == {
        "a": {1: LineCoverage(3), 2: LineCoverage(5, 2, 2), 3: LineCoverage(None)},
        "b": {1: LineCoverage(0)},
    }


@pytest.mark.parametrize(
    ("line", "covered", "partial"),
    [
        (LineCoverage(0), False, False),
        (LineCoverage(None), False, False),
        (LineCoverage(1), True, False),
        (LineCoverage(1, 2, 2), True, False),
        (LineCoverage(1, 2, 1), True, True),
        (LineCoverage(0, 2, 0), False, False),
    ],
)
def test_covered_and_partial(line, covered, partial):
    assert (line.is_covered, line.is_partial) == (covered, partial)


def test_collector_keeps_the_lines_that_are_wanted(samples):
    data = samples["lcov"][0] + b"SF:b\nDA:1,1\nend_of_record\n"
    collector = LineCollector({"src/a.ts": {2, 4, 5}, "b": ()}.__getitem__)
    coverage.read(data, "lcov", collector.sink)
    lines = {2: LineCoverage(0), 4: LineCoverage(12, 2, 1)}
    assert collector.finish() == {"src/a.ts": lines, "b": {}}

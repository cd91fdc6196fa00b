"""What text and JSON reports disagree about, one rule a test."""

import json

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage import json_parts
from dlt_pipelines.parsers.head import read_head


def test_go_merges_blocks_and_covers_every_line_of_a_range(rows):
    found = rows(
        b"mode: set\na.go:1.1,4.2 3 0\na.go:3.1,5.9 1 2\na.go:1.1,4.2 3 1\nb.go:2.1,2.5 1 0\n"
    )
    assert found.hits("a.go") == {1: 1, 2: 1, 3: 2, 4: 2, 5: 2}
    assert found.totals[:2] == (6, 5)
    assert (found.report.declared_lines_valid, found.report.declared_lines_covered) == (5, 4)


@pytest.mark.parametrize(
    ("mode", "hits"), [("set", 1), ("count", 3), ("atomic", 3)], ids=["set", "count", "atomic"]
)
def test_go_executions_of_a_block_add_up_where_they_are_counted(rows, mode, hits):
    """Tests of two packages ran through it; `set` only says whether one did."""
    counts = (1, 0, 1) if mode == "set" else (1, 0, 2)
    blocks = "".join(f"a.go:1.1,1.9 1 {count}\n" for count in counts)
    found = rows(f"mode: {mode}\n{blocks}".encode())
    assert found.hits("a.go") == {1: hits}
    assert (found.totals[:2], found.report.declared_lines_valid) == ((1, 1), 1)


@pytest.mark.parametrize(
    "line", ["a.go:1.1,2.2 1", "garbage", "a.go:9.1,3.2 1 1", "a.go:x.1,3.2 1 1", ":1.1,2.2 1"]
)
def test_go_malformed_blocks_are_left_out_and_said(rows, line):
    found = rows(f"mode: set\na.go:1.1,1.2 1 1\n{line}\n".encode())
    assert found.hits("a.go") == {1: 1}
    assert found.report.parse == "partial"


def test_go_blocks_of_absurd_length_end_somewhere(rows):
    found = rows(b"mode: set\na.go:1.1,999999999.2 1 1\n")
    assert found.report.lines_valid <= 100_001


def test_istanbul_lines_are_where_statements_start(rows, samples):
    found = rows(samples["istanbul-json"][0])
    assert found.hits("/w/src/a.js") == {1: 6, 5: 0}
    assert found.branches("/w/src/a.js") == {5: (2, 1)}
    assert found.file("/w/src/a.js")["functions_covered"] == 1


def test_istanbul_files_wrapped_in_data(rows):
    entry = {"path": "a.js", "statementMap": {"0": {"start": {"line": 2}}}, "s": {"0": 3}}
    assert rows(json.dumps({"a.js": {"data": entry}}).encode()).hits("a.js") == {2: 3}


@pytest.mark.parametrize("limit", [json_parts.WHOLE_LIMIT, 0], ids=["as a whole", "in parts"])
def test_istanbul_beside_results_of_tests(rows, samples, monkeypatch, limit):
    """Jest and Vitest put the map of files into the results where both are asked for."""
    files = json.loads(samples["istanbul-json"][0])
    results = {
        "numTotalTests": 1,
        "snapshot": {"added": 0},
        "testResults": [{"name": "/w/a.test.js", "assertionResults": [{"status": "passed"}]}],
        "coverageMap": files,
    }
    monkeypatch.setattr(json_parts, "WHOLE_LIMIT", limit)
    found = rows(json.dumps(results).encode())
    alone = rows(samples["istanbul-json"][0])
    assert found.totals == alone.totals
    assert found.files == alone.files
    assert found.lines == alone.lines


def test_results_of_tests_without_coverage_are_none():
    results = {"numTotalTests": 0, "testResults": [], "coverageMap": {}}
    assert coverage.detect(read_head(json.dumps(results).encode())) is None


def test_istanbul_leaves_out_what_comments_leave_out(rows):
    """Before 1.0 it was listed, marked, with no executions."""
    first, second = {"start": {"line": 1}}, {"start": {"line": 2}}
    entry = {
        "statementMap": {"1": first, "2": {**second, "skip": True}},
        "s": {"1": 3, "2": 0},
        "branchMap": {"1": {"line": 1, "locations": [first, {**first, "skip": True}]}},
        "b": {"1": [3, 0]},
        "fnMap": {"1": {"name": "f", "line": 2, "skip": True}, "2": {"name": "g", "line": 1}},
        "f": {"1": 0, "2": 3},
    }
    found = rows(json.dumps({"a.js": entry}).encode())
    assert found.totals == (1, 1, 1, 1)
    assert found.hits("a.js") == {1: 3}
    assert found.file("a.js")["functions_valid"] == 1


def test_coverage_py_lines_and_arcs(rows, samples):
    found = rows(samples["coveragepy-json"][0])
    assert found.hits("app/a.py") == {1: 1, 2: 1, 4: 0}
    assert found.branches("app/a.py") == {2: (2, 1)}
    assert found.report.generator == "coverage.py 7.6.1"


def test_coverage_py_without_branches_measured_none(rows):
    data = {"meta": {}, "files": {"a.py": {"executed_lines": [1], "missing_lines": [2]}}}
    assert rows(json.dumps(data).encode()).totals == (2, 1, None, None)


def test_coverage_table_total_stands_for_files_left_out(rows):
    found = rows(
        b"Name    Stmts   Miss  Cover\n---\nTOTAL    2922      22   99%\n\n"
        b"86 files skipped due to complete coverage.\n"
    )
    assert found.totals[:2] == (2922, 2900)


def test_coverage_table_with_branches_and_names_with_spaces(rows):
    found = rows(
        b"Name           Stmts   Miss Branch BrPart  Cover   Missing\n-----\n"
        b"my app/a b.py     50      3     16      2    91%   4-6\n"
        b"TOTAL             50      3     16      2    91%\n"
    )
    assert found.files[0]["path"] == "my app/a b.py"
    assert found.totals == (50, 47, None, None)
    assert found.lines["my app/a b.py"] == {}


def test_coverage_table_as_markdown(rows):
    found = rows(
        b"| Name      |    Stmts |     Miss |   Cover |\n"
        b"|---------- | -------: | -------: | ------: |\n"
        b"| a.py      |       22 |        2 |     91% |\n"
        b"| **TOTAL** |   **44** |   **24** | **45%** |\n"
    )
    assert found.totals[:2] == (44, 20)
    assert found.report.parse == "ok"


def test_coverage_table_cut_before_its_total_is_partial(rows):
    found = rows(b"Name    Stmts   Miss  Cover\n---\na.py    10      2   80%\n")
    assert found.totals[:2] == (10, 8)
    assert found.report.parse == "partial"


def test_coverage_table_behind_a_long_session_log(rows, samples):
    log = "".join(f"tests/test_{number}.py ....  [{number % 100}%]\n" for number in range(300))
    assert rows(log.encode() + samples["coveragepy-text"][0]).totals[:2] == (15, 11)


def test_simplecov_suites_add_up_and_ignored_lines_are_none(rows, samples):
    found = rows(samples["simplecov-json"][0])
    assert found.hits("/w/a.rb") == {2: 3, 3: 3}
    assert found.branches("/w/a.rb") == {2: (1, 1), 3: (1, 0)}
    assert found.report.flag == "RSpec, Minitest"


def test_simplecov_old_lists_and_new_formatter(rows):
    old = b'{"RSpec": {"coverage": {"a.rb": [null, 1, 0]}, "timestamp": 1}}'
    new = b'{"meta": {"simplecov_version": "0.22"}, "coverage": {"a.rb": {"lines": [null, 1, 0]}}}'
    assert rows(old).hits("a.rb") == rows(new).hits("a.rb") == {2: 1, 3: 0}


def test_simplecov_formatter_of_others_that_tells_the_root_alone(rows):
    content = (
        b'{"meta": {"timestamp": 1, "simplecov_root": "/w"}, "coverage": {"a.rb": {"lines": '
        b'[1, 0, "ignored"], "branches": [{"type": "then", "start_line": 1, "coverage": 0}]}}}'
    )
    found = rows(content)
    assert found.lines == {"a.rb": {1: (1, 1, 0), 2: (0, None, None)}}
    assert found.report.generator == "SimpleCov"


@pytest.mark.parametrize("coverage", ["[null, 1, 0]", '{"lines": [null, 1, 0]}'])
def test_simplecov_formatter_that_lists_the_files(rows, coverage):
    found = rows(
        b'{"timestamp": 1, "command_name": "RSpec", "files": [{"filename": "a.rb", "coverage": '
        + coverage.encode()
        + b'}], "metrics": {"total_lines": 9, "covered_lines": 8}}'
    )
    assert found.hits("a.rb") == {2: 1, 3: 0}
    assert found.totals[:2] == (2, 1)
    assert found.report.declared_lines_valid == 9
    assert found.report.flag == "RSpec"


def test_llvm_lines_follow_segments(rows, samples):
    found = rows(samples["llvm-cov-json"][0])
    assert found.hits("/w/a.c") == {1: 2, 2: 2, 3: 2, 4: 0, 5: 2, 6: 2}
    assert found.branches("/w/a.c") == {3: (2, 1)}


def test_llvm_skipped_regions_are_no_lines(rows):
    segments = [
        [1, 1, 4, True, True],
        [2, 1, 0, False, True],
        [4, 1, 4, True, False],
        [5, 1, 0, False, False],
    ]
    data = {"data": [{"files": [{"filename": "a.c", "segments": segments, "summary": {}}]}]}
    assert rows(json.dumps(data).encode()).hits("a.c") == {1: 4, 5: 4}


def test_gcov_marks(rows, samples):
    found = rows(samples["gcov-text"][0])
    assert found.hits("src/a.c") == {2: 2, 3: 1, 4: 0, 5: 0, 6: 1000}
    assert found.branches("src/a.c") == {2: (2, 1)}


def test_gcov_several_sources_and_template_instances(rows):
    found = rows(
        b"        -:    0:Source:a.h\n        2:    3:f()\n------------------\nf<int>:\n"
        b"        2:    3:f()\n------------------\nf<char>:\n    #####:    3:f()\n"
        b"        -:    0:Source:b.h\n        1:    1:g()\n"
    )
    assert found.hits("a.h") == {3: 2}
    assert found.hits("b.h") == {1: 1}


def test_gcov_intermediate_text(rows):
    found = rows(
        b"file:a.c\nfunction:3,1,f\nlcount:3,1\nlcount:4,0\nbranch:3,taken\nbranch:3,nottaken\n"
    )
    assert found.hits("a.c") == {3: 1, 4: 0}
    assert found.branches("a.c") == {3: (2, 1)}


def test_gcov_without_a_source_line_takes_the_name_of_the_file(rows):
    data = b"        -:    0:Graph:x\n        1:    2:f();\n"
    assert rows(data, name="/tmp/src#lib#a.c.gcov").hits("src/lib/a.c") == {2: 1}


def test_gcovr_counts_a_line_once_per_function(rows, samples):
    found = rows(samples["gcovr-json"][0])
    assert found.totals[:2] == (3, 1)
    assert found.hits("src/a.cpp") == {8: 2, 10: 0}


def test_gcc_counts_a_line_of_several_functions_once(rows):
    lines = [{"line_number": 3, "count": count, "branches": []} for count in (2, 0)]
    files = [{"file": "a.cpp", "lines": lines, "functions": []}]
    found = rows(json.dumps({"gcc_version": "12.2.0", "files": files}).encode())
    assert found.hits("a.cpp") == {3: 2}
    assert found.totals[:2] == (1, 1)


def test_codecov_values(rows, samples):
    found = rows(samples["codecov-json"][0])
    assert found.hits("src/a.rs") == {1: 1, 2: 0, 3: 4, 5: 1}
    assert found.branches("src/a.rs") == {1: (1, 1), 2: (2, 0), 5: (2, 1)}


def test_codecov_lists_start_at_line_zero(rows):
    assert rows(b'{"coverage": {"a.py": [null, 1, null, 0]}}').hits("a.py") == {1: 1, 3: 0}


def test_coveralls_lines_and_branches(rows, samples):
    found = rows(samples["coveralls-json"][0])
    assert found.hits("a.c") == {2: 3, 3: 0}
    assert found.branches("a.c") == {2: (2, 1)}


@pytest.mark.parametrize(("written", "hits"), [("[null, 3, 0]", {2: 3, 3: 0}), ("[null, 3", {})])
def test_lines_that_code_climate_writes_as_text(rows, written, hits):
    report = {"source_files": [{"name": "a.rb", "coverage": written, "blob_id": "1"}]}
    assert rows(json.dumps(report).encode()).hits("a.rb") == hits


def test_octocov_blocks_give_rows_and_totals_stay(rows, samples):
    found = rows(samples["octocov-json"][0])
    assert found.hits("a.go") == {2: 4, 3: 4}
    assert found.totals[:2] == (3, 2)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "istanbul-json",
            (
                b'{"a.js": {"path": "a.js", "statementMap": {"0": null, "1": [], '
                b'"2": {"start": {"line": "x"}}}, "s": []}, "b": 3}'
            ),
        ),
        (
            "coveragepy-json",
            b'{"meta": {}, "files": {"a": null, "b": {"executed_lines": [1, "x", null, -3, [2]]}}}',
        ),
        (
            "llvm-cov-json",
            b'{"data": [null, {"files": [null, {"segments": [1, [1], ["a", 1, 1, 1, 1]]}]}]}',
        ),
        (
            "gcovr-json",
            (
                b'{"gcovr/format_version": 1, "files": [null, 3, {"lines": [null, '
                b'{"line_number": {}}]}]}'
            ),
        ),
        (
            "simplecov-json",
            b'{"a": {"coverage": {"x": null, "y": {"lines": {"a": 1}}, "z": [true, {}, []]}}}',
        ),
        ("codecov-json", b'{"coverage": {"a": null, "b": {"1": [], "x": 2, "2": "9/"}}}'),
        ("coveralls-json", b'{"source_files": [null, {"coverage": {}, "branches": [1, 2, 3]}]}'),
        (
            "octocov-json",
            (
                b'{"coverage": {"total": 1, "covered": 1, "files": [null, {"blocks": [null, '
                b'{"start_line": []}]}]}}'
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_values_of_the_wrong_kind_are_passed_over(rows, name, data):
    assert rows(data, name).report.parse == "ok"


def test_coverage_py_counts_no_function_for_code_outside_of_functions(rows):
    functions = {"": {"executed_lines": [1]}, "f": {"executed_lines": []}}
    entry = {"executed_lines": [1], "missing_lines": [2], "functions": functions}
    report = {"meta": {"format": 3}, "files": {"a.py": entry}, "totals": {}}
    row = rows(json.dumps(report).encode()).file("a.py")
    assert (row["functions_valid"], row["functions_covered"]) == (1, 0)


def test_of_coverage_py_before_7_the_summary_tells_what_is_a_statement(rows):
    lines = {"executed_lines": [1, 2, 3, 9], "missing_lines": [4], "excluded_lines": [9, 10]}
    arcs = {"executed_branches": [[1, 2], [2, -1]], "missing_branches": [[1, 3]]}
    summary = {"num_statements": 3, "covered_lines": 2, "num_branches": 2, "covered_branches": 1}
    nothing = {"num_statements": 0, "covered_lines": 0, "num_branches": 0, "covered_branches": 0}
    empty = {"executed_lines": [1], "missing_lines": [], "summary": nothing}
    files = {"a.py": {**lines, **arcs, "summary": summary}, "b/__init__.py": empty}
    found = rows(json.dumps({"meta": {"version": "6.5.0"}, "files": files}).encode())
    # A doc string ran without being a statement; which of the lines it is, is not told.
    assert found.hits("a.py") == {1: 1, 2: 1, 3: 1, 4: 0}
    assert found.hits("b/__init__.py") == {}
    assert found.totals == (3, 2, 2, 1)

"""lcov traces as real tools write them."""

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.errors import ParseError


def trace(*lines: str, path: str = "a.c") -> bytes:
    return "\n".join([f"SF:{path}", *lines, "end_of_record", ""]).encode()


def test_hits_and_branches_of_lines(rows, samples):
    found = rows(samples["lcov"][0])
    assert found.hits("src/a.ts") == {1: 3, 2: 0, 4: 12}
    assert found.branches("src/a.ts") == {4: (2, 1)}
    assert found.file("src/a.ts")["functions_valid"] == 2
    assert found.file("src/a.ts")["functions_covered"] == 1
    assert found.report.declared_lines_valid == 3
    assert found.report.declared_branches_covered == 1


@pytest.mark.parametrize(
    ("line", "hits"),
    [
        ("DA:7,2", 2),
        ("DA:7,2,61c88453392c74ecd94f0057a8aedc7d", 2),
        ("DA:7,18446744073709551615", 2**63 - 1),
        ("DA:7,4294967296", 4294967296),
        ("DA:7,9223372036854775807", 2**63 - 1),
        ("DA:7,-3", 0),
        ("DA: 7, 2 ", 2),
        ("DA:7,1e3", 1000),
        ("DA:7,2.0", 2),
    ],
    ids=lambda value: str(value),
)
def test_counts(rows, line, hits):
    assert rows(trace(line)).hits("a.c") == {7: hits}
    many = [f"DA:{number},1" for number in range(100, 160)]
    assert rows(trace(*many, line)).hits("a.c")[7] == hits


@pytest.mark.parametrize(
    "line", ["DA:7", "DA:,1", "DA:x,1", "DA:7,=====", "DA:7,"], ids=lambda value: value
)
def test_malformed_counts_are_left_out_and_said(rows, line):
    found = rows(trace("DA:1,1", line, "DA:9,0"))
    assert found.hits("a.c") == {1: 1, 9: 0}
    assert found.report.parse == "partial"
    assert "malformed" in found.report.error


@pytest.mark.parametrize("number", [0, 10**7, 10**20])
def test_lines_that_no_file_has_are_left_out(rows, number):
    assert rows(trace("DA:1,1", f"DA:{number},5")).hits("a.c") == {1: 1}


def test_records_of_one_file_are_added_up_and_branches_joined(rows):
    found = rows(
        trace("DA:1,1", "DA:2,0", "BRDA:1,0,0,1", "BRDA:1,0,1,0")
        + trace("DA:2,3", "DA:1,4", "BRDA:1,0,1,2")
        + trace("DA:5,0", path="b.c")
    )
    assert found.hits("a.c") == {1: 5, 2: 3}
    assert found.branches("a.c") == {1: (2, 2)}
    assert [row["path"] for row in found.files] == ["a.c", "b.c"]
    assert found.totals[:2] == (3, 2)


def test_a_line_given_twice_has_one_row(rows):
    many = [f"DA:{number},1" for number in range(1, 60)]
    assert rows(trace(*many, "DA:3,2")).hits("a.c")[3] == 3


@pytest.mark.parametrize("count", [1, 60], ids=["few", "many"])
def test_named_branches_and_blocks(rows, count):
    lines = [
        line
        for number in range(1, count + 1)
        for line in (f"DA:{number},1", f"BRDA:{number},e0,0,1", f"BRDA:{number},0,(x > 1,-")
    ]
    assert rows(trace(*lines)).branches("a.c")[count] == (2, 1)


def test_branches_taken_more_often_than_64_bits_hold(rows):
    found = rows(trace("DA:1,1", "BRDA:1,0,0,18446744073709551615", "BRDA:1,0,1,-"))
    assert found.branches("a.c") == {1: (2, 1)}


def test_no_branch_lines_is_not_measured_and_not_none(rows):
    assert rows(trace("DA:1,1")).totals[2:] == (None, None)
    assert rows(trace("DA:1,1", "BRF:0", "BRH:0")).totals[2:] == (0, 0)


def test_totals_without_lines_are_the_files_totals(rows):
    found = rows(trace("LF:7", "LH:4", "BRF:0", "BRH:0") + trace("LF:3", "LH:3", path="b.c"))
    assert found.totals[:2] == (10, 7)
    assert found.lines == {"a.c": {}, "b.c": {}}


def test_a_file_whose_only_line_is_line_0_has_none(rows):
    assert rows(trace("DA:0,1", "LF:1", "LH:1")).totals[:2] == (0, 0)
    assert rows(trace("DA:0,x", "LF:1", "LH:1")).totals[:2] == (1, 1)  # not known to list any


def test_branches_of_bazel_are_named_by_their_place(rows):
    first = ("DA:2,5", "BA:2,1", "BA:2,2", "DA:4,0", "BA:4,0", "BA:4,0", "BRF:4", "BRH:1")
    found = rows(trace(*first))
    assert found.branches("a.c") == {2: (2, 1), 4: (2, 0)}
    again = rows(trace(*first) + trace("DA:2,1", "BA:2,2", "BA:2,1", "BA:x,1", "BRF:2"))
    assert again.branches("a.c") == {2: (2, 2), 4: (2, 0)}
    assert (again.report.branches_valid, again.report.branches_covered) == (4, 2)
    assert rows(trace(*first, *["FN:1,f"] * 200_000, "BA:4,2")).branches("a.c")[4] == (3, 1)
    other = rows(trace(*first) + trace("DA:2,1", "BRDA:2,0,0,1", "BRF:1", path="b.c"))
    assert other.branches("b.c") == {2: (1, 1)}


def test_totals_of_branches_count_where_none_is_listed(rows):
    assert rows(trace("DA:1,1", "BRF:4", "BRH:3")).totals == (1, 1, 4, 3)
    assert rows(trace("DA:1,1", "BRF:4", "BRH:9")).totals[2:] == (4, 4)
    assert rows(trace("DA:1,1", "BRF:4")).totals[2:] == (4, 0)
    listed = trace("DA:1,1", "BRDA:1,0,0,1", "BRF:4", "BRH:3")
    assert rows(listed).totals[2:] == (1, 1)
    assert rows(listed + trace("DA:1,0", "BRF:4", "BRH:3")).totals[2:] == (1, 1)


def test_totals_of_a_file_that_comes_twice_are_not_added(rows):
    once, again = trace("LF:7", "LH:4", "BRF:4", "BRH:1"), trace("LF:7", "LH:5", "BRF:4", "BRH:0")
    assert rows(once + again).totals == (7, 5, 4, 1)


def test_declared_totals_never_replace_counted_lines(rows):
    found = rows(trace("DA:1,1", "DA:2,0", "LF:40", "LH:39"))
    assert found.totals[:2] == (2, 1)
    assert found.report.declared_lines_valid == 40


def test_gcovr_counts_a_line_once_per_function_that_shares_it(rows):
    data = b"TN:GCOVR_report\n" + trace("DA:8,2", "DA:9,2", "LH:2", "LF:4")
    found = rows(data)
    assert found.totals[:2] == (4, 2)
    assert found.hits("a.c") == {8: 2, 9: 2}


def test_missing_end_of_the_last_record_is_partial(rows):
    found = rows(b"SF:a.c\nDA:1,1\nDA:2,0\n")
    assert found.hits("a.c") == {1: 1, 2: 0}
    assert found.report.parse == "partial"


def test_lines_before_a_source_file_belong_to_none(rows):
    found = rows(b"DA:1,1\nSF:a.c\nDA:2,0\nend_of_record\nDA:3,1\n")
    assert found.hits("a.c") == {2: 0}


def test_no_source_file_at_all_is_refused():
    with pytest.raises(ParseError, match="SF:"):
        coverage.read(b"DA:1,1\nend_of_record\n", "lcov", coverage.Sink())


def test_records_longer_than_a_chunk(rows):
    lines = [f"DA:{number},{number % 3}" for number in range(1, 150_001)]
    found = rows(trace(*lines) + trace("DA:1,1", path="b.c"))
    assert found.report.lines_valid == 150_001
    assert found.hits("a.c")[149_999] == 149_999 % 3


def test_function_lines_only_when_asked_for(samples):
    def numbers(*, wanted: bool) -> set[int]:
        sink = coverage.Sink()
        sink.wants_function_lines = wanted
        report = coverage.read(samples["lcov"][0], "lcov", sink)
        assert (report.lines_valid, report.lines_covered) == (3, 2)
        return {number for batch in sink.lines.pop_batches() for number in batch["line"]}

    assert numbers(wanted=False) == {1, 2, 4}
    assert numbers(wanted=True) == {1, 2, 4, 9}


def test_paths_keep_what_they_are(rows):
    found = rows(trace("DA:1,1", path=r"C:\w\a b,c.cs") + trace("DA:1,1", path="dir/ü.py"))
    assert [row["path"] for row in found.files] == [r"C:\w\a b,c.cs", "dir/ü.py"]

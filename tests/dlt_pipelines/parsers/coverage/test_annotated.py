"""Source printed with its counts: what is a count, what is source, what is set off."""

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.head import read_head


def detected(text: str) -> str | None:
    return coverage.detect(read_head(text.encode(), ""))


BAR = "=" * 78


def test_llvm_counts_are_rounded_and_what_is_set_off_counts_once(rows, samples):
    found = rows(samples["llvm-cov-text"][0])
    assert found.hits("/w/src/cart.cpp") == {2: 1500, 3: 9, 4: 0}
    assert found.branches("/w/src/cart.cpp") == {3: (2, 1)}
    assert list(found.lines) == ["/w/src/cart.cpp"]


def test_llvm_put_counts_first_before_the_numbers(rows):
    text = (
        "/w/a.swift:\n       |    1|//\n      2|    2|f()\n      3|    3|g()\n      0|    4|h()\n"
    )
    assert rows(text.encode()).hits("/w/a.swift") == {2: 2, 3: 3, 4: 0}
    swapped = "/w/a.swift:\n    1|       |//\n    2|      2|f()\n    3|      0|g()\n"
    assert rows(swapped.encode()).hits("/w/a.swift") == {2: 2, 3: 0}


def test_llvm_colours_and_a_line_of_source_that_looks_like_a_heading(rows):
    text = (
        "\x1b[0;36m/w/a.c:\n\x1b[0m    1|      1|int f() {\n    2|      1|again:\n"
        "warning:\n  3 functions have no data\n    3|      1|}\n"
    )
    assert rows(text.encode()).hits("/w/a.c") == {1: 1, 2: 1, 3: 1}


def test_lua_columns_are_as_wide_as_the_largest_count(rows, samples):
    found = rows(samples["luacov-text"][0])
    assert found.hits("src/cart.lua") == {2: 12, 4: 0}
    assert (found.report.declared_lines_valid, found.report.declared_lines_covered) == (3, 1)


def test_lua_without_a_summary_is_partial(rows, samples):
    data = samples["luacov-text"][0]
    found = rows(data[: data.index(b"Summary")])
    assert (found.report.parse, found.totals[:2]) == ("partial", (2, 1))


def test_lua_files_one_after_the_other(rows):
    text = f"{BAR}\na.lua\n{BAR}\n\n 1 f()\n\n{BAR}\nb.lua\n{BAR}\n*0 g()\n\n"
    text += f"{BAR}\nempty.lua\n{BAR}\n   -- nothing\n\n{BAR}\nSummary\n{BAR}\n"
    found = rows(text.encode())
    assert found.lines["a.lua"].keys() == {2}
    assert found.hits("b.lua") == {1: 0}
    assert found.file("empty.lua")["lines_valid"] == 0


def test_the_last_line_names_the_file_of_d(rows, samples):
    data = samples["dlang-text"][0]
    assert rows(data).hits("source/cart.d") == {2: 12, 3: 0}
    found = rows(data[: data.index(b"source/cart.d")], name="build/source-cart.lst")
    assert (found.report.parse, found.hits("source-cart")) == ("partial", {2: 12, 3: 0})


@pytest.mark.parametrize(
    "text",
    [
        f"{BAR}\n   app 1.0: ./test-suite.log\n{BAR}\n\n# TOTAL: 3\n 3 of 3\n",
        f"{BAR}\nSummary\n{BAR}\nall is well\n",
        f"a.lua\n{BAR}\n  1 f()\n",
        "results:\n1|2|three\n2|4|five\n",
        "  id | name\n-----+-----\n   1 | a\n",
        "   1|   2|\n   3|   4|\n",
        "       |only\n       |blanks\n",
    ],
)
def test_other_text_with_bars_and_columns_is_not_claimed(text):
    assert detected(text) is None

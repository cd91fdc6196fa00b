"""Diffs that are not git's: Subversion's own words, and other kinds, which are refused."""

import pytest

from dlt_pipelines.parsers.diff import read_diff
from dlt_pipelines.parsers.errors import ParseError


@pytest.mark.parametrize(
    ("sides", "ranges", "kind"),
    [
        (("(revision 0)", "(working copy)"), "-0,0 +1,2", "added"),
        (("(nonexistent)", "(revision 8)"), "-0,0 +1,2", "added"),
        (("(revision 7)", "(nonexistent)"), "-1,2 +0,0", "deleted"),
        (("(revision 7)", "(working copy)"), "-1,2 +0,0", "modified"),
        (("(revision 7)", "(revision 8)"), "-0,0 +1,2", "modified"),
    ],
    ids=["added", "added later", "deleted", "emptied", "filled"],
)
def test_subversion_says_on_which_side_there_is_no_file(sides, ranges, kind):
    sign = "+" if "+1" in ranges else "-"
    text = f"Index: a.c\n{'=' * 67}\n--- a.c\t{sides[0]}\n+++ a.c\t{sides[1]}\n@@ {ranges} @@\n"
    (file,) = read_diff(f"{text}{sign}one\n{sign}two\n".encode())
    assert (file.path, file.change_type) == ("a.c", kind)


def test_what_subversion_writes_with_git_is_one_file_under_its_full_path():
    head = "Index: src/{0}.c\n" + "=" * 67 + "\n"
    text = (
        head.format("a")
        + "diff --git a/trunk/src/a.c b/trunk/src/a.c\n--- a/trunk/src/a.c\t(revision 7)\n"
        + "+++ b/trunk/src/a.c\t(working copy)\n@@ -1 +1,2 @@\n one\n+two\n"
        + head.format("b")
        + "Cannot display: file marked as a binary type.\ndiff -u x y\n"
    )
    files = read_diff(text.encode())
    assert [(file.path, file.changed) for file in files] == [
        ("trunk/src/a.c", [2]),
        ("src/b.c", []),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "*** a.c\t2026\n--- a.c\t2027\n***************\n*** 3 ****\n! x\n--- 3 ----\n! y\n",
        "3c3\n< x\n---\n> y\n",
        "4,5d3\n< x\n< y\n",
        "0a1,2\n> x\n> y\n",
    ],
    ids=["context", "changed", "deleted", "added"],
)
def test_diffs_of_another_kind_are_refused_not_empty(text):
    """Without a word they would be changes without a line, which every gate lets pass."""
    with pytest.raises(ParseError, match="make a unified one"):
        read_diff(f"Index: a.c\n{'=' * 67}\n{text}".encode())
    shown = "".join(f"+{line}\n" for line in text.splitlines())
    count = shown.count("\n")
    unified = f"--- a/notes\n+++ b/notes\n@@ -0,0 +1,{count} @@\n{shown}".encode()
    assert [len(file.changed) for file in read_diff(unified + text.encode())] == [count]

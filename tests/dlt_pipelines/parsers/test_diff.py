"""Diffs as git and others write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.parsers.diff import read_diff
from dlt_pipelines.parsers.errors import ParseError

GIT = b"""commit 1a2b
Author: A <a@example.org>

    --- not a header

diff --git a/src/a.py b/src/a.py
index 1..2 100644
--- a/src/a.py
+++ b/src/a.py
@@ -1,4 +1,5 @@ def f():
 one
-two
-three
+2
+3
+4
 four
@@ -20,0 +22,2 @@
+new
++++ b/not/a/header
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a
---- b
diff --git a/old.py b/new.py
similarity index 90%
rename from old.py
rename to new.py
--- a/old.py
+++ b/new.py
@@ -3 +3 @@
-x
+y
diff --git a/logo.png b/logo.png
new file mode 100644
Binary files /dev/null and b/logo.png differ
diff --git a/only mode.sh b/only mode.sh
old mode 100644
new mode 100755
"""


def read(data: bytes):
    return {file.path: file for file in read_diff(data)}


def test_deleted_lines_have_the_numbers_of_before():
    files = read(GIT)
    assert {path: file.deleted for path, file in files.items() if file.deleted} == {
        "src/a.py": [2, 3],
        "gone.py": [1, 2],
        "new.py": [3],
    }
    assert (files["src/a.py"].previous_blob, files["new.py"].previous_blob) == ("1", None)
    merge = b"diff --cc a\n--- a/a\n+++ b/a\n@@@ -1,2 -1,2 +1,1 @@@\n--gone\n  same\n"
    assert (read(merge)["a"].deleted_count, read(merge)["a"].deleted) == (1, [])


def test_added_and_modified_lines():
    file = read(GIT)["src/a.py"]
    assert file.modified == [2, 3]
    assert file.added == [4, 22, 23]
    assert file.changed == [2, 3, 4, 22, 23]
    assert file.deleted_count == 2
    assert file.change_type == "modified"


def test_kinds_of_change():
    files = read(GIT)
    assert {path: file.change_type for path, file in files.items()} == {
        "src/a.py": "modified",
        "gone.py": "deleted",
        "new.py": "renamed",
        "logo.png": "added",
        "only mode.sh": "modified",
    }
    assert files["new.py"].previous_path == "old.py"
    assert files["new.py"].changed == [3]
    assert files["logo.png"].is_binary
    assert files["gone.py"].changed == []
    assert files["gone.py"].deleted_count == 2


@pytest.mark.parametrize(
    ("header", "path"),
    [
        ("diff --git a/x/y.c b/x/y.c\n--- a/x/y.c\n+++ b/x/y.c", "x/y.c"),
        ("diff --git x/y.c x/y.c\n--- x/y.c\n+++ x/y.c", "x/y.c"),
        ("diff --git i/x.c w/x.c\n--- i/x.c\n+++ w/x.c", "x.c"),
        ("--- old/x.c\t2026-01-02 03:04:05.000000000 +0100\n+++ x.c\t2026-01-02 03:04:06", "x.c"),
        ("--- x.c  2026-01-02 03:04:05\n+++ x.c  2026-01-02 03:04:06", "x.c"),
        ("Index: x.c\n=====\n--- x.c\t(revision 5)\n+++ x.c\t(working copy)", "x.c"),
        ("--- a/a b.c\n+++ b/a b.c", "a b.c"),
        ('--- "a/\\303\\274.c"\n+++ "b/\\303\\274.c"', "ü.c"),
        ('--- "a/q\\"t\\t.c"\n+++ "b/q\\"t\\t.c"', 'q"t\t.c'),
        ("diff -ruN old/x.c new/x.c\n--- old/x.c\n+++ new/x.c", "new/x.c"),
    ],
    ids=["git", "no prefix", "mnemonic", "times", "spaces", "subversion", "blank", "octal", "quote",
         "folders"],
)  # fmt: skip
def test_paths(header, path):
    assert read(f"{header}\n@@ -0,0 +1 @@\n+x\n".encode())[path].changed == [1]


HUNK = "@@ -0,0 +1 @@\n+x\n"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param(
            f"diff --git b/x.c b/x.c\n--- b/x.c\n+++ b/x.c\n{HUNK}", "b/x.c", id="same letter"
        ),
        pytest.param(
            f"diff --git a/x.c a/x.c\nnew file mode 100644\n--- /dev/null\n+++ a/x.c\n{HUNK}",
            "a/x.c",
            id="new file",
        ),
        pytest.param(
            f"diff --git a/x.c b/x.c\nnew file mode 100644\n--- /dev/null\n+++ b/x.c\n{HUNK}",
            "x.c",
            id="new file with prefix",
        ),
        pytest.param(
            f"diff --git lib/x.c b/x.c\nrename from lib/x.c\nrename to b/x.c\n"
            f"--- lib/x.c\n+++ b/x.c\n{HUNK}",
            "b/x.c",
            id="moved into a folder of one letter",
        ),
        pytest.param(
            f"diff --git a/x y.c b/z w.c\nrename from x y.c\nrename to z w.c\n"
            f"--- a/x y.c\n+++ b/z w.c\n{HUNK}",
            "z w.c",
            id="moved with blanks",
        ),
        pytest.param(f"--- w/x.c\n+++ w/x.c\n{HUNK}", "w/x.c", id="no command line"),
        pytest.param(
            f"diff --git a/b/x.c b/b/x.c\n--- a/b/x.c\n+++ b/b/x.c\n{HUNK}", "b/x.c", id="both"
        ),
        pytest.param(f"diff --cc b/x.c\n--- a/b/x.c\n+++ b/b/x.c\n{HUNK}", "b/x.c", id="merge"),
        pytest.param(
            f"--- a/one\n+++ b/one\n{HUNK}--- b/x.c\n+++ b/x.c\n{HUNK}", "b/x.c", id="two forms"
        ),
    ],
)
def test_a_folder_named_like_a_prefix_is_kept(text, path):
    assert read(text.encode())[path].changed == [1]


def test_a_mode_change_or_an_empty_file_changes_no_line():
    files = read(
        b"diff --git b/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
        b"diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n"
    )
    assert {path: (file.change_type, file.changed) for path, file in files.items()} == {
        "b/run.sh": ("modified", []),
        "e": ("added", []),
    }


def test_a_space_at_the_end_of_a_name_is_a_part_of_it():
    files = read(
        b"diff --git a/name  b/name \nindex 1..2 100644\n"
        b"--- a/name \t\n+++ b/name \t\n@@ -1 +1,2 @@\n 1\n+2\n"
        b"diff --git a/old  b/new \nsimilarity index 100%\nrename from old \nrename to new \n"
        b"diff --git a/empty  b/empty \nnew file mode 100644\n"
    )
    assert list(files) == ["name ", "new ", "empty "]
    assert files["new "].previous_path == "old "
    assert list(read(b"--- a.py  \n+++ a.py  \n@@ -1 +1 @@\n-1\n+2\n")) == ["a.py"]


@pytest.mark.parametrize(
    "headers",
    [
        "index 83a0ae0..f321156 160000\n",
        "new file mode 160000\nindex 0000000..83a0ae0\n",
        "deleted file mode 160000\nindex 83a0ae0..0000000\n",
    ],
    ids=["moved", "new", "removed"],
)
def test_a_submodule_has_no_lines(headers):
    text = (
        f"diff --git a/sub b/sub\n{headers}--- a/sub\n+++ b/sub\n@@ -1 +1 @@\n"
        "-Subproject commit 83a0ae0\n+Subproject commit f321156\n"
        "diff --git a/x.py b/x.py\nindex 1600..1601 100644\n--- a/x.py\n+++ b/x.py\n"
        "@@ -1 +1 @@\n-1\n+2\n"
    )
    submodule, file = read_diff(text.encode())
    assert (submodule.path, submodule.is_submodule) == ("sub", True)
    assert (submodule.changed, submodule.deleted, submodule.deleted_count) == ([], [], 0)
    assert (file.is_submodule, file.modified) == (False, [1])


def test_a_submodule_on_both_sides_of_a_merge_has_no_lines():
    (submodule,) = read_diff(
        b"diff --cc sub\nindex aaa,bbb..ccc\nmode 160000,160000..160000\n--- a/sub\n+++ b/sub\n"
        b"@@@ -1,1 -1,1 +1,1 @@@\n- Subproject commit aaa\n -Subproject commit bbb\n"
        b"++Subproject commit ccc\n"
    )
    assert (submodule.changed, submodule.deleted_count) == ([], 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_and_encodings(end, encoding):
    data = GIT.replace(b"\n", end).decode().encode(encoding)
    assert read(data)["src/a.py"].changed == [2, 3, 4, 22, 23]


def test_context_whose_leading_space_was_lost():
    data = b"--- a/a\n+++ b/a\n@@ -1,3 +1,4 @@\n one\n\n+three\n four\n"
    assert read(data)["a"].changed == [3]


def test_no_newline_at_the_end_is_no_line():
    data = b"--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-x\n\\ No newline at end of file\n+x\n+y\n"
    assert read(data)["a"].changed == [1, 2]


def test_a_binary_file_of_gnu_diff_has_no_header_and_is_not_the_file_before():
    (file,) = read_diff(
        b"diff -ru a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1 +1,2 @@\n 1\n+2\nOnly in b: n.py\n"
        b"Binary files a/z.png and b/z.png differ\n"
    )
    assert (file.path, file.changed, file.is_binary) == ("m.py", [2], False)
    one, two = read_diff(
        b"diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@\n-1\n+2\n"
        b"diff --git a/z.png b/z.png\nindex 1..2\nBinary files a/z.png and b/z.png differ\n"
    )
    assert (one.is_binary, two.is_binary) == (False, True)


@pytest.mark.parametrize(
    ("times", "ranges", "kind"),
    [
        (("1970-01-01", "2026-01-02"), "-0,0 +1", "added"),
        (("2026-01-02", "1969-12-31"), "-1 +0,0", "deleted"),
        (("1970-01-01", "1970-01-01"), "-1 +1", "modified"),
        (("1970-01-01", "2026-01-02"), "-3 +1", "modified"),
        (("2026-01-02", "2026-01-02"), "-0,0 +1", "modified"),
    ],
)
def test_gnu_diff_gives_no_time_to_what_is_not_there(times, ranges, kind):
    old, new = (f"{day} 00:00:00.000000000 +0000" for day in times)
    sides = {"-0,0 +1": "+x\n", "-1 +0,0": "-x\n"}.get(ranges, "-x\n+y\n")
    data = f"diff -ruN a/m.py b/m.py\n--- a/m.py\t{old}\n+++ b/m.py\t{new}\n@@ {ranges} @@\n{sides}"
    (file,) = read_diff(data.encode())
    assert (file.path, file.change_type) == ("m.py", kind)


def test_context_behind_a_tab_is_context():
    data = b"--- a/m.py\n+++ b/m.py\n@@ -1,3 +1,4 @@\n\t1\n\t\tx\n\t3\n+\t4\n"
    assert read(data)["m.py"].changed == [4]


def test_hunk_shorter_than_it_says():
    data = (
        b"--- a/a\n+++ b/a\n@@ -1,9 +1,9 @@\n+x\n"
        b"diff --git a/b b/b\n--- a/b\n+++ b/b\n@@ -0,0 +5 @@\n+y\n"
    )
    files = read(data)
    assert files["a"].changed == [1]
    assert files["b"].changed == [5]


def test_the_headers_of_a_rename_name_the_paths():
    data = (
        b"diff --git c/x.txt a/b.txt\nsimilarity index 71%\nrename from c/x.txt\n"
        b"rename to a/b.txt\n--- c/x.txt\n+++ a/b.txt\n@@ -1 +1 @@\n-x\n+y\n"
    )
    assert read(data)["a/b.txt"].changed == [1]


def test_a_blank_at_the_end_of_a_path_is_told_by_the_tab_behind_it():
    assert list(read(b"--- a/end \t\n+++ b/end \t\n@@ -1 +1 @@\n-x\n+y\n")) == ["end "]
    assert list(read(b"--- a/end \n+++ b/end \n@@ -1 +1 @@\n-x\n+y\n")) == ["end"]


def test_colours_of_git_are_taken_off():
    data = (
        b"\x1b[1mdiff --git a/a b/a\x1b[m\n\x1b[1m--- a/a\x1b[m\n\x1b[1m+++ b/a\x1b[m\n"
        b"\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n one\n\x1b[31m-x\x1b[m\n\x1b[32m+\x1b[m\x1b[32my\x1b[m\n"
    )
    assert read(data)["a"].modified == [2]


@pytest.mark.parametrize(
    "content",
    ["[-old-]{+new+} same", "same [-old-]", "foo\n~", " same\n-old\n+new\n~", "words"],
    ids=["plain", "behind-words", "context", "porcelain", "colour"],
)
def test_a_diff_of_words_is_refused(content):
    with pytest.raises(ParseError, match="word-diff"):
        read(f"--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n{content}\n".encode())


def test_merge_diff_counts_what_is_new_to_any_parent():
    data = (
        b"diff --cc a.py\nindex 1,2..3\n--- a/a.py\n+++ b/a.py\n"
        b"@@@ -1,3 -1,2 +1,4 @@@\n  one\n- two\n++both\n+ left\n +right\n"
    )
    assert read(data)["a.py"].changed == [2, 3, 4]


def test_series_of_patches_keeps_the_last_state_of_a_file():
    patch = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +{0},1 @@\n+x\n"
    assert read((patch.format(3) + patch.format(9)).encode())["a"].changed == [9]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"@@ -1 +1 @@\n+x\n",
        b"@@ -1,1 +999999999999,1 @@\n+x\n",
        b"+++ b/\n",
        b"--- \n+++ \n",
        b"diff --git \n",
        b'diff --git "a b\n',
        b"--- a/x\n+++ b/x\n@@ nonsense @@\n+y\n",
        b"\x00" * 99,
    ],
    ids=lambda data: repr(data)[:30],
)
def test_no_diff_has_no_changed_lines(data):
    assert not any(file.changed for file in read_diff(data))


@pytest.mark.parametrize(
    "line",
    [
        b"--- a" + b" " * 900_000 + b"b",
        b"@" * 900_000,
        b'diff --git "' + b"\\" * 900_000,
        b"+++ " * 200_000,
    ],
    ids=["spaces", "marks", "escapes", "headers"],
)
def test_endless_header_lines_take_no_time(line):
    assert not any(file.changed for file in read_diff(line + b"\n" + line))


PIECES = st.sampled_from(
    [
        b"diff --git a/x b/x",
        b"--- a/x",
        b"+++ b/x",
        b"+++ /dev/null",
        b"@@ -1,2 +1,3 @@",
        b"@@@ -1 -1 +1 @@@",
        b"+added",
        b"-gone",
        b" same",
        b"",
        b"\\ No newline",
        b"rename to y",
        b"Index: z",
        b"\xff\xfe\x00",
    ]
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(PIECES | st.binary(max_size=12), max_size=25))
def test_anything_can_be_read(lines):
    try:
        files = read_diff(b"\n".join(lines))
    except ParseError:
        return
    for file in files:
        assert all(number >= 0 for number in file.changed)
        assert file.change_type in ("added", "modified", "deleted", "renamed", "copied")

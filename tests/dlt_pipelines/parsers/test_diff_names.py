"""Names of files in the command lines of diffs: quoted, with blanks, prefixed."""

import pytest

from dlt_pipelines.parsers.diff import read_diff


@pytest.mark.parametrize(
    ("names", "path"),
    [
        ('"a/t\\303\\251.txt" "b/t\\303\\251.txt"', "té.txt"),
        ('"a/t\\".txt" b/t.txt', "t.txt"),
        ('a/t.txt "b/t\\".txt"', 't".txt'),
        ("a/with blank.txt b/with blank.txt", "with blank.txt"),
        ("src://with blank.txt dst://with blank.txt", "with blank.txt"),
    ],
)
def test_names_of_a_command_line(names, path):
    (file,) = read_diff(f"diff --git {names}\nold mode 100644\nnew mode 100755\n".encode())
    assert file.path == path


@pytest.mark.parametrize(
    ("old", "new"), [('"t\\".txt"', "with blank.txt"), ("with blank.txt", '"t\\".txt"')]
)
def test_a_rename_of_which_one_name_is_quoted(old, new):
    sides = [f'"{side}/{name[1:]}' if name[0] == '"' else f"{side}/{name}"
             for side, name in (("a", old), ("b", new))]  # fmt: skip
    text = f"diff --git {' '.join(sides)}\nrename from {old}\nrename to {new}\n"
    (file,) = read_diff(text.encode())
    named = {'"t\\".txt"': 't".txt'}
    assert (file.previous_path, file.path) == (named.get(old, old), named.get(new, new))


@pytest.mark.parametrize("names", ['"a/x b/x', 'a/x b/x"', '"a/x"', '"', '"a/x" '])
def test_names_that_cannot_be_told_apart_are_none(names):
    assert read_diff(f"diff --git {names}\nold mode 100644\n".encode()) == []


def test_prefixes_that_look_like_schemes():
    data = b"diff --git src://a/x dst://a/x\n--- src://a/x\n+++ dst://a/x\n@@ -0,0 +1 @@\n+1\n"
    assert [(file.path, file.changed) for file in read_diff(data)] == [("a/x", [1])]
    folder = b"diff --git src:/x src:/x\n--- src:/x\n+++ src:/x\n@@ -0,0 +1 @@\n+1\n"
    assert [file.path for file in read_diff(folder)] == ["src:/x"]

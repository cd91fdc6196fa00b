"""GitHub's dialect: which rule decides, and which lines are no rules."""

import pytest

from dlt_pipelines.parsers.codeowners import Rule, parse

PATTERNS = [
    # pattern, paths it owns, paths it does not
    ("docs", ["docs", "docs/a", "x/docs", "x/docs/y/z"], ["doc", "docs.txt", "xdocs/a"]),
    ("/docs", ["docs", "docs/a/b"], ["x/docs", "docsx"]),
    ("docs/", ["docs/a", "x/docs/a/b"], ["docs", "x/docs"]),
    ("/docs/", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
    ("a/b", ["a/b", "a/b/c"], ["x/a/b", "a/bc", "a"]),
    ("docs/*", ["docs/a", "docs/.hidden"], ["docs", "docs/a/b", "x/docs/a"]),
    ("docs/*.md", ["docs/a.md", "docs/.md", "docs/a.md/inside"], ["docs/a/b.md", "docs/a.mdx"]),
    ("*", ["a", "a/b/c", ".x"], []),
    ("/*", ["a"], ["a/b"]),
    ("*.js", ["a.js", "x/y/b.js", ".js", "x.js/y"], ["a.jsx", "js"]),
    ("test_*", ["test_a", "x/test_b.py", "test_dir/c"], ["a_test_b", "test"]),
    ("test_*_e2e.py", ["a/test_x_e2e.py", "test__e2e.py"], ["test_e2e.py", "test_x_e2e.pyc"]),
    ("a?c", ["abc", "x/axc/d"], ["ac", "a/c", "abbc"]),
    ("a/**", ["a/b", "a/b/c"], ["a", "x/a/b"]),
    ("**/a", ["a", "x/a", "x/y/a/z"], ["xa", "x/ba"]),
    ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["a/xb", "x/a/b", "ab"]),
    ("**/", ["a/b", "a/b/c"], ["a"]),
    ("a/**/", ["a/b", "a/b/c/d"], ["a", "b/c"]),
    ("a/**", ["a/b", "a/b/c"], ["a"]),
    ("**/a/**/b/", ["a/b/c", "x/a/y/z/b/c"], ["a/b", "b/c"]),
    ("**", ["a", "a/b"], []),
    ("/app/[id]/page.ts", ["app/[id]/page.ts"], ["app/i/page.ts", "app/d/page.ts"]),
    (r"a\ b", ["a b", "x/a b/c"], ["a", r"a\ b"]),
    (r"a\*", ["a*"], ["ab", "a"]),
    ("^a+(b)$.{2}|c", ["^a+(b)$.{2}|c"], ["aab", "c"]),
    ("Docs", ["Docs"], ["docs"]),
]


@pytest.mark.parametrize(("pattern", "owned", "others"), PATTERNS, ids=[p for p, *_ in PATTERNS])
def test_pattern(pattern, owned, others):
    file = parse(f"{pattern} @owner\n")
    assert not file.invalid_lines
    assert [path for path in owned if not file.owners(path).owners] == []
    assert [path for path in others if file.owners(path).owners] == []


def test_the_last_matching_rule_decides():
    file = parse("*.py @all\n/src/ @src\n/src/a.py @one @two\n/src/gen/\n")
    assert file.owners("src/a.py").owners == ("@one", "@two")
    assert file.owners("src/a.py").deciding_rule == Rule(3, "/src/a.py", ("@one", "@two"))
    assert file.owners("src/b.py").owners == ("@src",)
    assert file.owners("lib/b.py").owners == ("@all",)


def test_a_rule_without_owners_takes_ownership_away():
    answer = parse("* @all\n/src/gen/\n").owners("src/gen/x.py")
    assert answer.owners == ()
    assert answer.deciding_rule == Rule(2, "/src/gen/", ())


def test_a_path_without_rule_has_no_deciding_rule():
    answer = parse("/a @x\n").owners("b")
    assert (answer.owners, answer.rules, answer.deciding_rule) == ((), (), None)


def test_comments_tabs_line_ends_and_byte_order_mark():
    file = parse(
        b"\xef\xbb\xbf# first\r\n\r\n  *.a\t@one \t me@example.com # why\r\n"
        b"*.b @two#why\r\n*.c # none"
    )
    assert not file.invalid_lines
    assert [(rule.line, rule.pattern, rule.owners) for rule in file.rules] == [
        (3, "*.a", ("@one", "me@example.com")),
        (4, "*.b", ("@two",)),
        (5, "*.c", ()),
    ]


@pytest.mark.parametrize(
    "line",
    ["!*.py @a", r"\#x @a", "a***b @a", "/ @a", "*.py owner", "*.py @a @", "*.py @a/b/c", "x @-a"],
)
def test_invalid_lines_are_reported_and_passed_over(line):
    file = parse(f"* @all\n{line}\n")
    assert [(invalid.line, invalid.text) for invalid in file.invalid_lines] == [(2, line)]
    assert file.invalid_lines[0].reason
    assert file.owners("x.py").owners == ("@all",)


def test_bytes_that_are_no_utf8_are_read():
    assert parse(b"caf\xe9/ @a\n").owners("café/x").owners == ("@a",)


def test_owners_of_answers_in_order_and_leading_slashes_do_not_matter():
    file = parse("/a/ @a\nb @b\n")
    assert [answer.owners for answer in file.owners_of(["x/b", "/a/x", "a/x", "c"])] == [
        ("@b",),
        ("@a",),
        ("@a",),
        (),
    ]


def test_a_path_deeper_than_the_stack():
    file = parse("**/x/*.py @x\n/a/ @a\n")
    assert file.owners("b/" * 20_000 + "x/y.py").owners == ("@x",)
    assert file.owners("a/" * 20_000 + "x/y.py").owners == ("@a",)


@pytest.mark.parametrize("dialect", ["github", "gitlab"])
def test_many_asterisks_take_no_longer_than_few(dialect):
    rules = parse(b"*a" * 40 + b"*c*b @x\n", dialect)
    # tried at every place, they would not end in a lifetime
    assert [found.owners for found in rules.owners_of(["a" * 250 + "b", "a" * 200 + "cxb"])] == [
        (),
        ("@x",),
    ]

"""GitLab's dialect: sections, default owners, exclusions, and fnmatch's patterns."""

import pytest

from dlt_pipelines.parsers.codeowners import DEFAULT_SECTION, Section, parse

PATTERNS = [
    ("*", ["a", "a/b", ".x"], []),
    ("*.rb", ["a.rb", "x/y.rb", ".rb"], ["a.rbx", "x.rb/y"]),
    ("docs", ["docs", "x/docs"], ["docs/a", "xdocs"]),
    ("docs/", ["docs/a", "x/docs/a/b", "docs/.a"], ["docs"]),
    ("/docs/", ["docs/a", "docs/a/b"], ["x/docs/a"]),
    ("/docs/*", ["docs/a"], ["docs/a/b"]),
    ("docs/*", ["docs/a", "x/docs/a"], ["docs/a/b"]),
    ("/docs/**/*.md", ["docs/a.md", "docs/x/y/a.md"], ["a.md", "docs/a.rb"]),
    ("/docs/**", ["docs/a"], ["docs/a/b", "docs"]),
    ("a**b", ["ab", "axxb"], ["a/b"]),
    ("internal/README.md", ["internal/README.md", "x/internal/README.md"], ["README.md"]),
    ("/[a-c]?", ["ax", "cy"], ["dx", "a", "A1"]),
    ("/[!a-c]x", ["dx"], ["ax", "x"]),
    ("/[^a]", ["b"], ["a", "bb"]),
    (r"/[\]a]", ["]", "a"], ["\\"]),
    ("/[a", [], ["a", "[a"]),
    ("/**/[a-c]*.py", ["a.py", "x/cd.py"], ["d.py", "a.pyc"]),
    (r"\#x", ["#x", "y/#x"], ["x"]),
    (r"a\ b\ c/", ["a b c/d"], ["a b c", "a"]),
    (r"/a\*", ["a*"], ["ab"]),
    ("{a,b}", ["{a,b}"], ["a", "b"]),
]


@pytest.mark.parametrize(("pattern", "owned", "others"), PATTERNS, ids=[p for p, *_ in PATTERNS])
def test_pattern(pattern, owned, others):
    file = parse(f"{pattern} @owner\n", "gitlab")
    assert not file.invalid_lines
    assert [path for path in owned if not file.owners(path).owners] == []
    assert [path for path in others if file.owners(path).owners] == []


SECTIONS = """\
* @admin

[README Owners]
README.md @user1 @user2
internal/README.md @user4

[README other owners]
README.md @user3
"""


def test_each_section_decides_on_its_own():
    file = parse(SECTIONS, "gitlab")
    assert file.owners("README.md").owners == ("@admin", "@user1", "@user2", "@user3")
    assert file.owners("internal/README.md").owners == ("@admin", "@user4", "@user3")
    assert [(rule.section, rule.line) for rule in file.owners("internal/README.md").rules] == [
        (DEFAULT_SECTION, 1),
        ("README Owners", 5),
        ("README other owners", 8),
    ]


def test_default_owners_apply_to_rules_without_owners():
    file = parse(
        "[Docs][2] @docs-team\ndocs/\n^[Data] @data/team a@b.example\ndb/\ndb/x @dba\n", "gitlab"
    )
    assert not file.invalid_lines
    assert file.sections == (
        Section("Docs", is_optional=False, approvals=2, default_owners=("@docs-team",)),
        Section(
            "Data", is_optional=True, approvals=0, default_owners=("@data/team", "a@b.example")
        ),
    )
    assert file.owners("docs/a").owners == ("@docs-team",)
    assert file.owners("db/a").owners == ("@data/team", "a@b.example")
    assert file.owners("db/x").owners == ("@dba",)


def test_sections_of_one_name_are_one():
    file = parse("[Docs]\n*.md @a\n[Code]\n*.md @b\n^[DOCS]\nREADME.md @c\n", "gitlab")
    assert [section.name for section in file.sections] == ["Docs", "Code"]
    assert not file.sections[0].is_optional
    assert file.owners("README.md").owners == ("@c", "@b")


def test_exclusions_hold_for_their_section_whatever_comes_later():
    file = parse("* @all\n!*.rb\n/special/*.rb @ruby\n[Config]\n/special/ @ops\n", "gitlab")
    assert file.owners("special/a.rb").owners == ("@ops",)
    assert file.owners("special/a.py").owners == ("@all", "@ops")
    alone = file.owners("a.rb")
    assert (alone.owners, alone.deciding_rule.pattern) == ((), "!*.rb")


@pytest.mark.parametrize("line", ["!", "! @x", "!/"])
def test_an_exclusion_without_a_path_is_of_everything_in_its_section(line):
    file = parse(f"* @all\n{line}\n/a @a\n[Docs]\n*.md @docs\n", "gitlab")
    assert not file.invalid_lines
    assert file.owners("a").owners == ()
    assert file.owners("x/y.md").owners == ("@docs",)
    assert [rule.pattern for rule in file.owners("x/y.rb").rules] == [line.split()[0]]


@pytest.mark.parametrize(
    ("text", "path", "owners"),
    [
        ("/a/* @one\n/a/b @two\n/a/* @three\n", "a/b", ("@two",)),
        ("/a/* @one\n/a/b @two\n/a/* @three\n", "a/c", ("@three",)),
        ("* @all\n!*.rb\n*.rb @ruby\n", "x.rb", ("@ruby",)),
        ("* @all\n*.rb @ruby\n!*.rb\n", "x.rb", ()),
        ("docs/ @one\n/**/docs/**/* @two\n", "docs/x", ("@two",)),
        ("* @all\n!docs/\n[Docs]\ndocs/ @docs\n", "docs/x", ("@docs",)),
    ],
    ids=["keeps-its-place", "new-owners", "no-exclusion-now", "now-one", "same-meaning", "section"],
)
def test_a_pattern_that_comes_again_in_a_section_takes_its_own_place(text, path, owners):
    assert parse(text, "gitlab").owners(path).owners == owners


@pytest.mark.parametrize(
    ("words", "owners"),
    [
        ("@a,@b", ("@a", "@b")),
        ("(@a)", ("@a",)),
        ("@a. @b/c/", ("@a", "@b/c")),
        ("@@maintainers @@Owner", ("@@maintainers", "@@Owner")),
        ("@@nobody", ()),
        ("u@host", ("u@host",)),
        ("#@a", ("@a",)),
    ],
)
def test_owners_are_searched_for_in_the_words(words, owners):
    assert parse(f"docs {words}\n", "gitlab").rules[0].owners == owners


@pytest.mark.parametrize("dialect", ["github", "gitlab"])
def test_a_blank_of_another_alphabet_is_part_of_a_path(dialect):
    file = parse("a\u00a0b @x\n\u3000\n", dialect)
    assert file.owners("a\u00a0b").owners == ("@x",)
    assert not file.invalid_lines


def test_roles_groups_and_owners_in_comments_count():
    file = parse("*.md @@maintainer @a/b/c.d # or @friend\n", "gitlab")
    assert file.rules[0].owners == ("@@maintainer", "@a/b/c.d", "@friend")
    assert not file.invalid_lines


@pytest.mark.parametrize(
    ("text", "line", "owners"),
    [
        ("* @all\nLICENSE @legal and x@y.example\n", 2, ("@legal", "x@y.example")),
        ("LICENSE nobody\n", 1, ()),
        ("LICENSE\n", 1, ()),
        ("[Legal\nLICENSE @legal\n", 1, ("@legal",)),
        ("[] @x\nLICENSE @legal\n", 1, ("@legal",)),
        ("[Legal][0]\nLICENSE @legal\n", 1, ("@legal",)),
    ],
    ids=["word", "only-words", "no-owner", "heading", "no-name", "no-approval"],
)
def test_what_cannot_be_read_is_reported(text, line, owners):
    file = parse(text, "gitlab")
    assert {invalid.line for invalid in file.invalid_lines} == {line}
    assert file.owners("LICENSE").owners == owners


def test_a_heading_is_a_pattern_at_github():
    assert parse("[docs] @a\n").owners("[docs]").owners == ("@a",)


def test_a_line_that_begins_like_a_heading_is_one_whatever_follows():
    file = parse("[Docs] @a # see @b\ndocs/\n[a-c]*.py @x\n/a.py\n[Data][ 2 ]@c\ndata/\n", "gitlab")
    assert [section.name for section in file.sections] == ["Docs", "a-c", "Data"]
    assert [section.default_owners for section in file.sections] == [("@a",), (), ("@c",)]
    assert file.sections[2].approvals == 2
    assert file.owners("docs/x").owners == ("@a",)
    assert not file.owners("b.py").rules
    assert [line.line for line in file.invalid_lines] == [3, 4]

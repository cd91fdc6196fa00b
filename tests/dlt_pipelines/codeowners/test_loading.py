"""From repositories with CODEOWNERS to raw tables."""

import pytest

from dlt_pipelines.config import ConfigurationError

FILES = (
    "select path, sha, committed_at, dialect, content from raw_codeowners.files"
    " order by committed_at, path"
)
OWNERS = (
    "select path, owners, rule_pattern, rule_line, codeowners_sha, valid_from, valid_to"
    " from raw_codeowners.path_owners order by path, valid_from"
)


def test_versions_rules_and_intervals(make_clone, project):
    clone = make_clone()
    clone.commit({"src/a": "1", "b": "1"})
    one, first = clone.commit({"CODEOWNERS": "* @acme/all\n"})
    two, second = clone.commit({"CODEOWNERS": "* @acme/all\nsrc/ @ann\nb\n!x @y\n", "b": None})
    project.configure(repositories=["shop"])
    report = project.load()
    assert (report.mode, report.loaded_count) == ("local", 1)
    assert project.query(FILES) == [
        ("CODEOWNERS", one, first, "github", "* @acme/all\n"),
        ("CODEOWNERS", two, second, "github", "* @acme/all\nsrc/ @ann\nb\n!x @y\n"),
    ]
    assert project.query(
        "select repository, sha, line, pattern, owners, section from raw_codeowners.rules"
        " order by sha = ?, line".replace("?", f"'{two}'")
    ) == [
        ("acme/shop", one, 1, "*", '["@acme/all"]', None),
        ("acme/shop", two, 1, "*", '["@acme/all"]', None),
        ("acme/shop", two, 2, "src/", '["@ann"]', None),
        ("acme/shop", two, 3, "b", "[]", None),
    ]
    assert project.query(OWNERS) == [
        ("CODEOWNERS", '["@acme/all"]', "*", 1, one, first, None),
        ("b", '["@acme/all"]', "*", 1, one, first, second),
        ("b", "[]", "b", 3, two, second, None),
        ("src/a", '["@acme/all"]', "*", 1, one, first, second),
        ("src/a", '["@ann"]', "src/", 2, two, second, None),
    ]
    ((table, line, reason),) = project.query(
        "select table_name, row_number, reason from quarantine.rejected_rows"
    )
    assert (table, line) == ("rules", 4)
    assert "`!`" in reason


def test_only_what_changed_is_loaded(make_clone, project):
    clone = make_clone()
    clone.commit({"CODEOWNERS": "* @a\n", "x": "1"})
    project.configure("git_history", repositories=["shop"])
    assert project.load().table_rows == {"files": 1, "rules": 1, "path_owners": 2}
    again = project.load()
    assert (again.is_changed, again.unchanged_count) == (False, 1)
    clone.commit({"x": "2"})
    assert project.load().table_rows == {"files": 0, "rules": 0, "path_owners": 0}
    clone.commit({"y": "1"})
    assert project.load().table_rows == {"files": 0, "rules": 0, "path_owners": 3}
    clone.commit({"CODEOWNERS": "* @b\n"})
    assert project.load().table_rows == {"files": 1, "rules": 1, "path_owners": 6}
    assert project.query("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_history_that_is_rewritten_without_owners_says_so_once(make_clone, project):
    clone = make_clone()
    first, _ = clone.commit({"x": "1"})
    clone.commit({"CODEOWNERS": "* @a\n"})
    project.configure("git_history", repositories=["shop"])
    assert project.load().table_rows == {"files": 1, "rules": 1, "path_owners": 2}
    clone.git("reset", "--hard", first)
    assert project.load().table_rows == {"files": 0, "rules": 0, "path_owners": 1}
    assert project.query(
        "select repository, path from raw_codeowners.path_owners"
        " where loaded_at = (select max(loaded_at) from raw_codeowners.path_owners)"
    ) == [("acme/shop", None)]
    clone.commit({"y": "1"})
    assert project.load().table_rows == {"files": 0, "rules": 0, "path_owners": 0}


def test_the_first_location_counts_and_falls_back_when_it_goes(make_clone, project):
    clone = make_clone()
    docs, at_docs = clone.commit({"docs/CODEOWNERS": "* @docs\n", "x": "1"})
    root, at_root = clone.commit({"CODEOWNERS": "* @root\n"})
    github, at_github = clone.commit({".github/CODEOWNERS": "* @github\n"})
    clone.commit({"CODEOWNERS": "* @hidden\n"})
    _, at_gone = clone.commit({".github/CODEOWNERS": None, "CODEOWNERS": None})
    _, at_end = clone.commit({"docs/CODEOWNERS": None})
    project.configure(repositories=["shop"])
    project.load()
    assert [row[1:] for row in project.query(OWNERS) if row[0] == "x"] == [
        ('["@docs"]', "*", 1, docs, at_docs, at_root),
        ('["@root"]', "*", 1, root, at_root, at_github),
        ('["@github"]', "*", 1, github, at_github, at_gone),
        ('["@docs"]', "*", 1, docs, at_gone, at_end),
    ]
    assert len(project.query(FILES)) == 4


def test_a_branch_counts_from_its_merge_on(make_clone, project):
    clone = make_clone()
    one, first = clone.commit({"CODEOWNERS": "* @main\n"})
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit({"CODEOWNERS": "* @topic\n", "only/on/topic": "1"})
    clone.git("checkout", "-q", "main")
    clone.commit({"x": "1"})
    clone.clock += 100
    clone.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    merge, merged = clone.git("rev-parse", "HEAD"), clone.clock
    project.configure(repositories=["shop"])
    project.load()
    owners = [row for row in project.query(OWNERS) if row[0] == "only/on/topic"]
    assert [row[1] for row in owners] == ['["@main"]', '["@topic"]']
    assert owners[1][4] == merge
    assert owners[1][5].timestamp() == merged
    assert [row[1] for row in project.query(FILES)] == [one, merge]
    assert owners[0][5] == first


def test_paths_of_other_branches_have_owners_too(make_clone, project):
    clone = make_clone()
    clone.commit({"CODEOWNERS": "new/ @new\n"})
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit({"new/x": "1"})
    clone.git("checkout", "-q", "main")
    project.configure(repositories=["shop"])
    project.load()
    assert [row[:2] for row in project.query(OWNERS)] == [("new/x", '["@new"]')]


def test_clocks_that_go_back_make_no_backward_interval(make_clone, project):
    clone = make_clone()
    _, late = clone.commit({"CODEOWNERS": "* @a\n"})
    clone.commit({"CODEOWNERS": "* @b\n"}, at=1_600_000_000)
    project.configure(repositories=["shop"])
    project.load()
    assert [row[1:2] + row[5:] for row in project.query(OWNERS)] == [('["@b"]', late, None)]


def test_a_version_that_cannot_be_used_changes_nothing(make_clone, project):
    clone = make_clone()
    _, first = clone.commit({"CODEOWNERS": "* @a\n"})
    clone.commit({"CODEOWNERS": b"* @b\n\0"})
    clone.commit({"CODEOWNERS": b"# " + b"x" * (3 * 1024 * 1024)})
    clone.commit({"CODEOWNERS": None})
    (clone.folder / "CODEOWNERS").symlink_to("x")
    _, linked = clone.commit({})
    project.configure(repositories=["shop"])
    report = project.load()
    (gone,) = {row[6] for row in project.query(OWNERS)}
    assert [row[1] for row in project.query(OWNERS)] == ['["@a"]']
    assert first < gone < linked
    reasons = [row[0] for row in project.query("select reason from quarantine.rejected_files")]
    assert report.rejected_count == len(reasons) == 3
    for words, reason in zip(("NUL bytes", "larger than", "link"), reasons, strict=True):
        assert words in reason


@pytest.mark.parametrize(
    ("origin", "path", "text", "options", "dialect", "owners"),
    [
        ("https://gitlab.example/a/b", "CODEOWNERS", "* @a\n", {}, "gitlab", '["@a"]'),
        ("git@github.com:a/b", "CODEOWNERS", "[x] @x\n* @a\n", {}, "github", '["@a"]'),
        ("https://git.example/a/b", ".gitlab/CODEOWNERS", "* @a\n", {}, "gitlab", '["@a"]'),
        ("https://git.example/a/b", "CODEOWNERS", "[X] @x\n*\n", {}, "gitlab", '["@x"]'),
        ("https://git.example/a/b", "CODEOWNERS", "* @a\n", {}, "github", '["@a"]'),
        (
            *("https://github.com/a/b", "CODEOWNERS", "[X] @x\n*\n"),
            *({"dialect": "gitlab"}, "gitlab", '["@x"]'),
        ),
    ],
    ids=["gitlab-host", "github-host", "gitlab-folder", "headings", "default", "setting"],
)
def test_dialect(make_clone, project, origin, path, text, options, dialect, owners):
    make_clone("shop", origin).commit({path: text, "file": "1"})
    project.configure(repositories=["shop"], **options)
    project.load()
    assert project.query("select dialect from raw_codeowners.files") == [(dialect,)]
    found = project.query("select owners from raw_codeowners.path_owners where path = 'file'")
    assert found == [(owners,)]


def test_a_wrong_dialect_is_refused(make_clone, project):
    make_clone().commit({"CODEOWNERS": "* @a\n"})
    project.configure(repositories=["shop"], dialect="bitbucket")
    with pytest.raises(ConfigurationError, match="write `github` or `gitlab`"):
        project.load()


def test_what_cannot_be_read_has_a_reason_and_the_others_go_on(make_clone, project):
    make_clone("good", None).commit({"CODEOWNERS": "* @a\n"})
    broken = make_clone("broken", None)
    sha, _ = broken.commit({"CODEOWNERS": "* @a\n"})
    (broken.folder / ".git/objects" / sha[:2] / sha[2:]).unlink()
    make_clone("empty", None)
    make_clone("without", None).commit({"x": "1"})
    project.configure(repositories=["broken", "good", "gone", "empty", "without"])
    report = project.load()
    assert (report.loaded_count, report.unchanged_count, report.rejected_count) == (2, 1, 2)
    assert project.query("select distinct repository from raw_codeowners.files") == [("good",)]

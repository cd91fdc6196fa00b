"""Changed lines of real git repositories, against git's own words."""

import random

import pytest

from dlt_pipelines.changed_lines.merge_bases import graph_of
from dlt_pipelines.git_history.repository import open_repository
from tests.dlt_pipelines.git_history.conftest import Clone
from tests.dlt_pipelines.git_projects import GitProject

OLD = "".join(f"line {number}\n" for number in range(1, 11))


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    made = GitProject(tmp_path, "changed_lines")
    made.configure(section="git_history", repositories=["acme__shop.git", "clones/*"])
    return made


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clones" / "shop", "https://git.example/acme/shop.git")


def hunks(project):
    return project.query(
        "select head_sha, base_sha, path, change_type, first_line, line_count"
        " from raw_changed_lines.hunks order by path, first_line"
    )


def test_a_branch_is_compared_with_where_it_left_the_default_branch(project, clone):
    base = clone.commit("start", a=OLD, b=OLD, c=OLD)
    clone.git("checkout", "-q", "-b", "feature")
    clone.commit("change", a=OLD.replace("line 3\n", "new 3\nnew 3b\n"), c=None)
    head = clone.commit("more", d="one\ntwo\n", b=OLD + "line 11\n")
    clone.git("checkout", "-q", "main")
    clone.commit("meanwhile", b=OLD.replace("line 1\n", "changed elsewhere\n"))
    assert project.load().table_rows == {"comparisons": 1, "hunks": 3}
    assert hunks(project) == [
        (head, base, "a", "modified", 3, 2),
        (head, base, "b", "modified", 11, 1),
        (head, base, "d", "added", 1, 2),
    ]
    assert project.load().table_rows == {"comparisons": 0, "hunks": 0}
    # The default branch goes on: the same comparison, noted under its new tip.
    clone.commit("later", c="c\n")
    assert project.load().table_rows == {"comparisons": 1, "hunks": 0}
    clone.git("merge", "-q", "-s", "ours", "-m", "merge", "feature")
    assert project.load().table_rows == {"comparisons": 1, "hunks": 0}
    assert project.load().row_count == 0


def test_renames_quoted_names_and_empty_changes(project, clone):
    base = clone.commit("start", src__old_dot_py=OLD)
    clone.git("checkout", "-q", "-b", "renamed")
    clone.git("mv", "src/old.py", "src/ne\u00fc name.py")
    (clone.folder / "src" / "ne\u00fc name.py").write_text(OLD.replace("line 5", "five"))
    head = clone.commit("rename")
    clone.git("checkout", "-q", "-b", "empty", "main")
    empty = clone.commit("nothing")
    clone.git("checkout", "-q", "main")
    clone.commit("on")
    project.load()
    rows = project.query(
        "select head_sha, path, previous_path, first_line, line_count from raw_changed_lines.hunks"
    )
    assert rows == [(head, "src/ne\u00fc name.py", "src/old.py", 5, 1)]
    compared = project.query(
        "select head_sha, base_sha, is_whole from raw_changed_lines.comparisons"
    )
    assert sorted(compared) == sorted([(head, base, True), (empty, base, True)])


def test_a_head_with_two_bases_has_the_lines_of_each(project, clone):
    start = clone.commit("start", a=OLD)
    middle = clone.commit("change", a=OLD + "more\n")
    project.load()
    project.query("create schema raw_imports")
    for number, bases in enumerate(([middle, start], [start, middle])):
        project.query(
            "create or replace table raw_imports.changes (repository varchar,"
            " head_sha varchar, base_sha varchar, merge_sha varchar)"
        )
        clone.git("commit", "-q", "--allow-empty", "-m", f"{number}")
        head = clone.git("rev-parse", "HEAD")
        for base in bases:
            project.query(
                f"insert into raw_imports.changes values ('acme/shop', '{head}', '{base}', null)"
            )
        project.load()
        assert [row for row in hunks(project) if row[0] == head] == [
            (head, start, "a", "modified", 11, 1)
        ]


def test_changes_of_vendors_are_compared_by_what_is_known_of_their_base(project, clone):
    start = clone.commit("start", a=OLD)
    clone.git("checkout", "-q", "-b", "merged")
    head = clone.commit("change", a=OLD + "more\n")
    clone.git("checkout", "-q", "main")
    clone.commit("meanwhile", b="b\n")
    clone.clock += 100
    clone.git("merge", "-q", "--no-ff", "-m", "merge", "merged")
    landed = clone.git("rev-parse", "HEAD")
    clone.git("branch", "-q", "-D", "merged")
    project.load()
    assert hunks(project) == []
    project.query("create schema raw_gitlab_ci")
    project.query(
        "create table raw_gitlab_ci.merge_requests as"
        f" select 'acme/shop' as repository, '{head}' as sha, '{landed}' as merge_commit_sha"
        f" union all select 'acme/shop', '{'0' * 40}', null"
    )
    assert project.load().table_rows == {"comparisons": 1, "hunks": 1}
    assert hunks(project) == [(head, start, "a", "modified", 11, 1)]
    assert project.load().row_count == 0


def test_merge_bases_are_those_of_git(tmp_path):
    clone = Clone(tmp_path / "graph")
    clock = random.Random(5)
    shas = [clone.commit("start")]
    for number in range(40):
        clone.git("checkout", "-q", clock.choice(shas))
        clone.clock += clock.choice([-250, 0, 300])
        if number % 3 == 2:
            other = clock.choice(shas)
            clone.git("merge", "-q", "-s", "ours", "--no-ff", "-m", "merge", other)
            shas.append(clone.git("rev-parse", "HEAD"))
        else:
            shas.append(clone.commit(f"commit {number}", **{f"f{number}": "x"}))
    graph = graph_of(open_repository(clone.folder, "graph"), shas)
    for _ in range(60):
        one, other = clock.choice(shas), clock.choice(shas)
        best = clone.git("merge-base", "--all", one, other).split()
        assert graph.merge_base(one, other) in best
        if len(best) > 1:
            times = {sha: clone.git("show", "-s", "--format=%ct", sha) for sha in best}
            assert times[graph.merge_base(one, other)] == max(times.values(), key=int)


def test_after_a_criss_cross_merge_the_base_is_the_one_that_git_takes(clone):
    tips = {}
    clone.commit("start", a=OLD)
    for name in ("one", "other"):
        clone.git("checkout", "-q", "-b", name, "main")
        tips[name] = clone.commit(name, **{name: "x\n"})
    for name, into in (("one", "other"), ("other", "one")):
        clone.clock += 100
        clone.git("checkout", "-q", into)
        clone.git("merge", "-q", "--no-ff", "-m", "cross", tips[name])
    heads = [clone.commit("more", more="x\n"), clone.git("rev-parse", "other")]
    graph = graph_of(open_repository(clone.folder, "graph"), heads)
    for head, base in (heads, heads[::-1]):
        assert len(clone.git("merge-base", "--all", head, base).split()) == 2
        assert graph.merge_base(head, base) == clone.git("merge-base", head, base)

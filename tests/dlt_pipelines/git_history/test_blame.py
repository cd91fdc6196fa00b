"""Deleted lines of fixes: which are blamed, on whom, and what is left out and said to be."""

import re
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.context import Audit
from dlt_pipelines.git_history.blame import Budget, blamed_batches
from dlt_pipelines.git_history.fixes import hotfixes
from dlt_pipelines.git_history.repository import Repository, RepositoryError, open_repository

ROOT = Path(__file__).parents[3]
MANY = "".join(f"n{number} = {number}\n" for number in range(6))


class Empty:
    """A run that finds nothing in the build file but what the test puts there."""

    def __init__(self):
        self.audit = Audit()
        self.connection = duckdb.connect()

    def has_table(self, _):
        return False

    def query(self, sql, parameters=()):
        return self.connection.execute(sql, list(parameters)).fetchall()


@pytest.fixture
def blame(clone):
    """Blame the clone; its fixes as dicts by hash, and the blamed lines."""

    def run(folder=None, days=180, files=1_000, seconds=600.0, **named):
        repository = open_repository(folder or clone.folder, "shop")
        head = repository.run("rev-parse", "HEAD").decode().strip()
        budget = Budget(days, files, seconds, named)
        fixes, lines = {}, []
        for name, table in blamed_batches(Empty(), repository, head, budget):
            if name == "blamed_fixes":
                fixes |= {row["fix_sha"]: row for row in table.to_pylist()}
            else:
                lines += [tuple(row.values())[1:] for row in table.to_pylist()]
        return fixes, lines

    return run


def test_a_fix_whose_lines_come_from_two_commits(clone, blame):
    one = clone.commit("one", a_dot_py=MANY)
    two = clone.commit("two", a_dot_py=MANY.replace("= 3", "= 33"), b_dot_py="b = 1\nc = 2\n")
    kept = "n0 = 0\nn4 = 4\nn5 = 5\nn6 = 6\n"
    fix = clone.commit("Fix sums", a_dot_py=kept, b_dot_py="b = 1\nc = 3\n")
    fixes, lines = blame()
    assert sorted(lines) == sorted(
        [
            (fix, "a.py", one, 3, 3, 2),
            (fix, "a.py", two, 3, 3, 1),
            (fix, "b.py", two, 1, 1, 1),
        ]
    )
    assert fixes[fix] == {
        "repository": "acme/shop",
        "fix_sha": fix,
        "parent_sha": two,
        "state": "blamed",
        "file_count": 2,
        "blamed_file_count": 2,
        "binary_file_count": 0,
        "foreign_file_count": 0,
        "large_file_count": 0,
        "unreadable_file_count": 0,
        "deleted_line_count": 4,
        "kept_line_count": 4,
        "blamed_line_count": 4,
    }


def test_cosmetic_and_comment_lines_are_nobodys(clone, blame):
    clone.commit("one", a_dot_py="# why\nif x:\n  y = 1\n\n\nz = [\n]\n", a_dot_c="/* a\n b */\n")
    fix = clone.commit("fix: tidy", a_dot_py="if  x:\n    y = 1\nz = [\n", a_dot_c="/* c */\n")
    fixes, lines = blame()
    assert lines == []
    assert (fixes[fix]["state"], fixes[fix]["kept_line_count"]) == ("blamed", 0)
    # The comments and the bracket; what only moved or became blank is no difference at all.
    assert fixes[fix]["deleted_line_count"] == 4


def test_who_only_moved_a_line_did_not_write_it(clone, blame):
    one = clone.commit("one", a_dot_py="if x:\ny = 1\n" + MANY)
    clone.commit("indent", a_dot_py="if x:\n    y = 1\n" + MANY)
    fix = clone.commit("Fix y", a_dot_py="if x:\n    y = 2\n" + MANY)
    assert blame()[1] == [(fix, "a.py", one, 1, 1, 1)]


def test_renames_are_followed_through_the_fix_and_before_it(clone, blame):
    one = clone.commit("one", src__a_dot_py=MANY)
    clone.git("mv", "src/a.py", "src/b.py")
    clone.commit("move")
    clone.git("mv", "src/b.py", "src/ü [c] *.py")
    fix = clone.commit("Fix n2", **{"src__ü [c] *_dot_py": MANY.replace("= 2", "= 22")})
    (clone.folder / "src" / "ü [c] *.py").rename(clone.folder / "src" / "d.py")
    again = clone.commit("Fix n4", src__d_dot_py=MANY.replace("= 2", "= 22").replace("= 4", "= 0"))
    assert blame()[1] == [
        (again, "src/ü [c] *.py", one, 1, 1, 1),
        (fix, "src/b.py", one, 1, 1, 1),
    ]


def test_a_revert_takes_away_the_lines_of_what_it_reverts(clone, blame):
    clone.commit("one", a_dot_py=MANY)
    two = clone.commit("two", a_dot_py=MANY + "wrong = 1\nworse = 2\n")
    clone.git("revert", "--no-edit", two)
    revert = clone.git("rev-parse", "HEAD")
    assert blame()[1] == [(revert, "a.py", two, 2, 2, 2)]


def test_a_root_commit_is_blamed_and_has_nothing_to_blame(clone, blame):
    root = clone.commit("Fix everything", a_dot_py=MANY)
    fix = clone.commit("Hotfix: n1", a_dot_py=MANY.replace("= 1", "= 11"))
    fixes, lines = blame()
    assert set(fixes) == {fix}
    assert lines == [(fix, "a.py", root, 1, 1, 1)]


def test_a_deleted_file_and_one_that_only_grew(clone, blame):
    one = clone.commit("one", a_dot_py="a = 1\nb = 2\n", b_dot_py="c = 1\n")
    fix = clone.commit("bugfix", a_dot_py=None, b_dot_py="c = 1\nd = 2\n", c_dot_py="e = 1\n")
    fixes, lines = blame()
    assert lines == [(fix, "a.py", one, 2, 2, 2)]
    assert fixes[fix]["file_count"] == 1


def test_what_is_left_out_is_counted(clone, blame):
    big = "".join(f"n{number}\n" for number in range(2_100))
    files = {
        "bin": b"\0\1",
        "huge_dot_txt": "x" * 1_100_000 + "\n",
        "package-lock_dot_json": "{1}\n",
        "README_dot_md": "text\n",
        "long_dot_py": big,
        "a_dot_py": "a = 1\n",
    }
    one = clone.commit("one", **files)
    changed = dict.fromkeys(files, "other\n") | {"bin": b"\0\2"}
    fix = clone.commit("fix", **changed)
    fixes, lines = blame()
    assert lines == [(fix, "a.py", one, 1, 1, 1)]
    counts = {name.removesuffix("_count"): count for name, count in fixes[fix].items()}
    assert (counts["file"], counts["blamed_file"], counts["binary_file"]) == (6, 1, 2)
    assert (counts["foreign_file"], counts["large_file"]) == (1, 1)
    assert (counts["deleted_line"], counts["kept_line"]) == (2_103, 2_101)


def test_a_fix_of_too_many_files_is_no_mend(clone, blame):
    clone.commit("one", **{f"f{number}_dot_py": "a = 1\n" for number in range(51)})
    fix = clone.commit("Fix names", **{f"f{number}_dot_py": "b = 1\n" for number in range(51)})
    fixes, lines = blame()
    assert lines == []
    assert (fixes[fix]["state"], fixes[fix]["file_count"]) == ("too_large", 51)


def test_only_fixes_of_the_default_branch_and_of_the_last_days(clone, blame):
    clone.commit("one", a_dot_py=MANY)
    clone.commit("Fix long ago", a_dot_py=MANY.replace("= 1", "= 11"))
    clone.clock += 10 * 86_400
    clone.git("checkout", "-q", "-b", "side")
    merged = clone.commit("fix on a side", b_dot_py="b = 1\n")
    clone.git("checkout", "-q", "main")
    named = clone.commit("Make prefixes bright", a_dot_py=MANY.replace("= 2", "= 22"))
    clone.git("merge", "-q", "--no-ff", "-m", "Fix by merge", "side")
    clone.git("checkout", "-q", "-b", "open")
    clone.commit("fix that is not merged", a_dot_py=MANY)
    clone.git("checkout", "-q", "main")
    assert set(blame(days=9)[0]) == {merged}
    assert len(blame(days=11)[0]) == 2
    # Landed from a branch `hotfix/…`, whatever its message says; or not there at all.
    wanted = {"acme/shop": {named, "0" * 40}, "other/shop": {merged}}
    assert set(blame(days=9, **wanted)[0]) == {merged, named}


def test_a_shallow_clone_blames_nobody_for_what_it_can_not_see(clone, blame, tmp_path):
    clone.commit("one", a_dot_py=MANY)
    clone.commit("fix two", a_dot_py=MANY.replace("= 1", "= 11"))
    three = clone.commit("three", a_dot_py=MANY.replace("= 1", "= 11") + "new = 1\n")
    fix = clone.commit("fix four", a_dot_py=MANY.replace("= 1", "= 12") + "new = 2\n")
    copy = tmp_path / "acme__shop.git"
    clone.git("clone", "-q", "--bare", "--depth", "3", clone.folder.as_uri(), str(copy))
    fixes, lines = blame(copy)
    assert lines == [(fix, "a.py", three, 2, 2, 1)]
    assert {sha: row["state"] for sha, row in fixes.items()} == {fix: "cut_off"}
    assert (fixes[fix]["kept_line_count"], fixes[fix]["blamed_line_count"]) == (2, 1)


def test_a_fix_that_git_can_not_read_does_not_stop_the_others(clone, blame):
    one = clone.commit("one", a_dot_py=MANY, b_dot_py="b = 1\n")
    good = clone.commit("fix a", a_dot_py=MANY.replace("= 1", "= 11"))
    broken = clone.commit("fix b", b_dot_py="b = 2\n")
    blob = clone.git("rev-parse", f"{one}:b.py")
    (clone.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    fixes, lines = blame()
    assert lines == [(good, "a.py", one, 1, 1, 1)]
    assert {sha: row["state"] for sha, row in fixes.items()} == {
        good: "blamed",
        broken: "unreadable",
    }


def test_contents_that_end_early_are_counted(clone, blame, monkeypatch):
    one = clone.commit("one", a_dot_py=MANY, b_dot_py="b = 1\n", c_dot_py="c = 1\n")
    better = MANY.replace("= 1", "= 11")
    fix = clone.commit("fix all", a_dot_py=better, b_dot_py="b = 2\n", c_dot_py="c = 2\n")
    stream = Repository.stream

    def cut_off(self, *arguments, **options):
        if arguments != ("cat-file", "--batch"):
            yield from stream(self, *arguments, **options)
            return
        header, _, rest = b"".join(stream(self, *arguments, **options)).partition(b"\n")
        yield header + b"\n" + rest[: int(header.split()[2]) + 1]
        raise RepositoryError("git was killed")

    monkeypatch.setattr(Repository, "stream", cut_off)
    fixes, lines = blame()
    assert lines == [(fix, "a.py", one, 1, 1, 1)]
    assert (fixes[fix]["blamed_file_count"], fixes[fix]["unreadable_file_count"]) == (1, 2)


def test_no_program_and_no_setting_of_a_repository_has_a_say(clone, blame, tmp_path):
    witness = tmp_path / "started"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {witness}\ncat $1\n")
    program.chmod(0o755)
    clone.commit("one", a_dot_py=MANY, _dot_gitattributes="* diff=evil filter=evil\n")
    two = clone.commit("two", a_dot_py=MANY.replace("= 1", "= 10"))
    fix = clone.commit("fix", a_dot_py=MANY.replace("= 1", "= 11"))
    for setting in ("diff.external", "diff.evil.command", "diff.evil.textconv", "core.pager"):
        clone.git("config", setting, str(program))
    clone.git("config", "filter.evil.clean", str(program))
    (tmp_path / "ignored").write_text(f"{two}\n")
    clone.git("config", "blame.ignoreRevsFile", str(tmp_path / "ignored"))
    clone.git("config", "blame.markIgnoredLines", "true")
    clone.git("config", "grep.patternType", "fixed")
    clone.git("config", "diff.noprefix", "true")
    assert blame()[1] == [(fix, "a.py", two, 1, 1, 1)]
    assert not witness.exists()


def test_what_landed_from_hotfix_branches():
    context = Empty()
    assert hotfixes(context) == {}
    context.connection.execute(
        """
        create schema raw_github_actions;
        create table raw_github_actions.pull_requests as from (values
            ('acme/shop', 'hotfix/1', 'a'), ('acme/shop', 'HotFix/2', 'b'),
            ('acme/shop', 'topic', 'c'), ('acme/web', 'hotfix/1', null)
        ) as t (repository, head_ref, merge_commit_sha);
        create schema raw_gitlab_ci;
        create table raw_gitlab_ci.merge_requests as
            select 'acme/web' as repository, 'hotfix/x' as source_branch, 'd' as squash_commit_sha;
        """
    )
    assert hotfixes(context) == {"acme/shop": {"a", "b"}, "acme/web": {"d"}}


@pytest.mark.parametrize(
    ("subject", "is_looked_at"),
    [
        ("Fix x", True),
        ("fixes: y", True),
        ("fix(cart): z", True),
        ("FIXED", True),
        ("bugfix", True),
        ("Hotfix - now", True),
        ('Revert "x"', True),
        ("Close the gap, fix it", True),
        ("Prefixes of x", False),
        ("Add x", False),
    ],
)
def test_the_net_is_wider_than_the_rule_of_dbt(clone, blame, subject, is_looked_at):
    clone.commit("one", a="1")
    sha = clone.commit(subject, a="2")
    assert (sha in blame()[0]) is is_looked_at


def test_the_rule_of_dbt_is_the_one_the_net_was_made_for():
    macro = (ROOT / "dbt_project/macros/begins_like_a_fix.sql").read_text()
    assert re.findall(r"'([^']+)'", macro.partition("-%}")[2]) == [
        *("Revert %", "lower(", ")"),
        "^((bug|hot)?fix(es|ed)?)([^a-z]|$)",
    ]


FIXES = "select fix_sha, arg_max(state, loaded_at) from raw_git_history.blamed_fixes group by all"
LINES = (
    "select repository, fix_sha, path, origin_sha, deleted_line_count, kept_line_count,"
    " blamed_line_count from raw_git_history.blamed_lines order by all"
)


def test_what_there_was_no_time_for_is_said_and_done_by_the_next_load(
    make_clone, project, tmp_path, monkeypatch
):
    fixes = {}
    for name, count in (("shop", 2), ("web", 1)):
        clone, text = make_clone(name), MANY
        clone.commit("one", a_dot_py=text, b_dot_py=text)
        for number in range(count):
            text = text.replace(f"= {number}", f"= {number}0")
            fixes[name, number] = clone.commit(f"Fix {number}", a_dot_py=text, b_dot_py=text)
    project.configure(repositories=["shop", "web"], blame_files=1)
    report = project.load()
    # The newest comes first, whole; the others are known to wait.
    assert (report.loaded_count, report.partial_count, report.rejected_count) == (2, 2, 0)
    assert (report.table_rows["blamed_fixes"], report.table_rows["blamed_lines"]) == (3, 2)
    assert dict(project.query(FIXES)) == {
        fixes["shop", 0]: "waiting",
        fixes["shop", 1]: "blamed",
        fixes["web", 0]: "waiting",
    }
    # Then the repository that had no turn; what waits is said again, but not written again.
    report = project.load()
    assert (report.unchanged_count, report.partial_count) == (2, 1)
    assert dict(project.query(FIXES))[fixes["web", 0]] == "blamed"
    assert report.table_rows["blamed_fixes"] == 1
    report = project.load()
    assert (report.is_changed, report.partial_count) == (True, 0)
    resumed = project.query(LINES)
    assert len(resumed) == 6
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "project" / "other"))
    monkeypatch.setenv("SOURCES__GIT_HISTORY__BLAME_FILES", "1000")
    project.load()
    with duckdb.connect(str(tmp_path / "project" / "other" / "build.duckdb")) as connection:
        assert connection.execute(LINES).fetchall() == resumed


def test_blame_is_switched_off_and_on_again(clone, project, monkeypatch):
    clone.commit("one", a_dot_py=MANY)
    clone.commit("Fix n1", a_dot_py=MANY.replace("= 1", "= 11"))
    project.configure(repositories=["shop"])
    monkeypatch.setenv("SOURCES__GIT_HISTORY__BLAME_DAYS", "0")
    report = project.load()
    assert report.table_rows["commits"] == 2
    assert project.query("select * from raw_git_history.blamed_fixes") == []
    monkeypatch.delenv("SOURCES__GIT_HISTORY__BLAME_DAYS")
    report = project.load()
    assert (report.table_rows["commits"], report.table_rows["blamed_lines"]) == (0, 1)
    assert not project.load().is_changed

"""From repositories to raw tables: once, again, after every way in which history changes."""

import json

COMMITS = "select subject from raw_git_history.commits order by committed_at, loaded_at"


def test_all_tables(clone, project):
    one = clone.commit("one", src__a="1\n2\n", bin=b"\0\1")
    clone.git("mv", "src/a", "src/b")
    two = clone.commit('Revert "x"\n\nThis reverts commit ' + one + ".")
    clone.git("tag", "v1")
    project.configure(repositories=["shop"])
    report = project.load()
    assert (report.mode, report.seen_count, report.loaded_count) == ("local", 1, 1)
    assert report.byte_count > 0
    assert project.query(
        "select repository, sha, parents, author_name, author_email, epoch(authored_at),"
        " committer_name, committer_email, epoch(committed_at), subject, body, is_merge,"
        " reverted_sha from raw_git_history.commits order by committed_at"
    ) == [
        (
            *("acme/shop", one, "[]", "Ann", "ann@example.com", 1_700_000_100),
            *("Bob", "bob@example.com", 1_700_000_100, "one", "", False, None),
        ),
        (
            *("acme/shop", two, json.dumps([one]), "Ann", "ann@example.com", 1_700_000_200),
            *("Bob", "bob@example.com", 1_700_000_200, 'Revert "x"'),
            *(f"This reverts commit {one}.", False, one),
        ),
    ]
    assert project.query(
        "select repository, sha, position, parent_sha from raw_git_history.commit_parents"
    ) == [("acme/shop", two, 0, one)]
    assert sorted(
        project.query(
            "select sha, path, previous_path, change_type, added_lines, deleted_lines"
            " from raw_git_history.commit_files"
        )
    ) == sorted(
        [
            (one, "src/a", None, "added", 2, 0),
            (one, "bin", None, "added", None, None),
            (two, "src/b", "src/a", "renamed", 0, 0),
        ]
    )
    assert sorted(project.query("select ref_name, ref_type, sha from raw_git_history.refs")) == [
        ("main", "branch", two),
        ("main", "head", two),
        ("v1", "tag", two),
    ]


def test_again_without_anything_new(clone, project):
    clone.commit("one", a="1")
    project.configure(repositories=["shop"])
    project.load()
    report = project.load()
    assert (report.is_changed, report.unchanged_count, report.row_count) == (False, 1, 0)


def test_only_new_commits_are_loaded(clone, project):
    clone.commit("one", a="1")
    project.configure(repositories=["shop"])
    project.load()
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit("two", a="2")
    report = project.load()
    assert report.table_rows["commits"] == 1
    assert project.query(COMMITS) == [("one",), ("two",)]
    newest = "loaded_at = (select max(loaded_at) from raw_git_history.refs)"
    refs = project.query(f"select ref_name, ref_type from raw_git_history.refs where {newest}")
    assert sorted(refs) == [("main", "branch"), ("topic", "branch"), ("topic", "head")]


def test_after_a_forced_push_old_and_new_commits_are_there(clone, project):
    clone.commit("one", a="1")
    clone.commit("two", a="2")
    project.configure(repositories=["shop"])
    project.load()
    clone.git("reset", "-q", "--hard", "HEAD~1")
    clone.commit("other two", a="3")
    clone.git("reflog", "expire", "--expire=now", "--all")
    clone.git("gc", "-q", "--prune=now")
    project.load()
    found = project.query("select distinct subject from raw_git_history.commits")
    assert sorted(found) == [("one",), ("other two",), ("two",)]
    kept = project.query(
        "select sha from raw_git_history.refs where ref_type = 'head' order by loaded_at desc"
    )
    assert kept[0] == (clone.git("rev-parse", "HEAD"),)


def test_a_shallow_clone_knows_parents_but_not_files_and_can_be_deepened(make_clone, project):
    source = make_clone("source")
    shas = [source.commit(name, **{name: name}) for name in ("one", "two", "three", "four")]
    copy = project.folder / "acme__copy.git"
    url = source.folder.as_uri()
    source.git("clone", "-q", "--bare", "--depth", "2", url, str(copy))
    project.configure(repositories=["acme__copy.git"])
    project.load()
    assert project.query(
        "select repository, subject, parents from raw_git_history.commits order by committed_at"
    ) == [
        ("acme/copy", "three", json.dumps([shas[1]])),
        ("acme/copy", "four", json.dumps([shas[2]])),
    ]
    assert project.query("select path from raw_git_history.commit_files") == [("four",)]
    assert not project.load().is_changed
    source.git(
        "-C", str(copy), "fetch", "-q", "--unshallow", "origin", "+refs/heads/*:refs/heads/*"
    )
    project.load()
    assert len(project.query("select distinct sha from raw_git_history.commits")) == 4
    files = project.query("select distinct path from raw_git_history.commit_files")
    assert sorted(files) == [("four",), ("one",), ("three",), ("two",)]
    assert not project.load().is_changed


def test_a_partial_clone_is_refused_with_what_to_do(make_clone, project):
    source = make_clone("source")
    source.commit("one", file="1\n")
    source.commit("two", file="2\n")
    source.git("config", "uploadpack.allowFilter", "true")
    copy = project.folder / "acme__copy.git"
    url = source.folder.as_uri()
    source.git("clone", "-q", "--bare", "--filter=blob:none", url, str(copy))
    project.configure(repositories=["acme__copy.git"])
    assert project.load().rejected_count == 1
    [(reason,)] = project.query("select reason from quarantine.rejected_files")
    assert reason.startswith("`acme__copy.git` can't be read whole: ")
    assert reason.endswith("made with `--filter`: clone it whole, nothing is fetched")


def test_what_cannot_be_read_has_a_reason_and_the_others_go_on(make_clone, project):
    make_clone("good").commit("one", a="1")
    broken = make_clone("broken")
    sha = broken.commit("one", a="1")
    (broken.folder / ".git/objects" / sha[:2] / sha[2:]).unlink()
    (project.folder / "plain").mkdir()
    make_clone("empty")
    project.configure(repositories=["broken", "good", "plain", "gone*", "empty"])
    report = project.load()
    assert (report.seen_count, report.loaded_count, report.rejected_count) == (5, 1, 3)
    assert report.unchanged_count == 1
    assert project.query("select distinct repository from raw_git_history.commits") == [("good",)]
    reasons = dict(project.query("select locator, reason from quarantine.rejected_files"))
    assert set(reasons) == {"broken", "plain", "gone*"}
    assert "not a git repository" in reasons["plain"]
    assert "no folder matches `gone*`" in reasons["gone*"]


def test_globs_and_bare_repositories(make_clone, project):
    source = make_clone("source")
    source.commit("one", a="1")
    for name in ("acme__a.git", "acme__b.git"):
        source.git("clone", "-q", "--bare", str(source.folder), str(project.folder / "git" / name))
        source.git("-C", str(project.folder / "git" / name), "remote", "remove", "origin")
    project.configure(repositories=["git/*.git", "git/acme__a.git"])
    assert project.load().seen_count == 2
    found = project.query("select distinct repository from raw_git_history.commits")
    assert sorted(found) == [("acme/a",), ("acme/b",)]


def test_a_second_copy_of_a_repository_is_refused(make_clone, project):
    for name in ("one", "two"):
        make_clone(name, "git@git.example:acme/shop.git").commit(name, a=name)
    project.configure(repositories=["one", "two"])
    report = project.load()
    assert (report.loaded_count, report.rejected_count) == (1, 1)
    assert project.query("select locator, reason from quarantine.rejected_files") == [
        ("two", "`two` is `acme/shop` too, which is read from `one`")
    ]
    assert not project.load().is_changed


def test_without_settings_the_project_itself_is_read(make_clone, project):
    make_clone(".").commit("one", a="1")
    project.load()
    assert project.query("select repository, subject from raw_git_history.commits") == [
        ("project", "one")
    ]


def test_without_settings_and_repository_the_tables_are_there(project):
    report = project.load()
    assert not report.is_changed
    assert project.query("select count(*) from raw_git_history.commit_files") == [(0,)]


LOG = """commit {sha}
Author:     Ann <ann@example.com>
AuthorDate: Tue Aug 14 15:04:01 2012 -0300
Commit:     Ann <ann@example.com>
CommitDate: Tue Aug 14 15:04:01 2012 -0300

    One

:000000 100644 0000000... 7a25991... A\ta
1\t0\ta
"""


def test_recorded_logs(clone, project):
    clone.commit("one", a="1")
    recorded = project.folder / "logs" / "acme__old.log"
    recorded.parent.mkdir()
    recorded.write_text(LOG.format(sha="a" * 40))
    (recorded.parent / "cut.log").write_text(LOG.format(sha="b" * 40) + "\ncommit " + "c" * 40)
    project.configure(repositories=[], files=["logs/*.log"])
    report = project.load()
    assert (report.loaded_count, report.partial_count, report.rejected_count) == (1, 1, 1)
    assert sorted(
        project.query("select repository, sha, subject from raw_git_history.commits")
    ) == [("acme/old", "a" * 40, "One"), ("cut", "b" * 40, "One")]
    ((reason,),) = project.query("select reason from quarantine.rejected_files")
    assert reason.startswith("`logs/cut.log` can't be read whole: the commit of line 12")
    again = project.load()
    assert (again.is_changed, again.unchanged_count, again.rejected_count) == (False, 2, 0)
    with recorded.open("a") as log:
        log.write("\n" + LOG.format(sha="d" * 40))
    assert project.load().table_rows["commits"] == 1

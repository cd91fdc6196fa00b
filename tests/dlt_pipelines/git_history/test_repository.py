"""Names, refs, and repositories that nobody should trust."""

import os
import subprocess
from pathlib import Path

import pytest

from dlt_pipelines.git_history.repository import (
    Ref,
    RepositoryError,
    open_repository,
    repository_name,
)
from dlt_pipelines.parsers.git_log import LOG_ARGUMENTS, read_log


@pytest.mark.parametrize(
    ("folder", "origin", "name"),
    [
        ("x", "https://github.com/acme/shop.git", "acme/shop"),
        ("x", "https://user:token@github.com/acme/shop", "acme/shop"),
        ("x", "ssh://git@git.example:2222/acme/shop.git/", "acme/shop"),
        ("x", "git@github.com:acme/shop.git", "acme/shop"),
        ("x", "git.example:acme/sub/shop", "acme/sub/shop"),
        ("x", "https://git.example/acme/a%20b.git", "acme/a b"),
        ("acme__shop.git", "", "acme/shop"),
        ("acme__shop.git", "https://git.example/other/shop", "other/shop"),
        ("x", "/srv/git/acme__shop.git", "acme/shop"),
        ("x", "file:///srv/git/acme__shop.git", "acme/shop"),
        ("x", "/srv/git/shop.git", "x"),
        ("x", r"C:\git\shop", "x"),
        ("x", "https://[broken/acme/shop", "x"),
        ("shop.git", "", "shop"),
        ("shop", "", "shop"),
        ("shop/.git", "", "shop"),
        ("__init__", "", "__init__"),
    ],
)
def test_names(folder, origin, name):
    assert repository_name(Path("/repos") / folder, origin) == name


def test_refs(clone):
    one = clone.commit("one", a="1")
    clone.git("tag", "light")
    clone.git("tag", "-a", "full", "-m", "full")
    clone.git("tag", "-a", "tag-of-tag", "-m", "again", "full")
    clone.git("tag", "tree", "HEAD^{tree}")
    two = clone.commit("two", a="2")
    clone.git("update-ref", "refs/pull/7/head", one)
    clone.git("update-ref", "refs/remotes/origin/main", one)
    clone.git("update-ref", "refs/notes/commits", one)
    found = open_repository(clone.folder, "shop").refs()
    assert found == (
        Ref("main", "branch", two),
        Ref("origin/main", "branch", one),
        Ref("pull/7/head", "branch", one),
        Ref("main", "head", two),
        Ref("full", "tag", one),
        Ref("light", "tag", one),
        Ref("tag-of-tag", "tag", one),
    )


def test_grafts_and_replacements_change_no_history(clone):
    one = clone.commit("one", a="1")
    two = clone.commit("two", a="2")
    (clone.folder / ".git" / "info").mkdir(exist_ok=True)
    (clone.folder / ".git" / "info" / "grafts").write_text(f"{two}\n")
    clone.git("replace", "--graft", two)
    repository = open_repository(clone.folder, "shop")
    log = read_log(repository.stream("log", *LOG_ARGUMENTS, two))
    assert [(commit.sha, commit.parents) for commit in log] == [(two, (one,)), (one, ())]


def test_the_default_branch_is_origins_even_if_another_is_checked_out(clone):
    one = clone.commit("one", a="1")
    clone.git("update-ref", "refs/remotes/origin/main", one)
    clone.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    clone.git("checkout", "-q", "-b", "topic")
    clone.commit("two", a="2")
    refs = open_repository(clone.folder, "shop").refs()
    assert [ref for ref in refs if ref.kind == "head"] == [Ref("main", "head", one)]


def test_a_detached_head(clone):
    one = clone.commit("one", a="1")
    clone.git("checkout", "-q", "--detach")
    refs = open_repository(clone.folder, "shop").refs()
    assert [ref for ref in refs if ref.kind == "head"] == [Ref("HEAD", "head", one)]


def test_a_repository_without_commits_has_no_refs(clone):
    assert open_repository(clone.folder, "shop").refs() == ()


def test_a_folder_inside_a_repository_is_not_that_repository(clone):
    clone.commit("one", sub__a="1")
    with pytest.raises(RepositoryError, match="`shop/sub` can't be read as a git repository"):
        open_repository(clone.folder / "sub", "shop/sub")


def test_without_git_a_repository_is_told_as_unreadable(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match=r"`shop` can't be read .* git can't be started"):
        open_repository(clone.folder, "shop")


def test_no_program_named_by_a_repository_is_started(clone, tmp_path):
    witness = tmp_path / "started"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {witness}\n")
    program.chmod(0o755)
    clone.commit("one", a="1\n", _dot_gitattributes="* diff=evil filter=evil\n")
    clone.commit("two", a="2\n")
    for setting in (
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "gpg.program",
        "core.sshCommand",
        "remote.origin.uploadpack",
    ):
        clone.git("config", setting, str(program))
    clone.git("config", "log.showSignature", "true")
    clone.git("config", "format.pretty", "oneline")
    clone.git("config", "diff.noprefix", "true")
    clone.git("config", "diff.orderFile", str(program))
    repository = open_repository(clone.folder, "shop")
    log = list(read_log(repository.stream("log", *LOG_ARGUMENTS, "HEAD")))
    assert [commit.subject for commit in log] == ["two", "one"]
    assert [change.path for change in log[1].files] == [".gitattributes", "a"]
    # A partial clone would fetch what is missing, by a transport that the repository names.
    clone.git("config", "core.repositoryFormatVersion", "1")
    clone.git("config", "extensions.partialClone", "origin")
    clone.git("config", "remote.origin.promisor", "true")
    clone.git("config", "remote.origin.url", f"ext::{program}")
    clone.git("config", "protocol.ext.allow", "always")
    blob = clone.git("rev-parse", "HEAD:a")
    (clone.folder / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert len(repository.refs()) == 2
    with pytest.raises(RepositoryError):
        repository.run("log", "--numstat", "HEAD")
    assert not witness.exists()


def test_the_environment_of_a_hook_does_not_reach_git(clone, monkeypatch):
    one = clone.commit("one", a="1")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    assert open_repository(clone.folder, "shop").existing([one, "0" * 40, "; rm"]) == {one}


def test_an_ended_reader_ends_git(clone, monkeypatch):
    # More than fits into a pipe, so that git waits for its reader.
    clone.commit("one", a="1" * 8_000_000)
    repository = open_repository(clone.folder, "shop")
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda *args, **options: started.append(popen(*args, **options)) or started[-1],
    )
    stream = repository.stream("cat-file", "blob", "HEAD:a")
    assert next(stream)
    assert started[0].poll() is None
    stream.close()
    assert started[0].returncode is not None


def test_git_that_takes_too_long_is_ended(clone, tmp_path):
    clone.commit("one", a="1")
    repository = open_repository(clone.folder, "shop")
    # Nobody ever writes into this pipe, so that git waits to read it.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(RepositoryError, match="git took too long"):
        repository.run("hash-object", str(pipe), seconds=0.1)
    assert repository.run("log", "HEAD", seconds=600)

"""Writes a history as a bare git repository, byte for byte the same each time."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from examples.simulator.history import Commit, History
from examples.simulator.tree import FileVersion, content

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"


class GitError(RuntimeError):
    """Git is missing or refused the history."""


def write_git(history: History, target: Path) -> None:
    """Make the bare repository `target` and fill `sha` and `tree_sha` of every commit.

    Raises:
        GitError: when git is not installed or refuses.
    """
    target.mkdir(parents=True)
    _git(target, "init", "--quiet", "--bare", "--template=", "--object-format=sha1", str(target))
    (target / "config").write_text(_CONFIG, encoding="utf-8")
    (target / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    marks = target / "marks"
    stream = b"".join(_stream(history))
    _git(
        target,
        "-c",
        "fastimport.unpackLimit=1",
        "-c",
        "pack.threads=1",
        "fast-import",
        "--quiet",
        "--date-format=raw",
        f"--export-marks={marks}",
        data=stream,
    )
    shas = {}
    for row in marks.read_text(encoding="ascii").splitlines():
        mark, sha = row.split()
        shas[int(mark[1:])] = sha
    marks.unlink()
    trees = dict(
        row.split() for row in _git(target, "log", "--all", "--format=%H %T").decode().splitlines()
    )
    for commit in history.commits:
        commit.sha = shas[commit.mark]
        commit.tree_sha = trees[commit.sha]
    _git(target, "pack-refs", "--all", "--prune")
    for folder in ("branches", "info", "hooks"):
        if (target / folder).is_dir() and not any((target / folder).iterdir()):
            (target / folder).rmdir()


def _stream(history: History) -> Iterator[bytes]:
    blobs: dict[FileVersion, int] = {}
    language = history.repository.dialect
    next_mark = len(history.commits) + 1
    for commit in history.commits:
        before = commit.parents[0].state.files if commit.parents else {}
        changes = []
        for uid, version in commit.state.files.items():
            old = before.get(uid)
            if old is version or old == version:
                continue
            if version not in blobs:
                blobs[version] = next_mark
                text = content(version, language).encode()
                yield b"blob\nmark :%d\ndata %d\n%s\n" % (next_mark, len(text), text)
                next_mark += 1
            if old is not None and old.path != version.path:
                changes.append(f"R {old.path} {version.path}\n")
            changes.append(f"M 100644 :{blobs[version]} {version.path}\n")
        yield _header(commit) + "".join(changes).encode() + b"\n"


def _header(commit: Commit) -> bytes:
    message = commit.message.encode()
    who = f"{commit.author} <{commit.author.replace('[', '').replace(']', '')}@simulated.example>"
    lines = [
        f"commit {commit.ref}",
        f"mark :{commit.mark}",
        f"author {who} {commit.authored} +0000",
        f"committer {who} {commit.committed} +0000",
        f"data {len(message)}",
    ]
    head = "\n".join(lines).encode() + b"\n" + message + b"\n"
    for kind, parent in zip(("from", "merge"), commit.parents, strict=False):
        head += f"{kind} :{parent.mark}\n".encode()
    return head


def _git(target: Path, *arguments: str, data: bytes | None = None) -> bytes:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("GIT_")
    } | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_DIR": str(target)}
    try:
        done = subprocess.run(
            ["git", *arguments], input=data, capture_output=True, env=environment, check=False
        )
    except FileNotFoundError as error:
        raise GitError("`git` is not installed; the simulator needs it: install git") from error
    if done.returncode:
        raise GitError(f"`git {arguments[0]}` failed: {done.stderr.decode(errors='replace')}")
    return done.stdout

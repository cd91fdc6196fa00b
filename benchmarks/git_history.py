"""How long git history takes to read and to load, over the time git itself needs for it.

The history is made by `git fast-import`: commits of some authors that change a few of many files,
with renames and merges. Git's own time is `git log` with our arguments thrown away; the parser's is
the same stream read into Arrow tables; the load is the whole process `python -m dlt_pipelines
git_history`, imports included, without blame. Blame is nearly all git's own time, and bounded by
`blame_seconds`; it is measured by a load of its own, of what the bounds allow. On a busy machine
the CPU seconds say more than the clock.

Run: `python -m benchmarks.git_history [--commits 100000]`
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from dlt_pipelines.git_history.repository import Repository
from dlt_pipelines.git_history.schema import CommitBuffer
from dlt_pipelines.parsers.git_log import LOG_ARGUMENTS, read_log

_FILES = 4_000
_BAR_SECONDS = 30.0


def main() -> None:
    """Measure and print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--commits", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="git-history-") as temporary:
        project = Path(temporary) / "project"
        repository = _make(project, options.commits)
        before = _cpu_of_children()
        git_seconds, size = _git(repository)
        git_cpu = _cpu_of_children() - before
        read_seconds, commits, files = _read(repository)
        before = _cpu_of_children()
        load_seconds = _load(project, blame_days=0)
        load_cpu = _cpu_of_children() - before
        again_seconds = _load(project, blame_days=0)
        before = _cpu_of_children()
        blame_seconds = _load(project, blame_days=180)
        blame_cpu = _cpu_of_children() - before
        blamed, waiting, lines = _blamed(project)
    print(
        f"git_history: {commits:,} commits, {files:,} changed files ({size / 1e6:.0f} MB of log): "
        f"git {git_seconds:.1f} s, git and parser {read_seconds:.1f} s, whole load "
        f"{load_seconds:.1f} s, over git's own time {load_seconds - git_seconds:.1f} s "
        f"(bar {_BAR_SECONDS:.0f}; CPU {load_cpu - git_cpu:.1f} s), "
        f"ratio {load_seconds / git_seconds:.2f}; "
        f"second run with nothing new {again_seconds:.1f} s"
    )
    print(
        f"blame: {blamed:,} fixes, {lines:,} lines in {blame_seconds:.1f} s "
        f"(CPU {blame_cpu:.1f} s), {waiting:,} wait for the next load"
    )


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _make(project: Path, commits: int) -> Repository:
    folder = project / "git" / "acme__monorepo.git"
    folder.mkdir(parents=True)
    (project / ".dlt").mkdir()
    (project / ".dlt" / "config.toml").write_text(
        '[sources.git_history]\nrepositories = ["git/*.git"]\n', "utf-8"
    )
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "--bare", "-b", "main"], check=True)
    with subprocess.Popen([*git, "fast-import", "--quiet"], stdin=subprocess.PIPE) as process:
        if process.stdin is None:
            raise RuntimeError("git fast-import takes no input")
        for piece in _stream(commits):
            process.stdin.write(piece)
        process.stdin.close()
        if process.wait():
            raise RuntimeError("git fast-import failed")
    return Repository(folder, "acme/monorepo", "git/acme__monorepo.git")


def _stream(commits: int) -> Iterator[bytes]:
    """Commits of 1 to 6 changed files, some renames and merges."""
    generator = random.Random(7)  # noqa: S311 - no secret
    names = [f"service_{n % 40}/src/package_{n % 400}/module_{n}.py" for n in range(_FILES)]
    for number in range(1, commits + 1):
        author = f"Author {number % 60} <author{number % 60}@example.com>"
        when = 1_500_000_000 + number * 600
        kind = "Fix" if number % 25 == 0 else "Change"
        subject = f"{kind} {number}: make it {'faster' if number % 3 else 'right'}"
        message = f"{subject}\n\n{'Because of this and that. ' * (number % 8)}\n"
        yield (
            f"commit refs/heads/main\nmark :{number}\n"
            f"author {author} {when} +0200\ncommitter {author} {when + 60} +0000\n"
            f"data {len(message)}\n{message}\n"
        ).encode()
        if number > 10 and number % 20 == 0:
            yield b"merge :%d\n" % (number - 9)
        for _ in range(generator.randint(1, 6)):
            position = generator.randrange(_FILES)
            text = "".join(f"line {generator.randrange(99)}\n" for _ in range(12))
            yield f"M 100644 inline {names[position]}\ndata {len(text)}\n{text}\n".encode()
        if number % 50 == 0:
            # The file was just written, so it is there.
            renamed = f"{names[position].rpartition('/')[0]}/renamed_{number}.py"
            yield f"R {names[position]} {renamed}\n".encode()
            names[position] = renamed
        yield b"\n"


def _git(repository: Repository) -> tuple[float, int]:
    started = time.perf_counter()
    size = sum(len(chunk) for chunk in repository.stream("log", *LOG_ARGUMENTS, "--all"))
    return time.perf_counter() - started, size


def _read(repository: Repository) -> tuple[float, int, int]:
    started = time.perf_counter()
    buffer = CommitBuffer(repository.name)
    counts = {"commits": 0, "commit_parents": 0, "commit_files": 0}
    for commit in read_log(repository.stream("log", *LOG_ARGUMENTS, "--all")):
        buffer.add(commit, parents=commit.parents, has_files=True)
        if buffer.is_full:
            for name, table in buffer.take():
                counts[name] += table.num_rows
    for name, table in buffer.take():
        counts[name] += table.num_rows
    return time.perf_counter() - started, counts["commits"], counts["commit_files"]


def _load(project: Path, *, blame_days: int) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "dlt_pipelines", "git_history", "--project", str(project)],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ
        | {
            "TESTOPS_HOME": str(project / "home"),
            "SOURCES__GIT_HISTORY__BLAME_DAYS": str(blame_days),
        },
    )
    return time.perf_counter() - started


def _blamed(project: Path) -> tuple[int, int, int]:
    """Fixes that are blamed and that wait, and the lines blamed."""
    with duckdb.connect(str(project / "home" / "build.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "select count_if(state = 'blamed'), count_if(state = 'waiting'),"
            " coalesce(sum(blamed_line_count), 0) from raw_git_history.blamed_fixes"
        ).fetchone()
    if counts is None:
        raise RuntimeError("a count without a row")
    return counts


if __name__ == "__main__":
    main()

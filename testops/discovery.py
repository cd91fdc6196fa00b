"""What lies in a checkout: its repository, its workflow files and its report files."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testops.errors import TestopsError, UsageError

# Folders that hold other people's files or a tool's cache, never this project's reports.
_SKIPPED_FOLDERS = frozenset(
    {
        ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "site-packages", "__pycache__",
        ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".gradle", ".idea",
        "vendor", "third_party", "warehouse",
    }
)  # fmt: skip
_REPORT_SUFFIXES = frozenset(
    {".xml", ".json", ".ndjson", ".info", ".lcov", ".trx", ".tap", ".out", ".gz", ".zip"}
)
# Only names that reports usually carry: a repository is full of other JSON and XML.
_REPORT_NAME = re.compile(
    r"junit|test|spec|report|result|cover|lcov|jacoco|cobertura|clover|nunit|xunit|trx|tap|allure",
    re.IGNORECASE,
)
_MOST_CANDIDATES = 2000
_WORKFLOWS = {
    "github_actions": (".github/workflows/*.yml", ".github/workflows/*.yaml"),
    "gitlab_ci": (".gitlab-ci.yml",),
    "jenkins": ("Jenkinsfile",),
    "buildkite": (".buildkite/pipeline.yml", ".buildkite/pipeline.yaml"),
    "circleci": (".circleci/config.yml",),
    "azure_devops": ("azure-pipelines.yml", "azure-pipelines.yaml"),
}
_HOSTS = {
    "github_actions": re.compile(r"(^|@|//|\.)github\."),
    "gitlab_ci": re.compile(r"(^|@|//|\.)gitlab\."),
}


@dataclass(frozen=True)
class Found:
    """What `testops init` found.

    Attributes:
        root: top folder of the repository.
        repository: `owner/name` from the remote `origin`, else the folder's name.
        vendors: CI vendors that the workflow files or the host of `origin` speak for, sorted.
        workflows: workflow files by CI vendor, relative to `root`.
        test_reports, coverage_reports: report files, relative to `root`.
    """

    root: Path
    repository: str
    vendors: tuple[str, ...]
    workflows: dict[str, list[str]]
    test_reports: list[str]
    coverage_reports: list[str]


def discover(folder: Path) -> Found:
    """Look through the checkout that holds `folder`.

    Raises:
        UsageError: `folder` is not there or not inside a git repository.
    """
    if not folder.is_dir():
        raise UsageError(f"`{folder}` is not a folder; name one inside a git repository")
    top = _git(folder, "rev-parse", "--show-toplevel")
    if not top:
        raise UsageError(
            f"`{folder.resolve()}` is not in a git repository; go into one, or run `git init` first"
        )
    root = Path(top)
    origin = _git(root, "remote", "get-url", "origin") or ""
    reports = _inspected(root, list(_candidates(root)))
    workflows = _workflow_files(root)
    hosts = {vendor for vendor, host in _HOSTS.items() if host.search(origin)}
    return Found(
        root=root,
        repository=repository_name(origin) or root.name,
        vendors=tuple(sorted(hosts | workflows.keys())),
        workflows=workflows,
        test_reports=[path for path, kind in reports if kind == "test"],
        coverage_reports=[path for path, kind in reports if kind == "coverage"],
    )


def repository_name(url: str) -> str | None:
    """`owner/name` (or `group/subgroup/name`) of a remote's address, without credentials.

    Only addresses of servers count: a local path says nothing about an owner.
    """
    match = re.match(
        r"^(?:[a-z+]+://(?:[^/@]*@)?[^/]+/|[^/@]+@[^:/]+:)(?P<path>[^?#]+)", url.strip()
    )
    if not match or url.startswith("file:"):
        return None
    return match["path"].strip("/").removesuffix(".git") or None


def globs(paths: list[str]) -> list[str]:
    """Patterns that cover the paths: one per folder and suffix, so tomorrow's files count too."""
    return sorted({str(Path(path).parent / f"*{Path(path).suffix}") for path in paths})


def _workflow_files(root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for vendor, patterns in _WORKFLOWS.items():
        files = [path for pattern in patterns for path in root.glob(pattern) if path.is_file()]
        if files:
            found[vendor] = sorted(path.relative_to(root).as_posix() for path in files)
    return found


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise UsageError("the command `git` is not installed; install it first") from None
    return done.stdout.strip() if done.returncode == 0 else None


def _candidates(root: Path) -> Iterator[Path]:
    """Files that may be reports, by name; what they are is decided by their content."""
    count = 0
    for folder, names, files in os.walk(root):
        # A folder with its own configuration is a project of its own.
        names[:] = sorted(
            name
            for name in names
            if name not in _SKIPPED_FOLDERS and not (Path(folder, name, ".dlt")).is_dir()
        )
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix.lower() not in _REPORT_SUFFIXES:
                continue
            if not _REPORT_NAME.search(path.relative_to(root).as_posix()):
                continue
            count += 1
            if count > _MOST_CANDIDATES:
                return
            yield path


def _inspected(root: Path, candidates: list[Path]) -> list[tuple[str, str]]:
    """Path and kind of every candidate that the parsers can read."""
    tracked = set((_git(root, "ls-files", "-z") or "").split("\0"))
    # A report under version control is a fixture of some test, not a result of this project.
    paths = [path for path in candidates if path.relative_to(root).as_posix() not in tracked]
    found: list[tuple[str, str]] = []
    for start in range(0, len(paths), 200):
        chunk = [str(path) for path in paths[start : start + 200]]
        done = subprocess.run(
            [sys.executable, "-m", "dlt_pipelines.parsers", "inspect", "--json", "--", *chunk],
            capture_output=True,
            text=True,
            check=False,
        )
        # 1 says that some files are no reports, which is what this is about to find out.
        if done.returncode not in (0, 1):
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise TestopsError(f"the report parsers failed on files below `{root}`: {reason}")
        for line in done.stdout.splitlines():
            report: dict[str, Any] = json.loads(line)
            if report.get("kind") in ("test", "coverage") and report.get("parse") != "error":
                relative = Path(str(report["path"])).relative_to(root).as_posix()
                found.append((relative, str(report["kind"])))
    return found

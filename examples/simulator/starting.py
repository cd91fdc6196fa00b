"""The first tree of a simulated repository: sources, tests, CODEOWNERS, workflow files."""

import random
from dataclasses import dataclass

from examples.simulator.organisation import Repository
from examples.simulator.owners import Ownership, first_ownership
from examples.simulator.settings import Settings
from examples.simulator.tree import (
    FileVersion,
    Numbers,
    State,
    TestDefinition,
    source_path,
    test_name,
    test_path,
)

CODEOWNERS_UID = 1
_MODULES = ("intake", "rules", "views", "store")
# The file that describes the CI, by vendor.
_PIPELINES = {
    "github": (".github/workflows/ci.yml", "name: CI\non: [push, pull_request]\n"),
    "gitlab": (".gitlab-ci.yml", "stages: [build, test, scan, preview, deploy]\n"),
}


@dataclass(frozen=True, slots=True)
class Regression:
    """A defect in the code: these tests fail wherever it is present."""

    uid: int
    tests: frozenset[int]
    message: str
    is_error: bool


def first_state(
    settings: Settings, repository: Repository, numbers: Numbers, rng: random.Random
) -> tuple[State, Ownership | None]:
    """The tree of the first commit, and the owners it names (None: no CODEOWNERS)."""
    files: dict[int, FileVersion] = {}
    tests: dict[int, TestDefinition] = {}
    ownership = None
    if repository.has_codeowners and "late_owners" not in repository.extras:
        ownership = first_ownership(repository)
        path = codeowners_path(repository)
        files[CODEOWNERS_UID] = FileVersion(path, "text", text=ownership.text())
    files[2] = FileVersion(
        "README.md", "text", text=f"# {repository.name}\n\nSimulated by {settings.seed}.\n"
    )
    path, text = _PIPELINES[repository.vendor]
    files[3] = FileVersion(path, "text", text=text)
    folders = [(area, module) for area in repository.areas for module in _MODULES[:3]]
    per_file = max(1, repository.test_count // len(folders))
    for area, module in folders:
        source = numbers.next_uid()
        lines = tuple(numbers.next_line() for _ in range(rng.randrange(13, 25)))
        files[source] = FileVersion(source_path(repository, area, module), "source", lines)
        holder = numbers.next_uid()
        body = tuple(numbers.next_line() for _ in range(per_file * 3))
        files[holder] = FileVersion(test_path(repository, area, module), "test", body)
        for position in range(per_file):
            uid = numbers.next_uid()
            slow = rng.random() < 0.05
            name = test_name(repository, module, position)
            base_ms = rng.randrange(900, 4000) if slow else rng.randrange(2, 260)
            tests[uid] = TestDefinition(uid, holder, name, position * 3 + 1, base_ms)
    return State(files, tests), ownership


def codeowners_path(repository: Repository) -> str:
    """Where CODEOWNERS lives."""
    return f".{repository.vendor}/CODEOWNERS"


def sources(state: State) -> list[int]:
    """Uids of source files, in the order of their making."""
    return sorted(uid for uid, version in state.files.items() if version.kind == "source")

"""Rules about the files of the repository as a whole."""

import re
import subprocess
from pathlib import Path

import pytest

TEXT = {".py", ".sql", ".yml", ".yaml", ".toml", ".md", ".lock", ".csv", ".json", ".txt", ""}


@pytest.fixture(scope="module")
def tracked(repository):
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=repository, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    paths = [repository / name for name in done.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix in TEXT]


def test_no_registry_host_in_any_file(tracked, repository):
    # Written in parts so that this file does not name them itself.
    host = re.compile(r"(pypi\.(org|io)|files\.python" + r"hosted|registry\.npm" + r"js)", re.I)
    assert [str(p.relative_to(repository)) for p in tracked if host.search(p.read_text())] == []


def test_no_path_of_a_machine(tracked, repository):
    """Neither where this checkout lies, nor what lies beside it, nor a user's home."""
    beside = [str(path) for path in repository.parent.iterdir() if len(path.parts) > 2]
    paths = [*beside, f"{Path.home()}/"]
    wrong = [
        f"{file.relative_to(repository)}: {path}"
        for file, text in ((file, file.read_text()) for file in tracked)
        for path in paths
        if path in text
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-uv.lock"])
def test_every_locked_package_has_a_hash(repository, name):
    blocks = re.split(r"\n(?=\S)", (repository / name).read_text())
    packages = [block for block in blocks if re.match(r"[a-z0-9][\w.-]*==", block)]
    assert packages
    assert [block.split()[0] for block in packages if "--hash=sha256:" not in block] == []


def test_what_is_locked_is_what_is_asked_for(repository):
    """Every direct dependency of pyproject.toml stands in the lock."""
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=!~ ]", line, maxsplit=1)[0].lower() for line in wanted}
    locked = set(
        re.findall(r"^([a-z0-9][\w.-]*)==", (repository / "requirements.lock").read_text(), re.M)
    )
    assert names - locked == set()

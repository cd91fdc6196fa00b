"""The folder of a warehouse."""

import subprocess
from pathlib import Path

from dagster_project.home import Home, make_folder
from dlt_pipelines.config import Settings


def _home(folder: Path) -> Home:
    return Home(Settings(folder, folder.parent, None, False, "UTC"))


def test_a_new_warehouse_in_a_checkout_is_left_out_of_commits(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    make_folder(_home(tmp_path / "warehouse"))
    (tmp_path / "warehouse" / "build.duckdb").write_bytes(b"rows")
    assert git("status", "--porcelain", "--untracked-files=all") == ""


def test_a_folder_that_was_there_keeps_what_it_has(tmp_path: Path) -> None:
    """It may be a repository itself, or hold more than the warehouse."""
    make_folder(_home(tmp_path))
    assert list(tmp_path.iterdir()) == []

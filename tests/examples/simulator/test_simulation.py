"""Same seed, same bytes; folders are replaced whole or left alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.simulator.__main__ import main
from examples.simulator.settings import Settings
from examples.simulator.simulation import is_current, simulate
from tests.conftest import REPOSITORY
from tests.examples.conftest import Organisation, digest


def test_same_seed_same_bytes_whatever_the_surroundings(
    small: Organisation, tmp_path: Path
) -> None:
    """Another process, order of hashes, time zone and git settings make the same files."""
    (tmp_path / "config").write_text(
        "[init]\n\tdefaultBranch = other\n[core]\n\tcompression = 9\n[pack]\n\tdepth = 1\n"
    )
    surroundings = os.environ | {
        "PYTHONHASHSEED": "123",
        "TZ": "Asia/Tokyo",
        "GIT_CONFIG_GLOBAL": str(tmp_path / "config"),
        "GIT_AUTHOR_NAME": "somebody",
        "GIT_DIR": str(tmp_path),
    }
    output = tmp_path / "again"
    subprocess.run(
        [sys.executable, "-m", "examples.simulator", "--output", output, "--scale", "0.02"],
        check=True, env=surroundings, cwd=REPOSITORY,
    )  # fmt: skip
    first, second = digest(small.root), digest(output)
    assert first == second
    assert any(name.startswith("git/") and name.endswith(".pack") for name in first)


def test_another_seed_and_scale_is_another_organisation(
    small: Organisation, tmp_path: Path
) -> None:
    simulate(tmp_path / "other", Settings(seed=8, scale=0.06))
    other = Organisation(tmp_path / "other")
    first, second = digest(small.root), digest(other.root)
    assert first["truth/flaky_tests.csv"] != second["truth/flaky_tests.csv"]

    def runs(organisation: Organisation) -> int:
        # The lab has as many runners, and so as many tests, in every organisation.
        return sum(
            run["name"] != "Load test"
            for repository in organisation.repositories
            for run in organisation.pages(repository, "runs")
        )

    assert runs(other) > 1.5 * runs(small)


def test_if_changed_leaves_a_current_folder_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "organisation"
    arguments = ["--output", str(output), "--scale", "0.01", "--days", "28", "--if-changed"]
    assert main(arguments) == 0
    marker = output / "SIMULATED.md"
    os.utime(marker, ns=(1, 1))
    assert main(arguments) == 0
    assert marker.stat().st_mtime_ns == 1
    assert "up to date" in capsys.readouterr().out
    assert main([*arguments, "--seed", "8"]) == 0
    assert marker.stat().st_mtime_ns != 1
    assert not is_current(output, Settings(7, 0.01, 28))
    assert [path.name for path in tmp_path.iterdir()] == ["organisation"]


def test_a_folder_of_others_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["--output", str(tmp_path), "--scale", "0.02"]) == 2
    assert "holds other files" in capsys.readouterr().err
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "wrong",
    [("--scale", "0"), ("--days", "2"), ("--repositories", "0"), ("--time-zone", "Nowhere/At_all")],
    ids=lambda wrong: wrong[0],
)
def test_impossible_arguments_are_said(
    wrong: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output", str(tmp_path / "x"), *wrong]) == 2
    assert wrong[0] in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_everything_is_named_simulated(small: Organisation) -> None:
    assert "simulated" in (small.root / "SIMULATED.md").read_text()
    for repository in small.repositories:
        assert small.name(repository).startswith("simulated-org/")
        for run in small.pages(repository, "runs"):
            assert "simulated" in run["actor"]["login"] or run["actor"]["type"] == "Bot"

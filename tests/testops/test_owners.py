"""`testops owners`: its options reach the parsers, and errors are told to programs too."""

import json
import subprocess
import sys

import pytest


@pytest.fixture
def ask(tmp_path):
    folder = tmp_path / ".gitlab"
    folder.mkdir()
    (folder / "CODEOWNERS").write_text("[Shop] @shop\n*.py\n")

    def run(*options):
        words = ["owners", "a.py", "--json", *options]
        return subprocess.run(
            [sys.executable, "-m", "testops", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )

    return run


@pytest.mark.parametrize(
    ("options", "dialect", "owners"),
    [
        ((), "gitlab", ["@shop"]),
        (("--dialect", "gitlab"), "gitlab", ["@shop"]),
        (("--dialect", "github"), "github", []),
    ],
    ids=["found out", "gitlab", "github"],
)
def test_the_dialect_is_that_of_the_file_unless_it_is_named(ask, options, dialect, owners):
    told = json.loads(ask("--codeowners", ".gitlab/CODEOWNERS", *options).stdout)
    assert (told["dialect"], told["owners"]) == (dialect, owners)


def test_an_unknown_dialect_is_wrong_usage(ask):
    done = ask("--codeowners", ".gitlab/CODEOWNERS", "--dialect", "svn")
    assert done.returncode == 2
    assert "choose github or gitlab" in json.loads(done.stdout)["error"]


def test_a_file_that_is_not_there_is_told(ask):
    done = ask("--codeowners", "nowhere")
    assert done.returncode == 1
    assert "`nowhere` can't be read" in json.loads(done.stdout)["error"]

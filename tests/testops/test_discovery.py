"""What `testops init` finds in a checkout."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from testops.cli.app import app
from testops.cli.setup import configuration
from testops.discovery import Found, discover, globs, repository_name
from testops.errors import UsageError

VENDORS = ("github_actions", "gitlab_ci", "jenkins", "buildkite", "circleci", "azure_devops")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/shop.git", "acme/shop"),
        ("https://token:secret@github.com/acme/shop", "acme/shop"),
        ("https://git.example.org/acme/shop.git?private_token=secret#secret", "acme/shop"),
        ("git@github.com:acme/shop.git", "acme/shop"),
        ("ssh://git@gitlab.example.org:2222/group/sub/shop.git", "group/sub/shop"),
        ("/srv/git/shop.git", None),
        ("file:///srv/git/shop.git", None),
        ("", None),
    ],
    ids=[
        "https",
        "credentials",
        "parameters",
        "scp",
        "ssh port and subgroup",
        "path",
        "file",
        "none",
    ],
)
def test_repository_name(url, name):
    assert repository_name(url) == name


def test_globs_cover_tomorrows_files():
    assert globs(["build/a.xml", "build/b.xml", "build/c.info", "d.xml"]) == [
        "*.xml",
        "build/*.info",
        "build/*.xml",
    ]


@pytest.fixture
def checkout(tmp_path) -> Path:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("remote", "add", "origin", "git@github.com:acme/shop.git")
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text("on: push\n")
    report = '<testsuite name="s" tests="1"><testcase classname="a" name="b"/></testsuite>'
    for name in ("build/junit.xml", "fixtures/test-sample.xml", "node_modules/x/report.xml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report)
    (tmp_path / "build" / "lcov.info").write_text("SF:a.py\nDA:1,1\nend_of_record\n")
    (tmp_path / "build" / "test-settings.json").write_text('{"colour": "blue"}')
    (tmp_path / "other" / ".dlt").mkdir(parents=True)
    (tmp_path / "other" / "junit.xml").write_text(report)
    git("add", "fixtures")
    return tmp_path


def test_discover_reads_content_and_leaves_out_what_is_not_ours(checkout):
    found = discover(checkout / "build")
    assert found.root == checkout
    assert found.repository == "acme/shop"
    assert found.vendors == ("github_actions",)
    assert found.workflows == {"github_actions": [".github/workflows/ci.yml"]}
    # Neither a fixture under version control, nor a dependency's, nor another project's.
    assert found.test_reports == ["build/junit.xml"]
    assert found.coverage_reports == ["build/lcov.info"]


def test_configuration_is_what_dlt_reads(checkout):
    settings = tomllib.loads(configuration(discover(checkout)))
    assert settings["testops"]["organisation"] == "acme"
    assert settings["sources"]["test_results"]["files"] == ["build/*.xml"]
    assert settings["sources"]["coverage"]["files"] == ["build/*.info"]
    assert settings["sources"]["git_history"]["repositories"] == ["."]


def test_names_from_outside_cannot_break_the_configuration(tmp_path):
    found = Found(tmp_path, 'a"\n[evil]\\', ("circleci", "gitlab_ci"), {}, ['b"c.xml'], [])
    settings = tomllib.loads(configuration(found))
    assert "evil" not in settings
    assert settings["sources"]["test_results"]["files"] == ["*.xml"]


def test_every_vendor_found_has_a_section_that_is_right_once_uncommented(checkout):
    (checkout / "Jenkinsfile").write_text("pipeline {}")
    (checkout / ".gitlab-ci.yml").write_text("test: {script: make}")
    (checkout / ".circleci").mkdir()
    (checkout / ".circleci" / "config.yml").write_text("version: 2.1")
    (checkout / ".buildkite").mkdir()
    (checkout / ".buildkite" / "pipeline.yml").write_text("steps: []")
    (checkout / "azure-pipelines.yml").write_text("steps: []")
    text = configuration(discover(checkout))
    section = r"^# (\[sources\.\w+\]|\w+ = .*)$"
    sources = tomllib.loads(re.sub(section, r"\1", text, flags=re.MULTILINE))["sources"]
    for vendor in VENDORS:
        assert sources[vendor]["mode"] == "api"
        assert f"SOURCES__{vendor.upper()}__TOKEN" in text
    assert sources["gitlab_ci"]["projects"] == ["acme/shop"]


def test_an_empty_checkout_gets_every_vendor_and_an_example_of_files(tmp_path):
    empty = Found(tmp_path, "shop", (), {}, [], [])
    text = configuration(empty)
    assert tomllib.loads(text)["sources"]["coverage"]["files"] == []
    assert text.count('for example ["build/reports/**"]') == 2
    for vendor in VENDORS:
        assert f"# [sources.{vendor}]" in text
    known = configuration(Found(tmp_path, "shop", ("jenkins",), {}, ["a/b.xml"], ["a/c.info"]))
    assert "[sources.buildkite]" not in known
    assert "for example" not in known


def test_init_says_what_to_do_next_and_keeps_secrets_out_of_commits(checkout):
    start = CliRunner()
    with_reports = start.invoke(app, ["init", str(checkout)])
    assert with_reports.exit_code == 0, with_reports.output
    assert "name your report files" not in with_reports.output
    assert "take the comment signs from a CI vendor in it, to load" in with_reports.output
    (checkout / ".dlt" / "secrets.toml").write_text("[sources.github_actions]\n")
    shown = ["git", "-C", str(checkout), "status", "--porcelain", "--untracked-files=all", ".dlt"]
    listed = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.split()
    assert listed == ["??", ".dlt/.gitignore", "??", ".dlt/config.toml"]
    (checkout / ".dlt" / ".gitignore").write_text("own")
    for name in ("junit.xml", "lcov.info"):
        (checkout / "build" / name).unlink()
    without = start.invoke(app, ["init", str(checkout), "--force"])
    assert "name your report files in it" in without.output
    assert (checkout / ".dlt" / ".gitignore").read_text() == "own"


def test_outside_a_repository(tmp_path):
    with pytest.raises(UsageError, match="not in a git repository"):
        discover(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(UsageError, match="not a folder"):
        discover(tmp_path / "gone")

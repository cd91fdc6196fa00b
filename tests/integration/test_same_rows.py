"""Late, repeated and corrected data, and SIGKILL at every step, end in the rows of a clean run."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.integration.comparison import differences
from tests.integration.conftest import Flow

pytestmark = pytest.mark.integration

# Commits that were pushed over stay: builds may have run on them.
LOST = {f"core.{table}": 1 for table in ("fct_commits", "fct_commit_files", "bridge_commits_teams")}
# How a source reads differs between the two by design; what was read does not.
LOAD_TABLES = frozenset({"core.fct_source_loads", "marts.mart_quality__sources"})
VENDORS = ("github", "gitlab")
RENAMED, FORMER_NAME = "simulated-org/storefront-web", "simulated-org/former-web"
PUSHED_OVER = "simulated-org/order-api"
# A build that is cut off makes the tables that grow anew: that kill has a run of its own.
NIGHTLY_STEPS = (
    "start load github_actions",
    "start gate raw",
    "start gate published",
    "start publish",
)
WEEKLY = ("--job", "weekly")


def hold_back(project: Path, aside: Path) -> None:
    """Take away what arrives late, and put in what will be corrected."""
    reports = sorted(path for home in VENDORS for path in project.glob(f"{home}/**/*.zip"))
    assert len(reports) > 20
    # Reports of every fifth run attempt come a day later, old days among them.
    for path in reports[::5]:
        target = aside / path.relative_to(project)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    # One report is corrected: at first all its tests pass by another name.
    wrong = next(path for path in reports[1::5] if changed(path))
    assert zipfile.is_zipfile(wrong)
    shutil.copy(wrong, aside / "corrected.zip")
    (aside / "corrected.json").write_text(json.dumps(str(wrong.relative_to(project))))
    spoil(wrong)
    # Another held its reports under other names.
    other = next(path for path in reports[2::5] if changed(path))
    keep_as_it_is(other, project, aside)
    rename_members(other)
    under_a_former_name(project, aside)
    push(clone_of(PUSHED_OVER, project))
    # Pages are older: the last jobs and attempts are not there yet, some runs are still going on.
    for pattern in ("jobs-*.jsonl", "attempts-*.jsonl", "deployment_statuses-*.jsonl"):
        for path in [found for home in VENDORS for found in project.glob(f"{home}/**/{pattern}")]:
            keep_as_it_is(path, project, aside)
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(lines[: max(1, len(lines) * 3 // 4)]))
    for path in project.glob("github/**/runs-*.json"):
        keep_as_it_is(path, project, aside)
        page = json.loads(path.read_text())
        for run in page["workflow_runs"][: len(page["workflow_runs"]) // 4]:
            run |= {"status": "in_progress", "conclusion": None}
            run["updated_at"] = run["run_started_at"]
        path.write_text(json.dumps(page))
    for path in project.glob("gitlab/**/pipelines-*.jsonl"):
        keep_as_it_is(path, project, aside)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for pipeline in lines[: len(lines) // 4]:
            pipeline |= {"status": "running", "duration": None, "finished_at": None}
            pipeline["updated_at"] = pipeline["created_at"]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def keep_as_it_is(path: Path, project: Path, aside: Path) -> None:
    """Copy what is not changed yet."""
    if not (aside / path.relative_to(project)).exists():
        shutil.copy2(path, keep(path, project, aside))


def keep(path: Path, project: Path, aside: Path) -> Path:
    target = aside / path.relative_to(project)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def changed(path: Path) -> bool:
    """Whether the archive holds a test report that `spoil` would change."""
    with zipfile.ZipFile(path) as archive:
        return any(b"<testcase" in archive.read(name) for name in archive.namelist())


def spoil(path: Path) -> None:
    """Rename every test of the archive's reports."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data.replace(b'<testcase name="', b'<testcase name="wrong_'))


def rename_members(path: Path) -> None:
    """Give every file of the archive another name."""
    with zipfile.ZipFile(path) as archive:
        content = {f"former_{name}": archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def under_a_former_name(project: Path, aside: Path) -> None:
    """Rename one repository, in the pages of the vendor, the settings and its clone."""
    pages = sorted((project / "github" / RENAMED).glob("*.json*"))
    settings = [project / ".dlt" / "config.toml", *(project / "organisation").glob("*.csv")]
    for path in [*pages, *settings]:
        keep_as_it_is(path, project, aside)
        path.write_text(path.read_text().replace(RENAMED, FORMER_NAME))
    clone_of(RENAMED, project).rename(clone_of(FORMER_NAME, project))


def clone_of(repository: str, project: Path) -> Path:
    return project / "git" / f"{repository.replace('/', '__')}.git"


def push(clone: Path) -> None:
    """Change a file of the default branch, by whom and when it was committed to last."""

    def git(*arguments: str, **environment: str) -> str:
        return subprocess.run(
            ["git", "-C", str(clone), *arguments], env={**os.environ, **environment},
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip

    index = {"GIT_INDEX_FILE": str(clone / "index-of-the-push")}
    git("read-tree", "main", **index)
    entry = f"100644,{git('rev-parse', 'main:.github/CODEOWNERS')},README.md"
    git("update-index", "--add", "--cacheinfo", entry, **index)
    people = {
        f"GIT_{who}_{part}": git("log", "-1", f"--format=%{letter}{mark}", "main")
        for who, letter in (("AUTHOR", "a"), ("COMMITTER", "c"))
        for part, mark in (("NAME", "n"), ("EMAIL", "e"), ("DATE", "I"))
    }
    tree = git("write-tree", **index)
    commit = git("commit-tree", tree, "-p", "main", "-m", "Not yet", **people)
    git("update-ref", "refs/heads/main", commit)


def push_back(clone: Path) -> None:
    """Take the last commit away from the default branch, as a forced push does."""
    subprocess.run(["git", "-C", str(clone), "update-ref", "refs/heads/main", "main^"], check=True)


def give_back(project: Path, aside: Path) -> None:
    """Bring everything that was held back to its place."""
    clone_of(FORMER_NAME, project).rename(clone_of(RENAMED, project))
    push_back(clone_of(PUSHED_OVER, project))
    for folder in (".dlt", "organisation"):
        shutil.copytree(aside / folder, project / folder, dirs_exist_ok=True)
    corrected = json.loads((aside / "corrected.json").read_text())
    shutil.copy(aside / "corrected.zip", project / corrected)
    for home in VENDORS:
        shutil.copytree(aside / home, project / home, dirs_exist_ok=True)


def repeat_pages(project: Path) -> None:
    """Save every page under a second name too, as overlapping downloads leave it."""
    for path in [found for home in VENDORS for found in project.glob(f"{home}/**/*.json*")]:
        if path.name not in ("repository.json", "project.json"):
            shutil.copy(path, path.with_name(f"again-{path.name}"))


@pytest.fixture
def suffering(organisation: Path, tmp_path: Path) -> Flow:
    """A copy of the organisation that a test may change, with a home of its own."""
    project = tmp_path / "organisation"
    shutil.copytree(organisation, project, symlinks=True)
    return Flow(project, tmp_path / "warehouse")


def test_late_and_corrected_and_repeated_data_and_kills(clean, suffering, tmp_path):
    """One home suffers everything, one thing after the other; nothing is cleaned up between."""
    aside = tmp_path / "aside"
    aside.mkdir()
    hold_back(suffering.project, aside)
    suffering.kill_at("start load test_results")
    assert not (suffering.home / "published" / "current.json").exists()
    suffering.publish()
    early = differences(clean.database, suffering.database, LOAD_TABLES)
    assert {"core.fct_test_results", "core.fct_workflow_run_attempts"} <= set(early)

    before = suffering.manifest
    repeat_pages(suffering.project)
    give_back(suffering.project, aside)
    for step in NIGHTLY_STEPS:
        told = suffering.kill_at(step)
        assert suffering.manifest == before, step
        # What was made whole before the kill is not made again.
        assert step != "start publish" or any("made by the run before" in line for line in told)
    suffering.publish()
    assert differences(clean.database, suffering.database, LOAD_TABLES) == LOST

    before = suffering.manifest
    suffering.kill_at("build models: core.", *WEEKLY)
    assert suffering.manifest == before
    assert suffering.run()[1]["status"] == "unchanged"
    suffering.publish(*WEEKLY)
    assert differences(clean.database, suffering.database, LOAD_TABLES) == LOST
    assert not list((suffering.home / "published").glob("*.tmp"))
    assert not list((suffering.home / "published").glob(".*.tmp"))

"""Late, repeated and corrected data, and SIGKILL at every step, end in the rows of a clean run."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.integration.comparison import differences
from tests.integration.conftest import Flow

pytestmark = pytest.mark.integration

# How a source reads differs between the two by design; what was read does not.
LOAD_TABLES = frozenset({"core.fct_source_loads", "marts.mart_quality__sources"})
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
    reports = sorted(project.glob("github/**/artifacts/**/*.zip"))
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
    # Pages are older: the last jobs and attempts are not there yet, some runs are still going on.
    for pattern in ("jobs-*.jsonl", "attempts-*.jsonl", "deployment_statuses-*.jsonl"):
        for path in project.glob(f"github/**/{pattern}"):
            shutil.copy(path, keep(path, project, aside))
            lines = path.read_text().splitlines(keepends=True)
            path.write_text("".join(lines[: max(1, len(lines) * 3 // 4)]))
    for path in project.glob("github/**/runs-*.json"):
        shutil.copy(path, keep(path, project, aside))
        page = json.loads(path.read_text())
        for run in page["workflow_runs"][: len(page["workflow_runs"]) // 4]:
            run |= {"status": "in_progress", "conclusion": None}
            run["updated_at"] = run["run_started_at"]
        path.write_text(json.dumps(page))


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


def give_back(project: Path, aside: Path) -> None:
    """Bring everything that was held back to its place."""
    corrected = json.loads((aside / "corrected.json").read_text())
    shutil.copy(aside / "corrected.zip", project / corrected)
    shutil.copytree(aside / "github", project / "github", dirs_exist_ok=True)


def repeat_pages(project: Path) -> None:
    """Save every page under a second name too, as overlapping downloads leave it."""
    for path in list(project.glob("github/**/*.json*")):
        if path.name != "repository.json":
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
    assert differences(clean.database, suffering.database, LOAD_TABLES) == {}

    before = suffering.manifest
    suffering.kill_at("build models: core.", *WEEKLY)
    assert suffering.manifest == before
    assert suffering.run()[1]["status"] == "unchanged"
    suffering.publish(*WEEKLY)
    assert differences(clean.database, suffering.database, LOAD_TABLES) == {}
    assert not list((suffering.home / "published").glob("*.tmp"))
    assert not list((suffering.home / "published").glob(".*.tmp"))

"""What dbt says of itself reaches Dagster as JSON and people as text, and nothing else does."""

import json
from pathlib import Path

import pytest

from dagster_project import dbt_command


def test_a_project_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "log"))
    (tmp_path / "dbt_project.yml").write_text("name: broken\nversion: '1'\nprofile: nobody\n")
    folders = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    assert dbt_command.main(["parse", *folders]) == 2
    lines = capsys.readouterr().out.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert {event["info"]["level"] for event in events} <= {"info", "warn", "error"}
    assert any("profiles.yml" in event["info"]["msg"] for event in events), lines
    log = (tmp_path / "log" / "dbt.log").read_text()
    assert log.startswith("== dbt parse")
    assert "profiles.yml" in log
    assert "[debug]" not in log

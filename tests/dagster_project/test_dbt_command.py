"""What dbt says of itself reaches Dagster as JSON and people as text, and nothing else does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dagster_project import dbt_command
from dagster_project.home import home
from dagster_project.manifest import variables


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
    assert any("nobody" in line or "profiles.yml" in line for line in lines), lines
    log = (tmp_path / "log" / "dbt.log").read_text()
    assert log.startswith("== dbt parse")
    assert "nobody" in log or "profiles.yml" in log
    assert "[debug]" not in log


def test_the_salt_of_authors_is_no_argument_and_in_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text('[testops]\nauthor_salt = "it\'s planted"\n')
    monkeypatch.setattr(os, "environ", os.environ.copy())
    os.environ |= {"TESTOPS_PROJECT": str(tmp_path), "TESTOPS_HOME": str(tmp_path / "warehouse")}
    arguments = ["parse", *variables(home())]
    assert "planted" not in " ".join(arguments)
    given = json.loads(dbt_command.with_salt(arguments)[2])
    assert given == {**json.loads(arguments[2]), "author_salt": "it's planted"}
    (tmp_path / "dbt_project.yml").write_text("name: broken\nversion: '1'\nprofile: nobody\n")
    folders = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    assert dbt_command.main([*arguments, *folders]) == 2
    assert "planted" not in capsys.readouterr().out
    logs = list(tmp_path.rglob("dbt.log"))
    assert logs
    assert "planted" not in "".join(log.read_text() for log in logs)


def test_dbt_ends_when_nobody_listens_any_more(tmp_path: Path) -> None:
    """A run that is killed leaves no dbt behind that holds the build file."""
    reading, writing = os.pipe()
    os.close(reading)
    (tmp_path / "dbt_project.yml").write_text("name: broken\nversion: '1'\nprofile: nobody\n")
    folders = ["--project-dir", str(tmp_path), "--profiles-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "dagster_project.dbt_command", "parse", *folders],
        env=os.environ | {"DBT_LOG_PATH": str(tmp_path / "log")},
        stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr == ""
    # The first line that nobody read was the last.
    assert len((tmp_path / "log" / "dbt.log").read_text().splitlines()) == 2


def test_events_that_nobody_reads_are_not_made() -> None:
    from dbt.adapters.events.types import SQLQuery
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.types import Note

    dbt_command.make_no_debug_events()
    told: list[str] = []
    manager = EventManager()
    manager.add_callback(lambda event: told.append(event.info.msg))
    query = SQLQuery(conn_name="main", sql="select 1", node_info={})
    assert query.sql == ""
    for event in (query, Note(msg="heard")):
        manager.fire_event(event)
    assert told == ["heard"]

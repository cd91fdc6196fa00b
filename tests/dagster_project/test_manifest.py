"""Models are read anew when what dbt kept of an older version is in the way."""

from pathlib import Path

import pytest

from dagster_project import manifest as reading
from dagster_project.home import Home
from dlt_pipelines.config import Settings


@pytest.fixture
def current(tmp_path: Path) -> Home:
    (tmp_path / "project").mkdir()
    home = Home(Settings(tmp_path / "home", tmp_path / "project", None, False, "UTC"))
    home.dbt_target.mkdir(parents=True)
    return home


def use(script: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program in dbt's place."""
    path = home.settings.project / "dbt"
    path.write_text(f"#!/bin/sh\ncd '{home.dbt_target}'\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(reading, "DBT", (str(path),))


def test_an_old_partial_parse_is_thrown_away(
    current: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (current.dbt_target / "partial_parse.msgpack").write_bytes(b"old")
    use("test -e partial_parse.msgpack && exit 1; echo '{}' > manifest.json", current, monkeypatch)
    assert reading.manifest(current).read_text() == "{}\n"


def test_models_that_cannot_be_read_are_told_once(
    current: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = '{"info": {"msg": "Running with dbt"}}'
    script = f"echo again >> tries; echo '{event}'; echo 'no such column'; exit 1"
    use(script, current, monkeypatch)
    with pytest.raises(reading.ModelsError, match="no such column") as raised:
        reading.manifest(current)
    assert "Running" not in str(raised.value)
    assert (current.dbt_target / "tries").read_text() == "again\n"

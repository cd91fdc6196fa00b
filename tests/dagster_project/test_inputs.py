"""What makes a build necessary, and what does not."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from dagster_project.home import Home
from dagster_project.inputs import (
    METRICS_FOLDER,
    hash_files,
    is_built,
    keep,
    keep_built,
    kept,
    plan,
)
from dlt_pipelines.config import Settings


@pytest.fixture
def current(tmp_path: Path) -> Home:
    (tmp_path / "project").mkdir()
    home = Home(Settings(tmp_path / "home", tmp_path / "project", None, False, "UTC"))
    home.settings.home.mkdir()
    with duckdb.connect(str(home.build_file)) as connection:
        connection.execute("""
            create schema quality; create schema quarantine;
            create table quality.source_loads as
            select 'coverage' as source, 5 as row_count,
                timestamptz '2026-03-13 00:00:00+00' as loaded_at;
            create table quarantine.rejected_files as
            select source, loaded_at from quality.source_loads limit 0;
            create table quarantine.rejected_rows as select * from quarantine.rejected_files;
        """)
    return home


def _change(home: Home, sql: str) -> None:
    with duckdb.connect(str(home.build_file)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(sql)


def _publish(home: Home) -> None:
    """Put a build on the shelf that was made from what is there now."""
    keep(home, plan(home))
    keep_built(home)
    folder = home.shelf.companion("20260314T120000Z-abcdef")
    folder.mkdir(parents=True)
    database = home.shelf.database("20260314T120000Z-abcdef")
    database.write_bytes(b"x")
    manifest = {
        "build_id": "20260314T120000Z-abcdef",
        "database": {"bytes": 1},
        "tables": {"core.dim_teams": {"rows": 3}},
        "inputs": plan(home).inputs,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    home.shelf.current_database.symlink_to(database.name)
    home.shelf.current_manifest.symlink_to(f"{folder.name}/manifest.json")


def test_first_build_is_new_and_whole(current: Home) -> None:
    first = plan(current)
    assert first.is_new
    assert first.needs_full_refresh
    assert first.previous_rows == {}


def test_nothing_changed(current: Home) -> None:
    _publish(current)
    again = plan(current)
    assert not again.is_new
    assert not again.needs_full_refresh
    assert again.previous_rows == {"core.dim_teams": 3}


def test_load_without_rows_is_nothing_new(current: Home) -> None:
    _publish(current)
    _change(
        current, "insert into quality.source_loads values ('coverage', 0, '2026-03-14 00:00:00+00')"
    )
    assert not plan(current).is_new


@pytest.mark.parametrize(
    "sql",
    [
        "insert into quality.source_loads values ('coverage', 1, '2026-03-14 00:00:00+00')",
        "insert into quality.source_loads values ('codeowners', 1, '2026-03-12 00:00:00+00')",
        "insert into quarantine.rejected_files values ('coverage', '2026-03-14 00:00:00+00')",
        "insert into quarantine.rejected_rows values ('coverage', '2026-03-14 00:00:00+00')",
    ],
    ids=["rows", "other source", "rejected file", "rejected row"],
)
def test_new_rows_are_new_but_need_no_full_refresh(sql: str, current: Home) -> None:
    _publish(current)
    _change(current, sql)
    assert plan(current).is_new
    assert not plan(current).needs_full_refresh


def test_what_computes_ready_made_metrics_is_new_but_needs_no_full_refresh(
    current: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "metrics"
    shutil.copytree(METRICS_FOLDER, copy)
    monkeypatch.setattr("dagster_project.inputs.METRICS_FOLDER", copy)
    _publish(current)
    (copy / "__pycache__" / "more.pyc").parent.mkdir(exist_ok=True)
    (copy / "__pycache__" / "more.pyc").write_bytes(b"x")
    assert not plan(current).is_new
    changed = copy / "definitions.py"
    changed.write_text(changed.read_text().replace("self.minimum_n <= 1", "self.minimum_n <= 2"))
    assert plan(current).is_new
    assert not plan(current).needs_full_refresh


def test_changed_organisation_needs_a_full_refresh(current: Home) -> None:
    _publish(current)
    own = current.settings.project / "organisation"
    own.mkdir()
    (own / "teams.csv").write_text("team,business_unit,organisation\ncheckout,shop,acme\n")
    assert plan(current).is_new
    assert plan(current).needs_full_refresh


def test_tables_that_nobody_published_are_what_the_next_increment_adds_to(current: Home) -> None:
    _publish(current)
    first = current.shelf.current_manifest.read_text()
    own = current.settings.project / "organisation"
    own.mkdir()
    (own / "teams.csv").write_text("team,business_unit,organisation\ncheckout,shop,acme\n")
    keep(current, plan(current))
    keep_built(current)
    # A gate kept those back. Then the models are again what they were for the readers' build.
    (own / "teams.csv").unlink()
    assert current.shelf.current_manifest.read_text() == first
    assert plan(current).needs_full_refresh


def test_build_that_was_cut_off_needs_a_full_refresh(current: Home) -> None:
    _publish(current)
    current.unfinished.parent.mkdir(parents=True, exist_ok=True)
    current.unfinished.touch()
    assert plan(current).needs_full_refresh


def test_build_file_without_tables_has_no_loads(current: Home) -> None:
    current.build_file.unlink()
    duckdb.connect(str(current.build_file)).close()
    assert plan(current).inputs["loads"] == {}


def test_damaged_build_is_made_again(current: Home) -> None:
    _publish(current)
    current.shelf.current_database.resolve().write_bytes(b"xx")
    assert plan(current).is_new


def test_build_keeps_the_plan_it_began_with(current: Home) -> None:
    planned = plan(current)
    keep(current, planned)
    _change(
        current, "insert into quality.source_loads values ('coverage', 1, '2026-03-14 00:00:00+00')"
    )
    assert kept(current).inputs == planned.inputs
    assert plan(current).inputs != planned.inputs


def test_tables_that_are_whole_need_not_be_made_again(current: Home) -> None:
    keep(current, plan(current))
    assert not is_built(current)
    keep_built(current)
    assert is_built(current)
    _change(
        current, "insert into quality.source_loads values ('coverage', 1, '2026-03-14 00:00:00+00')"
    )
    keep(current, plan(current))
    assert not is_built(current)


def test_tables_of_a_build_file_that_was_taken_away_are_made_again(current: Home) -> None:
    keep(current, plan(current))
    keep_built(current)
    aside = current.build_file.with_suffix(".aside")
    current.build_file.rename(aside)
    current.build_file.write_bytes(aside.read_bytes())
    assert not is_built(current)


def test_hash_sees_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1")
    first = hash_files(tmp_path)
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text("{}")
    assert hash_files(tmp_path, without={"target"}) == first
    (tmp_path / "a.sql").rename(tmp_path / "b.sql")
    renamed = hash_files(tmp_path, without={"target"})
    (tmp_path / "b.sql").write_text("select 2")
    assert len({first, renamed, hash_files(tmp_path, without={"target"})}) == 3

"""The build file between loads: one opening for all of them, free for everybody behind them."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from dagster_project.build_file import BuildFile
from dlt_pipelines.destination import STORAGE_VERSION

READ = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).sql('from rows'))"


def can_be_read_elsewhere(path: Path) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False
    )
    return done.returncode == 0


def test_kept_open_over_loads_and_free_behind_them(tmp_path: Path) -> None:
    path = tmp_path / "home" / "build.duckdb"
    build_file = BuildFile()
    build_file.keep_open(path)
    for number in (1, 2):
        with duckdb.connect(str(path)) as load:
            load.execute(f"create table if not exists rows as select {number} as number")
        build_file.keep_open(path)
        # What a load wrote waits beside the file as long as somebody has it open.
        assert path.with_name("build.duckdb.wal").exists()
    assert not can_be_read_elsewhere(path)

    build_file.close()
    assert not path.with_name("build.duckdb.wal").exists()
    assert can_be_read_elsewhere(path)
    build_file.close()


def storage_version(path: Path) -> str:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create or replace table rows as select 1 as number")
        [[tags]] = connection.execute(
            "select tags from duckdb_databases() where path is not null"
        ).fetchall()
    return str(tags["storage_version"])


def test_made_in_the_version_that_is_written_fast(tmp_path: Path) -> None:
    path, older = tmp_path / "it's new" / "build.duckdb", tmp_path / "older.duckdb"
    duckdb.connect(str(older)).close()
    for file in (path, older):
        build_file = BuildFile()
        build_file.keep_open(file)
        build_file.close()
    assert storage_version(path) == f"{STORAGE_VERSION}+"
    assert storage_version(older) == "v1.0.0+"


def run_that_fails(path: Path) -> None:
    with closing(BuildFile()) as build_file:
        build_file.keep_open(path)
        duckdb.connect(str(path)).sql("create table rows as select 1 as number")
        raise ValueError("of a load")


def test_closed_whatever_happens(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    with pytest.raises(ValueError, match="of a load"):
        run_that_fails(path)
    assert can_be_read_elsewhere(path)


def test_what_cannot_be_opened_is_left_to_the_load(tmp_path: Path) -> None:
    path = tmp_path / "build.duckdb"
    path.write_bytes(b"no database" * 1000)
    with closing(BuildFile()) as build_file:
        build_file.keep_open(path)
        with pytest.raises(duckdb.IOException):
            duckdb.connect(str(path))

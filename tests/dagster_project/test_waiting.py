"""A run waits for whoever still holds the build file, and says so once."""

import duckdb
import pytest

from dagster_project import running


class Told:
    def __init__(self):
        self.lines = []

    def say(self, step, text):
        self.lines.append((step, text))


@pytest.fixture
def hold(tmp_path, monkeypatch):
    """Let the build file be held by processes, one after the other, for one look each."""
    build = tmp_path / "build.duckdb"
    build.touch()

    def holding(*holders):
        left = list(holders)
        free = duckdb.connect()

        def connect(_):
            if left:
                raise duckdb.IOException(f"Conflicting lock is held in python (PID {left.pop(0)})")
            return free

        monkeypatch.setattr(running.duckdb, "connect", connect)
        monkeypatch.setattr(running.time, "sleep", lambda _: None)
        return build

    return holding


def test_each_holder_is_told_once(hold):
    told = Told()
    running.wait_for_build_file(hold(7, 7, 7, 8, 8), told)
    assert told.lines == [
        ("wait", f"process {holder} of an earlier run still writes") for holder in (7, 8)
    ]


def test_nobody_is_told_of_a_free_file(hold):
    told = Told()
    running.wait_for_build_file(hold(), told)
    assert told.lines == []

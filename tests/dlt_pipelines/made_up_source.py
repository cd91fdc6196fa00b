"""A home of its own with the one source `made_up`, which reads what a test says."""

import sys
from types import ModuleType

import duckdb

from dlt_pipelines import config, loading


class MadeUpSource:
    """A subclass names its `TABLES` and builds its source."""

    TABLES: tuple[str, ...]

    def __init__(self, folder, monkeypatch):
        self.home = folder / "home"
        (folder / "project").mkdir()
        monkeypatch.setenv(config.PROJECT_VARIABLE, str(folder / "project"))
        monkeypatch.setenv(config.HOME_VARIABLE, str(self.home))
        module = ModuleType("dlt_pipelines.made_up")
        module.TABLES = self.TABLES
        module.build = self.build
        monkeypatch.setitem(sys.modules, "dlt_pipelines.made_up", module)
        monkeypatch.setattr(loading, "known_sources", lambda: ("made_up",))

    def build(self, context):
        raise NotImplementedError

    def run(self):
        return loading.run("made_up")

    def query(self, sql):
        with duckdb.connect(str(self.home / "build.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

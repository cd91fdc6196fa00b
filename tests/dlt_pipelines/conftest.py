"""Projects with one source to load and ask, a vendor to poll, and loads that are quick."""

from datetime import timedelta
from itertools import count

import pytest
from dlt.extract.pipe_iterator import ManagedPipeIterator

from dlt_pipelines import config, http, loading
from dlt_pipelines.destination import Destination
from tests.dlt_pipelines.source_projects import SourceProject
from tests.replay_server import FakeClock, ReplayServer


@pytest.fixture
def make_project(tmp_path, monkeypatch, source_name):
    """Make projects; the one made last is the current one. The folder's conftest names the source.

    Their loads leave dlt's own part out, which takes ten times as long as the rest and is tested by
    loads of its own; a test that asks for `real_loads` has it.
    """

    def making(name="project"):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setenv("TESTOPS_HOME", str(folder / "home"))
        monkeypatch.setenv("TESTOPS_PROJECT", str(folder))
        return SourceProject(folder, source_name)

    # Pollers read to the second: what changes after a load is seen by one of a later second.
    seconds, next_loaded_at = count(step=2), Destination.next_loaded_at
    monkeypatch.setattr(
        Destination,
        "next_loaded_at",
        lambda self, now: next_loaded_at(self, now + timedelta(seconds=next(seconds))),
    )
    monkeypatch.setattr(loading, "_load", _quick_load)
    return making


@pytest.fixture
def project(make_project):
    return make_project()


@pytest.fixture
def real_loads(make_project, monkeypatch):
    """Loads through dlt."""
    monkeypatch.setattr(loading, "_load", _REAL_LOAD)


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(http, "SYSTEM_CLOCK", clock)
    return clock


@pytest.fixture
def server(clock):
    server = ReplayServer(clock)
    yield server
    server.close()


_REAL_LOAD = loading._load


def _quick_load(destination, context, module, tables):
    """Fill the raw tables from the source's resources, without dlt's packages."""
    rows = dict.fromkeys(tables, 0)
    found = []
    try:
        source = module.build(context)
        with ManagedPipeIterator.from_pipes(source.resources.selected_pipes) as items:
            found += [(item.meta.table_name, item.item) for item in items]
    except Exception as error:
        destination.roll_back()
        reason = loading._innermost(error)
        if isinstance(reason, config.ConfigurationError):
            raise reason from error
        raise loading.LoadError(f"source `{context.source}` failed: {reason}") from error
    context.flush_rejected()
    context.flush_observed()
    destination.make_tables(context.schemas)
    for table, batch in found:
        rows[table] += batch.num_rows
        destination.connection.register("quick_rows", batch)
        destination.connection.execute(
            f'insert into "{destination.dataset}"."{table}" by name select * from quick_rows'
        )
        destination.connection.unregister("quick_rows")
    return rows

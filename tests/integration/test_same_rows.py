"""A full refresh and repeated pages end in the rows of one clean run."""

import shutil

import pytest

from tests.integration.comparison import differences

pytestmark = pytest.mark.integration

# How a source reads differs between the two by design; what was read does not.
LOAD_TABLES = frozenset({"core.fct_source_loads", "marts.mart_quality__sources"})


def test_full_refresh_of_the_same_raw_tables(clean, copied):
    shutil.copytree(clean.home, copied.home, symlinks=True)
    assert copied.run("--job", "weekly")["status"] == "published"
    assert differences(clean.database, copied.database, LOAD_TABLES) == {}


def test_the_same_page_twice(clean, copied):
    """A page saved under a second name, as overlapping downloads leave it, adds no row."""
    for path in list(copied.project.glob("github/**/*.json*")):
        if path.name != "repository.json":
            shutil.copy(path, path.with_name(f"again-{path.name}"))
    assert copied.run()["status"] == "published"
    assert differences(clean.database, copied.database, LOAD_TABLES) == {}


def test_nothing_new(clean):
    before = clean.database
    assert clean.run()["status"] == "unchanged"
    assert clean.database == before

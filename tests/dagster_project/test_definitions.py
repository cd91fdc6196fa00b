"""The graph hangs together, and loading it is cheap."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

import dagster_project
from dagster_project.home import home, kept_builds
from dagster_project.tags import FULL_REFRESH, WRITER
from dlt_pipelines.config import ConfigurationError
from dlt_pipelines.loading import known_sources
from expectations.suites import GATES, suite_of


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("definitions")
    return {"TESTOPS_HOME": str(folder / "warehouse"), "TESTOPS_PROJECT": str(folder)}


@pytest.fixture(scope="module")
def definitions(environment: dict[str, str]) -> dg.Definitions:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        return dagster_project.defs()
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> Any:
    return definitions.resolve_asset_graph()


def test_no_asset_comes_from_nowhere(graph: Any) -> None:
    assert list(graph.external_asset_keys) == []


def test_published_file_stands_at_the_end_of_every_source(graph: Any) -> None:
    behind = dg.AssetSelection.assets("published/warehouse").upstream().resolve(graph)
    for source in known_sources():
        raw = {key for key in graph.materializable_asset_keys if key.path[0] == f"raw_{source}"}
        assert raw
        assert raw <= behind


def test_every_reader_table_is_published(graph: Any) -> None:
    parents = graph.get(dg.AssetKey(["published", "warehouse"])).parent_keys
    readers = {k for k in graph.materializable_asset_keys if k.path[0] in ("core", "marts")}
    assert readers
    assert readers <= parents


def test_every_expectation_is_a_check(graph: Any) -> None:
    expected = {
        (dg.AssetKey(one.table.split(".")), one.name): one.severity == "blocking"
        for gate in GATES
        for one in suite_of(gate)
    }
    assert {(key.asset_key, key.name) for key in graph.asset_check_keys} == set(expected)
    for key in graph.asset_check_keys:
        assert graph.get_check_spec(key).blocking == expected[key.asset_key, key.name]


def test_own_assets_say_their_grain(graph: Any) -> None:
    own = {"sources", "inputs", "publication"}
    nodes = [graph.get(key) for key in graph.materializable_asset_keys]
    wrong = [
        node.key.to_user_string()
        for node in nodes
        if node.group_name in own and not (node.description or "").startswith("One row")
    ]
    assert wrong == []


@pytest.mark.parametrize("job", ["nightly", "weekly"])
def test_jobs_hold_everything(job: str, definitions: dg.Definitions, graph: Any) -> None:
    resolved = definitions.resolve_job_def(job)
    assert set(resolved.asset_layer.executable_asset_keys) == set(graph.materializable_asset_keys)
    assert (FULL_REFRESH in resolved.tags) == (job == "weekly")


def test_schedules_never_meet(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    schedules = {one.job_name: one.cron_schedule for one in repository.schedule_defs}
    assert schedules == {"nightly": "0 2 * * 1-6", "weekly": "0 2 * * 0"}


def test_writers_stand_in_one_pool(definitions: dg.Definitions) -> None:
    nodes = definitions.resolve_job_def("nightly").nodes
    pools = {node.name: node.definition.pool for node in nodes}
    writers = {*(f"load_{source}" for source in known_sources()), "build_models"}
    assert {name for name, pool in pools.items() if pool == WRITER} >= writers


def test_blocking_gates_stand_before_what_they_guard(definitions: dg.Definitions) -> None:
    """Whoever reads a gated table waits for the gate, not for the table alone."""
    dependencies = definitions.resolve_job_def("nightly").graph.dependency_structure
    upstream = {
        node: {
            output.node_name
            for outputs in dependencies.input_to_upstream_outputs_for_node(node).values()
            for output in outputs
        }
        for node in ("find_out_what_is_new", "build_models", "published__warehouse")
    }
    assert {"gate_raw", "gate_loads"} <= upstream["find_out_what_is_new"]
    assert "find_out_what_is_new" in upstream["build_models"]
    assert "gate_published" in upstream["published__warehouse"]


@pytest.mark.usefixtures("definitions")
def test_definitions_load_in_a_few_seconds(environment: dict[str, str]) -> None:
    """Once dbt has read the models; processor time, so that a busy machine does not decide."""
    code = "import dagster_project; dagster_project.defs().get_repository_def()"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], env=os.environ | environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 20


def test_importing_the_package_is_free() -> None:
    code = "import sys, dagster_project; sys.exit('dagster' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_home_tells_child_processes_full_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TESTOPS_HOME", "TESTOPS_PROJECT", "TESTOPS_ORGANISATION_SEEDS",
                 "DBT_TARGET_PATH", "DBT_LOG_PATH"):  # fmt: skip
        monkeypatch.setenv(name, "warehouse" if name == "TESTOPS_HOME" else ".")
    assert home().settings.home == tmp_path / "warehouse"
    assert os.environ["TESTOPS_HOME"] == str(tmp_path / "warehouse")
    assert os.environ["TESTOPS_PROJECT"] == str(tmp_path)
    assert os.environ["DBT_TARGET_PATH"] == str(tmp_path / "warehouse" / "dbt" / "target")


def test_memory_is_bounded_on_any_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTOPS_PROJECT", ".")
    pages = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1_000_000_000}
    monkeypatch.setattr(os, "sysconf", pages.__getitem__)
    for count, limit in ((1_000_000_000, "5000MB"), (500_000, "1638MB")):
        monkeypatch.setenv("TESTOPS_MEMORY_LIMIT", "")
        monkeypatch.delenv("TESTOPS_MEMORY_LIMIT")
        pages["SC_PHYS_PAGES"] = count
        home()
        assert os.environ["TESTOPS_MEMORY_LIMIT"] == limit
    for given in ("2GB", "1.5 GiB"):
        monkeypatch.setenv("TESTOPS_MEMORY_LIMIT", given)
        home()
        assert os.environ["TESTOPS_MEMORY_LIMIT"] == given
    for wrong in ("lots", "5", "-1GB", "5GB'; drop table x"):
        monkeypatch.setenv("TESTOPS_MEMORY_LIMIT", wrong)
        with pytest.raises(ConfigurationError, match="TESTOPS_MEMORY_LIMIT is"):
            home()


def test_how_many_builds_stay_is_asked_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "environ", os.environ | {"TESTOPS_PROJECT": "."})
    for given, kept in (("", 5), ("1", 1), ("12", 12)):
        os.environ["TESTOPS_KEPT_BUILDS"] = given
        home()
        assert kept_builds() == kept
    for wrong in ("many", "0", "-1", "2.5"):
        os.environ["TESTOPS_KEPT_BUILDS"] = wrong
        with pytest.raises(ConfigurationError, match="TESTOPS_KEPT_BUILDS is"):
            home()

"""Unit tests that `make build` leaves out: all that decides their result is as it was."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dagster_project.proven_tests import ProvenTests

_TEST = "unit_test.testops.mart_a.ties"
_OTHER = "unit_test.testops.other.empty"


def _node(text: str, *inputs: str, columns: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        checksum=SimpleNamespace(checksum=text),
        contract=SimpleNamespace(enforced=columns is not None, checksum=columns),
        depends_on=SimpleNamespace(nodes=list(inputs)),
        depends_on_nodes=list(inputs),
        unrendered_config={"materialized": "table"},
    )


def _test(model: str) -> SimpleNamespace:
    return SimpleNamespace(checksum="rows", depends_on=SimpleNamespace(nodes=[model]))


def _project() -> Any:
    """A mart of a fact with a contract and of a step without one, which reads a raw table."""
    return SimpleNamespace(
        macros={"macro.testops.keys": SimpleNamespace(macro_sql="md5")},
        nodes={
            "model.mart_a": _node("select 1", "model.fct_a", "model.int_a"),
            "model.fct_a": _node("select 2", "model.int_b", columns="key text"),
            "model.int_a": _node("select 3", "model.int_b"),
            "model.int_b": _node("select 4", "source.raw"),
            "model.fct_b": _node("select 5", "source.raw", columns="day date"),
            "model.other": _node("select 6", "model.fct_b"),
        },
        sources={
            "source.raw": SimpleNamespace(
                unique_id="source.raw", unrendered_config={}, depends_on_nodes=[]
            )
        },
        unit_tests={_TEST: _test("model.mart_a"), _OTHER: _test("model.other")},
    )


def _left(file: Path, project: Any, settings: tuple[str, ...] = ("--vars", "{}")) -> set[str]:
    """Return which tests are still to be run."""
    proven = ProvenTests(file, project, settings)
    proven.leave_out()
    left = set(project.unit_tests)
    proven.bring_back()
    assert set(project.unit_tests) == {_TEST, _OTHER}
    return left


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in which both tests are proven."""
    found = tmp_path / "proven_tests.json"
    passed = [(_TEST, True), (_OTHER, True), ("model.fct_a", True)]
    ProvenTests(found, _project(), ("--vars", "{}")).keep(passed)
    return found


def test_what_passed_as_it_is_now_is_left_out(file: Path) -> None:
    assert _left(file, _project()) == set()


def test_nothing_is_proven_before_the_first_build(tmp_path: Path) -> None:
    assert _left(tmp_path / "none.json", _project()) == {_TEST, _OTHER}


def test_a_file_that_is_cut_off_proves_nothing(file: Path) -> None:
    file.write_text(file.read_text()[:40])
    assert _left(file, _project()) == {_TEST, _OTHER}


def test_a_test_that_failed_is_run_again(file: Path) -> None:
    ProvenTests(file, _project(), ("--vars", "{}")).keep([(_TEST, False)])
    assert _left(file, _project()) == {_TEST}


def test_a_test_that_is_gone_is_forgotten(file: Path) -> None:
    project = _project()
    del project.unit_tests[_OTHER]
    ProvenTests(file, project, ("--vars", "{}")).keep([])
    assert _left(file, _project()) == {_OTHER}


@pytest.mark.parametrize("changed", ["mart_a", "int_a", "int_b"])
def test_a_changed_model_or_input_without_contract_has_its_tests_run(
    file: Path, changed: str
) -> None:
    project = _project()
    project.nodes[f"model.{changed}"].checksum.checksum = "select 7"
    assert _left(file, project) == {_TEST}


def test_a_change_behind_a_contract_changes_no_column(file: Path) -> None:
    project = _project()
    project.nodes["model.fct_a"].checksum.checksum = "select 7"
    project.nodes["model.fct_b"].checksum.checksum = "select 7"
    assert _left(file, project) == set()


def test_a_changed_contract_has_the_readers_tests_run(file: Path) -> None:
    project = _project()
    project.nodes["model.fct_b"].contract.checksum = "day timestamp"
    assert _left(file, project) == {_OTHER}


def test_a_changed_config_has_the_tests_run(file: Path) -> None:
    project = _project()
    project.nodes["model.other"].unrendered_config = {"materialized": "view"}
    assert _left(file, project) == {_OTHER}


def test_a_changed_test_is_run(file: Path) -> None:
    project = _project()
    project.unit_tests[_OTHER].checksum = "other rows"
    assert _left(file, project) == {_OTHER}


def test_a_changed_macro_or_variable_has_all_tests_run(file: Path) -> None:
    project = _project()
    project.macros["macro.testops.keys"].macro_sql = "sha256"
    assert _left(file, project) == {_TEST, _OTHER}
    assert _left(file, _project(), ("--vars", '{"days": 28}')) == {_TEST, _OTHER}

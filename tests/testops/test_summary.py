"""What `testops run` says at its end."""

import json
from pathlib import Path

import duckdb
import pytest

from testops.cli import summary
from testops.cli.output import console
from testops.settings import Settings

NOTHING = {"loaded_count": 0, "row_count": 0, "seconds": 0.1}
LOADS = {
    "github_actions": {"mode": "api", "seen_count": 4, "loaded_count": 2, "row_count": 77},
    "coverage": {"mode": "files", "seen_count": 0, **NOTHING},
    "jenkins": {"mode": "off", **NOTHING},
    "opsgenie": {"mode": "off", **NOTHING},
}
WARNING = {
    "gate": "raw",
    "expectation": "artifacts_belong_to_runs",
    "table": "raw_github_actions.artifacts",
    "observed": "1 row",
}
TABLES = """
create schema core; create schema marts;
create table core.dim_repositories as select false as is_simulated;
create table marts.mart_test__flakiness as
select 'acme/shop' as repository, cast(null as varchar) as team, 'Cart.adds' as full_name,
    6.5 as evidence_score, 2 as flaky_state_count, 9 as state_count,
    0.25 as failure_ratio, 12 as execution_count, 'flaky' as flake_status
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return what is said of a run with these loads."""
    folder = tmp_path / "published"
    (folder / "testops-b1").mkdir(parents=True)
    with duckdb.connect(str(folder / "testops-b1.duckdb")) as connection:
        connection.execute(TABLES)
    manifest = {
        "build_id": "b1",
        "warnings": [WARNING],
        "tables": {
            "core.fct_coverage_lines": {"rows": 1234},
            "core.fct_deployments": {"rows": 1},
            "core.fct_incidents": {"rows": 0},
        },
    }
    (folder / "testops-b1" / "manifest.json").write_text(json.dumps(manifest))
    (folder / "current.json").symlink_to("testops-b1/manifest.json")
    monkeypatch.setattr(summary, "dora_report", lambda *_, **__: None)
    monkeypatch.setattr(summary, "print_dora", lambda *_: None)
    monkeypatch.setattr(summary, "state_counts", lambda _: {})

    def saying(loads: dict[str, object]) -> str:
        result = {"status": "published", "loads": loads}
        summary.print_summary(console(), Settings(home=tmp_path, project=tmp_path), result)
        return capsys.readouterr().out

    return saying


def test_sources_without_settings_are_one_line(told) -> None:
    said = told(LOADS)
    rows = [line.split()[0] for line in said.splitlines() if line and line.split()[0] in LOADS]
    assert rows == ["github_actions", "coverage"]
    assert "Not set up: jenkins, opsgenie" in said
    assert "Not set up" not in told({"coverage": LOADS["coverage"]})


def test_rows_are_called_what_they_are(told) -> None:
    """Lines that a report lists ran or did not."""
    said = told(LOADS)
    assert "In the warehouse: 1,234 coverable lines, 1 deployment, 0 incidents\n" in said


def test_warnings_of_the_gates_are_named(told) -> None:
    said = " ".join(told(LOADS).split())
    assert "raw: artifacts_belong_to_runs on raw_github_actions.artifacts, observed 1 row" in said


def test_the_worst_flaky_tests_are_told_with_their_numbers(told) -> None:
    line = next(line for line in told(LOADS).splitlines() if line.startswith("Cart.adds"))
    assert line.split()[1:] == ["acme/shop", "–", "6.5", "2", "of", "9", "25.0", "%", "of", "12"]

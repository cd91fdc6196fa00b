"""The state of the warehouse, read from the published file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from testops.cli.app import app
from testops.cli.state import show_status, top_reasons
from testops.reports.state import read_state
from testops.settings import Settings

NOW = datetime(2026, 3, 3, tzinfo=UTC)
TABLES = """
create schema marts; create schema quarantine;
create table marts.mart_quality__sources (
    source varchar, mode varchar, seen_count bigint, loaded_count bigint, partial_count bigint,
    rejected_count bigint, total_row_count bigint, byte_count bigint, duration_seconds double,
    finished_at timestamp, cursor_at timestamp, newest_event_at timestamp
);
insert into marts.mart_quality__sources values
    ('coverage', 'files', 1, 1, 0, 0, 5, 100, 0.1, '2026-03-02', null, null),
    ('git_history', 'local', 1, 1, 0, 0, 5, 100, 0.1, '2026-03-02', null, '2026-03-02 23:00:00'),
    ('github_actions', 'api', 9, 7, 1, 1, 50, 2500000, 3.5, '2026-03-02', '2026-02-01',
        '2026-01-01');
create table quarantine.rejected_files as
select 'github_actions' as source, 'runs/' || i || '.json' as locator,
    'the file `' || i || '` has ' || i || ' bytes' as reason, 'too_large' as error_class,
    timestamptz '2026-03-01 00:00:00+00' + interval (i) hour as loaded_at
from range(3) as r(i);
create table quarantine.rejected_rows as
select 'coverage' as source, 'lines' as table_name, 7 as row_number, 'no number' as reason,
    timestamptz '2026-03-01 00:00:00+00' as loaded_at;
"""
DRIFT = """
create table marts.mart_quality__schema_drift as
select 'k' as schema_drift_key, 'github_actions' as source, 'workflow_runs' as object_kind,
    field_path, 'changed_type' as drift_kind, 'text' as usual_type, 'number' as example_type,
    3 as object_count, 1 as load_count, is_read, is_in_newest_load,
    timestamp '2026-03-01' as first_seen_at, timestamp '2026-03-02' as last_seen_at
from (values ('gone', true, false), ('other', false, true), ('status', true, true))
    as d(field_path, is_read, is_in_newest_load)
"""


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Publish a file made by statements."""
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path))

    def publishing(*statements: str) -> Settings:
        folder = tmp_path / "published"
        (folder / "testops-b1").mkdir(parents=True)
        with duckdb.connect(str(folder / "testops-b1.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)
        manifest = folder / "testops-b1" / "manifest.json"
        manifest.write_text(json.dumps({"build_id": "b1"}))
        (folder / "current.json").symlink_to("testops-b1/manifest.json")
        return Settings(home=tmp_path, project=tmp_path)

    return publishing


def test_lag_is_the_time_since_the_cursor_or_the_newest_event(publish) -> None:
    state = read_state(publish(TABLES, DRIFT), NOW)
    lags = {row["source"]: row["lag_seconds"] for row in state.sources}
    assert lags == {"coverage": None, "git_history": 3600.0, "github_actions": 30 * 86_400.0}


def test_reasons_that_differ_in_names_and_numbers_only_are_one(publish) -> None:
    state = read_state(publish(TABLES, DRIFT), NOW)
    found = [
        (row["source"], row["error_class"], row["file_count"], row["row_count"], row["example"])
        for row in state.rejected
    ]
    assert found == [
        ("github_actions", "too_large", 3, 0, "runs/0.json"),
        ("coverage", "row of lines", 0, 1, "7"),
    ]


def test_drift_that_matters_now_comes_first(publish) -> None:
    state = read_state(publish(TABLES, DRIFT), NOW)
    assert [row["field_path"] for row in state.drift] == ["status", "other", "gone"]
    assert "schema_drift_key" not in state.drift[0]


def test_a_build_of_before_has_no_drift(publish) -> None:
    assert read_state(publish(TABLES), NOW).drift == []


def test_no_source_hides_the_reasons_of_another() -> None:
    rejected = [{"source": "a", "reason": at} for at in range(9)] + [{"source": "b", "reason": 9}]
    assert [row["reason"] for row in top_reasons(rejected)] == [0, 1, 2, 9]


def test_the_terminal_shows_it_all(publish, capsys: pytest.CaptureFixture[str]) -> None:
    publish(TABLES, DRIFT)
    show_status(json_output=False)
    shown = capsys.readouterr().out
    for text in ("2.5", "3.5", "too_large", "row of lines", "changed type", "status"):
        assert text in shown
    assert "gone" not in shown


def test_programs_get_it_all(publish, capsys: pytest.CaptureFixture[str]) -> None:
    publish(TABLES, DRIFT)
    show_status(json_output=True)
    state = json.loads(capsys.readouterr().out)
    assert {row["source"] for row in state["sources"]} == {
        "coverage",
        "git_history",
        "github_actions",
    }
    assert len(state["drift"]) == 3
    assert state["rejected"][0]["last_seen_at"] == "2026-03-01T02:00:00Z"


ATTEMPT = {
    "status": "gate_failed",
    "passed": False,
    "at": "2026-03-02T01:00:00+00:00",
    "error": None,
    "failing": [
        {
            "gate": "published",
            "expectation": "repositories_are_there",
            "table": "core.dim_repositories",
            "description": "At least one repository is known.",
            "observed": "0",
            "rows": [{"repository": "acme/[shop]", "seen": None}],
        },
        {"gate": "models", "expectation": "int_jobs", "table": "model", "observed": "no memory"},
    ],
}
TOLD = (
    "did not publish: gate failed",
    "repositories_are_there on core.dim_repositories, observed 0",
    "At least one repository is known.",
    "acme/[shop]",
    "int_jobs on model, observed no memory",
)


def test_a_run_that_was_kept_back_is_told_with_its_rows(publish) -> None:
    publish(TABLES, DRIFT).published.joinpath("last_attempt.json").write_text(json.dumps(ATTEMPT))
    shown = CliRunner().invoke(app, ["status"])
    assert shown.exit_code == 0
    assert [text for text in TOLD if text not in shown.output] == []


def test_warnings_of_the_build_are_told_whatever_came_after_it(publish) -> None:
    folder = publish(TABLES, DRIFT).published
    warning = {**ATTEMPT["failing"][0], "severity": "warning"}
    gate = {"gate": "published", "passed": True, "expectation_count": 3, "warning_count": 1}
    manifest = {"build_id": "b1", "gates": [gate], "warnings": [warning]}
    (folder / "testops-b1" / "manifest.json").write_text(json.dumps(manifest))
    after = {"status": "unchanged", "passed": True, "failing": []}
    (folder / "last_attempt.json").write_text(json.dumps(after))
    shown = CliRunner().invoke(app, ["status"]).output
    assert [text for text in ("1 warning", *TOLD[1:4]) if text not in shown] == []
    told = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)
    assert told["warnings"] == [warning]


def test_a_build_without_warnings_has_none(publish) -> None:
    publish(TABLES, DRIFT)
    assert json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["warnings"] == []


def test_it_is_told_where_nothing_was_published_before(publish, tmp_path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "last_attempt.json").write_text(json.dumps(ATTEMPT))
    shown = CliRunner().invoke(app, ["status"])
    assert shown.exit_code == 4
    assert [text for text in ("nothing is published", *TOLD) if text not in shown.output] == []
    told = json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)
    assert told["last_attempt"] == ATTEMPT
    assert "did not publish" in told["error"]


@pytest.mark.parametrize(
    ("told", "seconds", "is_overdue"),
    [
        pytest.param({}, None, False, id="nobody_knows"),
        pytest.param({"succeeded_at": "2026-03-01T12:00:00+00:00"}, 129_600, False, id="tie"),
        pytest.param({"succeeded_at": "2026-03-01T11:59:59+00:00"}, 129_601, True, id="older"),
        pytest.param({"succeeded_at": "soon"}, None, False, id="no_time"),
    ],
)
def test_runs_that_are_no_longer_started_are_told(publish, told, seconds, is_overdue) -> None:
    current = publish(TABLES, DRIFT)
    current.published.joinpath("last_attempt.json").write_text(json.dumps(ATTEMPT | told))
    state = read_state(current, NOW)
    assert (state.seconds_since_success, state.is_overdue) == (seconds, is_overdue)


def test_a_build_that_was_made_is_a_run_that_ended_well(publish) -> None:
    current = publish(TABLES, DRIFT)
    manifest = current.published / "testops-b1" / "manifest.json"
    manifest.write_text(json.dumps({"build_id": "b1", "made_at": "2026-03-02T23:00:00+00:00"}))
    assert read_state(current, NOW).seconds_since_success == 3600


def test_a_watchdog_asks_by_exit_code_and_gets_all_that_is_told_without(publish) -> None:
    current = publish(TABLES, DRIFT)
    old = {**ATTEMPT, "succeeded_at": "2026-02-01T00:00:00+00:00"}
    current.published.joinpath("last_attempt.json").write_text(json.dumps(old))
    shown = CliRunner().invoke(app, ["status"])
    assert (shown.exit_code, "Overdue" in shown.output) == (0, True)
    asked = CliRunner().invoke(app, ["status", "--max-age", "36"])
    assert (asked.exit_code, asked.stdout) == (1, shown.stdout)
    told = CliRunner().invoke(app, ["status", "--max-age", "36", "--json"])
    assert (told.exit_code, json.loads(told.stdout)["is_overdue"]) == (1, True)
    patient = CliRunner().invoke(app, ["status", "--max-age", "1000000"])
    assert (patient.exit_code, "Overdue" in patient.output) == (0, False)


def test_nothing_was_tried_yet(publish) -> None:
    shown = CliRunner().invoke(app, ["status"])
    assert shown.exit_code == 4
    assert "nothing is published" in shown.output
    assert "did not publish" not in shown.output
